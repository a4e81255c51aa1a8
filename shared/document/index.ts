/** A document becomes an environment, or problems with parameter, version, path and what is allowed. */
export type {
  EnvironmentDocument,
  Mode,
  OnWiden,
  ProjectEntry,
} from "./environment.ts";
export type { Installation, OwnNames } from "./installation.ts";
export { environmentNameOf } from "./name.ts";
export {
  type EnvironmentReading,
  parseEnvironment,
  understoodDocument,
  understoodText,
} from "./parse.ts";
export type { SpecProblem } from "./problems.ts";
export { underInstallation } from "./under-installation.ts";
