import type { Account } from "../aws/account.ts";
import { parseArn } from "../aws/arn.ts";
import { grantsBeyond } from "../compare/index.ts";
import type { DocumentDraft } from "../document/draft.ts";
import { type EnvironmentDocument, parseEnvironment } from "../document/index.ts";
import { namedPermissions } from "../plan/named-targets.ts";
import type { ObservedTargets } from "../plan/observed.ts";
import { listOf, statementsOf } from "../plan/statements.ts";
import { type KindName, kindNames, noTargets } from "../targets/index.ts";
import type { ParameterPlace } from "../trust/index.ts";
import type { HeldPolicy } from "./role.ts";
import { kindForms, type NamedTarget, regionOf, targetsNamedBy } from "./target-names.ts";

export type PermissionContext = {
  readonly policies: readonly HeldPolicy[];
  readonly account: Account;
  readonly place: ParameterPlace;
  /** What exists in the Region, as far as `proposedDeploy` asked. */
  readonly observed: ObservedTargets;
};

/** Where a role's targets are looked for. */
type Where = { readonly account: Account; readonly region: string };

/** What the policies name, all of it, in a document's words: what has to be looked up in the account. */
export function proposedDeploy(
  policies: readonly HeldPolicy[],
  where: Where,
): EnvironmentDocument["deploy"] {
  const region = busiestRegion(policies, where.region);
  const named = targetsIn(policies, { ...where, region })
    .map((target) => ({ target, may: kindForms[target.kind].words }))
    // What a document cannot name is not looked up.
    .filter((each) => deployOf([each], region) !== null);
  return deployOf(named, region) ?? { ...noTargets, region };
}

function deployOf(worded: readonly Worded[], region: string): EnvironmentDocument["deploy"] | null {
  const draft = { ...leastDraft, deploy: deployWith(region, worded) };
  return readDraft(draft, region)?.deploy ?? null;
}

/**
 * What of the policies' permissions a document can say: each target with those words of which the role
 * grants everything already, by the engine.
 */
export function deployDraftOf(context: PermissionContext): {
  readonly deploy: DocumentDraft["deploy"];
  readonly readOutputs: boolean;
} {
  const { policies, account, observed } = context;
  const { region } = observed;
  const worded = targetsIn(policies, { account, region }).map((named) => {
    const target = { ...named, name: shownName(named, observed) };
    return { target, may: grantedWords(target, context) };
  });
  const readable = { ...leastDraft, policy: { readOutputs: true }, deploy: { region } };
  return {
    deploy: deployWith(
      region,
      worded.flatMap(({ target, may }) => (may === null ? [] : [{ target, may }])),
    ),
    readOutputs: isGrantedAlready(readable, context),
  };
}

const leastDraft: DocumentDraft = {
  circleci: { organizationId: "00000000-0000-4000-8000-000000000000" },
  trust: { projects: "all" },
  deploy: {},
};

/** The Region that most targets are in; the given one where several have as many. */
function busiestRegion(policies: readonly HeldPolicy[], usual: string): string {
  const regions = resourcesIn(policies)
    .filter((resource) => targetsNamedBy(resource).length > 0)
    .flatMap((resource) => regionOf(resource) ?? []);
  const counts = [...Map.groupBy(regions, (region) => region)].map(
    ([region, all]) => [region, all.length + (region === usual ? 0.5 : 0)] as const,
  );
  const [busiest] = counts.toSorted(([, one], [, other]) => other - one);
  return busiest?.[0] ?? usual;
}

/** Texts of all resources that an Allow names. */
function resourcesIn(policies: readonly HeldPolicy[]): readonly string[] {
  return policies.flatMap(({ document }) =>
    (document === null ? [] : (statementsOf(document) ?? [])).flatMap(({ Effect, Resource }) =>
      Effect === "Allow" ? listOf(Resource).filter((each) => typeof each === "string") : [],
    ),
  );
}

