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
export { environmentNameOf } from "./name.ts";
export { type EnvironmentReading, parseEnvironment } from "./parse.ts";
export type { ProblemCode, SpecProblem } from "./problems.ts";
