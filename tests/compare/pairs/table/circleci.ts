import {
  allow,
  aud,
  organization,
  otherProject,
  type Pair,
  policy,
  project,
  projectId,
  provider,
  sub,
  trusts,
  uuid,
} from "../vocabulary.ts";

const of = (id: string) => `org/${organization}/project/${id}`;
const origin = "vcs-origin/github.com/acme/shop";
const main = "vcs-ref/refs/heads/main";
const only = (...subjects: readonly string[]) =>
  trusts({ StringEquals: { [aud]: organization }, StringLike: { [sub]: subjects } });
const audienceAlone = trusts({ StringEquals: { [aud]: organization } });

export const circleci: readonly Pair[] = [
  {
    title: "the guide's policy is restricted to a project",
    before: audienceAlone,
    after: only(`${of(project)}/user/*`),
    verdict: "narrowed",
    why: "Other projects and the audit-log stream are shut out.",
  },
  {
    title: "the restriction is taken out again",
    before: only(`${of(project)}/user/*`),
    after: audienceAlone,
    verdict: "widened",
    why: "Every project of the organisation and its audit-log stream get in.",
  },
  {
    title: "the organisation's subjects become its jobs' subjects",
    before: only(`org/${organization}/*`),
    after: only(`org/${organization}/project/*`),
    verdict: "narrowed",
    why: "org/ORG/file-streaming/audit-logs is the audit-log stream.",
  },
  {
    title: "version 1 of the token to version 2 with a branch",
    before: only(`${of(project)}/user/*`),
    after: only(`${of(project)}/user/${uuid}/${origin}/${main}`),
    verdict: "narrowed",
    why: "V1's user/* matches every V2 subject of the project.",
  },
  {
    title: "a version 2 pattern is listed beside the version 1 pattern",
    before: only(`${of(project)}/user/*`),
    after: only(`${of(project)}/user/*`, `${of(project)}/user/*/${origin}/${main}`),
    verdict: "equivalent",
    why: "It was covered already, so the branch pins nothing.",
  },
  {
    title: "an exact version 1 subject shape",
    before: only(`${of(project)}/user/*`),
    after: only(`${of(project)}/user/${uuid}`),
    verdict: "narrowed",
    why: "Version 2 subjects, which the orb sends, are shut out.",
  },
  {
    title: "a star in the user segment becomes a UUID's shape",
    before: only(`${of(project)}/user/*/${origin}/${main}`),
    after: only(`${of(project)}/user/${uuid}/${origin}/${main}`),
    verdict: "narrowed",
    why: "A branch named x/vcs-origin/…/vcs-ref/refs/heads/main played the star.",
  },
  {
    title: "every branch becomes one",
    before: only(`${of(project)}/user/${uuid}/${origin}/vcs-ref/refs/heads/*`),
    after: only(`${of(project)}/user/${uuid}/${origin}/${main}`),
    verdict: "narrowed",
    why: "Other branches and pull/7 are shut out.",
  },
  {
    title: "a fork's origin is no longer excluded",
    before: only(`${of(project)}/user/${uuid}/${origin}/vcs-ref/*`),
    after: only(`${of(project)}/user/${uuid}/vcs-origin/*/vcs-ref/*`),
    verdict: "widened",
    why: "A fork pull request carries the fork's origin.",
  },
  {
    title: "a second project",
    before: only(`${of(project)}/user/*`),
    after: only(`${of(project)}/user/*`, `${of(otherProject)}/user/*`),
    verdict: "widened",
    why: "Its jobs get in.",
  },
  {
    title: "one project becomes a star",
    before: only(`${of(project)}/user/*`),
    after: only(`${of("*")}/user/*`),
    verdict: "widened",
    why: "Any project, also one created tomorrow.",
  },
  {
    title: "a project as a star and as a UUID's shape",
    before: only(`${of("*")}/user/${uuid}`),
    after: only(`${of(uuid)}/user/${uuid}`),
    verdict: "narrowed",
    why: "The request space knows subjects that CircleCI does not make.",
  },
  {
    title: "the project's own claim is demanded as well",
    before: only(`${of(project)}/user/*`),
    after: trusts({
      StringEquals: { [aud]: organization, [projectId]: project },
      StringLike: { [sub]: `${of(project)}/user/*` },
    }),
    verdict: "narrowed",
    why: "The claim may be absent or other in the request space, whatever CircleCI sends.",
  },
  {
    title: "a second audience",
    before: audienceAlone,
    after: trusts({ StringEquals: { [aud]: [organization, "sts.amazonaws.com"] } }),
    verdict: "widened",
    why: "Tokens minted for another audience get in.",
  },
  {
    title: "the issuer that all organisations share",
    before: audienceAlone,
    after: policy(
      allow({ StringEquals: { [aud]: organization } }),
      allow(
        { StringEquals: { "oidc.circleci.com:aud": organization } },
        { Principal: { Federated: provider.replace(/\/org\/.*$/, "") } },
      ),
    ),
    verdict: "widened",
    why: "Tokens of the root issuer belong to any organisation.",
  },
  {
    title: "ForAnyValue on sub, as real policies have it",
    before: only(`${of(project)}/user/*`),
    after: trusts({
      StringEquals: { [aud]: organization },
      "ForAnyValue:StringLike": { [sub]: `${of(project)}/user/*` },
    }),
    verdict: "equivalent",
    why: "sub has one value.",
  },
  {
    title: "the end of an entry is put off",
    before: trusts({
      StringEquals: { [aud]: organization },
      StringLike: { [sub]: `${of(project)}/user/*` },
      DateLessThan: { "aws:CurrentTime": "2026-12-31T00:00:00Z" },
    }),
    after: trusts({
      StringEquals: { [aud]: organization },
      StringLike: { [sub]: `${of(project)}/user/*` },
      DateLessThan: { "aws:CurrentTime": "2027-01-31T00:00:00Z" },
    }),
    verdict: "widened",
    why: "A month more.",
  },
  {
    title: "projects in one statement or in one each",
    before: only(`${of(project)}/user/*`, `${of(otherProject)}/user/*`),
    after: policy(
      allow({
        StringEquals: { [aud]: organization },
        StringLike: { [sub]: `${of(otherProject)}/user/*` },
      }),
      allow({
        StringLike: { [sub]: [`${of(project)}/user/*`] },
        StringEquals: { [aud.toUpperCase()]: [organization] },
      }),
    ),
    verdict: "equivalent",
    why: "A positive list split over statements means the same.",
  },
];