/** Each target once that may be one of the account's in the Region. */
function targetsIn(
  policies: readonly HeldPolicy[],
  { account, region }: Where,
): readonly NamedTarget[] {
  const named = resourcesIn(policies)
    .filter((resource) => isAt(resource, { account, region }))
    .flatMap(targetsNamedBy);
  const once = [...new Map(named.map((target) => [JSON.stringify(target), target])).values()];
  // A branch with a slash is named in two spellings, which are one branch.
  return once.filter(
    ({ kind, name, branch }) =>
      branch === null ||
      !branch.includes("%2F") ||
      !once.some(
        (other) =>
          other.kind === kind &&
          other.name === name &&
          other.branch === branch.replaceAll("%2F", "/"),
      ),
  );
}

function isAt(resource: string, { account, region }: Where): boolean {
  const arn = parseArn(resource);
  if (arn === null) return false;
  const isOwn = arn.account.id === account.id || /[*?]/.test(arn.account.id);
  return isOwn && (regionOf(resource) ?? region) === region;
}

/** An app that is the only one of its name goes by its name, which stays when it is re-created. */
function shownName({ kind, name }: NamedTarget, { amplify }: ObservedTargets): string {
  if (kind !== "amplify" || amplify.kind !== "found") return name;
  const shown = amplify.value.find(({ id }) => id === name)?.name;
  const alike = amplify.value.filter((app) => app.name === shown || app.id === shown);
  return shown !== undefined && alike.length === 1 ? shown : name;
}

/** The words of which the role grants everything; null where it grants nothing that a document says. */
function grantedWords(target: NamedTarget, context: PermissionContext): readonly string[] | null {
  const { words } = kindForms[target.kind];
  if (words.length === 0) return isWordGranted(target, [], context) ? [] : null;
  const granted = words.filter((word) => isWordGranted(target, [word], context));
  return granted.length === 0 ? null : granted;
}

function isWordGranted(
  target: NamedTarget,
  may: readonly string[],
  context: PermissionContext,
): boolean {
  const deploy = deployWith(context.observed.region, [{ target, may }]);
  return isGrantedAlready({ ...leastDraft, deploy }, context);
}

/** Is everything that the draft's policy would grant granted by the role now? */
function isGrantedAlready(draft: DocumentDraft, context: PermissionContext): boolean {
  return beyondRole(draft, context)?.kind === "disproved";
}

/** What a draft would grant beyond the role; null where the parser refuses it. */
export function beyondRole(draft: DocumentDraft, context: PermissionContext) {
  const document = readDraft(draft, context.observed.region);
  if (document === null) return null;
  const { account, place, observed } = context;
  const granted = namedPermissions({ document, observed: () => observed, account, place });
  return grantsBeyond({
    granted: { policies: [granted], boundary: null },
    known: [{ policies: textsOf(context.policies), boundary: null }],
  });
}

function readDraft(draft: DocumentDraft, region: string): EnvironmentDocument | null {
  const text = JSON.stringify(draft);
  const reading = parseEnvironment({ parameter: "", version: 0, text, region });
  return reading.kind === "valid" ? reading.document : null;
}

/** The documents that were read. */
export function textsOf(policies: readonly HeldPolicy[]): readonly string[] {
  return policies.flatMap(({ document }) => document ?? []);
}

type Worded = { readonly target: NamedTarget; readonly may: readonly string[] };

/** Targets as a document's lists: an app with all of its branches in one entry. */
function deployWith(region: string, worded: readonly Worded[]): DocumentDraft["deploy"] {
  const lists = kindNames.flatMap((kind) => {
    const own = worded.filter(({ target }) => target.kind === kind);
    if (own.length === 0) return [];
    const byName = Map.groupBy(own, ({ target }) => target.name);
    return [[kind, [...byName.values()].map((same) => entryOf(kind, same))] as const];
  });
  return { region, ...Object.fromEntries(lists) };
}

function entryOf(kind: KindName, same: readonly Worded[]): unknown {
  const { entry, words } = kindForms[kind];
  // Where every branch is granted, those that are named add nothing.
  const [first] = same.toSorted(
    (one, other) => Number(one.target.branch !== null) - Number(other.target.branch !== null),
  );
  if (first === undefined) throw new Error("a group has a member");
  const written = entry(first.target, first.may);
  const { branch } = first.target;
  if (branch === null || words.length === 0) return written;
  // All branches of an app share its words.
  const branches = same
    .filter(({ may }) => first.may.every((word) => may.includes(word)))
    .flatMap(({ target }) => target.branch ?? []);
  return { ...(typeof written === "object" ? written : {}), branches };
}
