import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import type { SweptAccount } from "../sweeps/account.ts";

/** What the reconciler remembers between runs. */
export const facts = ["status", "applied", "journal", "heartbeat"] as const;
export type Fact = (typeof facts)[number];

/** The ways in which something remembered can be lost, late or false. */
export const spoilings = [
  "removed",
  "aged to its first value",
  "aged by one write",
  "no JSON",
  "of another shape",
  "an empty object",
  "another environment's",
  "with forged ARNs",
] as const;
export type Spoiling = (typeof spoilings)[number];

/** ARNs that no document names and no forged fact may bring in. */
export const forged = {
  service:
    "arn:aws:apprunner:us-east-1:123456789012:service/payroll/00000000000000000000000000000000",
  foreign:
    "arn:aws:apprunner:us-east-1:210987654321:service/demo-backend/3d259263a697ea3a83f9c2ebb5fafdcc",
  role: "arn:aws:iam::123456789012:role/Admin",
  plain: "arn:aws:ecs:us-east-1:123456789012:service/default/gone",
  function: "arn:aws:lambda:us-east-1:123456789012:function:gone",
} as const;

/** Where a fact is kept; journal and heartbeat are the installation's. */
function parameterOf({ prefix }: SweptAccount, fact: Fact, environment = "production"): string {
  return fact === "status" || fact === "applied"
    ? `${prefix}/${fact}/${environment}`
    : `${prefix}/${fact}`;
}

/** Spoils one fact; gives false where there is nothing to spoil. */
export async function spoil(account: SweptAccount, fact: Fact, how: Spoiling): Promise<boolean> {
  const Name = parameterOf(account, fact);
  const values = await valuesOf(account, Name);
  const [value] = values;
  if (value === undefined) return false;
  if (how === "removed") {
    await account.ssm.send(new DeleteParameterCommand({ Name }));
    return true;
  }
  const spoilt = await spoiltValue(account, fact, how, values);
  if (spoilt === null || spoilt === value) return false;
  const put = { Name, Value: spoilt, Type: "String", Overwrite: true, Tier: "Advanced" } as const;
  await account.ssm.send(new PutParameterCommand(put));
  return true;
}

/** The values that a parameter has had, the newest first. */
async function valuesOf({ ssm }: SweptAccount, Name: string): Promise<readonly string[]> {
  try {
    const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name }));
    return Parameters.toSorted((a, b) => (b.Version ?? 0) - (a.Version ?? 0)).map(
      ({ Value = "" }) => Value,
    );
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "ParameterNotFound") return [];
    throw thrown;
  }
}

async function spoiltValue(
  account: SweptAccount,
  fact: Fact,
  how: Exclude<Spoiling, "removed">,
  values: readonly string[],
): Promise<string | null> {
  switch (how) {
    case "aged to its first value":
      return values.at(-1) ?? null;
    case "aged by one write":
      return values[1] ?? null;
    case "no JSON":
      return "{";
    case "of another shape":
      return JSON.stringify({ applied: 1, begun: [], conditions: "InSync", at: {}, alerts: 7 });
    case "an empty object":
      return "{}";
    case "another environment's":
      return fact === "status" || fact === "applied" ? readValue(account, fact, "staging") : null;
    case "with forged ARNs":
      return forge(values[0] ?? "", account.targets.serviceArn);
    default:
      return how satisfies never;
  }
}

async function readValue(account: SweptAccount, fact: Fact, environment: string): Promise<string> {
  const Name = parameterOf(account, fact, environment);
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
  return Parameter?.Value ?? "";
}

/** The same text with other ARNs: of a service that no document names, and of targets that never were. */
function forge(text: string, serviceArn: string): string {
  const express = JSON.stringify({
    cluster: "default",
    service: "gone",
    arn: "*",
    taskFamilyArn: "*",
    passRoles: [forged.role],
  });
  const plain = JSON.stringify({
    cluster: "default",
    service: "gone",
    arn: forged.plain,
    taskFamilyArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/payroll:*",
    passRoles: [forged.role],
  });
  const lambda = JSON.stringify({ function: "gone", arn: forged.function });
  return text
    .replaceAll(serviceArn, forged.service)
    .replaceAll(
      '"ecsExpress":[]',
      `"ecsExpress":[${express}],"ecs":[${plain}],"lambda":[${lambda}]`,
    );
}
