import * as z from "zod/mini";
import { alertKinds } from "../../shared/report/report.ts";
import { instantOrNull, list, problem, reportedError, texts } from "./parts.ts";
import { roleCall, witness } from "./witness.ts";

const change = z.strictObject({
  action: z.enum(["create", "update", "delete", "attach", "detach", "tag"]),
  resource: z.enum([
    "oidc-provider",
    "role",
    "trust-policy",
    "policy",
    "attachment",
    "inline-policy",
  ]),
  id: z.string(),
  reason: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  applied: z.boolean(),
});

const anyWidening = {
  source: z.enum(["drift", "desired"]),
  disposition: z.enum(["reverted", "held", "applied", "observed"]),
  undecided: list(z.string()),
  reason: z.exactOptional(z.string()),
  says: z.exactOptional(list(z.string())),
  actor: z.nullable(z.string()),
  openedAt: instantOrNull,
  closedAt: instantOrNull,
};

const widening = z.union([
  z.strictObject({
    resource: z.enum(["trust-policy", "audience"]),
    admitted: z.nullable(witness),
    ...anyWidening,
  }),
  z.strictObject({
    resource: z.literal("permissions"),
    admitted: z.nullable(roleCall),
    ...anyWidening,
  }),
]);

/** One condition of an environment. */
export const condition = z.strictObject({
  status: z.boolean(),
  reason: z.string(),
  message: z.string(),
  since: z.string(),
});

export const conditions = z.strictObject({
  SpecValid: condition,
  ResourcesResolved: condition,
  InSync: condition,
  TrustAsIntended: condition,
  Ready: condition,
});

const environment = z.strictObject({
  name: z.string(),
  version: z.nullable(z.number()),
  appliedVersion: z.nullable(z.number()),
  outcome: z.enum([
    "in-sync",
    "reconciled",
    "drifted",
    "held",
    "degraded",
    "invalid",
    "conflict",
    "orphaned",
    "suspended",
    "failed",
  ]),
  changes: list(change),
  widenings: list(widening),
  conditions,
  outputs: texts,
  errors: list(reportedError),
});

const alert = z.strictObject({
  kind: z.enum(alertKinds),
  severity: z.enum(["critical", "warning", "info"]),
  environment: z.string(),
  title: z.string(),
  text: z.string(),
});

/** What a command adds to a report that ends with 1 or 2 because of an error. */
export const failure = { error: z.exactOptional(problem) };

/** What a run returns, and the envelope of every other report. */
export const report = z.strictObject({
  runId: z.string(),
  trigger: z.enum(["schedule", "parameter", "iam", "target", "manual"]),
  dryRun: z.boolean(),
  account: z.nullable(z.string()),
  startedAt: z.string(),
  durationMs: z.number(),
  environments: list(environment),
  alerts: list(alert),
  errors: list(reportedError),
  ignored: z.exactOptional(z.string()),
  calls: z.readonly(z.record(z.string(), z.number())),
});
