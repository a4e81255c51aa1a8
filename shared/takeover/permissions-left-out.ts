import { parseArn } from "../aws/arn.ts";
import { grantsBeyond, witnessOf } from "../compare/index.ts";
import type { JsonObject } from "../json.ts";
import { isRecord, parseJson } from "../json.ts";
import { listOf, onlyWith, statementsOf } from "../plan/statements.ts";
import { type KindName, targetKinds } from "../targets/index.ts";
import { beyondRole, type PermissionContext, textsOf } from "./permissions.ts";
import { capital, type HeldPolicy, listed, policySays, statementSays } from "./role.ts";
import { kindForms, kindsOfService, regionOf, targetsNamedBy } from "./target-names.ts";

/** What the document would grant, and the boundary of the role. */
type Written = {
  /** Raw text of the deploy policy that would be written; null: none. */
  readonly policy: string | null;
  /** The same with the targets that do not exist. */
  readonly named: string;
  readonly boundary: string | null;
};

/**
 * What the policies of a role grant and a document's policy does not, one sentence for each statement
 * and reason. Every resource of every Allow is compared with what would be written: a sentence is
 * missing only where the engine has proved that all of it is granted still, or was not before, by a
 * Deny or the boundary.
 */
export function permissionsLeftOut(
  context: PermissionContext,
  written: Written,
): readonly string[] {
  return context.policies.flatMap((policy) => {
    if (policy.document === null) {
      return [`${capital(policySays(policy))} could not be read: nothing of it is carried over`];
    }
    const statements = statementsOf(policy.document) ?? [];
    return statements.flatMap((statement, index) => {
      const says = `${policySays(policy)}, ${statementSays(index, statement["Sid"])}`;
      const lost =
        statement["Effect"] === "Deny"
          ? [`is a Deny, and a document only allows: ${denySays(statement, written)}`]
          : lostOf(statement, { policy, context, written });
      return lost.map((text) => `${capital(says)} ${text}`);
    });
  });
}

/** Is anything of what the document grants denied by the statement today? */
function denySays(statement: JsonObject, { named, boundary }: Written): string {
  const deny = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const taken = grantsBeyond({
    granted: { policies: [named], boundary },
    known: [{ policies: [named, deny], boundary }],
  });
  return taken.kind === "disproved"
    ? "what it denies, the document does not grant"
    : "it may deny something that the document grants";
}

type Asked = {
  readonly policy: HeldPolicy;
  readonly context: PermissionContext;
  readonly written: Written;
};

type Lost = { readonly actions: string; readonly why: string; readonly resource: string };

/** The ends of sentences whose subject is the statement; resources with one reason together. */
function lostOf(statement: JsonObject, asked: Asked): readonly string[] {
  if (isKept(statement, asked)) return [];
  if (statement["NotAction"] !== undefined || statement["NotResource"] !== undefined) {
    const element = statement["NotAction"] === undefined ? "NotResource" : "NotAction";
    return [`has ${element}, which grants all but what it names; a document names what it grants`];
  }
  const lost = listOf(statement["Resource"]).flatMap((resource) => {
    if (typeof resource !== "string") return [];
    const piece = { ...statement, Resource: resource };
    return isKept(piece, asked) ? [] : lostOn(piece, resource, asked);
  });
  const alike = Map.groupBy(lost, ({ actions, why }) => JSON.stringify([actions, why]));
  return [...alike.values()].map((same) => {
    const [first] = same;
    const resources = same.map(({ resource }) => resource);
    return `grants ${first?.actions ?? ""} on ${listed(resources)}; ${first?.why ?? ""}`;
  });
}

/** Does the document's policy grant all of it that the role really has? */
function isKept(piece: JsonObject, { policy, context, written }: Asked): boolean {
  const data = parseJson(policy.document ?? "");
  const alone = JSON.stringify({ ...(isRecord(data) ? data : {}), Statement: [piece] });
  const denied = textsOf(context.policies).flatMap((text) => onlyWith("Deny", text) ?? []);
  return (
    grantsBeyond({
      granted: { policies: [alone, ...denied], boundary: written.boundary },
      known: written.policy === null ? [] : [{ policies: [written.policy], boundary: null }],
    }).kind === "disproved"
  );
}

/** The actions on one resource that are lost, by the service that they are of. */
function lostOn(piece: JsonObject, resource: string, asked: Asked): readonly Lost[] {
  const actions = listOf(piece["Action"]).filter((action) => typeof action === "string");
  const lost = actions.filter((Action) => !isKept({ ...piece, Action }, asked));
  // Together they are lost: alone each is granted on some condition of another.
  const named = lost.length > 0 ? lost : actions;
  const byService = Map.groupBy(named, (action) => action.split(":")[0]?.toLowerCase() ?? "");
  return [...byService].map(([service, own]) => ({
    actions: listed(own),
    resource,
    why: whyLost({ piece, resource, service }, asked),
  }));
}

