import {
  admitsNobody,
  type Comparison,
  compareTrust,
  mayWiden,
  undecidedOf,
} from "../compare/index.ts";
import { parseJson } from "../json.ts";
import type { Change } from "./change.ts";
import { nobodysTrust } from "./closing-trust.ts";
import type { KeptDeny } from "./denies.ts";
import type { DesiredRole } from "./desired.ts";
import type { ObservedRole } from "./observed.ts";

/** A document as data for a report, or its text where it is not JSON. */
export function asData(document: string): unknown {
  const data = parseJson(document);
  return data === undefined ? document : data;
}

/** A role with all that is desired of it but its policy. */
export function createRole(desired: DesiredRole): Change {
  return {
    action: "create",
    resource: "role",
    id: desired.arn,
    reason: "the role does not exist",
    before: null,
    after: {
      trustPolicy: asData(desired.trustPolicy),
      maxSessionSeconds: desired.maxSessionSeconds,
      permissionsBoundary: desired.permissionsBoundary,
      description: desired.description,
      tags: desired.tags,
    },
    // It carries no permission until the policy is attached.
    effect: "neutral",
    step: {
      do: "create-role",
      name: desired.name,
      path: desired.path,
      trustPolicy: desired.trustPolicy,
      description: desired.description,
      maxSessionSeconds: desired.maxSessionSeconds,
      permissionsBoundary: desired.permissionsBoundary,
      tags: desired.tags,
    },
  };
}

/**
 * The write that makes `text` the trust policy.
 *
 * @param found the text that it replaces, which is what is there unless another write comes first
 */
export function trustPolicyChange(
  observed: ObservedRole,
  text: string,
  found: string = observed.trustPolicy,
): Change {
  const comparison = compareTrust({ before: [found], after: [text] });
  return {
    action: "update",
    resource: "trust-policy",
    id: observed.arn,
    reason: differenceFromDesired(comparison, {
      policy: "trust policy",
      verb: "admits",
      what: "requests",
    }),
    before: asData(found),
    after: asData(text),
    effect: mayWiden(comparison.widening) ? "opens" : "closes",
    step: { do: "update-trust-policy", name: observed.name, trustPolicy: text },
  };
}

/** Why a policy is replaced, for readers. */
export function differenceFromDesired(
  comparison: Comparison<unknown>,
  words: { readonly policy: string; readonly verb: string; readonly what: string },
): string {
  const { policy, verb, what } = words;
  const { widening, narrowing } = comparison;
  if (widening.kind === "open" || narrowing.kind === "open") {
    const why = undecidedOf(widening, narrowing).map(({ message }) => message);
    return `the ${policy} is not provably the desired one: ${why.join("; ")}`;
  }
  if (!mayWiden(narrowing)) return `the ${policy} ${verb} less than desired`;
  return `the ${policy} ${verb} ${mayWiden(widening) ? `other ${what}` : "more"} than desired`;
}

/**
 * Lets nobody in while the role's policies pass through what nobody may use. No write where nobody
 * gets in already: an earlier run may have come no further.
 */
export function trustLock(
  observed: ObservedRole,
  reason = "nobody may come in while policies that deny change places",
): readonly Change[] {
  if (admitsNobody(observed.trustPolicy)) return [];
  return [
    {
      action: "update",
      resource: "trust-policy",
      id: observed.arn,
      reason,
      before: asData(observed.trustPolicy),
      after: asData(nobodysTrust),
      // Its only statement is a Deny.
      effect: "closes",
      step: { do: "update-trust-policy", name: observed.name, trustPolicy: nobodysTrust },
    },
  ];
}

/** Description and maximum session go in one call, for IAM resets the session where it is left out. */
export function roleSettingsChanges(
  desired: DesiredRole,
  observed: ObservedRole,
): readonly Change[] {
  const session = desired.maxSessionSeconds !== observed.maxSessionSeconds;
  const description = desired.description !== observed.description;
  if (!session && !description) return [];
  const differs = [session ? "maximum session" : "", description ? "description" : ""];
  return [
    {
      action: "update",
      resource: "role",
      id: observed.arn,
      reason: `${differs.filter((part) => part !== "").join(" and ")} not as desired`,
      before: {
        maxSessionSeconds: observed.maxSessionSeconds,
        description: observed.description,
      },
      after: { maxSessionSeconds: desired.maxSessionSeconds, description: desired.description },
      effect: sessionEffect(desired, observed),
      step: {
        do: "update-role",
        name: observed.name,
        description: desired.description,
        maxSessionSeconds: desired.maxSessionSeconds,
      },
    },
  ];
}

