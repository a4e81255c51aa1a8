import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import { GetParameterHistoryCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { offerApproval } from "../../cli/approval.ts";
import { type Answer, command, type Group } from "../../cli/command.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Io } from "../../cli/io.ts";
import { runOnce } from "../../cli/run-environments.ts";
import { ready } from "../../cli/settings.ts";
import { guide, guideFor, guideWith, shopMain, shopMainAndDev } from "../scenarios/documents.ts";
import { prefix, type Scenario, startScenario } from "../scenarios/harness.ts";
import { asPerson } from "./person.ts";
import { say } from "./shell.ts";

const Name = `${prefix}/environments/production`;
const wider = guideFor(shopMainAndDev);

/** Version 1 is in force and version 2 is held. */
async function startHeld(next: Parameters<Scenario["put"]>[0] = wider): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.put(guideFor(shopMain));
  await scenario.run();
  await scenario.put(next);
  await scenario.run();
  return scenario;
}

async function labelsOf({ ssm }: Scenario): Promise<readonly string[]> {
  const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name }));
  return Parameters.flatMap(({ Version, Labels = [] }) =>
    Labels.map((each) => `${Version} ${each}`),
  );
}

/** What an approver may, and nothing else. */
async function approverOf({ iam, sandbox }: Scenario) {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ],
  });
  const RoleName = "Approver";
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const parameters = (folder: string) =>
    `arn:aws:ssm:us-east-1:123456789012:parameter${prefix}/${folder}/*`;
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "ssm:GetParameters",
        Resource: ["environments", "status"].map(parameters),
      },
      {
        Effect: "Allow",
        Action: "ssm:LabelParameterVersion",
        Resource: parameters("environments"),
      },
    ],
  });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: "Approver", PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: made.Policy?.Arn ?? "" }));
  return sandbox.credentialsOf(Role?.Arn ?? "", "ben");
}

