import {
  comparePermissions,
  type Grant,
  grantsBeyond,
  mayWiden,
  type PermissionWitness,
  undecidedOf,
  witnessOf,
} from "../compare/index.ts";
import type { DriftInput, DriftWidening, Trace } from "./drift.ts";
import type { ObservedRole } from "./observed.ts";
import { everything } from "./statements.ts";

type Input = DriftInput & { readonly role: ObservedRole };

/** One policy that the role holds; its document is `null` where it could not be read. */
type PermissionSource = { readonly document: string | null; readonly trace: Trace };

/** A boundary as far as it is known: `document` is `null` where it could not be read. */
type Boundary = { readonly arn: string; readonly document: string | null } | null;

/**
 * What a role is granted beyond what is known or desired, all its policies taken together and
 * within its boundary. A boundary that is gone, or not proved as narrow as an intended one, counts
 * as such, whatever the policies say: it also bounds what they may say tomorrow.
 */
export function permissionWidening(input: Input): DriftWidening | null {
  const sources = permissionSources(input);
  const lost = lostBoundary(input, sources);
  const found = beyond(input, sources);
  if (!found.wider && lost === null) return null;
  const within = boundaryOf(input.role.permissionsBoundary, input);
  const traces = found.wider
    ? sources.filter((source) => beyond(input, [source]).wider).map(({ trace }) => trace)
    : [];
  return {
    resource: "permissions",
    admitted: found.witness ?? lost?.witness ?? null,
    undecided: [...found.undecided, ...(lost?.undecided ?? [])],
    isImpossible: false,
    traces: [...traces, ...(lost === null ? [] : [lost.trace])],
    ...(within === null ? {} : { within }),
  };
}

/** In one order: a listing of the account and one of the role do not agree on any, and the same is reported once. */
function permissionSources({ role, policies, documents }: Input) {
  const byName = role.inline.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const inline = byName.map(({ name, document }): PermissionSource => {
    return { document, trace: { kind: "inline-policy", role: role.name, name, document } };
  });
  const attached = role.attached.toSorted().map((policyArn): PermissionSource => {
    const own = policies.find(({ arn }) => arn === policyArn);
    if (own !== undefined) {
      const { document, defaultVersion: version } = own;
      return { document, trace: { kind: "policy-version", policyArn, document, version } };
    }
    const document = documents.get(policyArn) ?? null;
    return { document, trace: { kind: "attachment", role: role.name, policyArn, document } };
  });
  return [...attached, ...inline];
}

type Beyond = {
  readonly wider: boolean;
  readonly witness: PermissionWitness | null;
  readonly undecided: readonly string[];
};

const within: Beyond = { wider: false, witness: null, undecided: [] };

/**
 * Do these policies grant more than is intended? What could not be read is taken for the worst: a
 * policy for everything, a boundary of the role for none, an intended one for one that allows
 * nothing. A witness counts only if it holds with the most generous reading of each of them.
 */
function beyond(input: Input, sources: readonly PermissionSource[]): Beyond {
  const boundary = boundaryOf(input.role.permissionsBoundary, input);
  const intended = intendedGrants(input);
  const texts = sources.flatMap(({ document }) => document ?? []);
  const unread = sources.filter(({ document }) => document === null);
  const worst = grantsBeyond({
    granted: {
      policies: unread.length === 0 ? texts : [...texts, everything],
      boundary: boundary?.document ?? null,
    },
    known: intended.flatMap(({ policies, boundary: bound }) => withinOf(policies, bound, boundary)),
  });
  if (!mayWiden(worst)) return within;
  const unclear = [boundary, ...intended.map((grant) => grant.boundary)].flatMap((bound) =>
    bound !== null && bound.document === null
      ? [`the boundary ${bound.arn} could not be read`]
      : [],
  );
  const reasons = [
    ...undecidedOf(worst).map(({ message }) => message),
    ...unread.map(({ trace }) => `${traceName(trace)} could not be read`),
    ...new Set(unclear),
  ];
  const isSure = boundary === null || boundary.document !== null;
  const best = grantsBeyond({
    granted: { policies: texts, boundary: boundary?.document ?? null },
    known: intended.map((grant) => ({
      policies: grant.policies,
      boundary: grant.boundary?.document ?? null,
    })),
  });
  return { wider: true, witness: isSure ? witnessOf(best) : null, undecided: reasons };
}

