import {
  ListPolicyTagsCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { DeleteParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { type Ground, openGround } from "../model/ground.ts";
import { providerArn } from "../scenarios/by-hand.ts";
import { guideWith, textOf, type Written } from "../scenarios/documents.ts";

/**
 * No listing of an account shows the tags of a policy. Where no event says that somebody took them off,
 * runs over the account find it all the same: at once where policies are few, else in turn.
 */

const account = "123456789012";
const arnOf = (name: string) => `arn:aws:iam::${account}:policy/CircleCI-${name}`;
const period = 15 * 60_000;

function documentOf(name: string, mode?: Written["mode"]): string {
  return textOf(
    guideWith({
      ...(mode === undefined ? {} : { mode }),
      role: { name: `CircleCI-${name}-Role` },
      policy: { name: `CircleCI-${name}` },
      deploy: { ecr: ["demo-backend"] },
    }),
  );
}

/** Environments in an account that is read whole, since a first document that nobody approved is among them. */
async function opened(count: number): Promise<{ ground: Ground; names: readonly string[] }> {
  const ground = await openGround();
  await ground.seed();
  const names = Array.from({ length: count }, (_, nth) => `env-${nth}`);
  for (const name of names) await ground.put(documentOf(name), name);
  await ground.run();
  await ground.put(textOf(guideWith({ mode: "suspend" })));
  await ground.run();
  return { ground, names };
}

const ownTags = ["oidc-reconciler:environment", "oidc-reconciler:prefix", "oidc-reconciler:home"];

async function takeTagsOff({ iam }: Ground, name: string): Promise<void> {
  await iam.send(new UntagPolicyCommand({ PolicyArn: arnOf(name), TagKeys: ownTags }));
}

async function tagsOf({ iam }: Ground, name: string): Promise<readonly string[]> {
  const { Tags = [] } = await iam.send(new ListPolicyTagsCommand({ PolicyArn: arnOf(name) }));
  return Tags.map(({ Key = "" }) => Key);
}

describe("the tags of a policy that somebody took off", () => {
  test("are put back by the next run where policies are few", async () => {
    const { ground, names } = await opened(2);
    for (const name of names) await takeTagsOff(ground, name);
    ground.wait(period);
    const { report } = await ground.run();
    expect(report.alerts.map(({ kind }) => kind)).toEqual(["drift-corrected", "drift-corrected"]);
    for (const name of names) {
      expect((await tagsOf(ground, name)).toSorted()).toEqual(ownTags.toSorted());
    }
  });

  test("are put back in turn, a few policies in each run, where policies are many", async () => {
    const { ground, names } = await opened(6);
    for (const name of names) await takeTagsOff(ground, name);
    const back: number[] = [];
    for (let nth = 1; nth <= 2; nth += 1) {
      ground.wait(period);
      const { calls, iamWrites } = await ground.run();
      back.push(iamWrites.filter((write) => write === "TagPolicy").length);
      expect(calls.filter(({ operation }) => operation === "GetPolicy").length).toBeLessThanOrEqual(
        8,
      );
    }
    expect(back).toEqual([4, 2]);
  });

  test.each(["observe", "suspend"] as const)(
    "are missed once in mode %s too, at the latest when each policy had its turn",
    async (mode) => {
      const { ground, names } = await opened(9);
      for (const name of names) await ground.put(documentOf(name, mode), name);
      ground.wait(period);
      await ground.run();
      ground.wait(period);
      await ground.run();
      await takeTagsOff(ground, "env-0");
      const alerts: string[] = [];
      // Nine policies, four in each period.
      for (let nth = 1; nth <= 3; nth += 1) {
        ground.wait(period);
        const { report } = await ground.run();
        alerts.push(...report.alerts.map(({ environment, title }) => `${environment} ${title}`));
      }
      const missed = "env-0 env-0: drift found and not corrected (1 change)";
      expect(alerts).toEqual([missed]);
      for (let nth = 1; nth <= 3; nth += 1) {
        ground.wait(period);
        expect((await ground.run()).report.alerts).toEqual([]);
      }
    },
  );

  test("are missed once, and stay missed until they are back, where nobody may put them back", async () => {
    const { ground } = await opened(6);
    await takeTagsOff(ground, "env-0");
    ground.sandbox.faults.add({
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      when: ({ operation, caller }) => operation === "TagPolicy" && caller === ground.caller,
    });
    const alerts: string[] = [];
    const runs = async (count: number) => {
      for (let nth = 1; nth <= count; nth += 1) {
        ground.wait(period);
        const { report } = await ground.run();
        alerts.push(...report.alerts.map(({ environment, title }) => `${environment} ${title}`));
      }
    };
    await runs(4);
    expect(alerts).toEqual([expect.stringContaining("could not be changed")]);
    ground.sandbox.faults.clear();
    await runs(1);
    expect(alerts.slice(1)).toContainEqual(expect.stringContaining("matches the document again"));
    expect((await tagsOf(ground, "env-0")).toSorted()).toEqual(ownTags.toSorted());
  });
});

test("a conflict over a policy's tags is not over because a run does not look at them", async () => {
  const { ground } = await opened(12);
  const name = "env-0";
  await ground.ssm.send(new DeleteParameterCommand({ Name: `${ground.prefix}/applied/${name}` }));
  const Tags = [{ Key: "oidc-reconciler:home", Value: "eu-west-1" }];
  await ground.iam.send(new TagPolicyCommand({ PolicyArn: arnOf(name), Tags }));
  const alerts: string[] = [];
  // The first run looks at the record that is gone; the others at the records of others.
  for (const turn of [0, 1, 1, 1, 1]) {
    ground.wait(period);
    const runId = `0000000${turn}-0000-4000-8000-${String(alerts.length).padStart(12, "0")}`;
    const { report } = await ground.run(undefined, { runId });
    alerts.push(...report.alerts.map(({ title }) => title));
  }
  expect(alerts).toEqual([`${name}: a resource belongs to someone else`]);
});

const others = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({ Key: `other-${nth}`, Value: "x" }));

describe("tags of others that leave no room for ours", () => {
  const filled: readonly [
    string,
    (ground: Ground) => Promise<unknown>,
    (ground: Ground) => Promise<unknown>,
  ][] = [
    [
      "on a policy",
      async ({ iam }) => {
        const PolicyArn = arnOf("env-0");
        await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ownTags }));
        await iam.send(new TagPolicyCommand({ PolicyArn, Tags: others(50) }));
      },
      ({ iam }) =>
        iam.send(
          new UntagPolicyCommand({
            PolicyArn: arnOf("env-0"),
            TagKeys: others(3).map(({ Key }) => Key),
          }),
        ),
    ],
    [
      "on a provider",
      async ({ iam }) => {
        const OpenIDConnectProviderArn = providerArn;
        const TagKeys = [...ownTags, "oidc-reconciler:created"];
        await iam.send(
          new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys }),
        );
        await iam.send(
          new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: others(50) }),
        );
      },
      ({ iam }) =>
        iam.send(
          new UntagOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: providerArn,
            TagKeys: others(3).map(({ Key }) => Key),
          }),
        ),
    ],
  ];

  test.each(filled)(
    "%s are reported once and cost no write; ours come back where there is room",
    async (_, fill, free) => {
      const ground = await openGround();
      await ground.seed();
      await ground.put(documentOf("env-0"), "env-0");
      await ground.run();
      ground.wait(period);
      await ground.run();
      await fill(ground);
      ground.wait(period);
      const full = await ground.run();
      expect(full.report.alerts.map(({ kind, severity }) => [kind, severity])).toEqual([
        ["conflict", "critical"],
      ]);
      expect(full.report.environments[0]?.conditions.InSync.reason).toBe("TagsFull");
      ground.wait(period);
      const again = await ground.run();
      expect([...full.iamWrites, ...again.iamWrites, ...again.report.alerts]).toEqual([]);
      await free(ground);
      ground.wait(period);
      const back = await ground.run();
      expect(back.report.environments[0]?.outcome).toBe("reconciled");
      expect(back.report.alerts.map(({ kind, severity }) => [kind, severity])).toEqual([
        ["drift-corrected", "critical"],
        ["conflict", "info"],
      ]);
    },
  );
});
