export {
  isAffected,
  type WatchedEnvironment,
  type WatchedTargets,
} from "./affected.ts";
export { callsOn, iamOperations } from "./iam-operations.ts";
export { wakeOf } from "./invocation.ts";
export { whyNobody } from "./nobody.ts";
export {
  isOwnSession,
  type RecordedCall,
  type StateWrite,
  type TouchedTarget,
  type Trigger,
  type Wake,
} from "./wake.ts";
export {
  parameterEvents,
  type TargetService,
  targetDetailTypes,
  targetEvents,
  targetServices,
} from "./watched.ts";
