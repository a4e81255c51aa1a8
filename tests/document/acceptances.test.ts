import { describe, expect, test } from "vitest";
import { documentText, problems, projectId, valid, withProject } from "./documents.ts";

const entry = { id: projectId, origin: "github.com/acme/shop" };

describe("not refused is", () => {
  test.each([
    "refs/heads/main",
    "refs/heads/*",
    "refs/heads/release/*",
    "refs/heads/release*",
    "refs/heads/feature/a-b_c.d",
    "refs/heads/pull/7",
    "refs/heads/dependabot/npm_and_yarn/@types/node-24.0.0",
    "refs/heads/café",
    "refs/heads/a\"b'c<d>e&f|g{h}",
    "refs/tags/v1.2.3",
    "refs/tags/*",
  ])("the ref %s", (ref) => {
    expect(valid(withProject({ ...entry, refs: [ref] })).trust.projects).toEqual([
      { ...entry, refs: [ref] },
    ]);
  });

  test.each([
    "github.com/acme/shop",
    "gitlab.com/acme/group/sub/shop",
    "bitbucket.org/acme/shop.js",
    "git.example.com:8443/acme/shop",
    "ghes.example.com/acme/shop",
    "bitbucket.corp/~jane/shop",
  ])("the origin %s", (origin) => {
    expect(problems(withProject({ id: projectId, origin }))).toEqual([]);
  });

  test.each([
    "us-east-1",
    "ap-southeast-4",
    "us-gov-west-1",
    "cn-northwest-1",
    "us-isob-east-1",
    "eusc-de-east-1",
  ])("the Region %s", (region) => {
    expect(valid(documentText({ deploy: { region } })).deploy.region).toBe(region);
  });

  test.each(["web", "a/b/c", "web--api", "team_a/web__api.v2", "w".repeat(256)])(
    "the repository %s",
    (name) => {
      expect(valid(documentText({ deploy: { ecr: [name] } })).deploy.ecr).toMatchObject([
        { repository: name },
      ]);
    },
  );

  test("an Amplify branch of a strange but possible name", () => {
    const branches = ["feature/x", "a*b", "$HOME", "with space", "é"];
    const text = documentText({ deploy: { amplify: [{ app: "Ünïcode App 日本", branches }] } });
    expect(valid(text).deploy.amplify).toMatchObject([{ app: "Ünïcode App 日本", branches }]);
  });

  test("a tag that has a prototype's name or another script", () => {
    const tags = { constructor: "a", toString: "b", équipe: "日本", empty: "" };
    expect(valid(documentText({ role: { tags } })).role.tags).toEqual(tags);
  });

  test("a tag that names the reconciler as the owner", () => {
    const tags = { "managed-by": "oidc-reconciler" };
    expect(valid(documentText({ role: { tags } })).role.tags).toEqual(tags);
  });

  test("one project in two entries", () => {
    const projects = [
      { ...entry, refs: ["refs/heads/main"] },
      { ...entry, refs: ["refs/tags/*"] },
    ];
    expect(valid(documentText({ trust: { projects } })).trust.projects).toEqual(projects);
  });
});

describe("App Runner", () => {
  const text = documentText({ deploy: { appRunner: ["demo-backend"] } });

  test("is refused where the Region has none, and the error names those that have", () => {
    const [first] = problems(text, "eu-north-1");
    expect(first).toMatchObject({ code: "contradiction", path: "deploy.appRunner" });
    expect(first?.message).toContain('does not exist in "eu-north-1"');
    expect(first?.message).toContain("eu-west-1");
  });

  test("is taken where the Region has it", () => {
    expect(problems(text, "eu-west-1")).toEqual([]);
  });
});