type Intended = { readonly policies: readonly string[]; readonly boundary: Boundary };

function intendedGrants(input: Input): readonly Intended[] {
  const { known, desired } = input;
  const before = [known, ...(known.earlier ?? [])].flatMap(({ permissions, boundary }) =>
    permissions.map((text) => ({ policies: [text], boundary: boundaryOf(boundary, input) })),
  );
  const wanted = desired?.policy.document ?? null;
  if (desired === null || wanted === null) return before;
  const boundary = boundaryOf(desired.role.permissionsBoundary, input);
  return [...before, { policies: [wanted], boundary }];
}

/** The grant within its boundary; none where nobody knows how much that leaves. */
function withinOf(
  policies: readonly string[],
  boundary: Boundary,
  found: Boundary,
): readonly Grant[] {
  if (boundary === null) return [{ policies, boundary: null }];
  if (boundary.document !== null) return [{ policies, boundary: boundary.document }];
  // The same boundary takes the same away from both sides.
  return boundary.arn === found?.arn ? [{ policies, boundary: null }] : [];
}

function boundaryOf(arn: string | null, { documents }: Input): Boundary {
  return arn === null ? null : { arn, document: documents.get(arn) ?? null };
}

type Lost = Omit<Beyond, "wider"> & { readonly trace: Trace };

/** The boundary that is there, if it is not an intended one and not proved to allow as little. */
function lostBoundary(input: Input, sources: readonly PermissionSource[]): Lost | null {
  const { known, desired, role } = input;
  const arns = [
    known.boundary,
    ...(known.earlier ?? []).map(({ boundary }) => boundary),
    ...(desired === null ? [] : [desired.role.permissionsBoundary]),
  ];
  if (arns.includes(null) || arns.includes(role.permissionsBoundary)) return null;
  const intended = arns.flatMap((arn) => boundaryOf(arn, input) ?? []);
  const found = boundaryOf(role.permissionsBoundary, input);
  if (found !== null && intended.some((bound) => isNoWider(found.document, bound.document))) {
    return null;
  }
  const trace = { kind: "boundary", role: role.name, boundary: found?.arn ?? null } as const;
  const wanted = intended.at(-1);
  if (wanted === undefined) return null;
  if (wanted.document === null) {
    return { witness: null, undecided: [`the boundary ${wanted.arn} could not be read`], trace };
  }
  const bare = grantsBeyond({
    granted: {
      policies: sources.flatMap(({ document }) => document ?? []),
      boundary: found?.document ?? null,
    },
    known: [{ policies: [everything], boundary: wanted.document }],
  });
  const isSure = found === null || found.document !== null;
  const witness = witnessOf(bare);
  if (witness !== null && isSure) return { witness, undecided: [], trace };
  const reason = `the boundary ${wanted.arn} is not in force, and bounds nothing more`;
  return { witness: null, undecided: [reason], trace };
}

function isNoWider(found: string | null, intended: string | null): boolean {
  if (found === null || intended === null) return false;
  return !mayWiden(comparePermissions({ before: [intended], after: [found] }).widening);
}

function traceName(trace: Trace): string {
  switch (trace.kind) {
    case "attachment":
    case "policy-version":
      return trace.policyArn;
    case "inline-policy":
      return trace.name;
    case "trust-policy":
    case "boundary":
      return trace.role;
    case "audience":
      return trace.audience;
    case "provider-setting":
      return trace.name;
    default:
      return trace satisfies never;
  }
}
