import { IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { type DriftName, drift } from "../model/drift.ts";
import { type Ground, type GroundRun, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { providerArn } from "../scenarios/by-hand.ts";
import { guide, policyName, roleName, textOf } from "../scenarios/documents.ts";

const minute = 60_000;
const place = {
  role: roleName,
  policyArn: `arn:aws:iam::123456789012:policy/${policyName}`,
  provider: providerArn,
};

/** So many rounds: a pipeline's session does it once more, and the loop corrects it. */
async function rounds(
  ground: Ground,
  count: number,
  does: DriftName,
): Promise<readonly GroundRun[]> {
  const { sandbox } = ground;
  const attached = ["arn:aws:iam::aws:policy/AdministratorAccess"];
  const arn = sandbox.createRole({ name: "cleaner", attached });
  const runs: GroundRun[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    const keys = await sandbox.credentialsOf(arn, `job-${nth}`, 43_200);
    const client = new IAMClient({ region: sandbox.region });
    const iam = connect(client, sandbox, { keys, answer: sandbox.answer });
    await drift(does, { ...place, iam }, sandbox.clock.now());
    ground.wait(4 * minute);
    runs.push(await ground.run());
    ground.wait(11 * minute);
  }
  return runs;
}

test.each([
  { does: "removes an audience", first: ["drift-corrected"] },
  { does: "deletes the provider", first: ["drift-corrected"] },
  { does: "deletes the role", first: ["drift-corrected"] },
  { does: "deletes the policy", first: ["drift-corrected"] },
  { does: "keeps a wide policy version in store", first: ["drift-corrected"] },
  { does: "makes a policy version that allows everything", first: ["permissions-widened"] },
  {
    does: "re-creates the role open to everybody",
    first: ["trust-widened", "permissions-widened", "drift-corrected"],
  },
] as const)("who $does each time is named in one alert, and corrected", async ({ does, first }) => {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  await ground.run();
  ground.wait(5 * minute);
  const runs = await rounds(ground, 8, does);
  const kinds = runs.map(({ report }) => report.alerts.map(({ kind }) => kind));
  expect(kinds).toEqual([first, first, ["contended"], [], [], [], [], []]);
  expect(runs[2]?.report.alerts[0]?.text).toContain(":assumed-role/cleaner/job-");
  expect(runs.filter(({ iamWrites }) => iamWrites.length === 0)).toEqual([]);
});

test("a rule that puts a policy that only denies back is named once, however long it stays", async () => {
  const ground = await openGround();
  await ground.seed();
  await ground.put(textOf(guide));
  await ground.run();
  const Statement = [{ Effect: "Deny", Action: "s3:*", Resource: "*" }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const guardrail = { RoleName: roleName, PolicyName: "guardrail", PolicyDocument };
  const kinds: string[] = [];
  for (let hour = 0; hour < 100; hour += 1) {
    const { PolicyNames } = await ground.iam.send(new ListRolePoliciesCommand(guardrail));
    if (PolicyNames?.length === 0) await ground.iam.send(new PutRolePolicyCommand(guardrail));
    ground.wait(5 * minute);
    const { report } = await ground.run();
    kinds.push(...report.alerts.map(({ kind }) => kind));
    ground.wait(55 * minute);
  }
  const round = ["sessions-revoked", "drift-corrected"];
  expect(kinds).toEqual([...round, ...round, "sessions-revoked", "contended"]);
});
