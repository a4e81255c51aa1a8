import { type CircleciProvider, circleciProviderOf } from "../circleci/tokens.ts";
import { audienceRule } from "../document/text-rules.ts";
import { isRecord, parseJson } from "../json.ts";
import { statementsOf } from "../plan/statements.ts";
import type { PolicyCondition, PolicyPrincipal, TrustStatement } from "../policy/document.ts";
import { actionFits } from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { mistakeIn } from "../schema/text-rule.ts";
import { statementSays } from "./role.ts";

/** The call by which a token becomes a session (STS API reference). */
export const assume = "sts:AssumeRoleWithWebIdentity";

/** A trust policy, sorted by what a document could say of it. */
type TrustParts = {
  readonly pieces: readonly TrustPiece[];
  /** Sentences on what no document says, whatever it names. */
  readonly foreign: readonly string[];
  /** Every organisation of CircleCI that an Allow names, in their order. */
  readonly organizations: readonly string[];
};

/** What one pattern of one Allow lets in of one organisation's tokens. */
export type TrustPiece = {
  /** In a sentence: "statement 1 (Jobs)". */
  readonly says: string;
  readonly provider: CircleciProvider;
  readonly organizationId: string;
  /** The piece alone, as the raw text of a trust policy. */
  readonly text: string;
  /** The subject as it is written; null where the statement asks for none. */
  readonly subject: {
    readonly operator: string;
    readonly pattern: string;
    /** Is a wildcard a character in it? */
    readonly isLiteral: boolean;
  } | null;
  /** Projects by the claim `project-id`; null where it is not asked for. */
  readonly projectIds: readonly string[] | null;
  /**
   * Audiences that are named whole and that a document can name; null where none is asked for, or not
   * by name.
   */
  readonly audiences: readonly string[] | null;
  /** When it ends by itself; null: never. */
  readonly until: string | null;
  /** Conditions that no document has, as they are written. */
  readonly others: readonly PolicyCondition[];
};

/** Sorts the raw text of a trust policy; a text that IAM would refuse has no parts. */
export function trustPartsOf(trustPolicy: string): TrustParts {
  const parsed = parseTrustPolicy(trustPolicy);
  const raw = statementsOf(trustPolicy);
  if (parsed.kind === "refused" || raw === null) {
    const why = parsed.kind === "refused" ? parsed.problem.message : "it has no statement";
    const says = `it is not a policy that can be read: ${why.replace(/\.$/, "")}`;
    return { pieces: [], foreign: [says], organizations: [] };
  }
  const parts = parsed.policy.statements.map((statement, index) =>
    partsOfStatement(statement, { index, version: parsed.policy.version, raw: raw[index] ?? {} }),
  );
  const pieces = parts.flatMap((part) => part.pieces);
  return {
    pieces,
    foreign: parts.flatMap((part) => part.foreign),
    organizations: [...new Set(pieces.map(({ organizationId }) => organizationId))],
  };
}

type Place = {
  readonly index: number;
  readonly version: string;
  readonly raw: Readonly<Record<string, unknown>>;
};

type StatementParts = Omit<TrustParts, "organizations">;

function partsOfStatement(statement: TrustStatement, place: Place): StatementParts {
  const says = statementSays(place.index, statement.sid);
  if (statement.effect === "Deny") {
    return { pieces: [], foreign: [`${says} is a Deny, and a document only allows`] };
  }
  if (statement.principals.kind === "except") {
    return { pieces: [], foreign: [`${says} has NotPrincipal, and a document names who gets in`] };
  }
  const strangers = statement.principals.principals.filter((one) => providerOf(one) === null);
  const foreign = [
    ...strangers.map(
      (principal) =>
        `${says} lets in ${principalSays(principal)}, and a document lets in CircleCI's jobs only`,
    ),
    ...otherActions(statement, says),
  ];
  if (!actionFits(statement, assume)) return { pieces: [], foreign };
  const providers = statement.principals.principals.flatMap((one) => providerOf(one) ?? []);
  const pieces = providers.flatMap((provider) => piecesOf(statement, provider, { ...place, says }));
  return { pieces, foreign };
}

/** The provider of one organisation; null for any other principal. */
function providerOf(
  principal: PolicyPrincipal,
): (CircleciProvider & { readonly organizationId: string }) | null {
  if (principal.kind !== "exact" || principal.type !== "Federated") return null;
  const provider = circleciProviderOf(principal.id);
  const organizationId = provider?.organizationId ?? null;
  return provider === null || organizationId === null ? null : { ...provider, organizationId };
}

function principalSays(principal: PolicyPrincipal): string {
  switch (principal.kind) {
    case "everybody":
      return 'everybody ("*")';
    case "any-federated":
      return "every identity provider";
    case "account":
      return `account ${principal.account}`;
    case "exact":
      return circleciProviderOf(principal.id) === null
        ? principal.id
        : `${principal.id}, the issuer that all organisations share`;
    default:
      return principal satisfies never;
  }
}

