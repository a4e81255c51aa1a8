import {
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { everything, otherPin, pinned, providerArn } from "./by-hand.ts";
import { guideAs, organization, shopMainAndDev, textOf, type Written } from "./documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "./harness.ts";
import { deleteBelow } from "./holds.ts";

/** What a run about one environment opens at a provider, its neighbours' roles may trust as well. */

const roleOf = (name: string) => `CircleCI-${name}-Role`;

/** A process remembers what it has read: names of its own make a test's first event a surprise. */
let accounts = 0;

type Two = Scenario & { readonly own: string; readonly neighbour: string };

async function two(changes: Written): Promise<Two> {
  accounts += 1;
  const account = await startScenario();
  const [own, neighbour] = [`own-${accounts}`, `neighbour-${accounts}`];
  await account.put(guideAs(own, { onWiden: "apply" }), own);
  await account.put(guideAs(neighbour, { onWiden: "apply" }), neighbour);
  await account.run();
  await account.put(guideAs(neighbour, { onWiden: "apply", ...changes }), neighbour);
  await account.run();
  await account.watch();
  return { ...account, own, neighbour };
}

/** Lets every job of the organisation into the neighbour's role. */
async function openNeighbour({ iam, neighbour }: Two): Promise<void> {
  const RoleName = roleOf(neighbour);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  for (const statement of trust.Statement) delete statement.Condition.StringLike;
  const PolicyDocument = JSON.stringify(trust);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

async function deleteProvider({ iam }: Two): Promise<void> {
  const provider = { OpenIDConnectProviderArn: providerArn };
  await iam.send(new DeleteOpenIDConnectProviderCommand(provider));
}

/** An event that is about the role of the first environment alone. */
async function tagged({ iam, own, eventOf }: Two): Promise<unknown> {
  const Tags = [{ Key: "note", Value: "changed" }];
  await iam.send(new TagRoleCommand({ RoleName: roleOf(own), Tags }));
  return eventOf("TagRole");
}

const errorsOf = ({ report }: Run) =>
  report.environments.flatMap(({ errors }) => errors.map(({ code }) => code));

const audiences = async (account: Two) => (await account.state()).providers[providerArn]?.audiences;

describe.each(["observe", "suspend"] as const)(
  "beside a neighbour in %s whose role is open",
  (mode) => {
    test("a provider that is gone is not made by an event of another role", async () => {
      const account = await two({ mode });
      await openNeighbour(account);
      await account.run();
      await deleteProvider(account);
      const run = await account.run(await tagged(account));
      expect(run.iamWrites).not.toContain("CreateOpenIDConnectProvider");
      expect(errorsOf(run)).toContain("ProviderWaits");
      expect(await audiences(account)).toBeUndefined();
      expect((await account.run()).iamWrites).toEqual([]);
    });

    test("nor is it by an edit, or by hand", async () => {
      const account = await two({ mode });
      await openNeighbour(account);
      await account.run();
      await deleteProvider(account);
      await account.put(guideAs(account.own, { onWiden: "hold" }), account.own);
      const edited = await account.run(account.eventOf("Parameter Store Change"));
      const byHand = await account.run({ environments: [account.own] });
      for (const run of [edited, byHand]) {
        expect(run.iamWrites).not.toContain("CreateOpenIDConnectProvider");
        expect(errorsOf(run)).toContain("ProviderWaits");
      }
    });
  },
);

test("a neighbour in enforce whose role is open is corrected before the provider is made again", async () => {
  const account = await two({});
  await openNeighbour(account);
  await deleteProvider(account);
  const run = await account.run(await tagged(account));
  const [trust, provider] = ["UpdateAssumeRolePolicy", "CreateOpenIDConnectProvider"];
  expect(run.iamWrites.filter((write) => write === trust || write === provider)).toEqual([
    trust,
    provider,
  ]);
  expect(run.report.alerts.map(({ kind }) => kind)).toContain("trust-widened");
});

test("what closes is written before the neighbours are looked at", async () => {
  const account = await two({ mode: "observe" });
  await deleteProvider(account);
  const RoleName = roleOf(account.own);
  const door = { RoleName, PolicyName: "door", PolicyDocument: everything };
  await account.iam.send(new PutRolePolicyCommand(door));
  const run = await account.run(account.eventOf("PutRolePolicy"));
  expect(run.iamWrites).toEqual(["DeleteRolePolicy", "CreateOpenIDConnectProvider"]);
  const calls = run.calls.map(({ operation, input }) => `${operation} ${input["RoleName"] ?? ""}`);
  expect(calls.indexOf(`DeleteRolePolicy ${RoleName}`)).toBeLessThan(
    calls.indexOf(`GetRole ${roleOf(account.neighbour)}`),
  );
  const own = run.report.environments.find(({ name }) => name === account.own);
  expect(own).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(own?.widenings.map(({ resource }) => resource)).toEqual(["permissions"]);
  expect(run.report.alerts.map(({ kind }) => kind).toSorted()).toEqual([
    "drift-corrected",
    "permissions-widened",
  ]);
});

test("beside a neighbour whose role is right, one run makes the provider again", async () => {
  const account = await two({ mode: "observe" });
  await deleteProvider(account);
  const run = await account.run(await tagged(account));
  expect(run.iamWrites).toContain("CreateOpenIDConnectProvider");
  expect(errorsOf(run)).toEqual([]);
  expect(await audiences(account)).toEqual([organization]);
});

test("an audience that an edit adds waits for a neighbour whose role it would open", async () => {
  const account = await two({ mode: "observe" });
  const RoleName = roleOf(account.neighbour);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${providerArn.split("/").slice(1).join("/")}:aud`]: "new" },
        },
      },
    ],
  });
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  await account.run();
  const circleci = { organizationId: organization, audiences: ["new"] };
  await account.put(guideAs(account.own, { onWiden: "apply", circleci }), account.own);
  const run = await account.run(account.eventOf("Parameter Store Change"));
  expect(run.iamWrites).not.toContain("AddClientIDToOpenIDConnectProvider");
  expect(errorsOf(run)).toContain("ProviderWaits");
});

test("a forced run forces no neighbour, and waits", async () => {
  const account = await two({ mode: "observe" });
  const { iam, own, neighbour } = account;
  const RoleName = roleOf(neighbour);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": new Date().toISOString() } },
      },
    ],
  });
  const deny = { RoleName, PolicyName: "AWSRevokeOlderSessions", PolicyDocument };
  await iam.send(new PutRolePolicyCommand(deny));
  await openNeighbour(account);
  await account.run();
  await deleteProvider(account);
  const run = await account.run({ environments: [own], force: true });
  expect(run.iamWrites).toEqual([]);
  expect(errorsOf(run)).toEqual(["ProviderWaits"]);
});

test("a provider waits for a neighbour whose first document is only observed", async () => {
  accounts += 1;
  const account = await startScenario();
  const [own, neighbour] = [`own-${accounts}`, `neighbour-${accounts}`];
  await account.put(guideAs(own), own);
  await account.run();
  const { iam } = account;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleOf(own) }));
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  for (const statement of trust.Statement) delete statement.Condition.StringLike;
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  const role = { RoleName: roleOf(neighbour), AssumeRolePolicyDocument };
  await iam.send(new CreateRoleCommand(role));
  await account.put(guideAs(neighbour, { mode: "observe" }), neighbour);
  await account.run();
  await account.watch();
  const both = { ...account, own, neighbour };
  await deleteProvider(both);
  const run = await account.run(await tagged(both));
  expect(run.iamWrites).toEqual(["UntagRole"]);
  expect(errorsOf(run)).toContain("ProviderWaits");
});

test.each(["an event", "the schedule"])(
  "a provider waits in a run by %s for a neighbour whose record cannot be read",
  async (by) => {
    const account = await two({ mode: "observe" });
    await openNeighbour(account);
    await account.run();
    await deleteProvider(account);
    const event = await tagged(account);
    account.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "GetParameters" &&
        JSON.stringify(input).includes(`${prefix}/applied/${account.neighbour}`),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const run = await account.run(by === "an event" ? event : undefined);
    expect(run.iamWrites).toEqual(["UntagRole"]);
    expect(errorsOf(run)).toContain("ProviderWaits");
  },
);

test("what a second look closes at a neighbour is reported", async () => {
  const account = await two({});
  const { own, sandbox } = account;
  await openNeighbour(account);
  const wide = { onWiden: "apply", trust: { projects: [shopMainAndDev] } } as const;
  await account.put(guideAs(own, wide), own);
  const event = account.eventOf("Parameter Store Change");
  let done = false;
  const circleci = { organizationId: organization, audiences: ["new"] };
  const value = textOf(guideAs(own, { onWiden: "apply", circleci }));
  sandbox.faults.add({
    when: ({ operation, input }) => {
      if (done || operation !== "PutParameter" || input["Name"] !== `${prefix}/applied/${own}`)
        return false;
      done = true;
      sandbox.createParameter({ name: `${prefix}/environments/${own}`, value });
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
  const run = await account.run(event);
  expect(run.report.environments.map(({ name }) => name)).toContain(account.neighbour);
  expect(run.report.alerts.map(({ kind }) => kind)).toContain("trust-widened");
});

test("who opened a neighbour is found beside what is closed before", async () => {
  const account = await two({});
  await openNeighbour(account);
  await deleteProvider(account);
  const RoleName = roleOf(account.own);
  const door = { RoleName, PolicyName: "door", PolicyDocument: everything };
  await account.iam.send(new PutRolePolicyCommand(door));
  const { report } = await account.run(account.eventOf("PutRolePolicy"));
  const found = report.environments.flatMap(({ widenings }) => widenings);
  expect(found.map(({ actor }) => actor)).toEqual([
    expect.stringContaining("administrator"),
    expect.stringContaining("administrator"),
  ]);
});

test("what is refused waits for no trust policy", async () => {
  const account = await two({});
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "AddClientIDToOpenIDConnectProvider",
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const circleci = { organizationId: organization, audiences: ["new", "newer"] };
  await account.put(guideAs(account.own, { onWiden: "apply", circleci }), account.own);
  expect(errorsOf(await account.run())).toEqual(["AccessDenied", "AccessDenied"]);
});

describe("beside a neighbour whose role is open, what opens nothing waits for nobody", () => {
  const provider = { OpenIDConnectProviderArn: providerArn };
  const pinning = { organizationId: organization, thumbprints: [pinned] };

  async function pinnedTwo(changes: Written, isForgotten: boolean): Promise<Two> {
    const account = await two({ circleci: pinning, ...changes });
    await account.put(guideAs(account.own, { onWiden: "apply", circleci: pinning }), account.own);
    await account.run();
    await openNeighbour(account);
    if (isForgotten) await deleteBelow(account, `applied/${account.neighbour}`);
    await account.run();
    return account;
  }

  test.each([
    ["is observed", { mode: "observe" }, false],
    ["is not known any more", {}, true],
  ] as const)("a thumbprint that was added, where it %s", async (_, changes, isForgotten) => {
    const account = await pinnedTwo(changes, isForgotten);
    const added = { ...provider, ThumbprintList: [pinned, otherPin] };
    await account.iam.send(new UpdateOpenIDConnectProviderThumbprintCommand(added));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateOpenIDConnectProviderThumbprint"]);
    expect(run.report.alerts).toMatchObject([{ kind: "drift-corrected", severity: "critical" }]);
  });

  test("a tag of ours that was taken off, where it is not known any more", async () => {
    const account = await pinnedTwo({}, true);
    const untagged = { ...provider, TagKeys: ["oidc-reconciler:prefix"] };
    await account.iam.send(new UntagOpenIDConnectProviderCommand(untagged));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["TagOpenIDConnectProvider"]);
    expect(run.report.alerts).toMatchObject([{ kind: "drift-corrected", severity: "critical" }]);
  });
});
