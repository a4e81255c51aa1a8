import { parseSubject } from "../circleci/tokens.ts";
import { globPattern, literalPattern, matches } from "../language/pattern.ts";
import { anyOf, type CauseCode, shown } from "./causes.ts";

/** The parts of a CircleCI subject, as they follow each other. */
const parts = ["organisation", "project", "user", "origin", "ref"] as const;

type Part = (typeof parts)[number];

/** What comes before each part. */
const markers: Readonly<Record<Part, string>> = {
  organisation: "org/",
  project: "/project/",
  user: "/user/",
  origin: "/vcs-origin/",
  ref: "/vcs-ref/",
};

/** How a condition reads its values: are wildcards alive, do letters match in both cases. */
export type Reading = { readonly wildcards: boolean; readonly anyCase: boolean };

/** What of a subject is refused, and what it is and should be. */
type SubjectDifference = { readonly code: CauseCode; readonly detail: string };

/**
 * Names the part of a subject that none of the patterns lets through: of those patterns that let the
 * most parts through, beginning with the project.
 *
 * @see https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 */
export function subjectDifference(
  subject: string,
  patterns: readonly string[],
  reading: Reading,
): SubjectDifference {
  const literal = patterns.find((pattern) => /[*?]/.test(pattern));
  if (!reading.wildcards && literal !== undefined && fits(literal, subject, alive(reading))) {
    return {
      code: "condition-refused",
      detail: `the trust policy asks for the subject ${shown(literal)} under an operator to which * and ? are plain characters: StringLike reads them as wildcards`,
    };
  }
  if (parseSubject(subject) !== null) return circleciDifference(subject, patterns, reading);
  if (subject.startsWith("repo:")) return githubDifference(subject, patterns, reading);
  return wholeDifference(subject, patterns);
}

function alive(reading: Reading): Reading {
  return { ...reading, wildcards: true };
}

function fits(pattern: string, text: string, { wildcards, anyCase }: Reading): boolean {
  const made = wildcards ? globPattern(pattern, { anyCase }) : literalPattern(pattern, { anyCase });
  return matches(made, text);
}

function wholeDifference(subject: string, patterns: readonly string[]): SubjectDifference {
  const isCase = patterns.some((pattern) =>
    fits(pattern, subject, { wildcards: true, anyCase: true }),
  );
  const why = isCase ? ": only the case differs" : "";
  return {
    code: "condition-refused",
    detail: `the token's subject is ${shown(subject)}, the trust policy asks for ${anyOf(patterns)}${why}`,
  };
}

/** What a pattern asks of one part, where the token has something else there. */
type Mismatch = {
  readonly asked: string;
  /** `ends`: the pattern stops where the subject goes on; `missing`: the subject has no such part. */
  readonly how: "differs" | "case" | "ends" | "missing";
};

type Mismatches = ReadonlyMap<Part, Mismatch>;

/** Origin and ref before the user: nobody names a user who has not named these. */
const lookedAt: readonly Part[] = ["organisation", "project", "origin", "ref", "user"];

function circleciDifference(
  subject: string,
  patterns: readonly string[],
  reading: Reading,
): SubjectDifference {
  const read = parseSubject(subject);
  if (read?.kind === "audit-log-stream") {
    return {
      code: "condition-refused",
      detail:
        "this is the token of CircleCI's audit-log stream, not of a job: it should be refused",
    };
  }
  const given = partsOf(subject);
  let candidates = patterns.flatMap((pattern) => mismatchesOf(pattern, given, reading) ?? []);
  for (const part of lookedAt) {
    const passing = candidates.filter((candidate) => !candidate.has(part));
    const failing = candidates.flatMap((candidate) => candidate.get(part) ?? []);
    if (passing.length === 0 && failing.length > 0) return differenceAt(part, failing, given);
    candidates = passing;
  }
  return wholeDifference(subject, patterns);
}

/** The token's parts, each between its marker and the next. */
function partsOf(subject: string): ReadonlyMap<Part, string> {
  const read = parseSubject(subject);
  if (read?.kind !== "job") return new Map();
  const { organizationId, projectId, userId, origin, ref } = read;
  return new Map<Part, string>([
    ["organisation", organizationId],
    ["project", projectId],
    ["user", userId],
    ...(origin === null ? [] : [["origin", origin] as const]),
    ...(ref === null ? [] : [["ref", ref] as const]),
  ]);
}

