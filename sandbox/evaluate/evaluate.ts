import { holds } from "./conditions.ts";
import type { RequestContext } from "./context.ts";
import { type Listed, type Policy, readPolicy, type Statement } from "./document.ts";
import { glob, matches, type Pattern } from "./glob.ts";
import { covers, type Principal } from "./principals.ts";
import { patternOf, type Version } from "./variables.ts";

/** What the policy says, and the statement that decided (its position in its policy). */
export type Decision = {
  readonly decision: "allow" | "explicit-deny" | "implicit-deny";
  readonly statement: number | null;
};

export type TrustRequest = {
  readonly principal: Principal;
  readonly action: string;
  readonly context: RequestContext;
};

export type AccessRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
};

/**
 * Whether a caller can assume a role by its trust policy. A Deny that applies wins, then an Allow
 * that applies. If nothing applies, the answer is no.
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluateTrust(document: unknown, request: TrustRequest): Decision {
  return trustEvaluator(document)(request);
}

/** The same for many requests, with the document read once. */
export function trustEvaluator(document: unknown): (request: TrustRequest) => Decision {
  const policy = readPolicy(document);
  return (request) =>
    decide([policy], (statement, version) => trustApplies(statement, version, request));
}

/** Whether identity policies together allow an action on a resource. */
export function evaluateAccess(documents: readonly unknown[], request: AccessRequest): Decision {
  return accessEvaluator(documents)(request);
}

/** The same for many requests, with the documents read once. */
export function accessEvaluator(
  documents: readonly unknown[],
): (request: AccessRequest) => Decision {
  const policies = documents.map(knownPolicy);
  return (request) =>
    decide(policies, (statement, version) => accessApplies(statement, version, request));
}

/** Each call of the account is held against the same few documents, which nobody changes. */
const known = new WeakMap<object, Policy>();

function knownPolicy(document: unknown): Policy {
  if (typeof document !== "object" || document === null) return readPolicy(document);
  const policy = known.get(document) ?? readPolicy(document);
  known.set(document, policy);
  return policy;
}

/** A request as the policy on a resource sees it. */
export type ResourceRequest = AccessRequest & { readonly principal: Principal };

/** What the policy on a resource, such as a queue, says about a caller's action on it. */
export function evaluateResourcePolicy(document: unknown, request: ResourceRequest): Decision {
  return decide(
    [readPolicy(document)],
    (statement, version) =>
      accessApplies(statement, version, request) && trustApplies(statement, version, request),
  );
}

function decide(
  policies: readonly Policy[],
  applies: (statement: Statement, version: Version) => boolean,
): Decision {
  let allowing: Statement | null = null;
  for (const { version, statements } of policies) {
    for (const statement of statements) {
      if (!applies(statement, version)) continue;
      if (statement.effect === "Deny") {
        return { decision: "explicit-deny", statement: statement.index };
      }
      allowing ??= statement;
    }
  }
  return allowing === null
    ? { decision: "implicit-deny", statement: null }
    : { decision: "allow", statement: allowing.index };
}

function trustApplies(statement: Statement, version: Version, request: TrustRequest): boolean {
  const { principals, actions, conditions } = statement;
  return (
    principals !== null &&
    isIn(principals, (listed) => covers(listed, request.principal)) &&
    isIn(actions, (listed) => actionMatches(listed, request.action)) &&
    holds(conditions, version, request.context)
  );
}

function accessApplies(statement: Statement, version: Version, request: AccessRequest): boolean {
  const { resources, actions, conditions } = statement;
  const { context, resource } = request;
  return (
    resources !== null &&
    isIn(actions, (listed) => actionMatches(listed, request.action)) &&
    isIn(resources, (listed) => {
      const pattern = patternOf(listed, version, "live", context);
      return pattern !== null && matches(pattern, resource);
    }) &&
    holds(conditions, version, context)
  );
}

function isIn<T>(listed: Listed<T>, fits: (item: T) => boolean): boolean {
  return listed.items.some(fits) !== listed.not;
}

/** Action names ignore case and may have `*` and `?`. */
function actionMatches(listed: string, action: string): boolean {
  return matches(actionPattern(listed), action.toLowerCase());
}

/** Every call of the account is held against the same few hundred names of actions. */
const actionPatterns = new Map<string, Pattern>();
const actionPatternsMax = 10_000;

function actionPattern(listed: string): Pattern {
  const known = actionPatterns.get(listed);
  if (known !== undefined) return known;
  if (actionPatterns.size >= actionPatternsMax) actionPatterns.clear();
  const pattern = glob(listed.toLowerCase());
  actionPatterns.set(listed, pattern);
  return pattern;
}
