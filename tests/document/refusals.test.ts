import { describe, expect, test } from "vitest";
import { documentText, organizationId, problems, projectId, withProject } from "./documents.ts";

const entry = { id: projectId, origin: "github.com/acme/shop" };
const circleci = { organizationId };

/** Text, path of the first problem, words in its message. */
type Refusal = readonly [why: string, text: string, path: string, says: string];

const shapes: readonly Refusal[] = [
  ["an unknown field", documentText({ extra: 1 }), "extra", "unknown field"],
  [
    "a misspelt field",
    documentText({ deploy: { apprunner: [] } }),
    "deploy.apprunner",
    "unknown field",
  ],
  ["a missing organisation", documentText({ circleci: {} }), "circleci.organizationId", "missing"],
  ["a missing trust", documentText({ trust: undefined }), "trust", "missing"],
  ["a missing deploy", documentText({ deploy: undefined }), "deploy", "missing"],
  ["a deploy left empty", documentText({ deploy: null }), "deploy", "left empty"],
  ["a list for a mapping", documentText({ role: [] }), "role", "the value is a list"],
  [
    "a text for a list",
    documentText({ deploy: { ecr: "web" } }),
    "deploy.ecr",
    "the value is text",
  ],
  ["a number for a text", documentText({ role: { name: 123 } }), "role.name", "put it in quotes"],
  ["true for a text", documentText({ policy: { name: true } }), "policy.name", "put it in quotes"],
  [
    "a text for true",
    documentText({ policy: { readOutputs: "yes" } }),
    "policy.readOutputs",
    "true or false",
  ],
  [
    "a text for a number",
    documentText({ role: { maxSessionSeconds: "3600" } }),
    "role.maxSessionSeconds",
    "is text",
  ],
  [
    "a word that is not one of the words",
    documentText({ onWiden: "yes" }),
    "onWiden",
    "hold or apply",
  ],
  [
    "a guard that is not one of the words",
    documentText({ onWiden: { trust: "maybe" } }),
    "onWiden.trust",
    "hold or apply",
  ],
  [
    "a guard over something else",
    documentText({ onWiden: { audiences: "hold" } }),
    "onWiden.audiences",
    "unknown field",
  ],
  ["guards as a list", documentText({ onWiden: ["hold"] }), "onWiden", "the value is a list"],
  ["the document as a list", "[]", "", "the document is a list"],
  ["no document at all", "", "", "the document is empty"],
];