describe("approve", () => {
  test("shows difference, words and example, labels exactly the held version, and it comes into force", async () => {
    const scenario = await startHeld();
    const { code, out, err } = await asPerson(scenario, ["approve", "production"], {
      answers: ["y"],
    });
    expect(code).toBe(0);
    expect(err).toMatch(
      /^version 2 of production, put \S+ by arn:aws:iam::123456789012:user\/\S+\n/,
    );
    expect(err).toContain("Its document, against version 1, which is in force:");
    expect(err).toMatch(/\n {2}\+ +"refs\/heads\/dev"/);
    expect(err).toContain(
      "+ project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com",
    );
    expect(err).toContain("For example, a job of project");
    expect(err).toMatch(/\nOnce it is approved, a run makes 1 change:\n {2}~ update trust-policy/);
    expect(err).toContain("Approve version 2 of production? [y/N] y");
    expect(out).toMatch(/^Version 2 of production is labelled approved\.\n/);
    expect(out).toContain("oidc-reconciler status production --watch");
    expect(await labelsOf(scenario)).toEqual(["2 approved"]);
    expect((await scenario.run()).environment).toMatchObject({
      outcome: "reconciled",
      appliedVersion: 2,
    });
  });

  test("answers with the witness of the hold", async () => {
    const scenario = await startHeld();
    const args = ["approve", "production", "--version", "2", "--yes", "--json"];
    const { code, out } = await asPerson(scenario, args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: "production",
      version: 2,
      admitted: { principal: { type: "Federated" }, reachable: true, token: "v2" },
      labelled: true,
    });
  });

  test("of a hold over permissions answers with the resource", async () => {
    const scenario = await startHeld(guideWith({ deploy: { ecr: ["demo-backend", "web"] } }));
    const { out, err } = await asPerson(scenario, ["approve", "production", "--yes", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      admitted: {
        action: "ecr:PutImage",
        resource: "arn:aws:ecr:us-east-1:123456789012:repository/web",
      },
      labelled: true,
    });
    expect(err).toContain("+ ECR repository web: push");
  });

  test("of a hold that only lowers a guard answers with null, and says what it lowers", async () => {
    const scenario = await startHeld(guideWith({ onWiden: { trust: "apply" } }));
    const { out, err } = await asPerson(scenario, ["approve", "production", "--yes", "--json"]);
    expect(JSON.parse(out)).toEqual({
      name: "production",
      version: 2,
      admitted: null,
      labelled: true,
    });
    expect(err).toContain("+ lowers onWiden for trust from hold to apply");
  });

  test("shows a first document whole", async () => {
    const scenario = await startScenario();
    scenario.variables.delete("OIDC_FIRST_DOCUMENT");
    await scenario.put(guide);
    await scenario.run();
    const { code, err } = await asPerson(scenario, ["approve", "production", "--yes"]);
    expect(code).toBe(0);
    expect(err).toContain("Its document, the first of this environment:");
    expect(err).toMatch(/\n {2}\+ \{/);
    expect(err).toMatch(/Once it is approved, a run makes \d changes:/);
    expect((await scenario.run()).environment.outcome).toBe("reconciled");
  });

  test("of a version that is labelled already asks nothing, and says what comes next", async () => {
    const scenario = await startHeld();
    const first = await asPerson(scenario, ["approve", "production", "--yes", "--json"]);
    const { code, out, err } = await asPerson(scenario, ["approve", "production"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Version 2 of production is labelled approved already\.\n/);
    expect(out).toContain("oidc-reconciler status production --watch");
    const again = await asPerson(scenario, ["approve", "production", "--json"]);
    expect(JSON.parse(again.out)).toEqual(JSON.parse(first.out));
    expect(await labelsOf(scenario)).toEqual(["2 approved"]);
  });

  test.each([["n"], [""], [null]])("after %j labels nothing and ends with 3", async (answer) => {
    const scenario = await startHeld();
    const said = await asPerson(scenario, ["approve", "production"], { answers: [answer] });
    expect(said).toMatchObject({
      code: 3,
      out: "Nothing is labelled: version 2 of production stays held.\n",
    });
    const json = await asPerson(scenario, ["approve", "production", "--json"], { answers: ["no"] });
    expect(JSON.parse(json.out)).toMatchObject({ version: 2, labelled: false });
    expect(await labelsOf(scenario)).toEqual([]);
  });

  test("where nobody can be asked ends with 2, names --yes and labels nothing", async () => {
    const scenario = await startHeld();
    const { code, out, err } = await asPerson(scenario, ["approve", "production"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("add --yes for yes");
    expect(await labelsOf(scenario)).toEqual([]);
  });

  test("with another --version than the held one ends with 2", async () => {
    const scenario = await startHeld();
    const args = ["approve", "production", "--version", "1", "--yes"];
    const { code, err } = await asPerson(scenario, args);
    expect({ code, err }).toEqual({
      code: 2,
      err: "Version 1 of production is not the held one: that is version 2.\n",
    });
    expect(await labelsOf(scenario)).toEqual([]);
  });

  test("where nothing is held ends with 2 and says what is", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const approving = () => asPerson(scenario, ["approve", "production", "--yes"]);
    expect(await approving()).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /No run has held version 1, and a label releases only .* start one with oidc-reconciler reconcile production\./,
      ),
    });
    await scenario.run();
    expect(await approving()).toMatchObject({
      code: 2,
      err: expect.stringContaining("Version 1 is applied."),
    });
    await scenario.put("circleci: {}");
    await scenario.run();
    expect(await approving()).toMatchObject({
      code: 2,
      err: expect.stringContaining("Version 2 is not valid."),
    });
    await scenario.remove();
    expect(await approving()).toMatchObject({
      code: 2,
      err: expect.stringContaining("Its document is gone."),
    });
    const { out } = await asPerson(scenario, ["approve", "production", "--yes", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "NotHeld", where: "production" } });
  });
});

describe("approve labels nothing where the content is not the announced one", () => {
  test("because another version was put since", async () => {
    const scenario = await startHeld();
    await scenario.put(guideWith({ trust: { projects: "all" } }));
    const said = await asPerson(scenario, ["approve", "production", "--yes"]);
    expect(said).toMatchObject({
      code: 3,
      out: expect.stringContaining("version 2 is held, and somebody has put version 3 since"),
    });
    expect(await labelsOf(scenario)).toEqual([]);
  });

  test("because the document was deleted and put again", async () => {
    const scenario = await startHeld();
    await scenario.remove();
    await scenario.put(guide);
    await scenario.put(guideWith({ trust: { projects: "all" } }));
    const args = ["approve", "production", "--yes", "--json"];
    const { code, out } = await asPerson(scenario, args);
    expect({ code, json: JSON.parse(out) }).toEqual({
      code: 3,
      json: { name: "production", version: 2, admitted: null, labelled: false },
    });
    expect(await labelsOf(scenario)).toEqual([]);
  });

  test("because somebody changes it while the question is open", async () => {
    const scenario = await startHeld();
    const late = async () => {
      await scenario.put(guideWith({ trust: { projects: "all" } }));
      return "y";
    };
    const said = await asPerson(scenario, ["approve", "production"], { answers: [late] });
    expect(said).toMatchObject({
      code: 3,
      out: expect.stringContaining("somebody has put version 3 since"),
    });
    expect(await labelsOf(scenario)).toEqual([]);
  });
});

