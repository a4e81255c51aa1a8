import {
  ListRoleTagsCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ground, openGround } from "../model/ground.ts";
import { guideAs, textOf } from "../scenarios/documents.ts";
import { inIam } from "../sweeps/in-iam.ts";
import { anybody } from "./policies.ts";

/** Above four environments a run lists the account: what a list lacks is not what the account lacks. */

const names = ["e0", "e1", "e2", "e3", "e4", "e5"];
const without = (element: string) => (body: string) =>
  body.replaceAll(new RegExp(`<${element}>[\\s\\S]*?</${element}>`, "g"), "");
const emptied = (element: string) => (body: string) =>
  body.replaceAll(new RegExp(`<${element}>[\\s\\S]*?</${element}>`, "g"), `<${element}/>`);

const details = "GetAccountAuthorizationDetails";
const lists: readonly (readonly [string, string, (body: string) => string])[] = [
  [details, "without the versions of policies", without("PolicyVersionList")],
  [details, "with no version of any policy", emptied("PolicyVersionList")],
  [details, "without the documents of versions", without("Document")],
  [details, "with empty documents of versions", emptied("Document")],
  [details, "without the default version's id", without("DefaultVersionId")],
  [details, "with no version in force", (body) => body.replaceAll(">true<", ">false<")],
  [details, "without what is attached", without("AttachedManagedPolicies")],
  [details, "without inline policies", without("RolePolicyList")],
  [details, "without how many hold a policy", without("AttachmentCount")],
  [details, "without paths", without("Path")],
  ["ListRoles", "with no role", emptied("Roles")],
  [
    "ListRoles",
    "with a word for the longest session",
    (body) => body.replaceAll(/(<MaxSessionDuration>)\d+/g, "$1x"),
  ],
];

async function later(ground: Ground) {
  ground.wait(15 * 60_000);
  return ground.run();
}

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await ground.seed();
  const deploy = { ecr: ["demo-backend"] };
  for (const name of names) await ground.put(textOf(guideAs(name, { deploy })), name);
  await later(ground);
  await later(ground);
});

/** Lets somebody in by one role, and changes what an operation answers, for one run. */
async function disturbed(operation: string, change: (body: string) => string) {
  const before = inIam(ground.sandbox);
  const restore = ground.sandbox.snapshot();
  const door = { RoleName: "CircleCI-e3-Role", PolicyDocument: anybody };
  await ground.iam.send(new UpdateAssumeRolePolicyCommand(door));
  let changed = 0;
  ground.sandbox.faults.add({
    at: "after",
    when: (call) => call.operation === operation,
    how: {
      garbled: (answer) => {
        const body = change(answer.body);
        changed += body === answer.body ? 0 : 1;
        return { ...answer, body };
      },
    },
  });
  const run = await later(ground);
  ground.sandbox.faults.clear();
  expect(changed).toBeGreaterThan(0);
  return { run, before, restore };
}

describe("a list of the account that lacks what AWS's has", () => {
  test.each(lists)("is not believed: %s %s", async (operation, _, change) => {
    const { run, before, restore } = await disturbed(operation, change);
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    const { roles, policies } = inIam(ground.sandbox);
    expect(policies).toEqual(before.policies);
    const closed = roles["CircleCI-e3-Role"];
    expect(JSON.stringify(closed?.trust)).toContain('"Deny"');
    expect({ ...roles, "CircleCI-e3-Role": null }).toEqual({
      ...before.roles,
      "CircleCI-e3-Role": null,
    });
    const { alerts, environments } = run.report;
    expect(alerts.filter(({ kind }) => kind !== "reconcile-failed")).toMatchObject([
      { kind: "trust-widened", environment: "e3" },
    ]);
    expect(environments.map(({ outcome }) => outcome)).toEqual(names.map(() => "degraded"));
    const next = await later(ground);
    expect(next.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(inIam(ground.sandbox)).toEqual(before);
    expect(next.report.alerts.filter(({ severity }) => severity === "critical")).toEqual([]);
    restore();
  });
});

describe("a list of the account that shows nothing of ours on a role", () => {
  test.each([
    ["no tag", "Tags"],
    ["no policy", "AttachedManagedPolicies"],
  ])("is not believed: %s", async (_, element) => {
    const { run, before, restore } = await disturbed(details, emptied(element));
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(inIam(ground.sandbox)).toEqual(before);
    expect(run.report.alerts).toMatchObject([{ kind: "trust-widened", environment: "e3" }]);
    expect(run.report.environments.map(({ outcome }) => outcome)).toEqual(
      names.map((name) => (name === "e3" ? "reconciled" : "in-sync")),
    );
    restore();
  });

  test("is right where somebody took it off, and that is reported", async () => {
    const restore = ground.sandbox.snapshot();
    const RoleName = "CircleCI-e3-Role";
    const { Tags = [] } = await ground.iam.send(new ListRoleTagsCommand({ RoleName }));
    const TagKeys = Tags.flatMap(({ Key = "" }) => Key);
    await ground.iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
    const run = await later(ground);
    expect(run.iamWrites).toEqual(["TagRole"]);
    expect(run.report.alerts).toMatchObject([
      { kind: "drift-corrected", severity: "critical", environment: "e3" },
    ]);
    restore();
  });
});

/** Changes what a page of parameters says of each one, or of that of one environment alone. */
const changed = (member: string, value: unknown, of: string) => (body: string) => {
  const answer = JSON.parse(body);
  for (const each of answer.Parameters) if (String(each.Name).endsWith(of)) each[member] = value;
  return JSON.stringify(answer);
};
const strange = [
  ["Value", 7],
  ["Value", {}],
  ["Value", ""],
  ["Version", "1"],
] as const;

describe("parameters of which a page does not say all", () => {
  test.each(
    strange.flatMap(([member, value]) =>
      ["", "/e1", "/e3"].map((of) => [member, value, of] as const),
    ),
  )("are asked for by name: %s %j of those with %j", async (member, value, of) => {
    const change = changed(member, value, of);
    const { run, before, restore } = await disturbed("GetParametersByPath", change);
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(inIam(ground.sandbox)).toEqual(before);
    expect(run.report.errors).toEqual([]);
    expect(run.report.environments).toHaveLength(names.length);
    expect(run.report.alerts).toMatchObject([{ kind: "trust-widened", environment: "e3" }]);
    restore();
  });

  test("end the run where nobody can say which they are", async () => {
    const change = changed("Name", [], "/e1");
    const { run, restore } = await disturbed("GetParametersByPath", change);
    expect(run.report.errors).toMatchObject([{ code: "AnswerUnreadable" }]);
    expect([run.iamWrites, run.parameterWrites]).toEqual([[], []]);
    restore();
  });
});