const trust: readonly Refusal[] = [
  [
    "an organisation id that is not a UUID",
    documentText({ circleci: { organizationId: "acme" } }),
    "circleci.organizationId",
    "a UUID such as",
  ],
  [
    "a project id with a wildcard",
    withProject({ id: `${projectId.slice(0, -1)}*` }),
    "trust.projects[0].id",
    "a UUID",
  ],
  [
    "no project at all",
    documentText({ trust: { projects: [] } }),
    "trust.projects",
    "the list is empty",
  ],
  [
    "a word other than all",
    documentText({ trust: { projects: "ALL" } }),
    "trust.projects",
    "the word all",
  ],
  [
    "all as an entry",
    documentText({ trust: { projects: ["all"] } }),
    "trust.projects[0]",
    "the value is text",
  ],
  [
    "refs without an origin",
    withProject({ id: projectId, refs: ["refs/heads/main"] }),
    "trust.projects[0].refs",
    "without an origin",
  ],
  [
    "an empty list of refs",
    withProject({ ...entry, refs: [] }),
    "trust.projects[0].refs",
    "the list is empty",
  ],
  [
    "an origin with a scheme",
    withProject({ id: projectId, origin: "https://github.com/acme/shop" }),
    "trust.projects[0].origin",
    "scheme",
  ],
  [
    "an origin for git",
    withProject({ id: projectId, origin: "git@github.com:acme/shop.git" }),
    "trust.projects[0].origin",
    "scheme or a user",
  ],
  [
    "an origin with a wildcard",
    withProject({ id: projectId, origin: "github.com/acme/*" }),
    "trust.projects[0].origin",
    "wildcard",
  ],
  [
    "an origin with a variable",
    withProject({ id: projectId, origin: "github.com/${aws:username}" }),
    "trust.projects[0].origin",
    "wildcard or $",
  ],
  [
    "an origin that ends in .git",
    withProject({ id: projectId, origin: "github.com/acme/shop.git" }),
    "trust.projects[0].origin",
    ".git",
  ],
  [
    "an origin without a path",
    withProject({ id: projectId, origin: "github.com" }),
    "trust.projects[0].origin",
    "no repository",
  ],
  [
    "an origin that continues like a subject",
    withProject({ id: projectId, origin: "github.com/acme/shop/vcs-ref/refs/heads/main" }),
    "trust.projects[0].origin",
    "two ways",
  ],
  [
    "an origin with a parent folder",
    withProject({ id: projectId, origin: "github.com/../shop" }),
    "trust.projects[0].origin",
    "..",
  ],
  [
    "an instant without a zone",
    withProject({ id: projectId, until: "2026-12-31T00:00:00" }),
    "trust.projects[0].until",
    "with a zone",
  ],
  [
    "a day",
    withProject({ id: projectId, until: "2026-12-31" }),
    "trust.projects[0].until",
    "without a time",
  ],
  [
    "a day that does not exist",
    withProject({ id: projectId, until: "2026-02-30T00:00:00Z" }),
    "trust.projects[0].until",
    "not an instant",
  ],
  [
    "an hour that does not exist",
    withProject({ id: projectId, until: "2026-12-31T24:00:00Z" }),
    "trust.projects[0].until",
    "not an instant",
  ],
  [
    "a zone that does not exist",
    withProject({ id: projectId, until: "2026-12-31T00:00:00+24:00" }),
    "trust.projects[0].until",
    "not an instant",
  ],
  [
    "an instant that is a number",
    withProject({ id: projectId, until: 1798675200 }),
    "trust.projects[0].until",
    "put it in quotes",
  ],
];

const refs: readonly (readonly [ref: string, says: string])[] = [
  ["main", "does not begin with"],
  ["heads/main", "does not begin with"],
  ["refs/pull/7", "does not begin with"],
  ["REFS/heads/main", "does not begin with"],
  ["*", "does not begin with"],
  ["refs/heads/", "not a name that git accepts"],
  ["refs/heads/*x", "not its last character"],
  ["refs/heads/**", "not its last character"],
  ["refs/heads/a?", "? or $"],
  ["refs/heads/${*}", "not its last character"],
  ["refs/heads/$x", "? or $"],
  ["refs/heads/a b", "space"],
  ["refs/heads/a\u0000", "control"],
  ["refs/heads/日本", "Latin-1"],
  ["refs/heads/a..b", "git"],
  ["refs/heads/.hidden", "git"],
  ["refs/heads/a.lock", "git"],
  ["refs/heads/a.lock/b", "git"],
  ["refs/heads/a//b", "git"],
  ["refs/heads/a/", "git"],
  ["refs/heads/a^", "git"],
  ["refs/heads/a@{1}", "git"],
  ["refs/heads/a[b", "git"],
  ["refs/heads/x/vcs-ref/refs/heads/main", "two ways"],
  [`refs/heads/${"x".repeat(250)}`, "too many"],
];

