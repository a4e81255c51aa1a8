import { createHash } from "node:crypto";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { setTrust } from "./by-hand.ts";
import { guideWith, type Written } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { kindsOf } from "./holds.ts";

/** Letters that nothing packs. */
function letters(seed: string, length: number): string {
  const parts = Array.from({ length: Math.ceil(length / 43) }, (_, nth) =>
    createHash("sha256").update(`${seed} ${nth}`).digest("base64url"),
  );
  return parts.join("").slice(0, length);
}

/** An environment whose record leaves little room in its parameter. */
async function nearLimit(count: number): Promise<Scenario> {
  const account = await startScenario();
  const tags = Object.fromEntries(
    Array.from({ length: count }, (_, nth) => [`tag-${nth}`, letters(`tag ${nth}`, 149)]),
  );
  await put(account, guideWith({ onRemove: "retain", role: { tags } }));
  await account.run();
  return account;
}

async function put({ ssm }: Scenario, document: Written): Promise<void> {
  const Name = "/oidc-reconciler/environments/production";
  const Value = JSON.stringify(document);
  const Type = "String";
  await ssm.send(new PutParameterCommand({ Name, Value, Type, Tier: "Advanced", Overwrite: true }));
}

/** Somebody adds a statement that is a thousand characters long. */
const openAtLength = (account: Scenario) =>
  setTrust(account, (trust) => ({
    ...trust,
    Statement: [
      ...trust.Statement,
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": letters("id", 1_000) } },
      },
    ],
  }));

test("what a correction replaced is left out where the record has no room for it", async () => {
  const account = await nearLimit(40);
  await openAtLength(account);
  const run = await account.run();
  expect([run.environment.outcome, run.report.errors]).toEqual(["reconciled", []]);
  await account.remove();
  expect(kindsOf(await account.run())).toEqual(["orphaned"]);
  const idle = await account.run();
  expect([idle.report.errors, idle.parameterWrites]).toEqual([[], ["/heartbeat"]]);
});

test("what a correction replaced makes no edit too long", async () => {
  const account = await nearLimit(32);
  await openAtLength(account);
  await account.run();
  const { Parameter } = await account.ssm.send(
    new GetParameterCommand({ Name: "/oidc-reconciler/environments/production" }),
  );
  const document = JSON.parse(Parameter?.Value ?? "{}");
  await put(account, { ...document, role: { ...document.role, name: "CircleCI-New-Role" } });
  const { environment } = await account.run();
  expect([environment.outcome, environment.errors]).toEqual(["reconciled", []]);
});
