import { CreateOpenIDConnectProviderCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, guideAs, guideWith, organization, roleName } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";

const arn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef";

const context = {
  "ContextProvider.SubjectSourceKey": "sub",
  "ContextProvider.SubjectTypeValue": "workload",
  "ContextProvider.KeyDefinitionList.member.1.SourceKey": "team",
  "ContextProvider.KeyDefinitionList.member.1.TargetKey": "team",
};

/** UpdateOpenIDConnectProvider as the AWS CLI sends it: the installed SDK does not know it yet. */
async function update(
  { sandbox }: Scenario,
  members: Readonly<Record<string, string>>,
): Promise<number> {
  const key = sandbox.environment["AWS_ACCESS_KEY_ID"] ?? "";
  const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20261122/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(sandbox.endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", authorization },
    body: new URLSearchParams({
      Action: "UpdateOpenIDConnectProvider",
      Version: "2010-05-08",
      OpenIDConnectProviderArn: arn,
      ...members,
    }).toString(),
  });
  return answer.status;
}

async function applied(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  return account;
}

const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

describe("a context provider on a provider of ours", () => {
  test("is drift that may widen: reported and alerted once, and left with the command for it", async () => {
    const account = await applied();
    expect(await update(account, context)).toBe(200);
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.environment.widenings).toMatchObject([
      {
        source: "drift",
        resource: "permissions",
        disposition: "observed",
        admitted: null,
        undecided: [expect.stringContaining('"SubjectSourceKey":"sub"')],
        closedAt: null,
      },
    ]);
    expect(run.environment.errors).toMatchObject([{ code: "ProviderSetting" }]);
    expect(run.environment.conditions.InSync).toMatchObject({
      status: false,
      reason: "ProviderSetting",
    });
    expect(run.environment.conditions.Ready.status).toBe(false);
    expect(run.report.alerts).toEqual([
      {
        kind: "permissions-widened",
        severity: "critical",
        environment: "production",
        title: expect.stringContaining("the provider was given a context provider"),
        text: expect.stringContaining(
          `aws iam update-open-id-connect-provider --open-id-connect-provider-arn ${arn} --remove-context-provider`,
        ),
      },
    ]);
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    const asked = again.calls.filter(({ operation }) => operation === "GetOpenIDConnectProvider");
    expect(asked).toHaveLength(1);
    expect([kindsOf(again), again.parameterWrites]).toEqual([[], ["/heartbeat"]]);
    expect(again.environment.outcome).toBe("degraded");
  });

  test("is over once somebody takes it off", async () => {
    const account = await applied();
    await update(account, context);
    await account.run();
    expect(await update(account, { RemoveContextProvider: "true" })).toBe(200);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", errors: [], widenings: [] });
    expect(run.environment.conditions.Ready.status).toBe(true);
    await update(account, context);
    expect(kindsOf(await account.run())).toEqual(["permissions-widened"]);
  });

  test("that is another one is reported again, and so is an Identity Center instance", async () => {
    const account = await applied();
    await update(account, context);
    await account.run();
    await update(account, { "ContextProvider.SubjectSourceKey": "email" });
    expect(kindsOf(await account.run())).toEqual(["permissions-widened"]);
    await update(account, { IdentityCenterInstanceArn: instance });
    const run = await account.run();
    expect(run.report.alerts.map(({ title }) => title)).toEqual([
      expect.stringContaining("an association with IAM Identity Center"),
    ]);
    expect(run.report.alerts[0]?.text).toContain("--remove-identity-center-instance");
    expect(run.environment.widenings).toHaveLength(2);
  });

  test("names who set it, and is seen by the event of it", async () => {
    const account = await applied();
    await account.watch();
    await update(account, context);
    const run = await account.run(account.eventOf("UpdateOpenIDConnectProvider"));
    const [widening] = run.environment.widenings;
    expect(widening?.actor).toMatch(/^arn:aws:iam::123456789012:/);
    expect(widening?.openedAt).not.toBeNull();
  });

  test("keeps nothing else from being corrected", async () => {
    const account = await applied();
    await update(account, context);
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
    });
    const extra = { RoleName: roleName, PolicyName: "extra", PolicyDocument };
    await account.iam.send(new PutRolePolicyCommand(extra));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["DeleteRolePolicy"]);
    expect(run.environment.outcome).toBe("degraded");
    const dispositions = run.environment.widenings.map(({ disposition }) => disposition);
    expect(dispositions.toSorted()).toEqual(["observed", "reverted"]);
  });

  test("is reported in one of the environments that share the provider, and degrades each", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await update(account, context);
    const run = await account.run();
    expect(run.report.alerts).toHaveLength(1);
    expect(run.report.environments.map(({ outcome }) => outcome)).toEqual(["degraded", "degraded"]);
    expect(run.report.environments.flatMap(({ widenings }) => widenings)).toHaveLength(1);
  });

  test.each([
    ["observe", "drifted"],
    ["suspend", "suspended"],
  ] as const)("is reported in mode %s too", async (mode, outcome) => {
    const account = await applied();
    await account.put(guideWith({ mode }));
    await account.run();
    await update(account, context);
    const run = await account.run();
    expect([kindsOf(run), run.environment.outcome]).toEqual([["permissions-widened"], outcome]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("is reported where a provider with one is adopted, and not by a dry run", async () => {
    const account = await startScenario();
    const Url = `https://oidc.circleci.com/org/${organization}`;
    const made = { Url, ClientIDList: [organization] };
    await account.iam.send(new CreateOpenIDConnectProviderCommand(made));
    await update(account, context);
    await account.put(guide);
    const dry = await account.run({ dryRun: true });
    expect([dry.environment.outcome, kindsOf(dry)]).toEqual(["drifted", []]);
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widened");
    expect(run.environment.outcome).toBe("degraded");
  });

  test("is not ours on another home's provider, which is used as it is", async () => {
    const account = await startScenario();
    const Tags = [
      { Key: "oidc-reconciler:prefix", Value: "/oidc-reconciler" },
      { Key: "oidc-reconciler:home", Value: "eu-west-1" },
    ];
    const Url = `https://oidc.circleci.com/org/${organization}`;
    const made = { Url, ClientIDList: [organization], Tags };
    await account.iam.send(new CreateOpenIDConnectProviderCommand(made));
    await update(account, context);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(kindsOf(run)).not.toContain("permissions-widened");
  });
});

describe("the sandbox keeps the rules of UpdateOpenIDConnectProvider", () => {
  test.each([
    ["nothing asked", {}],
    ["both at once", { ...context, IdentityCenterInstanceArn: instance }],
    ["set and removed", { ...context, RemoveContextProvider: "true" }],
    ["an instance without a context provider", { IdentityCenterInstanceArn: instance }],
  ])("%s is refused", async (_, members) => {
    expect(await update(await applied(), members)).toBe(400);
  });

  test("and the instance goes first", async () => {
    const account = await applied();
    await update(account, context);
    await update(account, { IdentityCenterInstanceArn: instance });
    expect(await update(account, { RemoveContextProvider: "true" })).toBe(409);
    expect(await update(account, { RemoveIdentityCenterInstance: "true" })).toBe(200);
    expect(await update(account, { RemoveContextProvider: "true" })).toBe(200);
  });
});
