import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { expect } from "vitest";
import { type AppliedRecord, parseRecord } from "../../shared/plan/record.ts";
import type { ReportedWidening } from "../../shared/report/report.ts";
import { isOwn } from "../invariants/telling.ts";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  roleName,
  shopMainAndDev,
  type Written,
} from "./documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "./harness.ts";

/** A trust statement that lets everybody in. */
export const everybody = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};

/** An account in which a document is applied. */
export async function startApplied(document: Written = guide): Promise<Scenario> {
  const account = await startScenario();
  await account.put(document);
  const { environment } = await account.run();
  expect(environment.appliedVersion).toBe(1);
  return account;
}

/** A role that a rename has left, and a person has released; the newest version says `onRemove: delete`. */
export async function startReleased(): Promise<Scenario> {
  const account = await startApplied(guideWith({ onRemove: "retain" }));
  const renamed = { role: { name: "CircleCI-New-Role" } } as const;
  await account.put(guideWith({ ...renamed, onRemove: "retain" }));
  await account.run();
  account.sandbox.setTags(`arn:aws:iam::${account.sandbox.account}:role/${roleName}`, {});
  await account.run();
  await account.put(guideWith({ ...renamed, onRemove: "delete" }));
  await account.run();
  return account;
}

/** An account in which a first document waits for approval, as it is without any setting. */
export async function startHolding(): Promise<Scenario> {
  const account = await startScenario();
  account.variables.delete("OIDC_FIRST_DOCUMENT");
  return account;
}

/** `production` waits for a person to approve its version 2, `staging` is in sync. */
export async function oneWaits(): Promise<Scenario> {
  const account = await startApplied();
  await account.put(guideAs("staging"), "staging");
  await account.run();
  await account.put(guideFor(shopMainAndDev));
  await account.run();
  return account;
}

export function outcomesOf({ report }: Pick<Run, "report">): readonly (readonly string[])[] {
  return report.environments.map(({ name, outcome }) => [name, outcome]);
}

/** Nothing was written, and the version waits while another (or none) is in force. */
export function expectHeld(run: Run, version: number, appliedVersion: number | null): void {
  expect(run.environment).toMatchObject({ outcome: "held", version, appliedVersion });
  expect(run.iamWrites).toEqual([]);
}

export function kindsOf({ report }: Pick<Run, "report">): readonly string[] {
  return report.alerts.map(({ kind }) => kind);
}

/** What came into force by an edit, as it was reported. */
export function appliedIn(run: Pick<Run, "report">): readonly string[] {
  return kindsOf(run).filter((kind) => kind.endsWith("-widening-applied"));
}

/** From now on IAM refuses the reconciler this operation. */
export function refuse({ sandbox }: Scenario, operation: string): void {
  sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: (call) => isOwn(call) && call.operation === operation,
  });
}

/** What was reported, each with how urgent it is. */
export function alertedOf({ report }: Pick<Run, "report">): readonly (readonly [string, string])[] {
  return report.alerts.map(({ kind, severity }) => [kind, severity] as const);
}

export function textOf({ report }: Pick<Run, "report">, kind: string): string {
  return report.alerts.find((alert) => alert.kind === kind)?.text ?? "";
}

export function wideningOf({ environment }: Run, resource: string): ReportedWidening | undefined {
  return environment.widenings.find((widening) => widening.resource === resource);
}

/** Did the run take the label off? */
export function unlabels({ calls }: Run): boolean {
  return calls.some(({ operation }) => operation === "UnlabelParameterVersion");
}

/** The text of a parameter below the prefix; `null` where there is none. */
export async function readBelow(
  { ssm }: Pick<Scenario, "ssm">,
  path: string,
): Promise<string | null> {
  return ssm.send(new GetParameterCommand({ Name: `${prefix}/${path}` })).then(
    ({ Parameter }) => Parameter?.Value ?? null,
    () => null,
  );
}

export async function writeBelow({ ssm }: Scenario, path: string, Value: string): Promise<void> {
  const put = { Name: `${prefix}/${path}`, Value, Type: "String", Overwrite: true } as const;
  await ssm.send(new PutParameterCommand(put));
}

export async function deleteBelow({ ssm }: Scenario, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await ssm.send(new DeleteParameterCommand({ Name: `${prefix}/${path}` }));
  }
}

/** What the reconciler keeps as in force; `null` where it keeps nothing. */
export async function recordOf(
  account: Scenario,
  name = "production",
): Promise<AppliedRecord | null> {
  const text = await readBelow(account, `applied/${name}`);
  if (text === null) return null;
  const reading = parseRecord(text, name);
  if (reading.kind === "misfit") throw new Error(reading.why);
  return reading.record;
}
