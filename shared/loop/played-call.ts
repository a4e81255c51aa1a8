import type { Account } from "../aws/account.ts";
import type { Reading } from "../aws/reading.ts";
import { parseJson } from "../json.ts";
import type { DriftWidening } from "../plan/drift.ts";
import { audiencesIn } from "../report/who-opened.ts";
import type { RecordedCall } from "../wake/index.ts";
import type { Snapshot } from "./observe.ts";
import { documentIn, textIn, type Watched } from "./opening-calls.ts";

/** The account as it is, with what a call did to it done once more. */
export function snapshotAfter(
  call: RecordedCall,
  snapshot: Snapshot,
  watched: Watched & Pick<Account, "partition">,
): Snapshot {
  const text = (name: string) => textIn(call, name);
  const { role, policy, provider, partition } = watched;
  const document = asShown(documentIn(call), partition);
  const withRole = (change: (found: Role) => Partial<Role>) => ({
    ...snapshot,
    role: changed(snapshot.role, (name) => name.toLowerCase() === role.name.toLowerCase(), change),
  });
  const withPolicy = (change: (found: Policy) => Partial<Policy>) => ({
    ...snapshot,
    policy: changed(snapshot.policy, (arn) => arn === policy.arn, change),
  });
  switch (call.eventName) {
    case "CreateRole":
      return withRole(() => ({
        trustPolicy: document,
        permissionsBoundary: text("permissionsBoundary") || null,
      }));
    case "UpdateAssumeRolePolicy":
      return withRole(() => ({ trustPolicy: document }));
    case "AttachRolePolicy":
      return withRole(({ attached }) => ({ attached: [...attached, text("policyArn")] }));
    case "PutRolePolicy": {
      const name = text("policyName");
      return withRole(({ inline }) => ({
        inline: [...inline.filter((each) => each.name !== name), { name, document }],
      }));
    }
    case "PutRolePermissionsBoundary":
    case "DeleteRolePermissionsBoundary":
      return withRole(() => ({ permissionsBoundary: text("permissionsBoundary") || null }));
    case "CreatePolicy":
    case "CreatePolicyVersion":
      return withPolicy(() => ({ document }));
    case "SetDefaultPolicyVersion":
      return withPolicy(({ versions, document: now }) => ({
        document: versions?.find(({ id }) => id === text("versionId"))?.document ?? now,
        defaultVersion: text("versionId"),
      }));
    default:
      return {
        ...snapshot,
        provider: changed(
          snapshot.provider,
          (arn) => arn === provider.arn,
          ({ audiences }) => ({ audiences: [...new Set([...audiences, ...audiencesIn(call)])] }),
        ),
      };
  }
}

/** IAM shows an account that a policy names as a principal by its root's ARN. */
function asShown(document: string, partition: string): string {
  const shown = (id: unknown): unknown => {
    if (Array.isArray(id)) return id.map(shown);
    const isAccount = typeof id === "string" && /^\d{12}$/.test(id);
    return isAccount ? `arn:${partition}:iam::${id}:root` : id;
  };
  if (parseJson(document) === undefined) return document;
  return JSON.stringify(
    JSON.parse(document, (key, value) => (key === "AWS" ? shown(value) : value)),
  );
}

/** The account without the policies that open something now: each of those is reported by itself. */
export function withoutOpen(snapshot: Snapshot, open: readonly DriftWidening[]): Snapshot {
  const traces = open.flatMap((each) => each.traces);
  const isOpenInline = (name: string) =>
    traces.some((trace) => trace.kind === "inline-policy" && trace.name === name);
  const isOpenAttached = (arn: string) =>
    traces.some((trace) => trace.kind === "attachment" && trace.policyArn === arn);
  const role: Snapshot["role"] = changed(
    snapshot.role,
    () => true,
    ({ inline, attached }) => ({
      inline: inline.filter(({ name }) => !isOpenInline(name)),
      attached: attached.filter((arn) => !isOpenAttached(arn)),
    }),
  );
  return { ...snapshot, role };
}

type Found<Read> = Read extends (key: string) => Reading<infer Value> ? Value : never;
type Role = Found<Snapshot["role"]>;
type Policy = Found<Snapshot["policy"]>;

/** A read that shows one thing changed. */
function changed<Value extends object>(
  read: (key: string) => Reading<Value>,
  isIt: (key: string) => boolean,
  change: (found: Value) => Partial<Value>,
): (key: string) => Reading<Value> {
  return (key) => {
    const reading = read(key);
    if (reading.kind !== "found" || !isIt(key)) return reading;
    return { kind: "found", value: { ...reading.value, ...change(reading.value) } };
  };
}
