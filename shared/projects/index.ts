/**
 * What CircleCI's projects and contexts hold: the variables that jobs need, compared with what CircleCI
 * shows of them, and whether its settings close the gaps that AWS leaves. No stored value leaves a
 * comparison.
 *
 * Imports `document` and `explain`. This file is its face; `shared/edge/circleci` reads and writes.
 */

export { type ApiAccess, apiAccess } from "./access.ts";
export { type CircleciSide, type GapRow, gapsOf, type ProjectSwitches } from "./gaps.ts";
export { compareWithMask, type MaskComparison } from "./mask.ts";
export { contextId, isUuid, projectSlug, type VariableTarget, variableTarget } from "./target.ts";
export {
  isOpen,
  type LastUse,
  staticKeys,
  untakenRows,
  type VariableRow,
  variableRows,
  whyKeysStay,
} from "./variables.ts";
