import { readFileSync } from "node:fs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { pageDataFile } from "../../scripts/generate-schema.ts";
import { pageOf } from "../../shared/page/page.ts";
import { guide } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

async function run({ sandbox }: Scenario, args: readonly string[], shell: Shell = {}) {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const written = new Map<string, string>();
  const now = sandbox.clock.now();
  const said = await say(["report", ...args], { environment: process.env, written, now, ...shell });
  return { ...said, written };
}

/** The page and its data over an account. */
async function report(scenario: Scenario, ...names: readonly string[]) {
  const said = await run(scenario, [...names, "--data", "data.json"]);
  const data = JSON.parse(said.written.get("data.json") ?? "null");
  return { ...said, data, page: said.written.get("oidc-report.html") ?? "" };
}

async function openWith(document: object): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.put({ ...guide, ...document });
  await scenario.run();
  return scenario;
}

describe("report", () => {
  test("writes the page and the data that it is made of, and says how large it is", async () => {
    const scenario = await openWith({});
    const { code, out, err, written } = await run(scenario, [
      "--out",
      "page.html",
      "--data",
      "page.json",
      "--json",
    ]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const page = written.get("page.html") ?? "";
    expect(JSON.parse(out)).toEqual({
      file: "page.html",
      bytes: Buffer.byteLength(page),
      environments: 1,
    });
    const data = JSON.parse(written.get("page.json") ?? "");
    expect(pageOf(data)).toBe(page);
    const isData = new Ajv2020().compile(JSON.parse(readFileSync(pageDataFile, "utf8")));
    expect(isData(data), JSON.stringify(isData.errors)).toBe(true);
  });

  test("shows who can reach what, with the ARNs of what exists", async () => {
    const scenario = await openWith({});
    const { data, page } = await report(scenario);
    const [environment] = data.environments;
    expect(environment).toMatchObject({ name: "production", isSettled: true, held: null });
    expect(environment.access.targets).toContainEqual({
      noun: "ECR repository",
      name: "demo-backend",
      may: "push",
      arn: "arn:aws:ecr:us-east-1:123456789012:repository/demo-backend",
    });
    expect(environment.trust).toMatchObject({ source: "role", undecided: [] });
    const status = await scenario.status();
    expect(environment.appliedDigest).toBe(status?.appliedDigest);
    expect(page).toContain(String((await scenario.heartbeat())?.["runId"]));
    expect(page).toContain("Yes. The environment is in force as written");
  });

  test("says of a held version what it would let in, and who approved the one before", async () => {
    const scenario = await openWith({});
    await scenario.put({ ...guide, trust: { projects: "all" } });
    await scenario.run();
    const { data, page } = await report(scenario);
    expect(data.environments[0].held).toMatchObject({ version: 2, isApproved: false });
    expect(data.environments[0].held.says.length).toBeGreaterThan(0);
    expect(page).toContain("Held: waiting for a person");
    expect(page).toContain("Yes, as far as it is watched: nothing is open");
    await scenario.approve(2);
    await scenario.run();
    const after = await report(scenario);
    const [newest] = after.data.environments[0].history.versions;
    expect(newest).toMatchObject({ version: 2, state: "applied", verdict: "widened" });
    expect(newest.approval).toEqual({
      at: expect.any(String),
      by: expect.stringContaining("arn:"),
    });
  });

  test("says what was opened by hand, who did it, and for how long", async () => {
    const scenario = await openWith({});
    const RoleName = "CircleCI-OIDC-Role";
    await scenario.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
        }),
      }),
    );
    const open = await report(scenario);
    expect(open.data.environments[0].history.openings).toMatchObject([
      { kind: "trust", closedAt: null, seconds: null, by: expect.stringContaining("arn:") },
    ]);
    expect(open.page).toContain("No. 1 environment lets in, or may let in,");
    await scenario.run();
    const shut = await report(scenario);
    expect(shut.data.environments[0].history.openings).toMatchObject([
      { kind: "trust", closedAt: expect.any(String), seconds: expect.any(Number) },
    ]);
    expect(shut.page).not.toContain("No. 1 environment lets in");
  });

  test("does not call an opening what a document took over", async () => {
    const scenario = await startScenario();
    const RoleName = "CircleCI-OIDC-Role";
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    });
    await scenario.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = AssumeRolePolicyDocument;
    await scenario.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    scenario.sandbox.clock.advance(60_000);
    await scenario.put(guide);
    await scenario.run();
    await scenario.approve(1);
    await scenario.run();
    const { data } = await report(scenario);
    expect(data.environments[0]).toMatchObject({ appliedVersion: 1, history: { openings: [] } });
  });

  test("leaves out what was attached and is a document's own", async () => {
    const scenario = await openWith({});
    const RoleName = "CircleCI-OIDC-Role";
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await scenario.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await scenario.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    const { data } = await report(scenario);
    const openings = data.environments[0].history.openings;
    expect(openings).toMatchObject([{ kind: "attached-policy", seconds: expect.any(Number) }]);
    expect(openings[0].says).toContain(PolicyArn);
  });

  test("names a target that was never found, and gives it no permission", async () => {
    const scenario = await openWith({ deploy: { ...guide.deploy, ecr: ["demo-backend", "gone"] } });
    const { data, page } = await report(scenario);
    const [environment] = data.environments;
    expect(environment.access.targets).toContainEqual(
      expect.objectContaining({ name: "gone", arn: null }),
    );
    expect(JSON.stringify(environment.permissions)).not.toContain("gone");
    expect(page).toContain("not found");
  });

  test("says what it could not read, and writes the rest", async () => {
    const scenario = await openWith({});
    scenario.sandbox.faults.add({
      when: ({ operation }) =>
        ["LookupEvents", "GetAccountAuthorizationDetails", "GetParameterHistory"].includes(
          operation,
        ),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400, message: "no" },
    });
    const { code, err, data, page } = await report(scenario);
    expect(code).toBe(0);
    expect(err).toContain("CloudTrail is not read whole");
    expect(data).toMatchObject({
      trail: { from: null },
      unmanaged: { unread: expect.any(String) },
    });
    expect(data.environments[0].trust.source).toBe("document");
    expect(data.environments[0].history.unread).toContain("GetParameterHistory");
    expect(page).toContain("The roles of the account could not be read".slice(4));
  });

  test("calls nothing open whose closing lies behind what CloudTrail gave", async () => {
    const scenario = await openWith({});
    const { iam, sandbox } = scenario;
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    const attached = { RoleName: "CircleCI-OIDC-Role", PolicyArn };
    await iam.send(new AttachRolePolicyCommand(attached));
    await iam.send(new DetachRolePolicyCommand(attached));
    sandbox.createRole({ name: "Other", trust: { Version: "2012-10-17", Statement: [] } });
    for (let times = 0; times < 50; times += 1) {
      sandbox.clock.advance(1_000);
      await iam.send(new AttachRolePolicyCommand({ ...attached, RoleName: "Other" }));
      await iam.send(new DetachRolePolicyCommand({ ...attached, RoleName: "Other" }));
    }
    sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "LookupEvents" &&
        "NextToken" in input &&
        JSON.stringify(input).includes("DetachRolePolicy"),
      at: "before",
      how: { error: "InvalidNextTokenException", httpStatus: 400, message: "no" },
    });
    const { err, data, page } = await report(scenario);
    expect(err).toContain("CloudTrail is not read whole");
    expect(data.environments[0].history.openings).toEqual([]);
    expect(page).not.toContain("No. 1 environment lets in");
  });

  test("of a name that no environment has ends with 2 and writes nothing", async () => {
    const scenario = await openWith({});
    const { code, err, written } = await run(scenario, ["prodution"]);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "production"?');
    expect(written.size).toBe(0);
  });

  test("takes no file for both the page and its data", async () => {
    const scenario = await startScenario();
    const { code, written } = await run(scenario, ["--out", "a", "--data", "a"]);
    expect({ code, size: written.size }).toEqual({ code: 2, size: 0 });
  });
});
