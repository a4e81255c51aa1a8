export {
  isAffected,
  type WatchedEnvironment,
} from "./affected.ts";
export { callsOn, iamOperations } from "./iam-operations.ts";
export { wakeOf } from "./invocation.ts";
export { whyNobody } from "./nobody.ts";
export type { WatchedTargets } from "./target.ts";
export {
  isOwnSession,
  type RecordedCall,
  type StateWrite,
  type Trigger,
  type Wake,
} from "./wake.ts";
export { parameterEvents } from "./watched.ts";
