import { isOrigin } from "../../circleci/grammar.ts";
import { projectTie } from "../../circleci/project-tie.ts";
import {
  type CircleciProvider,
  isWritten,
  keyPresence,
  parseSubject,
  sendsProjectId,
  shapeOf,
  subjectMachines,
  subjectSets,
  type TokenShape,
  uuidGlob,
} from "../../circleci/tokens.ts";
import { budgetOf } from "../../language/budget.ts";
import { globPattern } from "../../language/pattern.ts";
import type { StringSet } from "../../language/strings.ts";
import type { TrustRequest } from "../../policy/request.ts";
import { complement, type Literal } from "../../solve/dimension.ts";
import { canBeTied } from "../tied.ts";
import { builtSubjects, ordinary } from "./built-subjects.ts";
import {
  type DifferenceSearch,
  type ExampleSearch,
  holdsOneOf,
  isSessionName,
  requestWith,
} from "./search.ts";

type TokenRequest = { readonly request: TrustRequest; readonly shape: TokenShape };

const webIdentity = "sts:AssumeRoleWithWebIdentity";

/** Ids that stand for "some other" project, user and organisation. */
const anyProject = "5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8";
const anyUser = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const anyOrganization = "e8d31b7a-52c4-4f96-a0b3-6c9d2e87f415";

/**
 * A request of a CircleCI token that proves the difference, null where no such token does.
 *
 * It is asked first whether any request of this provider does; then the tokens that a reader would
 * think of are tried with that request's keys, and at last all tokens of each shape are searched.
 */
export function tokenRequest(
  search: ExampleSearch,
  provider: CircleciProvider,
): TokenRequest | null {
  const keys = keysOf(provider);
  const audiences = audiencesOf(search, provider);
  const complete = (text: string, base: TrustRequest): TokenRequest | null => {
    const subject = parseSubject(text);
    const shape = subject === null ? null : shapeOf(provider, subject);
    if (subject === null || shape === null) return null;
    const audience = base.context.get(keys.audience)?.[0] ?? audiences[0] ?? subject.organizationId;
    const context = new Map<string, readonly string[]>([
      [keys.audience, [audience]],
      [keys.subject, [text]],
    ]);
    if (subject.kind === "job" && sendsProjectId(provider))
      context.set(keys.project, [subject.projectId]);
    for (const [key, values] of base.context) {
      if (key === keys.originalAudience) context.set(key, [audience]);
      else if (key !== keys.project && !context.has(key)) context.set(key, values);
    }
    const request = { principal: base.principal, action: base.action, context };
    return search.isWitness(request) && isWritten(subject) ? { request, shape } : null;
  };
  const firstOf: First = (subjects, base) => {
    for (const subject of subjects) {
      const request = complete(subject, base);
      if (request !== null) return request;
    }
    return null;
  };
  const sample = requestWith(search, frameOf(search, provider));
  if (sample === null) return null;
  return (
    firstOf(likelySubjects(search, provider, sample), sample) ??
    firstOf(builtFrom(search, provider, sample), sample) ??
    bySearch(search, provider, firstOf)
  );
}

/** The first of these subjects that, with a request's other keys, is a token which proves the difference. */
type First = (subjects: Iterable<string>, base: TrustRequest) => TokenRequest | null;

/** How the subjects of a provider's jobs begin. */
function jobOf({ organizationId }: CircleciProvider): string {
  return `org/${organizationId ?? uuidGlob}/project/${uuidGlob}/user/${uuidGlob}`;
}

/** Subjects of jobs that have in them what a request's subject has. */
function builtFrom(
  { conditions }: DifferenceSearch,
  provider: CircleciProvider,
  { context }: TrustRequest,
): Iterable<string> {
  const { subject } = keysOf(provider);
  const text = context.get(subject)?.[0];
  const texts = conditions.flatMap(({ key, values }) => (key === subject ? values : []));
  return text === undefined ? [] : builtSubjects(jobOf(provider), text, texts);
}

type Keys = {
  readonly subject: string;
  readonly audience: string;
  readonly originalAudience: string;
  readonly project: string;
};

function keysOf(provider: CircleciProvider): Keys {
  const key = (name: string): string => `${provider.keyPrefix}:${name}`;
  return {
    subject: key("sub"),
    audience: key("aud"),
    originalAudience: key("oaud"),
    project: key("oidc.circleci.com/project-id"),
  };
}

/** The audiences that the provider takes: as observed, or the default and those that conditions name. */
function audiencesOf(search: DifferenceSearch, provider: CircleciProvider): readonly string[] {
  const observed = search.surroundings?.providers.find(({ arn }) => arn === provider.arn);
  if (observed !== undefined) return observed.audiences;
  const audiences = new Set<string>();
  if (provider.organizationId !== null) audiences.add(provider.organizationId);
  const { audience } = keysOf(provider);
  for (const { key, test } of search.conditions) {
    if (key !== audience || test.kind !== "string") continue;
    for (const pattern of test.patterns) {
      if (pattern.literal !== null && pattern.literal !== "" && !pattern.anyCase)
        audiences.add(pattern.literal);
    }
  }
  return [...audiences];
}