/** A longer session is the same permission for a longer time; a description is nobody's. */
function sessionEffect(desired: DesiredRole, observed: ObservedRole): Change["effect"] {
  if (desired.maxSessionSeconds === observed.maxSessionSeconds) return "neutral";
  return desired.maxSessionSeconds > observed.maxSessionSeconds ? "opens" : "closes";
}

/** The write that sets or removes the permissions boundary, if it is not as desired. */
export function boundaryChanges(desired: DesiredRole, observed: ObservedRole): readonly Change[] {
  const wanted = desired.permissionsBoundary;
  if (wanted === observed.permissionsBoundary) return [];
  const common = {
    resource: "role",
    id: observed.arn,
    before: { permissionsBoundary: observed.permissionsBoundary },
    after: { permissionsBoundary: wanted },
  } as const;
  if (wanted === null) {
    return [
      {
        ...common,
        action: "update",
        reason: "a permissions boundary that is not desired",
        // What it kept out comes in: a boundary never grants.
        effect: "opens",
        step: { do: "delete-boundary", name: observed.name },
      },
    ];
  }
  const missing = observed.permissionsBoundary === null;
  return [
    {
      ...common,
      action: "update",
      reason: missing ? "the permissions boundary is missing" : "another permissions boundary",
      // Whether another one closes is decided by the documents (`withEffects`); this is the careful answer.
      effect: missing ? "closes" : "opens",
      step: { do: "put-boundary", name: observed.name, boundary: wanted },
    },
  ];
}

/**
 * What is attached or written inline and is not ours goes.
 *
 * @param policyArn the deploy policy's, where it is to stay attached
 * @param kept ids of policies that only deny and stay for now
 */
export function unmanagedPermissionChanges(
  observed: Pick<ObservedRole, "arn" | "name" | "attached" | "inline">,
  policyArn: string | null,
  kept: readonly string[] = [],
): readonly Change[] {
  const detached = observed.attached
    .filter((arn) => arn !== policyArn && !kept.includes(arn))
    .map((arn): Change => detach(observed, arn, "an attached policy that is not desired"));
  const written = observed.inline.filter(({ name }) => !kept.includes(name));
  const deleted = written.flatMap(({ name, document }): readonly Change[] => {
    // Nobody could put back what was never read.
    if (document === null) return [];
    const deletion: Change = {
      action: "delete",
      resource: "inline-policy",
      id: `${observed.arn}/${name}`,
      reason: "an inline policy that is not desired",
      before: { name, document: asData(document) },
      after: null,
      // The careful answer until the engine has seen all policies of the role (`withEffects`).
      effect: "opens",
      step: { do: "delete-inline-policy", name: observed.name, policy: name },
    };
    return [deletion];
  });
  return [...detached, ...deleted];
}

/** What takes a policy that only denies off a role, once its time is over. */
export function denyRemoval(
  { arn, name }: Pick<ObservedRole, "arn" | "name">,
  { kind, id, document }: KeptDeny,
): readonly Change[] {
  const attached = kind === "attached" ? [id] : [];
  const inline = kind === "inline" ? [{ name: id, document }] : [];
  return unmanagedPermissionChanges({ arn, name, attached, inline }, null);
}

/** Takes a managed policy off the role. */
export function detach(
  role: Pick<ObservedRole, "arn" | "name">,
  arn: string,
  reason: string,
): Change {
  return {
    action: "detach",
    resource: "attachment",
    id: arn,
    reason,
    before: { role: role.arn, policy: arn },
    after: null,
    // The careful answer until the engine has seen all policies of the role (`withEffects`).
    effect: "opens",
    step: { do: "detach", name: role.name, arn },
  };
}

/** Puts the deploy policy on the role. */
export function attach(role: { readonly name: string; readonly arn: string }, arn: string): Change {
  return {
    action: "attach",
    resource: "attachment",
    id: arn,
    reason: "the deploy policy is not attached",
    before: null,
    after: { role: role.arn, policy: arn },
    // Our policies only allow.
    effect: "opens",
    step: { do: "attach", name: role.name, arn },
  };
}
