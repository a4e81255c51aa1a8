import * as z from "zod/mini";
import { list, texts } from "./parts.ts";
import { condition } from "./report.ts";

const version = z.nullable(z.number());

/** Left out where no run has judged it. */
const judged = z.exactOptional(condition);

const heartbeat = z.strictObject({
  at: z.string(),
  runId: z.string(),
  trigger: z.string(),
  environments: z.number(),
  outcomes: z.readonly(z.record(z.string(), z.number())),
  ageSeconds: z.number(),
});

/** The conditions of an environment that a run has looked at, or none. */
export const shownConditions = z.strictObject({
  SpecValid: judged,
  ResourcesResolved: judged,
  InSync: judged,
  TrustAsIntended: judged,
  Ready: judged,
});

const environment = z.strictObject({
  name: z.string(),
  version,
  appliedVersion: version,
  heldVersion: version,
  conditions: shownConditions,
  outputs: texts,
});

/** What the last runs wrote, and what `status` makes of it. */
export const status = z.strictObject({
  heartbeat: z.nullable(heartbeat),
  environments: list(environment),
});
