import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, organization, roleName, shop, textOf } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { documentIn, init, initJson } from "./run-init.ts";

const blog = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";

/** Answers to the questions about the seeded account, in their order; the last is not to write. */
const usual = [
  organization,
  shop,
  "github.com/acme/shop",
  "main",
  "",
  // ECR, App Runner, Lambda, Amplify.
  ...["1", "demo-backend", "", "1:main"],
  "n",
];

describe("init NAME at a terminal", () => {
  test("asks for everything, offers what the account has, and writes only after a yes", async () => {
    const scenario = await startScenario();
    const { code, out, err } = await init(scenario, ["production"], { answers: usual });
    expect(code).toBe(0);
    expect(documentIn(out)).toEqual(documentIn(textOf(guide)));
    expect(err).toContain("Organisation id");
    expect(err).toContain("ECR repository:\n  1  demo-backend\n");
    expect(err).toContain("App Runner service:\n  1  demo-backend\n");
    expect(err).toContain("Amplify app:\n  1  demo-frontend\n");
    expect(err).toContain("Write it to /oidc-reconciler/environments/production? [y/N] n");
    expect(err).toContain("Nothing was written to /oidc-reconciler/environments/production.");
    expect(await scenario.put(guide)).toBe(1);
  });

  test("shows the document before it asks whether to write it", async () => {
    const scenario = await startScenario();
    const { code, json } = await initJson(scenario, ["production"], {
      answers: [...usual.slice(0, -1), "y", "n"],
    });
    expect({ code, json }).toMatchObject({ code: 0, json: { written: 1 } });
    expect(await scenario.put(guide)).toBe(2);
    const again = await init(scenario, ["other", "--role", "R", "--policy", "P"], {
      answers: [...usual.slice(0, -1), "y", "n"],
    });
    expect(again.out.indexOf("circleci:")).toBeGreaterThan(-1);
    expect(again.err).toContain("Written as version 1 of /oidc-reconciler/environments/other.");
  });

  test("asks again for what no document takes, with the parser's sentence", async () => {
    const scenario = await startScenario();
    const answers = [
      ...["acme", organization],
      ...["shop", "", shop],
      ...["gh/acme/shop", "github.com/acme/shop"],
      ...["main..x", "main refs/tags/v*"],
      ...[blog, ""],
      "",
      ...["Demo", "2", "1"],
      ...["", "", "", "n"],
    ];
    const { code, out, err } = await init(scenario, ["production"], { answers });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(documentIn(out)).toMatchObject({
      trust: {
        projects: [
          {
            id: shop,
            origin: "github.com/acme/shop",
            refs: ["refs/heads/main", "refs/tags/v*"],
          },
          { id: blog },
        ],
      },
      deploy: { ecr: [{ repository: "demo-backend" }], appRunner: [] },
    });
    expect(err).toContain('"acme" is not of that form; allowed: a UUID');
    expect(err).toContain("is a project slug, not an origin; write github.com/acme/shop");
    expect(err).toContain("is not a name that git accepts");
    expect(err).toContain("holds a capital letter");
  });

  test("asks again after a number that no list has", async () => {
    const scenario = await startScenario();
    const targets = ["7", "1", "", "1", "worker", "2:main", ""];
    const answers = [organization, "all", ...targets, "n"];
    const { code, out, err } = await init(scenario, ["production"], { answers });
    expect(code).toBe(0);
    expect(documentIn(out).deploy).toMatchObject({
      ecr: [{ repository: "demo-backend" }],
      lambda: ["worker"],
      amplify: [],
    });
    expect(err).toContain("The list has no number 7: the last one is 1.");
    expect(err).toContain("There is no list here that 1 is from: write the name.");
    expect(err).toContain("The list has no number 2: the last one is 1.");
  });

  test("asks only for what the options leave open", async () => {
    const scenario = await startScenario();
    await scenario.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://oidc.circleci.com/org/${organization}`,
        ClientIDList: [organization],
      }),
    );
    // The account trusts one organisation: Enter takes it.
    const answers = ["", "n"];
    const args = ["production", "--project", "all", "--ecr", "demo-backend"];
    const { code, out, err } = await init(scenario, args, { answers });
    expect(code).toBe(0);
    expect(err).toContain(`Enter: ${organization}`);
    expect(documentIn(out)).toMatchObject({
      circleci: { organizationId: organization },
      trust: { projects: "all" },
      deploy: { ecr: [{ repository: "demo-backend" }] },
    });
  });

  test.each([
    ["at once", [null]],
    ["in the middle", [organization, shop, null]],
    ["before it writes", [...usual.slice(0, -1), null]],
  ])("writes nothing where the answers end %s", async (_, answers) => {
    const scenario = await startScenario();
    const { code, err } = await init(scenario, ["production"], { answers });
    expect(err).toMatch(/[Nn]othing was written/);
    expect([0, 2]).toContain(code);
    expect(await scenario.put(guide)).toBe(1);
  });

  test("offers to approve, once a run has announced what it holds", async () => {
    const scenario = await startScenario();
    scenario.variables.delete("OIDC_FIRST_DOCUMENT");
    const { code, err } = await init(scenario, ["production"], {
      answers: [...usual.slice(0, -1), "y", "y", "y"],
      // The loop wakes on the edit.
      wait: async () => {
        await scenario.run();
      },
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain("approve it here if you may? [y/N] y");
    expect(err).toContain("Approve version 1 of production? [y/N] y");
    expect(err).toContain("Version 1 of production is labelled approved.");
    expect((await scenario.run()).environment).toMatchObject({ outcome: "reconciled" });
  });

  test("leaves the approval to others where no run looks at it", async () => {
    const scenario = await startScenario();
    const { code, err } = await init(scenario, ["production"], {
      answers: [...usual.slice(0, -1), "y", "y"],
    });
    expect(code).toBe(0);
    expect(err).toContain("No run has looked at it yet. Approve it later: oidc-reconciler approve");
  });

  test("says who may not approve, and keeps the document", async () => {
    const scenario = await startScenario();
    scenario.variables.delete("OIDC_FIRST_DOCUMENT");
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "LabelParameterVersion",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, json } = await initJson(scenario, ["production"], {
      answers: [...usual.slice(0, -1), "y", "y", "y"],
      wait: async () => {
        await scenario.run();
      },
    });
    expect({ code, json }).toMatchObject({ code: 0, json: { written: 1 } });
  });

  test("writes without a question with --write --yes", async () => {
    const scenario = await startScenario();
    const args = ["production", "--project", "all", "--ecr", "shop", "--write", "--yes"];
    const said = await init(scenario, args, { answers: [organization] });
    expect(said.code).toBe(0);
    expect(said.err).toContain("Written as version 1");
    expect(said.err).not.toContain("[y/N]");
  });

  test("goes on where the account may not be listed, and says why", async () => {
    const scenario = await startScenario();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "ListServices",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const names = [organization, "all", "1", "demo-backend", "", "", "", "1", "n"];
    const { code, out, err } = await init(scenario, ["production"], { answers: names });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain("listing appRunner in us-east-1 failed");
    expect(documentIn(out).deploy).toMatchObject({ appRunner: [{ service: "demo-backend" }] });
  });

  test("offers hundreds of names, each by its number", async () => {
    const scenario = await startScenario();
    for (const name of ["aaa", "bbb", "ccc"]) {
      await scenario.ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
    }
    const answers = [organization, "all", "4 2", "", "", "", "n"];
    const { out } = await init(scenario, ["production"], { answers });
    expect(documentIn(out).deploy.ecr.map(({ repository }) => repository)).toEqual([
      "demo-backend",
      "bbb",
    ]);
  });
});

describe("names that a new environment gets by itself", () => {
  test("are the defaults, or with its own name behind where another environment has them", async () => {
    const scenario: Scenario = await startScenario();
    await scenario.put(guide);
    const args = ["staging", "--organization", organization, "--project", shop];
    const { json } = await initJson(scenario, args);
    expect(documentIn(json.document)).toMatchObject({
      role: { name: "CircleCI-OIDC-Role-staging" },
      policy: { name: "CircleCI-Deployment-Policy-staging" },
    });
    expect(json.report.environments).toMatchObject([{ outcome: "held" }]);
  });

  test("of a role that exists are pointed out", async () => {
    const scenario = await startScenario();
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
      ],
    });
    await scenario.iam.send(
      new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }),
    );
    const args = ["production", "--organization", organization, "--project", shop];
    const { out } = await init(scenario, args);
    expect(out).toContain(
      `# Role ${roleName} exists already. To begin with what it has: oidc-reconciler init production --from-role ${roleName}`,
    );
    expect((await init(scenario, [...args, "--role", "New"])).out).not.toContain("exists already");
  });
});
