import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { providerArn } from "./by-hand.ts";
import {
  guide,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  roleName,
} from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { kindsOf, textOf } from "./holds.ts";

const key = (claim: string) => `oidc.circleci.com/org/${organization}:${claim}`;
const surplus = "sts.amazonaws.com";

/** A trust policy of one statement for tokens of the organisation's provider. */
const trust = (Condition: object | undefined, more: object = {}) => ({
  Effect: "Allow",
  Principal: { Federated: providerArn },
  Action: "sts:AssumeRoleWithWebIdentity",
  ...(Condition === undefined ? {} : { Condition }),
  ...more,
});
const asksFor = (...audiences: readonly string[]) =>
  trust({ StringEquals: { [key("aud")]: audiences } });

/** An account with a provider that somebody made by hand, and one role that trusts it. */
async function startWith(
  statements: readonly object[],
  given: { readonly audiences?: readonly string[]; readonly role?: string } = {},
): Promise<Scenario> {
  const account = await startScenario();
  const Url = `https://oidc.circleci.com/org/${organization}`;
  const ClientIDList = [...(given.audiences ?? [surplus, organization])];
  await account.iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList }));
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const RoleName = given.role ?? "Legacy";
  await account.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return account;
}

async function audiencesOf(account: Scenario): Promise<readonly string[]> {
  return (await account.state()).providers[providerArn]?.audiences ?? [];
}

const only = (account: Scenario) =>
  account.run().then(({ environment, iamWrites, report }) => ({
    outcome: environment.outcome,
    codes: environment.errors.map(({ code }) => code),
    iamWrites,
    message: environment.errors[0]?.message ?? "",
    told: kindsOf({ report }),
  }));

/**
 * Other roles that let a job in that has the surplus audience.
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/990
 * https://github.com/hashicorp/terraform-provider-aws/issues/39348
 */
const users: readonly (readonly [string, readonly object[]])[] = [
  ["by StringEquals", [asksFor(surplus)]],
  ["in a list", [asksFor("x", surplus)]],
  ["by StringLike", [trust({ StringLike: { [key("aud")]: "sts.*" } })]],
  ["by a negation of another", [trust({ StringNotEquals: { [key("aud")]: organization } })]],
  ["with ForAnyValue", [trust({ "ForAnyValue:StringEquals": { [key("aud")]: [surplus] } })]],
  ["in other letters of the key", [trust({ StringEquals: { [key("AUD")]: surplus } })]],
  ["by IfExists", [trust({ StringEqualsIfExists: { [key("aud")]: surplus } })]],
  ["beside one that asks for the organisation", [asksFor(organization), asksFor(surplus)]],
  ["by no test of the audience at all", [trust({ StringLike: { [key("sub")]: "org/*" } })]],
  [
    "by everybody as principal",
    [trust({ StringEquals: { [key("aud")]: surplus } }, { Principal: "*" })],
  ],
  [
    "under an operator that nobody can decide",
    [trust({ StringLike: { [key("aud")]: "${aws:username}" } })],
  ],
];

