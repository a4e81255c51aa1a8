import { accessEvaluator, trustEvaluator } from "../../sandbox/evaluate/index.ts";
import type { Fault } from "../../shared/aws/reading.ts";
import { carryOut } from "../../shared/edge/carry-out.ts";
import type { Change, Step } from "../../shared/plan/change.ts";
import type { ObservedPolicy, ObservedRole, Tags } from "../../shared/plan/observed.ts";

/** One role with all that decides what a session of it may do, as plain data to play steps on. */
export type World = {
  readonly role: ObservedRole | null;
  /** Default versions by ARN, boundaries included. */
  readonly policies: ReadonlyMap<string, string>;
};

export function worldOf(
  role: ObservedRole | null,
  policies: readonly Pick<ObservedPolicy, "arn" | "document">[],
): World {
  return { role, policies: new Map(policies.map(({ arn, document }) => [arn, document])) };
}

/** The world after one step, as IAM would have it. */
export function after(world: World, step: Step): World {
  const { role, policies } = world;
  if (step.do === "create-policy" || step.do === "create-policy-version") {
    return { role, policies: new Map([...policies, [step.arn, step.document]]) };
  }
  if (step.do === "create-role") {
    const arn = `arn:aws:iam::123456789012:role${step.path}${step.name}`;
    return { policies, role: { ...step, arn, attached: [], inline: [] } };
  }
  return role === null ? world : { policies, role: roleAfter(role, step) };
}

function roleAfter(role: ObservedRole, step: Step): ObservedRole | null {
  switch (step.do) {
    case "update-trust-policy":
      return { ...role, trustPolicy: step.trustPolicy };
    case "update-role":
      return { ...role, maxSessionSeconds: step.maxSessionSeconds };
    case "put-boundary":
      return { ...role, permissionsBoundary: step.boundary };
    case "delete-boundary":
      return { ...role, permissionsBoundary: null };
    case "attach":
      return { ...role, attached: [...role.attached, step.arn] };
    case "detach":
      return { ...role, attached: role.attached.filter((arn) => arn !== step.arn) };
    case "delete-inline-policy":
      return { ...role, inline: role.inline.filter(({ name }) => name !== step.policy) };
    case "delete-role":
      return null;
    case "tag-role":
      return { ...role, tags: { ...role.tags, ...step.tags } };
    case "untag-role":
      return { ...role, tags: without(role.tags, step.keys) };
    default:
      return role;
  }
}

/** The worlds that a plan passes through, the first and the last included. */
export function course(start: World, changes: readonly Change[]): readonly World[] {
  const worlds = [start];
  for (const { step } of changes) worlds.push(after(worlds.at(-1) ?? start, step));
  return worlds;
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

/**
 * The worlds that a plan passes through, by the rules of applying, if the step at `failing` fails.
 *
 * @param how `refused`; or made all the same: with an answer that is `lost`, and looks that do not show it, or with
 *   one to its second try, which finds nothing any more (`stale`)
 */
export async function courseWithout(
  start: World,
  changes: readonly Change[],
  failing: number,
  how: keyof typeof faults = "refused",
): Promise<readonly World[]> {
  const worlds = [start];
  const broken = changes[failing];
  await carryOut(changes, {
    write: async (change) => {
      const isMade = change !== broken || how !== "refused";
      if (isMade) worlds.push(after(worlds.at(-1) ?? start, change.step));
      if (change === broken) return { change, outcome: "failed", fault: faults[how] };
      return { change, outcome: "applied", policyVersion: null };
    },
  });
  return worlds;
}

const faults = {
  refused: { code: "AccessDenied", message: "refused", kind: "denied" },
  lost: { code: "NetworkError", message: "no answer", kind: "transient" },
  stale: { code: "NoSuchEntity", message: "is not there", kind: "stale" },
} as const satisfies Readonly<Record<string, Fault>>;

export type Probe = {
  readonly callers: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly seconds: readonly number[];
  /** When the session's token was issued. */
  readonly issued: string;
};

const none: ReadonlyMap<string, readonly string[]> = new Map();

/** Who can do what for how long: trust times what is granted within the boundary times session. */
export function accessOf(world: World, probe: Probe): ReadonlySet<string> {
  const { role, policies } = world;
  if (role === null) return new Set();
  const admits = trustEvaluator(JSON.parse(role.trustPolicy));
  const documentOf = (arn: string): unknown => JSON.parse(policies.get(arn) ?? nothing);
  const grants = accessEvaluator([
    ...role.attached.map(documentOf),
    ...role.inline.map(({ document }) => JSON.parse(document ?? nothing)),
  ]);
  const bounds =
    role.permissionsBoundary === null
      ? null
      : accessEvaluator([documentOf(role.permissionsBoundary)]);
  const context = new Map([
    ["aws:tokenissuetime", [probe.issued]] as const,
    ...Object.entries(role.tags).map(
      ([key, value]) => [`aws:principaltag/${key}`, [value]] as const,
    ),
  ]);
  const callers = probe.callers.filter((id) => {
    // The tags that a trust policy asks for are the caller's own.
    const request = { principal: { type: "AWS", id }, action: "sts:AssumeRole", context: none };
    return admits(request).decision === "allow";
  });
  const steps = probe.actions
    .flatMap((action) => probe.resources.map((resource) => ({ action, resource, context })))
    .filter((request) => grants(request).decision === "allow")
    .filter((request) => bounds === null || bounds(request).decision === "allow");
  const seconds = probe.seconds.filter((length) => length <= role.maxSessionSeconds);
  return new Set(
    callers.flatMap((caller) =>
      steps.flatMap(({ action, resource }) =>
        seconds.map((length) => `${caller} ${action} ${resource} ${length} s`),
      ),
    ),
  );
}

const nothing = JSON.stringify({ Version: "2012-10-17", Statement: [] });
