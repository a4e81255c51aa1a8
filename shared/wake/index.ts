export { concerns, isOwnRole, isOwnSession, type WatchedEnvironment } from "./concerns.ts";
export { wakeOf } from "./invocation.ts";
export { harmlessIamCalls } from "./unwatched.ts";
export type {
  Cause,
  Scope,
  StateWrite,
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
