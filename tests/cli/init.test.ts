import { describe, expect, test } from "vitest";
import { guide, organization, shop, textOf } from "../scenarios/documents.ts";
import { startScenario } from "../scenarios/harness.ts";
import { documentIn, init, initJson } from "./run-init.ts";
import { say } from "./shell.ts";

const flags = [
  ...["production", "--organization", organization],
  ...["--project", shop, "--origin", "github.com/acme/shop", "--ref", "refs/heads/main"],
  ...["--ecr", "demo-backend", "--app-runner", "demo-backend", "--amplify", "demo-frontend:main"],
];

describe("init NAME with options", () => {
  test("makes the guide's document, in the fewest lines, and writes nothing", async () => {
    const scenario = await startScenario();
    const from = scenario.sandbox.calls.length;
    const { code, out } = await init(scenario, flags);
    expect(scenario.sandbox.calls.slice(from).filter(({ mutating }) => mutating)).toEqual([]);
    expect(code).toBe(0);
    expect(out.split("\n\n")[0]).toBe(
      [
        `# Environment production of CircleCI organisation ${organization}.`,
        "# Fields that are left out have their defaults: docs/reference.md.",
        "circleci:",
        `  organizationId: ${organization}`,
        "trust:",
        "  projects:",
        `    - id: ${shop}`,
        "      origin: github.com/acme/shop",
        "      refs: [refs/heads/main]",
        "deploy:",
        "  ecr: [demo-backend]",
        "  appRunner: [demo-backend]",
        "  amplify:",
        "    - app: demo-frontend",
        "      branches: [main]",
      ].join("\n"),
    );
    // All of it can be saved as the document.
    expect(documentIn(out)).toEqual(documentIn(textOf(guide)));
    expect(out).toContain("# Somebody must approve it first:");
    expect(out).toContain("#   + create role CircleCI-OIDC-Role: the role does not exist");
  });

  test("cuts no row of the document itself, whatever the terminal's width", async () => {
    const scenario = await startScenario();
    const { out } = await init(scenario, flags, { layout: { width: 30, colour: false } });
    expect(documentIn(out)).toEqual(documentIn(textOf(guide)));
    expect(out).toContain(`\n  organizationId: ${organization}\n`);
  });

  test("begins each row of a comment with the sign on a narrow terminal too", async () => {
    const scenario = await startScenario();
    const { out } = await init(scenario, flags, { layout: { width: 60, colour: false } });
    expect(Math.max(...out.split("\n").map((row) => row.length))).toBeLessThanOrEqual(60);
    expect(documentIn(out)).toEqual(documentIn(textOf(guide)));
  });

  test("names the options for other names where somebody else has the usual ones", async () => {
    const scenario = await startScenario();
    await init(scenario, [...flags, "--write", "--yes"]);
    await scenario.run();
    await scenario.remove();
    await scenario.run();
    const { code, out } = await init(scenario, ["staging", ...flags.slice(1)]);
    expect(code).toBe(0);
    expect(out).toContain("# A run by it ends with conflict and makes 0 changes.");
    expect(out).toContain("# If a name is taken, --role NAME and --policy NAME choose others.");
    const named = ["--role", "CircleCI-staging", "--policy", "CircleCI-staging"];
    const { out: free } = await init(scenario, ["staging", ...flags.slice(1), ...named]);
    expect(free).not.toContain("conflict");
  });

  test("answers with the document, a dry run of it and nothing to compare", async () => {
    const scenario = await startScenario();
    const { code, json } = await initJson(scenario, flags);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      name: "production",
      parameter: "/oidc-reconciler/environments/production",
      report: { dryRun: true, environments: [{ name: "production", outcome: "held", version: 1 }] },
      comparison: null,
      permissions: null,
      notCarried: [],
      written: null,
    });
    expect(documentIn(json.document)).toEqual(documentIn(textOf(guide)));
  });

  test("takes several projects in their order, and every kind of target", async () => {
    const scenario = await startScenario();
    const other = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
    const { json } = await initJson(scenario, [
      ...["staging", "--organization", organization],
      ...["--project", shop, "--origin", "github.com/acme/shop"],
      ...["--ref", "refs/heads/main", "refs/tags/v*", "--ref", "refs/heads/dev"],
      ...["--project", other, "--role", "Staging", "--policy", "Staging-Policy"],
      ...["--ecs-express", "api", "web/admin", "--ecs", "shop/web", "--lambda", "worker"],
      ...["--amplify", "a", "b:main,dev"],
    ]);
    expect(documentIn(json.document)).toMatchObject({
      trust: {
        projects: [
          {
            id: shop,
            origin: "github.com/acme/shop",
            refs: ["refs/heads/main", "refs/tags/v*", "refs/heads/dev"],
          },
          { id: other },
        ],
      },
      role: { name: "Staging" },
      policy: { name: "Staging-Policy" },
      deploy: {
        ecsExpress: [
          { cluster: "default", service: "api" },
          { cluster: "web", service: "admin" },
        ],
        ecs: [{ cluster: "shop", service: "web" }],
        lambda: ["worker"],
        amplify: [
          { app: "a", branches: [] },
          { app: "b", branches: ["main", "dev"] },
        ],
      },
    });
    expect(json.document).not.toContain("\n    # Every job of this project\n    - id: aaaaaaaa");
    expect(json.document).toContain("    # Every job of this project");
  });

  test("takes every project", async () => {
    const scenario = await startScenario();
    const args = ["production", "--organization", organization, "--project", "all"];
    const { json } = await initJson(scenario, args);
    expect(documentIn(json.document)).toMatchObject({ trust: { projects: "all" } });
  });

  test.each<readonly [string, readonly string[], string]>([
    ["no organisation", ["a", "--project", shop], "--organization"],
    ["no project", ["a", "--organization", organization], "--project"],
    [
      "a ref of no project",
      ["a", "--ref", "refs/heads/main"],
      "belongs to the --project before it",
    ],
    ["an origin of no project", ["a", "--origin", "github.com/a/b"], "belongs to the --project"],
    [
      "a second origin",
      ["a", "--project", shop, "--origin", "github.com/a/b", "github.com/a/c"],
      "has an --origin already",
    ],
    ["a ref of all", ["a", "--project", "all", "--ref", "refs/heads/x"], "narrows one project"],
    ["all and a project", ["a", "--project", "all", shop], "give one or the other"],
    ["no yes", [...flags, "--write"], "--yes"],
    ["a NAME that cannot be one", ["a/b", ...flags.slice(1)], "cannot be an environment"],
  ])("with %s ends with 2 before it asks AWS", async (_, args, says) => {
    const said = await say(["init", ...args]);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(says);
  });

  test.each<readonly [string, readonly string[], string]>([
    ["--organization: ", ["a", "--organization", "acme", "--project", shop], "a UUID such as"],
    ["--project: ", ["a", "--organization", organization, "--project", "shop"], "a UUID such as"],
    [
      "--origin: ",
      ["a", "--organization", organization, "--project", shop, "--origin", "gh/acme/shop"],
      "write github.com/acme/shop",
    ],
    [
      "--ref: ",
      ["a", "--organization", organization, "--project", shop, "--ref", "refs/heads/main"],
      "is given without an origin",
    ],
    [
      "--ecr: ",
      ["a", "--organization", organization, "--project", shop, "--ecr", "Shop"],
      "capital letter",
    ],
    [
      "--role: ",
      ["a", "--organization", organization, "--project", shop, "--role", "a b"],
      "1 to 64",
    ],
  ])("names the option of a value that no document takes: %s", async (option, args, says) => {
    const scenario = await startScenario();
    const said = await init(scenario, args);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(option);
    expect(said.err).toContain(says);
  });

  test("refuses what the installation does not allow", async () => {
    const scenario = await startScenario();
    const environment = { ...scenario.sandbox.environment, OIDC_ORGANIZATIONS: shop };
    const said = await init(scenario, flags, { environment });
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("the installation does not allow the organisation");
  });
});

