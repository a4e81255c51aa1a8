/**
 * What each command prints with `--json`, as a schema: `scripts/generate-schema.ts` writes them to
 * `config/schemas/`, and the tests hold every answer against them. Of it only the report is in the
 * command, which reads one where a function answers it.
 */

import type { ZodMiniType } from "zod/mini";
import { approve } from "./approve.ts";
import { audit } from "./audit.ts";
import { circleciCheck } from "./circleci-check.ts";
import { circleciConfig } from "./circleci-config.ts";
import { circleciEnv } from "./circleci-env.ts";
import { comparison } from "./comparison.ts";
import { completion } from "./completion.ts";
import { diagnose } from "./diagnose.ts";
import { doctor } from "./doctor.ts";
import { drill } from "./drill.ts";
import { error } from "./error.ts";
import { history } from "./history.ts";
import { init } from "./init.ts";
import { page } from "./page.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";
import { trustAdmits } from "./trust-admits.ts";
import { trustExplain } from "./trust-explain.ts";
import { trustReplay } from "./trust-replay.ts";
import { validate } from "./validate.ts";

/** By the command as it is called. */
export const schemas: Readonly<Record<string, ZodMiniType>> = {
  init,
  plan: run,
  reconcile: run,
  status,
  history,
  approve,
  drill,
  audit,
  diagnose,
  validate,
  "trust compare": comparison,
  "trust explain": trustExplain,
  "trust admits": trustAdmits,
  "trust replay": trustReplay,
  doctor,
  "circleci config": circleciConfig,
  "circleci env": circleciEnv,
  "circleci check": circleciCheck,
  report: page,
  completion,
};

/** What any of them prints where it ends with 1 or 2 and has no answer. */
export const errorSchema: ZodMiniType = error;
