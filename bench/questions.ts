import { table } from "../tests/compare/pairs/table/index.ts";
import {
  allow,
  aud,
  deny,
  organization,
  policy,
  projectId,
  sub,
  uuid,
} from "../tests/compare/pairs/vocabulary.ts";
import { randomFrom } from "../tests/compare/properties/requests.ts";
import type { Question } from "./question.ts";

const generatedCount = 240;
const seed = 20261122;

/** The questions that every contender is asked. */
export function contestQuestions(): readonly Question[] {
  return [...handMade(), ...generated(generatedCount, seed)];
}

/** The pairs of the hand-made table that have a truth: no refusals, nothing undecided. */
function handMade(): readonly Question[] {
  return table.flatMap(([part, pairs]) =>
    pairs.flatMap(({ title, before, after, verdict }) => {
      if (verdict === "refused" || verdict === "undecided") return [];
      const widens = verdict === "widened" || verdict === "changed";
      return [{ title: `${part}: ${title}`, before, after, widens }];
    }),
  );
}

type Policy = { readonly projects: readonly string[]; readonly refs: readonly string[] };

const branch = (ref: string) => `vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/${ref}`;

/** Subjects of some projects, on some branches or on all. */
function subjectsOf({ projects, refs }: Policy): readonly string[] {
  return projects.flatMap((id) => {
    const of = `org/${organization}/project/${id}/user`;
    return refs.length === 0 ? [`${of}/*`] : refs.map((ref) => `${of}/${uuid}/${branch(ref)}`);
  });
}

function condition(subjects: readonly string[]) {
  return { StringEquals: { [aud]: organization }, StringLike: { [sub]: subjects } };
}

const written = (given: Policy) => policy(allow(condition(subjectsOf(given))));

type Edit = {
  readonly title: string;
  readonly widens: boolean;
  readonly edit: (given: Policy, spare: string) => string;
};

/** Edits whose effect is plain from how they are made, whatever policy they are made to. */
const edits: readonly Edit[] = [
  {
    title: "a project is added",
    widens: true,
    edit: (given, spare) => written({ ...given, projects: [...given.projects, spare] }),
  },
  {
    title: "a project is taken out",
    widens: false,
    edit: (given) => written({ ...given, projects: given.projects.slice(1) }),
  },
  {
    title: "a project takes another's place",
    widens: true,
    edit: (given, spare) => written({ ...given, projects: [spare, ...given.projects.slice(1)] }),
  },
  {
    title: "projects change places",
    widens: false,
    edit: (given) => written({ ...given, projects: [...given.projects].reverse() }),
  },
  {
    title: "one statement for each subject",
    widens: false,
    edit: (given) => policy(...subjectsOf(given).map((subject) => allow(condition([subject])))),
  },
  {
    title: "a Deny of a project that is not there",
    widens: false,
    edit: (given, spare) =>
      policy(
        allow(condition(subjectsOf(given))),
        deny({ StringLike: { [sub]: `org/${organization}/project/${spare}/*` } }),
      ),
  },
  {
    title: "a Deny of everything but the same projects",
    widens: false,
    edit: (given) =>
      policy(
        allow({ StringEquals: { [aud]: organization } }),
        deny({ StringNotLike: { [sub]: subjectsOf(given) } }),
      ),
  },
  {
    title: "the project's claim is demanded as well",
    widens: false,
    edit: (given) => {
      const { StringEquals, StringLike } = condition(subjectsOf(given));
      const both = { ...StringEquals, [projectId]: given.projects };
      return policy(allow({ StringEquals: both, StringLike }));
    },
  },
  {
    title: "the subject may be missing",
    widens: true,
    edit: (given) =>
      policy(
        allow({
          StringEquals: { [aud]: organization },
          StringLikeIfExists: { [sub]: subjectsOf(given) },
        }),
      ),
  },
  {
    title: "the audience may be missing",
    widens: true,
    edit: (given) =>
      policy(
        allow({
          "ForAllValues:StringEquals": { [aud]: organization },
          StringLike: { [sub]: subjectsOf(given) },
        }),
      ),
  },
  {
    title: "the user segment becomes a star",
    widens: true,
    edit: (given) =>
      policy(allow(condition(subjectsOf(given).map((subject) => subject.replace(uuid, "*"))))),
  },
  {
    title: "an end is set",
    widens: false,
    edit: (given) =>
      policy(
        allow({
          ...condition(subjectsOf(given)),
          DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" },
        }),
      ),
  },
];

/**
 * Pairs made from random policies of some projects and branches by edits whose effect is known. Ids
 * are fresh, so no two of them match each other by chance. The star in the user segment is asked of
 * policies for one branch alone, for it changes nothing in a policy for all of them.
 */
function generated(count: number, seed: number): readonly Question[] {
  const random = randomFrom(seed);
  const hex = (length: number) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
  const id = () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  return Array.from({ length: count }, (_, index) => {
    const { title, widens, edit } = edits[index % edits.length] ?? edits[0] ?? never();
    const projects = Array.from({ length: 2 + Math.floor(random() * 3) }, id);
    const pinned = title.includes("star") || random() < 0.5;
    const refs = pinned ? ["main"] : [];
    const given = { projects, refs };
    return {
      title: `generated: ${title}`,
      before: written(given),
      after: edit(given, id()),
      widens,
    };
  });
}

function never(): never {
  throw new Error("there are no edits");
}