describe("init NAME --out FILE", () => {
  test("writes the document alone into a new file", async () => {
    const scenario = await startScenario();
    const written = new Map<string, string>();
    const said = await init(scenario, [...flags, "--out", "new.yaml"], { written });
    expect(said.code).toBe(0);
    expect(said.err).toContain("Written to new.yaml.");
    const text = written.get("new.yaml") ?? "";
    expect(documentIn(text)).toEqual(documentIn(textOf(guide)));
    expect(text).not.toContain("approve");
    expect(text.endsWith("branches: [main]\n")).toBe(true);
  });

  test("ends with 2 where the file exists, and leaves it", async () => {
    const scenario = await startScenario();
    const written = new Map<string, string>();
    const args = [...flags, "--out", "old.yaml"];
    const files = { "old.yaml": "mine" };
    const said = await init(scenario, args, { files, written });
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("There is a file old.yaml already");
    expect(written.size).toBe(0);
    const { json } = await initJson(scenario, args, { files });
    expect(json).toMatchObject({ error: { code: "FileExists", where: "old.yaml" } });
  });
});

describe("init NAME --write", () => {
  test("writes version 1 and says that it waits for approval", async () => {
    const scenario = await startScenario();
    const { code, json } = await initJson(scenario, [...flags, "--write", "--yes"]);
    expect({ code, json }).toMatchObject({ code: 0, json: { written: 1 } });
    scenario.variables.delete("OIDC_FIRST_DOCUMENT");
    const { environment } = await scenario.run();
    expect(environment).toMatchObject({ outcome: "held", version: 1 });
    await scenario.approve(1);
    expect((await scenario.run()).environment).toMatchObject({ outcome: "reconciled" });
  });

  test("says so to people", async () => {
    const scenario = await startScenario();
    const said = await init(scenario, [...flags, "--write", "--yes"]);
    expect(said.code).toBe(0);
    expect(said.err).toContain("Written as version 1 of /oidc-reconciler/environments/production.");
    expect(said.err).toContain("waits for approval");
    expect(said.err).toContain("oidc-reconciler approve production");
  });

  test("never overwrites a document that is there", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const args = [...flags, "--write", "--yes"];
    const said = await init(scenario, args);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("a document is never overwritten");
    const { json } = await initJson(scenario, args);
    expect(json).toMatchObject({
      error: { code: "ParameterExists", where: "/oidc-reconciler/environments/production" },
    });
  });

  test("writes nothing once Ctrl-C has come, and says so", async () => {
    const scenario = await startScenario();
    const args = [...flags, "--write", "--yes"];
    const interrupted = AbortSignal.abort();
    const said = await init(scenario, args, { interrupted });
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toContain(
      "Ended by Ctrl-C. Nothing was written to /oidc-reconciler/environments/production.",
    );
    expect(await scenario.put(guide)).toBe(1);
  });

  test("finishes a write that Ctrl-C comes into, and says that it is done", async () => {
    const scenario = await startScenario();
    const ctrlC = new AbortController();
    scenario.sandbox.faults.add({
      when: ({ operation }) => {
        if (operation === "PutParameter") ctrlC.abort();
        return false;
      },
      at: "before",
      how: "connection-reset",
    });
    const args = [...flags, "--write", "--yes"];
    const said = await init(scenario, args, { interrupted: ctrlC.signal });
    expect(said.code).toBe(0);
    expect(said.err).toContain("Written as version 1");
  });

  test("takes a document that the standard tier has no room for", async () => {
    const scenario = await startScenario();
    const many = Array.from({ length: 70 }, (_, at) => [
      ...["--project", shop.replace(/..$/, String(at + 10)), "--origin", "github.com/acme/shop"],
      ...["--ref", "refs/heads/main"],
    ]);
    const args = ["production", "--organization", organization, ...many.flat(), "--write", "--yes"];
    const { json } = await initJson(scenario, args);
    expect(json.written).toBe(1);
    expect(json.document.length).toBeGreaterThan(4096);
    // IAM has no room for so many: the plan says it before somebody waits for an approval.
    expect(json.report.environments).toMatchObject([{ outcome: "invalid" }]);
  });

  test("lets one of two writers win, and the other end with 2", async () => {
    const scenario = await startScenario();
    const args = [...flags, "--write", "--yes"];
    const said = await Promise.all([init(scenario, args), init(scenario, args)]);
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 2]);
    expect(said.find(({ code }) => code === 2)?.err).toContain("never overwritten");
    expect(await scenario.put(guide)).toBe(2);
  });
});
