import type { EnvironmentDocument, ProjectEntry } from "../document/index.ts";
import type { InForce } from "../plan/in-force.ts";
import {
  grantsOf,
  type KindName,
  kindNames,
  type OfKind,
  type ResolvedTargets,
  targetKinds,
} from "../targets/index.ts";
import {
  type Account,
  deployPolicyOf,
  type ParameterPlace,
  readableOutputs,
  roleArn,
} from "../trust/index.ts";
import type { PageAccess, PagePermission, PageProject, PageTarget } from "./data.ts";

type Where = {
  readonly account: Account;
  readonly place: ParameterPlace;
  readonly now: Date;
};

/** Who can reach what in an environment, by the version in force. */
export function accessOf(inForce: InForce, { account, now }: Where): PageAccess {
  if (inForce.kind === "nothing") return { kind: "unknown", why: inForce.why };
  const { document, targets } = inForce;
  const { circleci, trust, role } = document;
  return {
    kind: "known",
    role: role.name,
    roleArn: roleArn(account, role.path, role.name),
    organization: circleci.organizationId,
    audiences: [circleci.organizationId, ...circleci.audiences],
    projects:
      trust.projects === "all" ? "all" : trust.projects.map((entry) => projectOf(entry, now)),
    targets: kindNames.flatMap((name) => targetsOf(name, document, targets)),
  };
}

function projectOf({ id, origin, refs, until }: ProjectEntry, now: Date): PageProject {
  return {
    id,
    origin: origin ?? null,
    refs: refs ?? [],
    until: until ?? null,
    hasEnded: until !== undefined && Date.parse(until) <= now.getTime(),
  };
}

function targetsOf<Name extends KindName>(
  name: Name,
  { deploy }: EnvironmentDocument,
  resolved: ResolvedTargets,
): readonly PageTarget[] {
  const { noun, pieces } = targetKinds[name];
  const entries: OfKind<Name>["entries"] = deploy[name];
  return entries.flatMap((entry) => {
    const parts = pieces(entry);
    const may = parts.flatMap(({ says }) => (says === "" ? [] : [says])).join(", ");
    const names = [...new Set(parts.map(({ target }) => target))];
    return names.map((target) => ({ noun, name: target, may, arn: arnOf(target, resolved[name]) }));
  });
}

/**
 * The ARN that a target resolved to last. Every kind remembers a target as plain texts: first its name,
 * in one part or in two, as `CLUSTER/SERVICE`, then its ARN.
 */
function arnOf(name: string, resolved: readonly object[]): string | null {
  for (const target of resolved) {
    const texts = Object.values(target).filter((value) => typeof value === "string");
    const arn = texts.find(isArn);
    const words = texts.filter((text) => !isArn(text));
    if (arn !== undefined && (words.includes(name) || words.join("/") === name)) return arn;
  }
  return null;
}

function isArn(text: string): boolean {
  return text.startsWith("arn:");
}

/** What jobs may do, resource by resource, with the ARNs that AWS gave the targets. */
export function permissionsOf(
  inForce: InForce,
  { account, place }: Where,
): readonly PagePermission[] {
  if (inForce.kind === "nothing") return [];
  const { document, targets } = inForce;
  const outputs = readableOutputs(document, place, account);
  const policy = deployPolicyOf({ targets, outputs });
  const grants = grantsOf(policy === null ? null : JSON.stringify(policy));
  return [...Map.groupBy(grants, ({ resource }) => resource)].map(([resource, own]) => ({
    resource,
    actions: [...new Set(own.flatMap(({ actions }) => actions))],
  }));
}