type LostPiece = {
  readonly piece: JsonObject;
  readonly resource: string;
  readonly service: string;
};

function whyLost({ piece, resource, service }: LostPiece, asked: Asked): string {
  const { context } = asked;
  const kinds = kindsOfService(service);
  const { region } = context.observed;
  if (service.includes("*")) return "a document names what it grants, target by target";
  if (kinds.length === 0) return "no document grants that by itself";
  if (piece["Condition"] !== undefined) {
    return `its condition ${JSON.stringify(piece["Condition"])} is nothing that a document can say`;
  }
  const arn = parseArn(resource);
  const place = regionOf(resource);
  if (place !== null && place !== region) {
    return `a document deploys to one Region, which is ${region} here`;
  }
  if (arn !== null && /^\d+$/.test(arn.account.id) && arn.account.id !== context.account.id) {
    return `a document deploys to its own account, ${context.account.id}`;
  }
  const named = targetsNamedBy(resource);
  if (named.length === 0) {
    return isOfNoTarget(piece) ? withATarget(kinds) : wildcardSays(resource, kinds);
  }
  const whys = named.map((target) => ({ target, why: whyNotWord(target, context) }));
  const carried = whys.find(({ why }) => why === null)?.target;
  if (carried !== undefined) {
    const all = { ...asked, written: { ...asked.written, policy: asked.written.named } };
    if (isKept(piece, all)) {
      return `${targetKinds[carried.kind].noun} ${carried.name} is named and does not exist, so a run leaves it out until it does`;
    }
    const isWild = /[*?]/.test(resource) && !isBeyondWords(piece, asked);
    return isWild
      ? `the document grants it on the ${targetKinds[carried.kind].noun} that exists, and not on every one of that form`
      : beyondWords(kinds);
  }
  // Both kinds of ECS service have such an ARN; the actions say which one is meant.
  const isExpress = /express/i.test(JSON.stringify(piece["Action"]));
  const meant = whys.find(({ target }) => (target.kind === "ecsExpress") === isExpress);
  return (meant ?? whys[0])?.why ?? beyondWords(kinds);
}

/** Does no target of the document have any of these actions? */
function isBeyondWords(piece: JsonObject, { written }: Asked): boolean {
  const granted = (statementsOf(written.policy ?? "") ?? []).flatMap(({ Action }) =>
    listOf(Action),
  );
  const named = new Set(granted.map((action) => String(action).toLowerCase()));
  return !listOf(piece["Action"]).some((action) => named.has(String(action).toLowerCase()));
}

/** Actions that IAM knows only with every resource: a document grants them beside its targets. */
const ofNoTarget = ["ecr:getauthorizationtoken", "ecs:describetaskdefinition"];

function isOfNoTarget({ Action }: JsonObject): boolean {
  return listOf(Action).every((action) => ofNoTarget.includes(String(action).toLowerCase()));
}

function withATarget(kinds: readonly KindName[]): string {
  return `a document grants it together with a target of ${fieldsOf(kinds)}, and names none here`;
}

function wildcardSays(resource: string, kinds: readonly KindName[]): string {
  if (!/[*?]/.test(resource)) return beyondWords(kinds);
  return `a document names each target: add those that jobs need to ${fieldsOf(kinds)}`;
}

function beyondWords(kinds: readonly KindName[]): string {
  return `${fieldsOf(kinds)} does not grant it`;
}

function fieldsOf(kinds: readonly KindName[]): string {
  return kinds.map((kind) => `deploy.${kind}`).join(" or ");
}

/** Why the plain word of a target is not in the document; null where it is, or no reason is known. */
function whyNotWord(
  target: ReturnType<typeof targetsNamedBy>[number],
  context: PermissionContext,
): string | null {
  const { entry, words } = kindForms[target.kind];
  const [word] = words;
  const deploy = {
    region: context.observed.region,
    [target.kind]: [entry(target, word === undefined ? [] : [word])],
  };
  const draft = {
    circleci: { organizationId: "00000000-0000-4000-8000-000000000000" },
    trust: { projects: "all" as const },
    deploy,
  };
  const beyond = beyondRole(draft, context);
  if (beyond === null) {
    return `${targetKinds[target.kind].noun} ${target.name} cannot be named in a document`;
  }
  if (beyond.kind === "disproved") return null;
  const more = witnessOf(beyond);
  const what = more === null ? "more" : `${more.action} on ${more.resource}`;
  return `deploy.${target.kind} with ${target.name} would grant ${what} too, which the role does not`;
}