/** Where a pattern and the token part; null where the pattern is not written as a subject is. */
function mismatchesOf(
  pattern: string,
  given: ReadonlyMap<Part, string>,
  reading: Reading,
): Mismatches | null {
  const cut = cutAtMarkers(pattern);
  if (cut === null) return null;
  const mismatches = new Map<Part, Mismatch>();
  for (const [index, { part, asked }] of cut.entries()) {
    const own = given.get(part);
    if (own === undefined) {
      mismatches.set(part, { asked, how: "missing" });
      continue;
    }
    // A wildcard may stand for several parts: what it is held against ends at the next named one.
    const until = cut[index + 1]?.part;
    const whole = joined(given, part, until);
    if (fits(asked, whole, reading)) continue;
    const endsHere = whole !== own && fits(asked, own, reading);
    const isCase = fits(asked, whole, { ...reading, anyCase: true });
    const how = endsHere ? "ends" : isCase ? "case" : "differs";
    const span = { given, from: part, until };
    const at = how === "differs" ? (blamedIn(span, asked, reading) ?? part) : part;
    mismatches.set(at, { asked, how });
  }
  return mismatches;
}

function cutAtMarkers(
  pattern: string,
): readonly { readonly part: Part; readonly asked: string }[] | null {
  const cuts: { readonly part: Part; readonly at: number; readonly end: number }[] = [];
  let from = 0;
  for (const part of parts) {
    const at = pattern.indexOf(markers[part], from);
    if (at < 0 || (part === "organisation" && at !== 0)) continue;
    from = at + markers[part].length;
    cuts.push({ part, at, end: from });
  }
  const [first] = cuts;
  if (first === undefined) return null;
  // Only a run may come before the first marker: a subject begins with its organisation.
  if (first.at > 0 && pattern.slice(0, first.at) !== "*") return null;
  return cuts.map(({ part, end }, index) => ({
    part,
    asked: pattern.slice(end, cuts[index + 1]?.at),
  }));
}

/** Neighbouring parts for which a pattern has one text, with a wildcard somewhere in it. */
type Span = {
  readonly given: ReadonlyMap<Part, string>;
  readonly from: Part;
  readonly until: Part | undefined;
};

/** The one part that, were it another, would let the pattern match; null where none alone would. */
function blamedIn({ given, from, until }: Span, asked: string, reading: Reading): Part | null {
  const end = until === undefined ? parts.length : parts.indexOf(until);
  const spanned = parts.slice(parts.indexOf(from), end).filter((part) => given.has(part));
  if (spanned.length < 2) return null;
  const blamed = lookedAt.find((part) => {
    if (!spanned.includes(part)) return false;
    const at = spanned.indexOf(part);
    const [next] = spanned.slice(at + 1);
    const lead = at === 0 ? "" : joined(given, from, part) + markers[part];
    const rest = next === undefined ? "" : markers[next] + joined(given, next, until);
    const middle = middleOf(asked, { lead, rest }, reading);
    // The ids of projects and users have no slash.
    return middle !== null && !((part === "project" || part === "user") && middle.includes("/"));
  });
  return blamed ?? null;
}

/** What a pattern asks between `lead` and `rest`, where it matches these two; null where it does not. */
function middleOf(
  pattern: string,
  { lead, rest }: { readonly lead: string; readonly rest: string },
  reading: Reading,
): string | null {
  const cuts = Array.from({ length: pattern.length + 1 }, (_, at) => at);
  const left = cuts.find((at) => fits(pattern.slice(0, at), lead, reading));
  const right = cuts.findLast((at) => fits(pattern.slice(at), rest, reading));
  if (left === undefined || right === undefined) return null;
  // One asterisk may stand for the end of the one, all between, and the begin of the other.
  const isOneRun = reading.wildcards && left === right + 1 && pattern[right] === "*";
  return left <= right || isOneRun ? pattern.slice(left, right) : null;
}

function joined(given: ReadonlyMap<Part, string>, from: Part, until: Part | undefined): string {
  let text = given.get(from) ?? "";
  for (const part of parts.slice(parts.indexOf(from) + 1)) {
    const next = given.get(part);
    if (part === until || next === undefined) break;
    text += markers[part] + next;
  }
  return text;
}

const codes: Readonly<Record<Part, CauseCode>> = {
  organisation: "condition-refused",
  project: "project-refused",
  user: "user-refused",
  origin: "origin-refused",
  ref: "ref-refused",
};

