import { createHash } from "node:crypto";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { setTrust } from "./by-hand.ts";
import { guideWith } from "./documents.ts";
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
async function nearLimit(): Promise<Scenario> {
  const account = await startScenario();
  const tags = Object.fromEntries(
    Array.from({ length: 40 }, (_, nth) => [`tag-${nth}`, letters(`tag ${nth}`, 149)]),
  );
  const document = guideWith({ onRemove: "retain", role: { tags } });
  const Name = "/oidc-reconciler/environments/production";
  const Value = JSON.stringify(document);
  await account.ssm.send(
    new PutParameterCommand({ Name, Value, Type: "String", Tier: "Advanced" }),
  );
  await account.run();
  return account;
}

test("what a correction replaced is left out where the record has no room for it", async () => {
  const account = await nearLimit();
  await setTrust(account, (trust) => ({
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
  const run = await account.run();
  expect([run.environment.outcome, run.report.errors]).toEqual(["reconciled", []]);
  await account.remove();
  expect(kindsOf(await account.run())).toEqual(["orphaned"]);
  const idle = await account.run();
  expect([idle.report.errors, idle.parameterWrites]).toEqual([[], ["/heartbeat"]]);
});
