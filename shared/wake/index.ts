export {
  concerns,
  isOwnRole,
  isOwnSession,
  type WatchedEnvironment,
  type WatchedTargets,
} from "./concerns.ts";
export { wakeOf } from "./invocation.ts";
export { whyNobody } from "./nobody.ts";
export { harmlessIamCalls } from "./unwatched.ts";
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
  policyEvents,
  providerEvents,
  roleEvents,
  type TargetService,
  targetDetailTypes,
  targetEvents,
  targetServices,
} from "./watched.ts";
