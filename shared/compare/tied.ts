import type { CircleciProvider } from "../circleci/tokens.ts";
import { anyOne, anyRun, isRun, type Pattern, patternOf } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";

const idLength = 36;
const anyId = Array.from({ length: idLength }, () => anyOne);
const dashes: ReadonlySet<number> = new Set([8, 13, 18, 23]);
/** More spellings of one pattern than this are not written out. */
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
    test: { kind: "string", negated: test.negated, patterns },
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
  const free = idLength - glyphs.filter((glyph) => !isRun(glyph)).length;
  let begun: readonly (readonly number[])[] = [[]];
  for (const [place, glyph] of glyphs.entries()) {
    const isLast = !glyphs.slice(place + 1).some(isRun);
    const next: (readonly number[])[] = [];
    for (const id of begun) {
      if (!isRun(glyph)) {
        if (fitsAt(glyph, id.length)) next.push([...id, glyph]);
        continue;
      }
      const filled = id.length - glyphs.slice(0, place).filter((each) => !isRun(each)).length;
      const left = free - filled;
      for (let length = isLast ? left : 0; length <= left; length += 1)
        next.push([...id, ...anyId.slice(0, Math.max(length, 0))]);
    }
    if (next.length > spellingsMax) return null;
    begun = next;
  }
  return begun.filter((id) => id.length === idLength);
}

/** May an id have this character at this place? */
function fitsAt(glyph: number, place: number): boolean {
  if (glyph < 0) return true;
  return dashes.has(place) ? glyph === 45 : /[0-9a-f]/.test(String.fromCharCode(glyph));
}