const role: readonly Refusal[] = [
  ["a role name with a slash", documentText({ role: { name: "ci/role" } }), "role.name", "1 to 64"],
  [
    "a role name of 65 characters",
    documentText({ role: { name: "r".repeat(65) } }),
    "role.name",
    "1 too many",
  ],
  ["an empty role name", documentText({ role: { name: "" } }), "role.name", "is empty"],
  [
    "a path without its last slash",
    documentText({ role: { path: "/ci" } }),
    "role.path",
    "not of that form",
  ],
  [
    "a path of AWS",
    documentText({ role: { path: "/aws-service-role/x/" } }),
    "role.path",
    "AWS reserves for itself",
  ],
  [
    "a session below an hour",
    documentText({ role: { maxSessionSeconds: 900 } }),
    "role.maxSessionSeconds",
    "900 is out of range",
  ],
  [
    "a session over twelve hours",
    documentText({ role: { maxSessionSeconds: 43201 } }),
    "role.maxSessionSeconds",
    "3600 to 43200",
  ],
  [
    "half a second",
    documentText({ role: { maxSessionSeconds: 3600.5 } }),
    "role.maxSessionSeconds",
    "not a whole number",
  ],
  [
    "a boundary that is a role",
    documentText({ role: { permissionsBoundary: "arn:aws:iam::123456789012:role/x" } }),
    "role.permissionsBoundary",
    "managed policy",
  ],
  [
    "a policy name of 129 characters",
    documentText({ policy: { name: "p".repeat(129) } }),
    "policy.name",
    "1 too many",
  ],
  [
    "a tag of AWS",
    documentText({ role: { tags: { "AWS:x": "1" } } }),
    'role.tags["AWS:x"]',
    "belongs to AWS",
  ],
  [
    "tags of our own that others may set",
    documentText({ role: { ignoreTags: ["oidc-reconciler:*"] } }),
    "role.ignoreTags[0]",
    "the reconciler writes itself",
  ],
  [
    "every tag, which others may set",
    documentText({ role: { ignoreTags: ["*"] } }),
    "role.ignoreTags[0]",
    "the key of a tag",
  ],
  [
    "a tag with a * in the middle, which others may set",
    documentText({ role: { ignoreTags: ["cost*center"] } }),
    "role.ignoreTags[0]",
    "not the last character",
  ],
  [
    "a tag of our own",
    documentText({ role: { tags: { "oidc-reconciler:prefix": "/x" } } }),
    'role.tags["oidc-reconciler:prefix"]',
    "the reconciler writes itself",
  ],
  [
    "a tag that names another owner",
    documentText({ role: { tags: { ManagedBy: "terraform" } } }),
    "role.tags.ManagedBy",
    "another owner",
  ],
  [
    "tags that differ in case only",
    documentText({ role: { tags: { team: "a", Team: "b" } } }),
    "role.tags.Team",
    "case only",
  ],
  [
    "a tag key beyond IAM's characters",
    documentText({ role: { tags: { "a*": "1" } } }),
    'role.tags["a*"]',
    "has a key that",
  ],
  [
    "a tag value beyond IAM's characters",
    documentText({ role: { tags: { team: "a\nb" } } }),
    "role.tags.team",
    "letters, digits",
  ],
  [
    "a tag value that is a number",
    documentText({ role: { tags: { cost: 123 } } }),
    "role.tags.cost",
    "put it in quotes",
  ],
  [
    "48 tags",
    documentText({
      role: { tags: Object.fromEntries(Array.from({ length: 48 }, (_, i) => [`k${i}`, ""])) },
    }),
    "role.tags",
    "1 too many",
  ],
];