describe("an approver with few rights", () => {
  test("approves by the documents alone, and says so", async () => {
    const scenario = await startHeld();
    const keys = await approverOf(scenario);
    const shell = { keys, answers: ["y"] };
    const { code, out, err } = await asPerson(scenario, ["approve", "production"], shell);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("is labelled") });
    expect(err).toMatch(/\n {2}\+ +"refs\/heads\/dev"/);
    expect(err).toContain(
      "+ project aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee: refs/heads/dev of github.com",
    );
    expect(err).toContain(
      "By the documents alone: the account could not be read (you are not allowed to call ssm:GetParameters).",
    );
    expect(err).toContain(
      "Who was seen for the role is not known: you are not allowed to call iam:GetRole.",
    );
    expect((await scenario.run()).environment.appliedVersion).toBe(2);
  });

  test("sees the whole document where the text in force is out of reach", async () => {
    const scenario = await startScenario();
    await scenario.put(guideFor(shopMain));
    await scenario.run();
    for (let at = 0; at < 101; at += 1)
      await scenario.put(`${JSON.stringify(wider)}${" ".repeat(at)}`);
    await scenario.run();
    const keys = await approverOf(scenario);
    const { code, err } = await asPerson(scenario, ["approve", "production", "--yes"], { keys });
    expect(code).toBe(0);
    expect(err).toContain("The text in force cannot be shown, so this is the whole document:");
    expect(err).toContain("refs/heads/main, refs/heads/dev of github.com/acme/shop");
  });

  test("who may not label ends with 1 and the missing action", async () => {
    const scenario = await startHeld();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "LabelParameterVersion",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const args = ["approve", "production", "--yes", "--json"];
    const { code, out } = await asPerson(scenario, args);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "AccessDenied", where: "ssm:LabelParameterVersion" },
    });
  });
});

test.each([
  [["approve"], "NAME is missing"],
  [["approve", "a/b"], "cannot be an environment"],
  [["approve", "a", "--version", "two"], "--version is the number of a version"],
  [["approve", "a", "--version", "0"], "--version is the number of a version"],
])("%j ends with 2", async (args, says) => {
  const { code, err } = await say(args);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

/** A table of one command, which does what is given. */
function only(run: (io: Io) => Promise<Answer>): Group {
  const rest = { summary: "", usage: [""], options: {}, examples: [], exits: {} };
  const one = command({ ...rest, name: "only", run: (_, io) => run(io) });
  return { kind: "group", name: "", summary: "", commands: [one] };
}

test("nothing but a dry run plans as if a version had been approved", async () => {
  const scenario = await startHeld();
  const outcomeOf = async (dryRun: boolean) => {
    const asked = { names: ["production"], dryRun, force: false, asIfApproved: true } as const;
    const table = only(async (io) => {
      const { report } = await runOnce(asked, await ready(io));
      return { exit: exitCodes.ok, json: {}, view: report.environments[0]?.outcome ?? "" };
    });
    return (await asPerson(scenario, ["only"], {}, table)).out;
  };
  expect(await outcomeOf(true)).toBe("drifted");
  expect(await outcomeOf(false)).toBe("held");
});

test("what was just put is offered as soon as a run has announced it", async () => {
  const scenario = await startScenario();
  scenario.variables.delete("OIDC_FIRST_DOCUMENT");
  await scenario.put(guide);
  const table = only(async (io) => {
    const offered = await offerApproval({ name: "production", version: 1 }, io, await ready(io));
    return offered ?? { exit: exitCodes.differs, json: {}, view: "not announced" };
  });
  const waiting: string[] = [];
  const none = await asPerson(scenario, ["only"], { progress: waiting }, table);
  expect(none).toMatchObject({ code: 3, out: "not announced" });
  expect(waiting[0]).toContain("waiting until a run has looked at version 1 of production");
  let waits = 0;
  const wait = async () => {
    waits += 1;
    if (waits === 2) await scenario.run();
  };
  const said = await asPerson(scenario, ["only"], { wait, answers: ["y"] }, table);
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining("labelled approved") });
});
