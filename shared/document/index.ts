/**
 * The document of one environment, as people write it. `parseEnvironment` makes an environment of a
 * text, or problems with parameter, version, path and what is allowed. `schema.ts` and the schemas
 * beside it are the only source of fields, defaults and limits; `installation.ts` is what the stack
 * allows whatever a document says.
 *
 * Imports `schema`, `language` and `targets`, which have the fields of `deploy`.
 */
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
