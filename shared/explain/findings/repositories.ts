import { characterClass, grammarMachine, unionOf } from "../../language/machine.ts";
import { patternText } from "../../language/pattern.ts";
import type { TrustStatement } from "../../policy/document.ts";
import { type LooseEnd, looseEndOf } from "./loose-end.ts";
import { limitingPatterns } from "./named.ts";
import { globs, type SubjectSet } from "./subject-set.ts";
import type { TokenAnswer, TokenQuestions } from "./token-questions.ts";

/** An owner, its id and a repository's, which no policy means. */
const stranger = { owner: "example-stranger", ownerId: "987654321", repositoryId: "987654322" };

/**
 * What GitHub's tokens get in by a statement. A subject is `repo:OWNER/NAME:…`, and since July 2026
 * `repo:OWNER@ID/NAME@ID:…` for new repositories; what follows, any repository can have.
 *
 * - `any-repository`: the token of a repository gets in whose owner no policy means.
 * - `wild-owner`: one gets in whose owner the policy does not name in full.
 * - `no-subject`: other keys keep strangers out, and the subject does not.
 *
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function repositoryFindings(
  questions: TokenQuestions,
  statement: TrustStatement,
): readonly LooseEnd[] {
  const { where } = statement;
  const stranger = byStranger(questions, statement);
  if (stranger.kind !== "none") {
    const enterprise = /^[^/]+\/(.+)$/.exec(questions.source.issuer.name)?.[1];
    const whose = enterprise === undefined ? "on GitHub" : `of the enterprise ${enterprise}`;
    return looseEndOf(
      stranger,
      { code: "any-repository", where },
      (subject) =>
        `Any repository ${whose} may come: nothing limits whose ${questions.key("sub")} is, for example ${subject}.`,
    );
  }
  return [
    ...looseEndOf(
      byOtherOwner(questions, statement),
      { code: "wild-owner", where },
      (subject) =>
        `The owner's name is only partly given: anyone who takes a name that fits is admitted, for example with ${questions.key("sub")} = ${subject}.`,
    ),
    ...looseSubject(questions, statement),
  ];
}

/** AWS asks for a condition on the subject in every trust policy for GitHub's issuer. */
function looseSubject(questions: TokenQuestions, statement: TrustStatement): readonly LooseEnd[] {
  const { where } = statement;
  const key = questions.key("sub");
  const conditions = statement.conditions.filter((condition) => condition.key === key);
  const inside = [subjectsOf(stranger.owner)];
  const found = questions.ask({ tokens: "any", by: statement, conditions, undenied: true, inside });
  // The request of such a token need not fit the other keys, so it is not an example.
  if (found.kind === "none") return [];
  const message = `${key} may be any repository's: other keys alone say whose token gets in, and every branch, pull request and environment that they leave open may come.`;
  return [{ code: "no-subject", message, where }];
}

/** Claims that only the repositories, people and enterprises meant can have. */
function limiting(owner: string, name: string): ReadonlyMap<string, SubjectSet> {
  return new Map([
    ["repository", globs(`${owner}/${name}`)],
    ["repository_id", globs(stranger.repositoryId)],
    ["repository_owner_id", globs(stranger.ownerId)],
    ["actor", globs(stranger.owner)],
    ["actor_id", globs(stranger.ownerId)],
    ["enterprise_id", globs(stranger.ownerId)],
    ["job_workflow_ref", globs(`${owner}/${name}/.github/workflows/*`)],
  ]);
}

function byStranger(questions: TokenQuestions, statement: TrustStatement): TokenAnswer {
  const { owner } = stranger;
  return twice(questions, statement, {
    inside: [subjectsOf(owner)],
    outside: [],
    holding: limiting(owner, "*"),
  });
}

function byOtherOwner(questions: TokenQuestions, statement: TrustStatement): TokenAnswer {
  const texts = (name: string, grammar: RegExp) =>
    limitingPatterns(statement, questions.key(name)).flatMap(
      ({ pattern }) => grammar.exec(patternText(pattern))?.[1] ?? [],
    );
  const owners = [...texts("sub", /^repo:([^/*?@:]+)/), ...texts("repository", /^([^/*?]+)/)];
  const named = owners.flatMap((owner) => [`repo:${owner}/*`, `repo:${owner}@*`]);
  return twice(questions, statement, {
    inside: [subjectsOf(null)],
    outside: named.length === 0 ? [] : [globs(...named)],
    holding: limiting("*", "*"),
  });
}

/**
 * The subject names the repository, and so may a key: what is found is asked again with that very
 * repository in both, as the one names it or the other.
 */
function twice(
  questions: TokenQuestions,
  statement: TrustStatement,
  sets: {
    readonly inside: readonly SubjectSet[];
    readonly outside: readonly SubjectSet[];
    readonly holding: ReadonlyMap<string, SubjectSet>;
  },
): TokenAnswer {
  const base = { tokens: "any", by: statement } as const;
  const found = questions.ask({ ...base, ...sets });
  if (found.kind !== "some") return found;
  const [, owner, name] = /^repo:([^/@]+)(?:@\d+)?\/([^:@]+)/.exec(found.subject) ?? [];
  const [whose = "", what = ""] =
    found.request.context.get(questions.key("repository"))?.[0]?.split("/") ?? [];
  // The key's value may be of an owner who is named, since only the subject was asked to be another.
  const candidates = [
    [whose, what],
    [`${whose}x`, what],
    [owner, name],
  ];
  for (const [one = "", two = ""] of candidates) {
    const inside = [...sets.inside, globs(`repo:${one}/${two}:*`, `repo:${one}@*/${two}@*`)];
    const again = questions.ask({ ...base, ...sets, inside, holding: limiting(one, two) });
    if (again.kind !== "none") return again;
  }
  return { kind: "none" };
}

/** Subjects of one owner's repositories, or of any, in both forms. */
function subjectsOf(owner: string | null): SubjectSet {
  const letters = "xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const nameClass = characterClass(`${letters}-._`);
  const rest = characterClass(`${letters}/:_-.`);
  const text = (value: string) => ({ kind: "text", text: value }) as const;
  const some = (of: typeof rest) => ({ kind: "some", of }) as const;
  const whose =
    owner === null
      ? ([
          { kind: "one", of: characterClass(letters) },
          { kind: "any", of: nameClass },
        ] as const)
      : [text(owner)];
  // An id is given to one owner or repository, so that nobody else has one that a policy means.
  const ownerId = text(`@${stranger.ownerId}`);
  const repositoryId = text(`@${stranger.repositoryId}`);
  const start = [text("repo:"), ...whose];
  const machine = unionOf([
    grammarMachine([...start, text("/"), some(nameClass), text(":"), some(rest)]),
    grammarMachine([
      ...start,
      ownerId,
      text("/"),
      some(nameClass),
      repositoryId,
      text(":"),
      some(rest),
    ]),
  ]);
  return { set: { kind: "machine", machine }, identity: `repositories|${owner}` };
}