/** What holds for every request with a token of this provider. */
function frameOf(
  search: DifferenceSearch,
  provider: CircleciProvider,
  isToken?: Literal,
): readonly Literal[] {
  const { space } = search;
  const keys = keysOf(provider);
  const literals: Literal[] = [
    space.callerIn(
      space.callers.filter(({ type, id }) => type === "Federated" && id === provider.arn),
    ),
    space.actionIn((action) => action === webIdentity),
  ];
  const exactly = (key: string, texts: readonly string[]): void => {
    literals.push(holdsOneOf(search, key, texts));
  };
  for (const key of space.requests.keys.keys()) {
    if (key === keys.subject) {
      literals.push(isToken ?? space.requests.isPresent(key));
    } else if (key === keys.audience || key === keys.originalAudience) {
      if (provider.organizationId === null && search.surroundings === null)
        literals.push(space.requests.isPresent(key));
      else exactly(key, audiencesOf(search, provider));
    } else if (key !== keys.project || !sendsProjectId(provider)) {
      const presence = keyPresence(provider, key);
      if (presence.kind === "absent") literals.push(complement(space.requests.isPresent(key)));
      else if (presence.kind === "exactly") exactly(key, [presence.value]);
      else if (key === "sts:rolesessionname") literals.push(isSessionName(search));
      else if (presence.kind === "present") literals.push(space.requests.isPresent(key));
    }
  }
  return literals;
}

/** The tokens that a request and the documents' own values bring to mind, and some of other projects. */
function* likelySubjects(
  search: ExampleSearch,
  provider: CircleciProvider,
  { context }: TrustRequest,
): Generator<string> {
  const keys = keysOf(provider);
  const texts = search.conditions.flatMap(({ key, values }) =>
    key === keys.subject || key === keys.project ? values : [],
  );
  // A shorter one has no id in it, and neither an origin nor a ref.
  const long = texts.filter((text) => text.length > 12);
  const organization =
    provider.organizationId ?? /^org\/([0-9a-f-]{36})/.exec(texts[0] ?? "")?.[1] ?? anyOrganization;
  const projects = unique([
    ...[...(context.get(keys.subject) ?? []), ...long]
      .flatMap((text) => /(?:^|\/project\/)([0-9a-f-]{36})/.exec(text)?.[1] ?? [])
      .slice(0, 5),
    anyProject,
  ]);
  const origins = unique([
    ...long.flatMap((text) => originIn(text) ?? []),
    "github.com/example/repository",
  ]).slice(0, 4);
  const named = long.flatMap(
    (text) =>
      /\/vcs-ref\/(refs\/(?:heads|tags)\/[^?$]*)$/.exec(text)?.[1]?.replaceAll("*", "x") ?? [],
  );
  const refs = unique([
    ...named.slice(0, 4),
    "refs/heads/main",
    "refs/heads/feature",
    "refs/heads/pull/7",
    "refs/tags/v1.0.0",
    // A branch may be called so; a wildcard that crosses slashes takes it for another one.
    ...named.slice(0, 1).map((ref) => `refs/heads/x/vcs-origin/${origins[0]}/vcs-ref/${ref}`),
  ]).slice(0, 9);
  const users = long.flatMap((text) => /\/user\/([0-9a-f-]{36})/.exec(text)?.[1] ?? []);
  const jobs = unique([anyUser, ...users])
    .slice(0, 3)
    .flatMap((user) =>
      projects.map((project) => `org/${organization}/project/${project}/user/${user}`),
    );
  for (const origin of origins) {
    for (const ref of refs) {
      for (const job of jobs) yield `${job}/vcs-origin/${origin}/vcs-ref/${ref}`;
    }
  }
  yield* jobs;
  yield `org/${organization}/file-streaming/audit-logs`;
}

/** The origin that a pattern pins, or one that it lets through; null where it shows none. */
function originIn(text: string): string | null {
  const pinned = /\/vcs-origin\/([^?$]+?)(?:\/vcs-ref\/|$)/.exec(text)?.[1]?.replaceAll("*", "x");
  return pinned !== undefined && isOrigin(pinned) ? pinned : null;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** Mostly enough to see that no job has such a subject. Where it is not, more is left for the other looks. */
const jobsSteps = 7_500;

/** Searches all subjects of each kind. */
function bySearch(
  search: ExampleSearch,
  provider: CircleciProvider,
  firstOf: First,
): TokenRequest | null {
  const keys = keysOf(provider);
  const tie = projectTie(provider);
  const tied = search.tiedBy(tie);
  const { requests } = tied.space;
  if (!requests.keys.has(keys.subject)) return null;
  // Where both the subject and the project's key are tested, mostly they are at odds: the proof is the shorter search.
  if (tie !== null && canBeTied(search.policies, tie) && search.isImpossible()) return null;
  const { jobs, identity } = subjectSets(provider);
  const job = globPattern(`${jobOf(provider)}*`);
  const sets: readonly (readonly [StringSet, string])[] = [
    // All that begins as a job's subject does: the proof that nobody is meant asks the same.
    [{ kind: "machine", machine: jobs }, identity],
    [{ kind: "patterns", patterns: [job] }, job.identity],
    ...subjectMachines(provider).map(
      (machine, at) => [{ kind: "machine", machine }, `${identity}${at}`] as const,
    ),
  ];
  for (const [at, [set, name]] of sets.entries()) {
    const isToken = requests.within(
      requests.dimensionOf(keys.subject),
      { kind: "text", set },
      name,
    );
    const extra = frameOf(tied, provider, isToken).map((literal) => [[literal]]);
    const found = tied.seek(extra, at === 0 ? budgetOf(jobsSteps) : undefined);
    // The first two have all subjects in them.
    if (found.kind === "none" && at < 2) return null;
    if (found.kind !== "some") continue;
    const base = tied.space.requestOf(found.assignments);
    const subject = base.context.get(keys.subject)?.[0] ?? "";
    const likely = [...builtFrom(search, provider, base), ordinary(subject), subject];
    const request = firstOf(likely, base);
    if (request !== null) return request;
  }
  return null;
}