function otherActions({ actions }: TrustStatement, says: string): readonly string[] {
  if (actions.kind === "except")
    return [`${says} has NotAction, and a document allows ${assume} only`];
  const others = actions.named.filter((action) => action.toLowerCase() !== assume.toLowerCase());
  return others.map((action) => `${says} allows ${action}, and a document allows ${assume} only`);
}

/** One piece for each pattern that any one of would let a token in. */
function piecesOf(
  statement: TrustStatement,
  provider: CircleciProvider & { readonly organizationId: string },
  place: Place & { readonly says: string },
): readonly TrustPiece[] {
  const { keyPrefix, organizationId } = provider;
  const of = (claim: string) =>
    statement.conditions.filter(({ key }) => key === `${keyPrefix}:${claim}`);
  const [subject, ...moreSubjects] = of("sub").filter(isPositive);
  const [ids, ...moreIds] = of("oidc.circleci.com/project-id").filter(isPositive);
  const [audience, ...moreAudiences] = of("aud").filter(isPositive);
  const end = statement.conditions.find((condition) => untilIn(condition) !== null);
  const said = [subject, ids, audience, end];
  const common = {
    says: place.says,
    provider,
    organizationId,
    projectIds: ids?.values ?? null,
    audiences: audience === undefined ? null : audiencesIn(audience),
    until: end === undefined ? null : untilIn(end),
    others: [
      ...statement.conditions.filter((one) => !said.includes(one)),
      ...moreSubjects,
      ...moreIds,
      ...moreAudiences,
    ].filter((one, index, all) => all.indexOf(one) === index),
  };
  const alone = aloneFor(provider.arn, place);
  if (subject === undefined) return [{ ...common, subject: null, text: alone(null) }];
  const isLiteral = subject.test.kind !== "string" || !subject.test.wildcards;
  return subject.values.map((pattern) => ({
    ...common,
    subject: { operator: subject.operator, pattern, isLiteral },
    text: alone({ condition: subject, pattern }),
  }));
}

/** The audiences that are named whole, as far as a document can name them; null for a pattern. */
function audiencesIn({ test, values }: PolicyCondition): readonly string[] | null {
  const isWild =
    test.kind === "string" && test.wildcards && values.some((each) => /[*?]/.test(each));
  return isWild ? null : values.filter((each) => mistakeIn(audienceRule, each) === null);
}

/** Does it hold only for the values that it names? */
function isPositive({ test, ifExists, quantifier }: PolicyCondition): boolean {
  return test.kind === "string" && !test.negated && !ifExists && quantifier !== "for-all";
}

/** The instant of `DateLessThan aws:CurrentTime`; null for any other condition. */
function untilIn({ key, test, values, ifExists }: PolicyCondition): string | null {
  const [instant, ...more] = values;
  const isBefore = test.kind === "date" && !test.negated && test.relation.startsWith("less");
  const isEnd = key === "aws:currenttime" && isBefore && !ifExists;
  return isEnd && instant !== undefined && more.length === 0 ? instant : null;
}

/** Writes the statement again for one provider and one pattern of its subjects. */
function aloneFor(arn: string, { version, raw }: Place) {
  return (
    only: { readonly condition: PolicyCondition; readonly pattern: string } | null,
  ): string => {
    const Principal = { Federated: arn };
    const Condition = only === null ? raw["Condition"] : narrowed(raw["Condition"], only);
    const statement = { ...raw, Principal, ...(Condition === undefined ? {} : { Condition }) };
    return JSON.stringify({ Version: version, Statement: [statement] });
  };
}

function narrowed(
  conditions: unknown,
  { condition, pattern }: { readonly condition: PolicyCondition; readonly pattern: string },
): unknown {
  if (!isRecord(conditions)) return conditions;
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, block]) => {
      if (operator !== condition.operator || !isRecord(block)) return [operator, block];
      return [operator, { ...block, [condition.keyText]: pattern }];
    }),
  );
}

/** The text with the audiences that a condition on `aud` names replaced. */
export function withAudiences(
  trustPolicy: string,
  { keyPrefix }: CircleciProvider,
  audiences: readonly string[],
): string {
  const data = parseJson(trustPolicy);
  const statements = (statementsOf(trustPolicy) ?? []).map((statement) => {
    const { Condition } = statement;
    if (!isRecord(Condition) || !isRecord(Condition["StringEquals"])) return statement;
    const asked = { ...Condition["StringEquals"], [`${keyPrefix}:aud`]: audiences };
    return { ...statement, Condition: { ...Condition, StringEquals: asked } };
  });
  return JSON.stringify({ ...(isRecord(data) ? data : {}), Statement: statements });
}
