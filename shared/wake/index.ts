export { concerns, isOwnSession, type WatchedEnvironment } from "./concerns.ts";
export { wakeOf } from "./event.ts";
export type {
  Cause,
  LooksAt,
  StatusWrite,
  Touched,
  Trigger,
  Wake,
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
