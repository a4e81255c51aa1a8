export {
  concerns,
  isOwnSession,
  type WatchedEnvironment,
  type WatchedTargets,
} from "./concerns.ts";
export { callsOn, iamOperations } from "./iam-operations.ts";
export { wakeOf } from "./invocation.ts";
export { whyNobody } from "./nobody.ts";
export type {
  Cause,
  Scope,
  StateWrite,
  TouchedTarget,
  Trigger,
  Wake,
  WakeError,
  WakeRefused,
} from "./wake.ts";
export {
  parameterEvents,
  type TargetService,
  targetDetailTypes,
  targetEvents,
  targetServices,
} from "./watched.ts";
