import type { RequestContext } from "../context.ts";
import type { Version } from "../variables.ts";

/** What a test may read in addition to the two values. */
export type Evaluation = { readonly version: Version; readonly context: RequestContext };

/** Whether one value of the request matches one value that the policy lists. */
export type Test = (listed: string, value: string, evaluation: Evaluation) => boolean;