function differenceAt(
  part: Part,
  failing: readonly Mismatch[],
  given: ReadonlyMap<Part, string>,
): SubjectDifference {
  const missing = failing.every(({ how }) => how === "missing");
  if (missing) {
    return {
      code: "token-version",
      detail: `the trust policy asks for the ${part} ${anyOf(failing.map(({ asked }) => asked))}, and the token's subject ends after the user: a V1 token, or one of a custom webhook's pipeline`,
    };
  }
  const near =
    failing.find(({ how }) => how === "case") ?? failing.find(({ how }) => how === "ends");
  if (near?.how === "ends") {
    const goesOn = part === "user" ? "vcs-origin and vcs-ref, as V2 tokens do" : "further parts";
    return {
      code: part === "user" ? "token-version" : "condition-refused",
      detail: `the trust policy's pattern ends after the ${part} ${shown(near.asked)}, and the token's subject goes on with ${goesOn}`,
    };
  }
  const is = shown(given.get(part) ?? "");
  if (near?.how === "case") {
    return {
      code: codes[part],
      detail: `the token's ${part} is ${is}, the trust policy asks for ${shown(near.asked)}: only the case differs, and IAM tells the two apart`,
    };
  }
  const asked = failing.map((mismatch) => mismatch.asked);
  return {
    code: codes[part],
    detail: `the token's ${part} is ${is}, the trust policy asks for ${anyOf(asked)}`,
  };
}

/**
 * GitHub's subjects: `repo:OWNER/NAME:…`, for repositories made from 2026-07-15 with the ids behind
 * an at sign.
 *
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
function githubDifference(
  subject: string,
  patterns: readonly string[],
  reading: Reading,
): SubjectDifference {
  const given = cutAtColons(subject);
  const candidates = patterns.filter((pattern) => pattern.startsWith("repo:")).map(cutAtColons);
  if (candidates.length === 0) return wholeDifference(subject, patterns);
  const ofRepository = candidates.filter(({ repository, rest }) =>
    fits(repository, rest === null ? subject.slice("repo:".length) : given.repository, reading),
  );
  if (ofRepository.length > 0) return afterRepository(given, ofRepository, reading);
  const ending = candidates.find(
    ({ repository, rest }) => rest === null && fits(repository, given.repository, reading),
  );
  if (ending !== undefined) {
    return {
      code: "ref-refused",
      detail: `the trust policy's pattern ends after the repository ${shown(ending.repository)}, and the token's subject goes on with :${shown(given.rest ?? "")}`,
    };
  }
  return ofOtherRepository(given.repository, candidates, reading);
}

type GithubParts = { readonly repository: string; readonly rest: string | null };

function cutAtColons(text: string): GithubParts {
  const body = text.slice("repo:".length);
  const colon = body.indexOf(":");
  if (colon < 0) return { repository: body, rest: null };
  return { repository: body.slice(0, colon), rest: body.slice(colon + 1) };
}

function afterRepository(
  given: GithubParts,
  candidates: readonly GithubParts[],
  reading: Reading,
): SubjectDifference {
  const asked = candidates.flatMap(({ rest }) => rest ?? []);
  const rest = given.rest ?? "";
  const isCase = asked.some((pattern) => fits(pattern, rest, { ...reading, anyCase: true }));
  return {
    code: asked.some((pattern) => pattern.startsWith("ref:")) ? "ref-refused" : "condition-refused",
    detail: `behind the repository the token's subject has ${shown(rest)}, the trust policy asks for ${anyOf(asked)}${isCase ? ": only the case differs" : ""}`,
  };
}

function ofOtherRepository(
  repository: string,
  candidates: readonly GithubParts[],
  reading: Reading,
): SubjectDifference {
  const asked = candidates.map((candidate) => candidate.repository);
  const plain = repository.replaceAll(/@\d+/g, "");
  const isCase = asked.some((pattern) => fits(pattern, repository, { ...reading, anyCase: true }));
  const isNewForm = plain !== repository && asked.some((pattern) => fits(pattern, plain, reading));
  const why = isCase
    ? ": only the case differs"
    : isNewForm
      ? ": the token writes the ids of owner and repository behind an at sign"
      : "";
  return {
    code: "origin-refused",
    detail: `the token's repository is ${shown(repository)}, the trust policy asks for ${anyOf(asked)}${why}`,
  };
}
