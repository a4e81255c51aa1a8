import {
  AttachRolePolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  full,
  openInSync,
  otherBoundaryArn,
  otherPin,
  pinned,
  policyArn,
  providerArn,
  setTrust,
} from "./by-hand.ts";
import { organization, roleName } from "./documents.ts";
import type { Run, Scenario } from "./harness.ts";
import { everybody } from "./holds.ts";

/** What somebody changed beside a door that he opened: its own alert names the door alone. */

const provider = { OpenIDConnectProviderArn: providerArn };
const role = { RoleName: roleName };

const changes: readonly (readonly [
  what: string,
  change: (account: Scenario) => Promise<unknown>,
  said: string,
])[] = [
  [
    "the provider deleted",
    ({ iam }) => iam.send(new DeleteOpenIDConnectProviderCommand(provider)),
    "create oidc-provider/",
  ],
  [
    "the deploy policy deleted",
    async ({ iam }) => {
      await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
      await iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
    },
    "create policy/",
  ],
  [
    "other thumbprints",
    ({ iam }) =>
      iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({
          ...provider,
          ThumbprintList: [otherPin],
        }),
      ),
    "other thumbprints than those pinned",
  ],
  [
    "another value of a tag",
    ({ iam }) =>
      iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "team", Value: "stranger" }] })),
    "tag role/",
  ],
  [
    "another boundary",
    ({ iam }) =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary: otherBoundaryArn }),
      ),
    "boundary",
  ],
];

const alertsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind).toSorted();
const textOf = ({ report }: Run, kind: string) =>
  report.alerts.find((alert) => alert.kind === kind)?.text ?? "";

describe("beside an opened trust policy", () => {
  test.each(changes)("%s is in an alert of its own", async (_, change, said) => {
    const account = await openInSync();
    await setTrust(account, () => everybody);
    await change(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(alertsOf(run)).toEqual(["drift-corrected", "trust-widened"]);
    expect(textOf(run, "drift-corrected")).toContain(said);
    expect(textOf(run, "drift-corrected")).not.toContain("trust policy");
    const next = await account.run();
    expect([next.iamWrites, alertsOf(next)]).toEqual([[], []]);
  });

  test.each(changes)("%s is reported once where nothing is written", async (_, change, said) => {
    const account = await openInSync();
    await account.put({ ...full, mode: "observe" });
    await account.run();
    await setTrust(account, () => everybody);
    await change(account);
    const run = await account.run();
    expect(alertsOf(run)).toEqual(["drift-corrected", "trust-widened"]);
    expect(textOf(run, "drift-corrected")).toContain(said);
    expect(textOf(run, "drift-corrected")).not.toContain("trust policy");
    expect(alertsOf(await account.run())).toEqual([]);
  });

  test("nothing is said a second time where nothing else was changed", async () => {
    const account = await openInSync();
    await setTrust(account, () => everybody);
    expect(alertsOf(await account.run())).toEqual(["trust-widened"]);
  });
});

test("beside another policy on the role, the deploy policy deleted is in an alert of its own", async () => {
  const account = await openInSync();
  const [, breakPolicy] = changes.find(([what]) => what === "the deploy policy deleted") ?? [];
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn }));
  await breakPolicy?.(account);
  const run = await account.run();
  expect(alertsOf(run)).toEqual(["drift-corrected", "permissions-widened"]);
  expect(textOf(run, "drift-corrected")).toContain("create policy/");
});

describe.each(["enforce", "observe", "suspend"] as const)("thumbprints in %s", (mode) => {
  const pins = (...ThumbprintList: readonly string[]) =>
    new UpdateOpenIDConnectProviderThumbprintCommand({
      ...provider,
      ThumbprintList: [...ThumbprintList],
    });

  test.each([
    ["replaced", [otherPin]],
    ["added", [pinned, otherPin]],
  ])("that somebody %s by hand are critical, as a longer session is", async (_, found) => {
    const account = await openInSync();
    await account.put({ ...full, mode });
    await account.run();
    await account.iam.send(pins(...found));
    const { report } = await account.run();
    expect(report.alerts).toMatchObject([{ kind: "drift-corrected", severity: "critical" }]);
    expect(report.alerts[0]?.text).toContain("the keys of another server");
  });

  test("that somebody took off by hand open nothing", async () => {
    const account = await openInSync();
    const circleci = { organizationId: organization, thumbprints: [pinned, otherPin] };
    const document = { ...full, circleci };
    const version = await account.put(document);
    await account.approve(version);
    await account.run();
    await account.run();
    await account.put({ ...document, mode });
    await account.run();
    await account.iam.send(pins(pinned));
    const { report } = await account.run();
    expect(report.alerts).toMatchObject([{ kind: "drift-corrected", severity: "info" }]);
  });
});
