import { describe, expect, test } from "vitest";
import { environmentNameOf } from "../../shared/document/index.ts";
import {
  documentText,
  organizationId,
  parameter,
  problems,
  projectId,
  read,
  valid,
  withProject,
} from "./documents.ts";

describe("a document that says the least", () => {
  test("gets every default", () => {
    expect(valid(documentText())).toEqual({
      circleci: { organizationId, audiences: [], thumbprints: [] },
      trust: { projects: "all" },
      role: { name: "CircleCI-OIDC-Role", path: "/", maxSessionSeconds: 3600, tags: {} },
      policy: { name: "CircleCI-Deployment-Policy", readOutputs: false },
      deploy: {
        region: "us-east-1",
        ecr: [],
        appRunner: [],
        ecsExpress: [],
        ecs: [],
        lambda: [],
        amplify: [],
      },
      mode: "enforce",
      onWiden: { trust: "hold", permissions: "hold" },
      onRemove: "retain",
    });
  });

  test("deploys in the function's Region unless it names one", () => {
    expect(valid(documentText(), "eu-west-1").deploy.region).toBe("eu-west-1");
    const named = documentText({ deploy: { region: "eu-north-1" } });
    expect(valid(named, "eu-west-1").deploy.region).toBe("eu-north-1");
  });
});

describe("what means the same is written one way", () => {
  test("UUIDs and thumbprints become lower case, as CircleCI and IAM write them", () => {
    const text = documentText({
      circleci: { organizationId: organizationId.toUpperCase(), thumbprints: ["AB".repeat(20)] },
      trust: { projects: [{ id: projectId.toUpperCase() }] },
    });
    const document = valid(text);
    expect(document.circleci.organizationId).toBe(organizationId);
    expect(document.circleci.thumbprints).toEqual(["ab".repeat(20)]);
    expect(document.trust.projects).toEqual([{ id: projectId }]);
  });

  test.each([
    ["2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z"],
    ["2026-12-31T02:00:00+02:00", "2026-12-31T00:00:00Z"],
    ["2026-12-30T19:30:00-04:30", "2026-12-31T00:00:00Z"],
    ["2026-12-31t00:00:00.999z", "2026-12-31T00:00:00Z"],
    ["2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"],
  ])("until %s is the instant %s, never later", (written, instant) => {
    const document = valid(withProject({ id: projectId, until: written }));
    expect(document.trust.projects).toEqual([{ id: projectId, until: instant }]);
  });

  test("until may be without quotes, as a YAML timestamp", () => {
    const text = `circleci: {organizationId: ${organizationId}}
trust:
  projects:
    - id: ${projectId}
      until: 2026-12-31T00:00:00Z
deploy: {}
`;
    expect(valid(text).trust.projects).toEqual([{ id: projectId, until: "2026-12-31T00:00:00Z" }]);
  });

  test("a value twice in a list counts once", () => {
    const document = valid(documentText({ deploy: { ecr: ["web", "api", "web"] } }));
    expect(document.deploy.ecr.map(({ repository }) => repository)).toEqual(["web", "api"]);
  });

  test("an ECS Express service without a cluster runs in the one named default", () => {
    const document = valid(documentText({ deploy: { ecsExpress: ["api", "web/admin"] } }));
    expect(document.deploy.ecsExpress).toEqual([
      { cluster: "default", service: "api" },
      { cluster: "web", service: "admin" },
    ]);
  });

  test("a plain ECS service names its cluster, also the one named default", () => {
    const document = valid(documentText({ deploy: { ecs: ["default/api", "web/admin"] } }));
    expect(document.deploy.ecs).toEqual([
      { cluster: "default", service: "api" },
      { cluster: "web", service: "admin" },
    ]);
  });

  test("YAML, indented JSON and JSON on one line are one document", () => {
    const yaml = `circleci:\n  organizationId: ${organizationId}\ntrust:\n  projects: all\ndeploy: {}\n`;
    const tabs = JSON.stringify(JSON.parse(documentText()), null, "\t");
    expect(valid(yaml)).toEqual(valid(documentText()));
    expect(valid(tabs)).toEqual(valid(documentText()));
    expect(valid(`\ufeff${yaml.replaceAll("\n", "\r\n")}`)).toEqual(valid(documentText()));
  });

  test.each([
    ["hold", "hold", "hold"],
    ["apply", "apply", "apply"],
    [{ trust: "apply" }, "apply", "hold"],
    [{ permissions: "apply" }, "hold", "apply"],
    [{ trust: "apply", permissions: "hold" }, "apply", "hold"],
    [{}, "hold", "hold"],
  ])("onWiden %j guards trust by %s and permissions by %s", (onWiden, trust, permissions) => {
    expect(valid(documentText({ onWiden })).onWiden).toEqual({ trust, permissions });
  });

  test("an Amplify app without branches means every branch", () => {
    const document = valid(documentText({ deploy: { amplify: [{ app: "demo" }] } }));
    expect(document.deploy.amplify).toMatchObject([{ app: "demo", branches: [] }]);
  });
});

describe("an error", () => {
  test("names parameter, version, path and what is allowed, in one sentence", () => {
    const text = withProject({ id: projectId, origin: "github.com/acme/shop", refs: ["main"] });
    expect(read(text)).toEqual({
      kind: "invalid",
      problems: [
        {
          code: "not-allowed",
          parameter,
          version: 4,
          path: "trust.projects[0].refs[0]",
          allowed:
            "a full ref under refs/heads/ or refs/tags/, such as refs/heads/main or refs/tags/v*",
          message: `${parameter}, version 4, at trust.projects[0].refs[0]: "main" does not begin with refs/heads/ or refs/tags/; allowed: a full ref under refs/heads/ or refs/tags/, such as refs/heads/main or refs/tags/v*.`,
        },
      ],
    });
  });

  test("comes for each of several mistakes, and for no more than twenty", () => {
    const two = documentText({ mode: "off", deploy: { ecr: ["UPPER"] } });
    expect(problems(two).map(({ path }) => path)).toEqual(["deploy.ecr[0]", "mode"]);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 1]));
    const found = problems(documentText(many));
    expect(found).toHaveLength(20);
    expect(found.at(-1)?.message).toContain("and 40 more problems follow");
  });
});

describe("environmentNameOf", () => {
  const prefix = "/oidc-reconciler";
  test.each(["production", "a", "A.b_c-9", "constructor", "x".repeat(64)])("knows %s", (name) => {
    expect(environmentNameOf(`${prefix}/environments/${name}`, prefix)).toBe(name);
  });
  test.each([
    "/oidc-reconciler/environments/",
    "/oidc-reconciler/environments/a/b",
    `/oidc-reconciler/environments/${"x".repeat(65)}`,
    "/oidc-reconciler/environments/a b",
    "/oidc-reconciler/environments/a\n",
    "/oidc-reconciler/status/production",
    "/oidc-reconciler/heartbeat",
    "/oidc-reconciler2/environments/production",
    "production",
  ])("finds no environment in %s", (name) => {
    expect(environmentNameOf(name, prefix)).toBeNull();
  });
});