/** Other roles that need none of it. */
const others: readonly (readonly [string, readonly object[]])[] = [
  ["asks for the organisation", [asksFor(organization)]],
  ["denies it", [trust(undefined), { ...asksFor(surplus), Effect: "Deny", Principal: "*" }]],
  ["asks for anything else", [trust({ StringNotEquals: { [key("aud")]: surplus } })]],
  [
    "asks another provider for it",
    [
      {
        ...trust({ StringEquals: { "token.actions.githubusercontent.com:aud": surplus } }),
        Principal: {
          Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        },
      },
    ],
  ],
  [
    "is a service's",
    [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  ],
];

describe("a provider made by hand, with an audience that another role lets in", () => {
  test.each(users)("is a conflict that touches nothing: %s", async (_, statements) => {
    const account = await startWith(statements);
    const before = await account.state();
    await account.put(guide);
    const run = await only(account);
    expect(run).toMatchObject({ outcome: "conflict", codes: ["AudienceInUse"], iamWrites: [] });
    expect(run.message).toContain("role Legacy");
    expect(run.message).toContain(surplus);
    expect(run.told).toEqual(["conflict"]);
    expect(await account.state()).toEqual(before);
    expect(await only(account)).toMatchObject({ iamWrites: [], told: [] });
  });

  test.each(others)("is taken over without it where the other role %s", async (_, statements) => {
    const account = await startWith(statements);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(await audiencesOf(account)).toEqual([organization]);
    expect(textOf(run, "adopted")).toContain(`Nobody asked for ${surplus}`);
    expectIdle(await account.run());
  });

  test("is held back while first documents wait for approval, too", async () => {
    const account = await startWith([asksFor(surplus)]);
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.put(guide);
    expect(await only(account)).toMatchObject({ outcome: "conflict", codes: ["AudienceInUse"] });
  });

  test("is planned as one, and watched as one", async () => {
    const account = await startWith([asksFor(surplus)]);
    await account.put(guideWith({ mode: "observe" }));
    const plan = await account.run({ dryRun: true });
    expect(plan.environment).toMatchObject({ outcome: "conflict", changes: [] });
    expect(await only(account)).toMatchObject({ outcome: "conflict", codes: ["AudienceInUse"] });
  });

  test("is taken over with it once the document lists it", async () => {
    const account = await startWith([asksFor(surplus)]);
    await account.put(guide);
    await account.run();
    const circleci = { organizationId: organization, audiences: [surplus] };
    await account.put(guideWith({ circleci }));
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(await audiencesOf(account)).toEqual([organization, surplus]);
    expectIdle(await account.run());
  });

  test("is taken over with it where another environment's document lists it", async () => {
    const account = await startWith([asksFor(surplus)]);
    const circleci = { organizationId: organization, audiences: [surplus] };
    await account.put(guide);
    await account.put(guideAs("staging", { circleci }), "staging");
    const run = await account.run();
    expect(run.report.environments.map(({ outcome }) => outcome)).toEqual([
      "reconciled",
      "reconciled",
    ]);
    expect(await audiencesOf(account)).toEqual([organization, surplus]);
  });

  test("is taken over without it once the role stops asking", async () => {
    const account = await startWith([asksFor(surplus)]);
    await account.put(guide);
    await account.run();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [asksFor(organization)],
    });
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: "Legacy", PolicyDocument }),
    );
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(await audiencesOf(account)).toEqual([organization]);
    expectIdle(await account.run());
  });

  test("is not a conflict where the role is the document's own: it asks for something else then", async () => {
    const account = await startWith([asksFor(surplus)], { role: roleName });
    await account.put(guideWith({ onWiden: "apply" }));
    await account.approve(1);
    await account.run();
    await account.approve(1);
    await account.run();
    expect(await audiencesOf(account)).toEqual([organization]);
  });

  test("waits where nobody can read who asks", async () => {
    const account = await startWith([asksFor(surplus)]);
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.put(guide);
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetAccountAuthorizationDetails",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const run = await only(account);
    expect(run).toMatchObject({ outcome: "failed", codes: ["AccountUnreadable"], iamWrites: [] });
    account.sandbox.faults.clear();
    expect(await audiencesOf(account)).toEqual([organization, surplus]);
  });

  test("keeps an environment where it is that wants to move there", async () => {
    const account = await startWith([asksFor(surplus)]);
    const circleci = { organizationId: otherOrganization };
    await account.put(guideWith({ circleci, onWiden: "apply" }));
    await account.run();
    await account.put(guideWith({ onWiden: "apply" }));
    const run = await only(account);
    expect(run).toMatchObject({ outcome: "conflict", codes: ["AudienceInUse"], iamWrites: [] });
    expect(await account.status()).toMatchObject({ appliedVersion: 1 });
  });

  test("asks for the account's roles only where something would be taken off", async () => {
    const account = await startWith([asksFor(surplus)], { audiences: [organization] });
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.put(guide);
    const { calls } = await account.run();
    expect(calls.map(({ operation }) => operation)).not.toContain("GetAccountAuthorizationDetails");
  });
});

/** A second home uses the first one's provider as it is, and may have to keep it one day. */
describe("a provider that another home gives up", () => {
  async function startShared(asks: string): Promise<Scenario> {
    const account = await startWith([asksFor(asks)]);
    account.sandbox.setTags(providerArn, {
      "oidc-reconciler:prefix": "/oidc-reconciler",
      "oidc-reconciler:home": "eu-west-1",
    });
    await account.put(guide);
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(await audiencesOf(account)).toEqual([organization, surplus]);
    account.sandbox.setTags(providerArn, {});
    return account;
  }

  test("stays as it is while another role lets its audience in", async () => {
    const account = await startShared(surplus);
    expect(await only(account)).toMatchObject({
      outcome: "conflict",
      codes: ["AudienceInUse"],
      iamWrites: [],
      told: ["conflict"],
    });
    expect(await audiencesOf(account)).toEqual([organization, surplus]);
    expect(await only(account)).toMatchObject({ iamWrites: [], told: [] });
  });

  test("is kept from then on where nobody does", async () => {
    const account = await startShared(organization);
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(await audiencesOf(account)).toEqual([organization]);
    expectIdle(await account.run());
  });
});

test("an audience that is added to a provider of ours is drift, no matter who asks for it", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [asksFor(surplus)],
  });
  await account.iam.send(new CreateRoleCommand({ RoleName: "Legacy", AssumeRolePolicyDocument }));
  const added = { OpenIDConnectProviderArn: providerArn, ClientID: surplus };
  await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
  const run = await account.run();
  expect(kindsOf(run)).toEqual(["audience-widened"]);
  expect(await audiencesOf(account)).toEqual([organization]);
});
