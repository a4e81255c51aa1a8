import * as z from "zod/mini";
import { audit } from "./audit.ts";
import { circleciCheck } from "./circleci-check.ts";
import { instantOrNull, list } from "./parts.ts";
import { shownConditions, status } from "./status.ts";

const text = z.nullable(z.string());
const version = z.nullable(z.number());

const project = z.strictObject({
  id: z.string(),
  origin: text,
  refs: list(z.string()),
  until: instantOrNull,
  hasEnded: z.boolean(),
});

const target = z.strictObject({ noun: z.string(), name: z.string(), may: z.string(), arn: text });

const access = z.union([
  z.strictObject({
    kind: z.literal("known"),
    role: z.string(),
    roleArn: z.string(),
    organization: z.string(),
    audiences: list(z.string()),
    projects: z.union([z.literal("all"), list(project)]),
    targets: list(target),
  }),
  z.strictObject({ kind: z.literal("unknown"), why: z.string() }),
]);

const hold = z.strictObject({
  version: z.number(),
  isApproved: z.boolean(),
  says: list(z.string()),
  example: text,
});

const statement = z.strictObject({
  effect: z.enum(["Allow", "Deny"]),
  who: z.string(),
  actions: z.string(),
  conditions: list(z.string()),
  nobody: text,
});

const trust = z.strictObject({
  source: z.enum(["role", "document", "none"]),
  statements: list(statement),
  looseEnds: list(z.strictObject({ code: z.string(), message: z.string(), example: text })),
  undecided: list(z.string()),
  gaps: circleciCheck.shape.gaps,
});

const approval = z.strictObject({ at: instantOrNull, by: text });

const putVersion = z.strictObject({
  version: z.number(),
  at: instantOrNull,
  by: text,
  state: z.enum(["applied", "held", "pending", "older", "invalid"]),
  verdict: z.enum(["first", "widened", "narrowed", "changed", "same", "unknown"]),
  gained: list(z.string()),
  lost: list(z.string()),
  other: list(z.string()),
  problems: list(z.string()),
  approval: z.nullable(approval),
});

const opening = z.strictObject({
  kind: z.enum(["trust", "attached-policy", "inline-policy", "boundary", "audience"]),
  says: z.string(),
  by: text,
  openedAt: z.string(),
  closedAt: instantOrNull,
  closedBy: text,
  seconds: z.nullable(z.number()),
});

const environment = z.strictObject({
  name: z.string(),
  version,
  appliedVersion: version,
  appliedDigest: text,
  heldVersion: version,
  mode: z.nullable(z.enum(["enforce", "observe", "suspend"])),
  isSettled: z.boolean(),
  conditions: shownConditions,
  held: z.nullable(hold),
  access,
  trust,
  permissions: list(z.strictObject({ resource: z.string(), actions: list(z.string()) })),
  history: z.strictObject({
    versions: list(putVersion),
    olderVersions: z.number(),
    unread: text,
    openings: list(opening),
  }),
});

/** What `report --data` writes, and everything that the page of `report` shows. */
export const pageData = z.strictObject({
  madeAt: z.string(),
  madeBy: z.string(),
  account: z.string(),
  region: z.string(),
  prefix: z.string(),
  heartbeat: status.shape.heartbeat,
  isStale: z.boolean(),
  staleAfterMinutes: z.number(),
  spoilt: list(z.string()),
  environments: list(environment),
  unmanaged: z.strictObject({ findings: audit.shape.findings, unread: text }),
  trail: z.strictObject({ from: instantOrNull, stopped: text }),
});
