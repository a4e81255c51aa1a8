/**
 * Why a run starts and where it looks. `wakeOf` reads whatever Lambda was invoked with, a batch, an
 * event or a payload, into a `Wake`: the trigger, scopes to look at, and the calls that CloudTrail
 * recorded. A run believes nothing else of an event, so a forged one costs reads at most.
 * `isAffected` then says whether a scope covers an environment.
 */
export {
  isAffected,
  type WatchedEnvironment,
} from "./affected.ts";
export { callsOn, iamOperations } from "./iam-operations.ts";
export { wakeOf } from "./invocation.ts";
export { mayBeOwnPolicy, mayBeOwnProvider, mayBeOwnRole } from "./names.ts";
export { whyNoEnvironment } from "./no-environment.ts";
export { parameterEvents } from "./parameter-operations.ts";
export type { WatchedTargets } from "./target.ts";
export {
  isOwnSession,
  type RecordedCall,
  type Scope,
  type StateWrite,
  type Trigger,
  type Wake,
} from "./wake.ts";