const deploy: readonly Refusal[] = [
  [
    "a Region that is not one",
    documentText({ deploy: { region: "Virginia" } }),
    "deploy.region",
    "Region",
  ],
  [
    "a repository with capitals",
    documentText({ deploy: { ecr: ["Web"] } }),
    "deploy.ecr[0]",
    "capital",
  ],
  [
    "a repository's address",
    documentText({ deploy: { ecr: ["123456789012.dkr.ecr.us-east-1.amazonaws.com/web"] } }),
    "deploy.ecr[0]",
    "name alone",
  ],
  [
    "a repository of one letter",
    documentText({ deploy: { ecr: ["w"] } }),
    "deploy.ecr[0]",
    "too short",
  ],
  ["every repository", documentText({ deploy: { ecr: ["*"] } }), "deploy.ecr[0]", "ECR repository"],
  [
    "an App Runner name of three letters",
    documentText({ deploy: { appRunner: ["web"] } }),
    "deploy.appRunner[0]",
    "4 to 40",
  ],
  [
    "an ARN for an App Runner service",
    documentText({
      deploy: { appRunner: ["arn:aws:apprunner:us-east-1:123456789012:service/web/1"] },
    }),
    "deploy.appRunner[0]",
    "too many",
  ],
  [
    "an ECS service three levels deep",
    documentText({ deploy: { ecsExpress: ["a/b/c"] } }),
    "deploy.ecsExpress[0]",
    "CLUSTER/SERVICE",
  ],
  [
    "an ECS service with a wildcard",
    documentText({ deploy: { ecsExpress: ["web/*"] } }),
    "deploy.ecsExpress[0]",
    "CLUSTER/SERVICE",
  ],
  [
    "an Amplify app without a name",
    documentText({ deploy: { amplify: [{ branches: [] }] } }),
    "deploy.amplify[0].app",
    "missing",
  ],
  [
    "an ARN for an Amplify app",
    documentText({ deploy: { amplify: ["arn:aws:amplify:us-east-1:123456789012:apps/d1"] } }),
    "deploy.amplify[0]",
    "write the app's name or id",
  ],
  [
    "an Amplify app by a number",
    documentText({ deploy: { amplify: [1] } }),
    "deploy.amplify[0]",
    "put it in quotes",
  ],
  [
    "an Amplify app as a text and as a mapping",
    documentText({ deploy: { amplify: ["a", { app: "a" }] } }),
    "deploy.amplify[1].app",
    "listed twice",
  ],
  [
    "an Amplify app twice",
    documentText({ deploy: { amplify: [{ app: "a" }, { app: "a" }] } }),
    "deploy.amplify[1].app",
    "listed twice",
  ],
  [
    "a branch as a ref",
    documentText({ deploy: { amplify: [{ app: "a", branches: ["refs/heads/main"] }] } }),
    "deploy.amplify[0].branches[0]",
    "short name",
  ],
  [
    "a branch that IAM cannot write",
    documentText({ deploy: { amplify: [{ app: "a", branches: ["日本"] }] } }),
    "deploy.amplify[0].branches[0]",
    "Latin-1",
  ],
  [
    "an audience with a wildcard",
    documentText({ circleci: { ...circleci, audiences: ["*"] } }),
    "circleci.audiences[0]",
    "compared whole",
  ],
  [
    "an audience of 256 characters",
    documentText({ circleci: { ...circleci, audiences: ["a".repeat(256)] } }),
    "circleci.audiences[0]",
    "1 too many",
  ],
  [
    "a hundred audiences",
    documentText({
      circleci: { ...circleci, audiences: Array.from({ length: 100 }, (_, i) => `a${i}`) },
    }),
    "circleci.audiences",
    "100 entries",
  ],
  [
    "a thumbprint of 39 digits",
    documentText({ circleci: { ...circleci, thumbprints: ["a".repeat(39)] } }),
    "circleci.thumbprints[0]",
    "40 hexadecimal",
  ],
  [
    "six thumbprints",
    documentText({
      circleci: {
        ...circleci,
        thumbprints: Array.from({ length: 6 }, (_, i) => `${i}`.repeat(40)),
      },
    }),
    "circleci.thumbprints",
    "at most 5",
  ],
];

describe.each([
  ["shape", shapes],
  ["trust", trust],
  ["role and policy", role],
  ["deploy and provider", deploy],
])("refused for its %s is", (_, refusals) => {
  test.each(refusals)("%s", (_why, text, path, says) => {
    const [first] = problems(text);
    expect(first?.path).toBe(path);
    expect(first?.message).toContain(says);
  });
});

describe("refused as a ref is", () => {
  test.each(refs)("%j", (ref, says) => {
    const [first] = problems(withProject({ ...entry, refs: [ref] }));
    expect(first?.path).toBe("trust.projects[0].refs[0]");
    expect(first?.message).toContain(says);
  });
});
