import type { CircleciProvider } from "../circleci/tokens.ts";
import { anyOne, anyRun, isRun, type Pattern, patternOf } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";

const idLength = 36;
const anyId = Array.from({ length: idLength }, () => anyOne);
const dashes: ReadonlySet<number> = new Set([8, 13, 18, 23]);
/** More runs, and more spellings of one pattern, are not written out. */
const runsMax = 3;
const spellingsMax = 120;

/**
 * The policy as it is for the jobs of one provider: one token has one project, which stands at one
 * place of its subject, so that every test of the project's id is said of the subject. Null where
 * some test cannot be said so.
 *
 * @see https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 */
export function tiedToSubject(policy: TrustPolicy, provider: CircleciProvider): TrustPolicy | null {
  const statements: TrustStatement[] = [];
  for (const statement of policy.statements) {
    const conditions: PolicyCondition[] = [];
    let applies = true;
    for (const condition of statement.conditions) {
      const said = saidOfSubject(condition, provider);
      if (said === null) return null;
      if (said === false) applies = false;
      else if (said !== true) conditions.push(said);
    }
    if (applies) statements.push({ ...statement, conditions });
  }
  return { ...policy, statements };
}

/** The condition itself, another one, or what it always comes to; null where neither is known. */
function saidOfSubject(
  condition: PolicyCondition,
  provider: CircleciProvider,
): PolicyCondition | boolean | null {
  const { test } = condition;
  if (condition.key !== projectKey(provider)) return condition;
  if (condition.unclear.length > 0) return null;
  if (test.kind === "null") return test.operands.includes(false);
  if (test.kind !== "string") return null;
  const patterns: Pattern[] = [];
  for (const pattern of test.patterns) {
    const ids = idsOf(pattern.glyphs);
    if (ids === null) return null;
    patterns.push(...ids.map((id) => subjectWith(id, provider)));
  }
  if (patterns.length === 0) return test.negated;
  return {
    ...condition,
    key: `${provider.keyPrefix}:sub`,
    quantifier: "none",
    ifExists: false,
    test: { ...test, patterns },
  };
}

/** The key that holds the id of the job's project. */
export function projectKey(provider: CircleciProvider): string {
  return `${provider.keyPrefix}:oidc.circleci.com/project-id`;
}

function subjectWith(id: readonly number[], provider: CircleciProvider): Pattern {
  const characters = (text: string): number[] => [...text].map((one) => one.charCodeAt(0));
  const { organizationId } = provider;
  const organization = organizationId === null ? anyId : characters(organizationId);
  const glyphs = [...characters("org/"), ...organization, ...characters("/project/"), ...id];
  return patternOf([...glyphs, 47, anyRun], { anyCase: false });
}

/** What a pattern matches of ids, each with its full length; null where that is too much to write. */
function idsOf(glyphs: readonly number[]): readonly (readonly number[])[] | null {
  const runs = glyphs.filter(isRun).length;
  if (runs > runsMax) return null;
  const ids = withLength(glyphs, idLength - glyphs.length + runs).filter((id) => id.every(fitsAt));
  return ids.length > spellingsMax ? null : ids;
}

/** Every way to write so many single wildcards for the runs. */
function withLength(glyphs: readonly number[], free: number): readonly (readonly number[])[] {
  const place = glyphs.findIndex(isRun);
  if (place < 0) return free === 0 ? [glyphs] : [];
  const [before, after] = [glyphs.slice(0, place), glyphs.slice(place + 1)];
  return Array.from({ length: free + 1 }, (_, length) => length).flatMap((length) =>
    withLength([...before, ...anyId.slice(0, length), ...after], free - length),
  );
}

/** May an id have this character at this place? */
function fitsAt(glyph: number, place: number): boolean {
  if (glyph < 0) return true;
  return (glyph === 45) === dashes.has(place) && /[-0-9a-f]/.test(String.fromCharCode(glyph));
}
