import { type Pattern, patternText } from "../../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../../policy/document.ts";

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** What the patterns of a policy name, as far as it can be distinguished. */
export type Named = {
  /** Ids that a pattern gives in full. */
  readonly projects: readonly string[];
  /** Patterns of an id that give a part of it: enough that nobody meets it by a few tries. */
  readonly partsOfProjects: readonly string[];
  /** Owners that a pattern gives in full, with their host: `github.com/acme`. */
  readonly owners: readonly string[];
  /** Is a repository named whose owner is left open, with a wildcard between host and name? */
  readonly anyOwnersRepository: boolean;
};

/** Digits of an id that have to be given before it counts as named in part: 4096 tries meet three. */
const digitsOfPart = 3;

export type Asked = { readonly condition: PolicyCondition; readonly pattern: Pattern };

/** Patterns of a key by which a statement keeps others out: an Allow's, or those a Deny spares. */
export function limitingPatterns(statement: TrustStatement, key: string): readonly Asked[] {
  return statement.conditions.flatMap((condition) => {
    const { test } = condition;
    if (condition.key !== key || test.kind !== "string") return [];
    if (test.negated !== (statement.effect === "Deny")) return [];
    return test.patterns.map((pattern) => ({ condition, pattern }));
  });
}

/** What a policy names in tests of the subject and of the project's key. */
export function namedBy(policy: TrustPolicy, keyPrefix: string): Named {
  const texts = (name: string) =>
    policy.statements.flatMap((statement) =>
      limitingPatterns(statement, `${keyPrefix}:${name}`).map(({ pattern }) =>
        patternText(pattern),
      ),
    );
  const subjects = texts("sub");
  const parts = [
    ...subjects.flatMap((text) => projectIn(text) ?? []),
    ...texts("oidc.circleci.com/project-id"),
  ];
  const isFull = (text: string): boolean => new RegExp(`^${uuid}$`).test(text);
  return {
    projects: unique([...parts.filter(isFull), ...subjects.flatMap(looseIds)]),
    partsOfProjects: unique(
      parts.filter((text) => !isFull(text) && digitsIn(text) >= digitsOfPart),
    ),
    owners: unique(
      subjects.flatMap((text) => /\/vcs-origin\/([^/*?]+\/[^/*?]+)\//.exec(text)?.[1] ?? []),
    ),
    anyOwnersRepository: subjects.some((text) =>
      /\/vcs-origin\/[^/]+\/[^/]*[*?][^/]*\/[^/*?]+\//.test(text),
    ),
  };
}

function projectIn(subject: string): string | null {
  const found = /project\/([^/]+)/.exec(subject)?.[1];
  if (found === undefined) return null;
  // With a wildcard that the id ends in: PRJ* is PRJ.
  return new RegExp(`^(${uuid})\\*+$`).exec(found)?.[1] ?? found;
}

/** Ids between wildcards, where no word says whose they are. */
function looseIds(subject: string): readonly string[] {
  return [...subject.matchAll(new RegExp(`\\*/?(${uuid})`, "g"))].flatMap(([, id]) => id ?? []);
}

function digitsIn(text: string): number {
  return text.match(/[0-9a-f]/g)?.length ?? 0;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
