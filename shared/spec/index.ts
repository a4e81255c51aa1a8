/** A document becomes an environment, or problems with parameter, version, path and what is allowed. */
export type {
  AmplifyTarget,
  EcsExpressTarget,
  EnvironmentDocument,
  Mode,
  OnRemove,
  OnWiden,
  ProjectEntry,
} from "./environment.ts";
export type { Installation, Organizations, OwnNames } from "./installation.ts";
export { environmentNameOf } from "./name.ts";
export { type EnvironmentReading, parseEnvironment, understoodDocument } from "./parse.ts";
export type { ProblemCode, SpecProblem } from "./problems.ts";
export { underInstallation } from "./under-installation.ts";
