import { randomBytes } from "node:crypto";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import {
  type Act,
  accusations,
  addAudience,
  audienceOff,
  criticals,
  debug,
  doors,
  isWrite,
  limit,
  nothing,
  ours,
  provider,
  putAnybody,
  putDebug,
  putTheirs,
  refuse,
  role,
  startAdopting,
  startStopped,
  writeVersion,
} from "./adopting.ts";
import {
  allow,
  boundaryArn,
  everything,
  otherBoundaryArn,
  policyArn,
  providerArn,
} from "./by-hand.ts";
import { guideAs, guideWith, otherOrganization, roleName } from "./documents.ts";
import { expectIdle, type Run, type Scenario } from "./harness.ts";
import { kindsOf, recordOf, textOf } from "./holds.ts";
import { nth, stoppedAt } from "./stopping.ts";

/** What each undisturbed take-over reports, each once. */
const usual = ["adopted", "permissions-widening-applied", "trust-widening-applied"];
/** The same of these runs; what an interrupted one had found is in what is said of it. */
function usualIn(...runs: readonly Run[]): readonly string[] {
  const kinds = runs.flatMap(kindsOf).filter((kind) => usual.includes(kind));
  const before = runs.map((run) => textOf(run, "run-interrupted")).join();
  const only = usual.filter((kind) => !kinds.includes(kind) && before.includes(kind));
  return [...kinds, ...only].toSorted();
}

const operations = [
  audienceOff,
  "UpdateAssumeRolePolicy",
  "DeleteRolePolicy",
  "CreatePolicyVersion",
  "TagRole",
  "TagPolicy",
  "TagOpenIDConnectProvider",
];

describe("what a disturbed take-over leaves is nobody's attack", () => {
  test("undisturbed, it says what it takes over and what the document gives", async () => {
    const account = await startAdopting();
    const run = await account.run();
    expect(kindsOf(run).toSorted()).toEqual(usual);
    const writes = run.calls.filter(isWrite).map(({ operation }) => operation);
    expect(new Set(writes)).toEqual(new Set([...operations, "DeletePolicyVersion", "UpdateRole"]));
    expect((await recordOf(account))?.takenOver).toBeNull();
    await account.run();
    expectIdle(await account.run());
  });

  test.each(operations.flatMap((each) => [["before", each] as const, ["after", each] as const]))(
    "a stop %s %s: the next run reports what an undisturbed one does",
    async (at, operation) => {
      const account = await startAdopting();
      await stoppedAt(account, at, nth(operation));
      const [next, last] = [await account.run(), await account.run()];
      expect(accusations(next, last)).toEqual([]);
      expect(usualIn(next, last)).toEqual(usual);
      expect(textOf(next, "trust-widening-applied")).toContain("refs/heads/main");
      expect((await recordOf(account))?.takenOver).toBeNull();
      expectIdle(await account.run());
    },
  );

  test.each(operations.flatMap((each) => [[1, each] as const, [undefined, each] as const]))(
    "%s refused %s: it is said, and nobody is accused",
    async (times, operation) => {
      const account = await startAdopting();
      refuse(account, operation, times);
      const runs = [await account.run(), await account.run(), await account.run()];
      if (times === undefined) {
        expect(runs[2]?.environment.outcome).toMatch(/^(failed|degraded)$/);
        expect(runs.flatMap(kindsOf).filter((kind) => kind === "reconcile-failed")).toHaveLength(1);
      }
      account.sandbox.faults.clear();
      runs.push(await account.run(), await account.run());
      expect(accusations(...runs)).toEqual([]);
      expect(usualIn(...runs)).toEqual(usual);
      expect((await recordOf(account))?.takenOver).toBeNull();
      expectIdle(await account.run());
    },
  );

  test.each([
    "GetRole",
    "GetPolicy",
    "GetPolicyVersion",
    "ListAttachedRolePolicies",
    "GetOpenIDConnectProvider",
    "GetParameters",
  ])("a read that is refused after the trust policy was written: %s", async (operation) => {
    const account = await startAdopting();
    await stoppedAt(account, "after", nth("UpdateAssumeRolePolicy"));
    refuse(account, operation, 1);
    const runs = [await account.run(), await account.run(), await account.run()];
    expect(accusations(...runs)).toEqual([]);
    expect(usualIn(...runs)).toEqual(usual);
    expectIdle(await account.run());
  });

  test("a provider that could not be read when the role was taken over", async () => {
    const account = await startAdopting();
    refuse(account, "GetOpenIDConnectProvider", 1);
    const runs = [await account.run(), await account.run(), await account.run()];
    expect(accusations(...runs)).toEqual([]);
    expect(runs.map((run) => textOf(run, "adopted")).join("\n")).toContain(providerArn);
    expectIdle(await account.run());
  });

  test.each<readonly [string, Act]>([
    ["removed", (account) => account.remove()],
    ["renamed", (account) => account.put(guideAs("Other", { onWiden: "apply" }))],
    ["set to observe", (account) => account.put(guideWith({ mode: "observe" }))],
    ["set to suspend", (account) => account.put(guideWith({ mode: "suspend" }))],
    [
      "another organisation's",
      (account) =>
        account.put(
          guideWith({ circleci: { organizationId: otherOrganization }, onWiden: "apply" }),
        ),
    ],
  ])("the document is %s before the next run", async (_, change) => {
    const account = await startStopped();
    await change(account);
    expect(accusations(await account.run(), await account.run())).toEqual([]);
    const opened = await startStopped();
    await change(opened);
    await putAnybody(opened);
    expect(accusations(await opened.run())).toContain("trust-widened");
  });

  test("a boundary that the document asks for and the person's role never had", async () => {
    const bounded = { name: roleName, permissionsBoundary: boundaryArn };
    const PolicyDocument = allow(["ecr:Get*", "apprunner:*", "amplify:*"], "*");
    const account = await startStopped({
      document: guideWith({ onWiden: "apply", role: bounded }),
      before: ({ iam }) =>
        iam.send(new CreatePolicyCommand({ PolicyName: "ci-boundary", PolicyDocument })),
    });
    refuse(account, "PutRolePermissionsBoundary");
    const runs = [await account.run(), await account.run()];
    account.sandbox.faults.clear();
    runs.push(await account.run());
    expect(accusations(...runs)).toEqual([]);
    await account.iam.send(new DeleteRolePermissionsBoundaryCommand(role));
    expect(accusations(await account.run())).toEqual(["permissions-widened"]);
  });
});

describe("what somebody does meanwhile is reported, every time", () => {
  /** Somebody does the same after each of three runs, while a call is refused always. */
  async function expectEachTime(account: Scenario, act: Act, kind: string): Promise<void> {
    const all: (readonly string[])[] = [];
    for (let round = 0; round < 3; round += 1) {
      await act(account);
      const run = await account.run();
      all.push(criticals(run).filter((each) => each === "contended" || doors.includes(each)));
    }
    // The third time it may be a quarrel.
    expect([[["contended"]], [[kind]]]).toContainEqual(all.slice(2));
    expect(all.slice(0, 2)).toEqual([[kind], [kind]]);
  }

  const acts: readonly (readonly [string, string, Act, string])[] = [
    ["trust-widened", "what they had themselves", putTheirs, "UpdateAssumeRolePolicy"],
    ["permissions-widened", "the inline policy", putDebug, "DeleteRolePolicy"],
    ["permissions-widened", "the policy's text", writeVersion(ours), "CreatePolicyVersion"],
    ["audience-widened", "an audience", addAudience, audienceOff],
  ];
  const cases = operations.flatMap((refused) =>
    acts.flatMap(([kind, what, act, closing]) =>
      closing === refused ? [] : [[refused, kind, what, act] as const],
    ),
  );

  test.each(cases)("with %s refused always: %s, %s put back", async (refused, kind, _, act) => {
    const account = await startAdopting();
    refuse(account, refused);
    await account.run();
    await expectEachTime(account, act, kind);
  });

  test.each(acts)(
    "%s: %s put back, and no record can be written any more",
    async (kind, _, act) => {
      const account = await startAdopting();
      const begun = nth("PutParameter");
      account.sandbox.faults.add({
        when: (call) => {
          const isRecord = String(call.input["Name"]).includes("/applied/");
          return isOwn(call) && call.operation === "PutParameter" && isRecord && !begun(call);
        },
        at: "before",
        how: { error: "AccessDenied", httpStatus: 403 },
      });
      await account.run();
      expect((await recordOf(account))?.takenOver).not.toBeNull();
      await expectEachTime(account, act, kind);
    },
  );

  test("again and again by a run that is stopped: not always", async () => {
    const account = await startAdopting();
    const found: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      await stoppedAt(account, "after", nth("UpdateAssumeRolePolicy"));
      await putTheirs(account);
    }
    found.push(...accusations(await account.run()));
    expect(found).toContain("trust-widened");
  });

  test("where a policy of that name is at another path, and never written", async () => {
    const account = await startAdopting({ path: "/other/" });
    const first = await account.run();
    expect(kindsOf(first)).toContain("conflict");
    expect(accusations(first)).toEqual([]);
    await expectEachTime(account, putDebug, "permissions-widened");
    await expectEachTime(account, putTheirs, "trust-widened");
  });

  test.each<readonly [string, Act]>([
    ["trust-widened", putAnybody],
    [
      "permissions-widened",
      ({ iam }) => iam.send(new PutRolePolicyCommand({ ...debug, PolicyName: "more" })),
    ],
    ["permissions-widened", writeVersion(everything)],
    ["audience-widened", addAudience],
  ])("%s right after the stop", async (kind, act) => {
    const account = await startStopped();
    await act(account);
    expect(accusations(await account.run())).toEqual([kind]);
    await account.run();
    expectIdle(await account.run());
  });

  test("what denied a part of it is taken off", async () => {
    const account = await startStopped({
      before: ({ iam }) => iam.send(new PutRolePolicyCommand(limit)),
    });
    const { PolicyName } = limit;
    await account.iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName }));
    expect(accusations(await account.run())).toEqual(["permissions-widened"]);
  });

  const bind = async ({ iam }: Scenario) => {
    for (const [PolicyName, action] of [
      ["ci-boundary", "ecr:*"],
      ["other-boundary", "*"],
    ] as const) {
      await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allow(action, "*") }));
    }
    const PermissionsBoundary = boundaryArn;
    await iam.send(new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary }));
  };
  test.each<readonly [string, readonly string[], Act]>([
    ["stays", [], nothing],
    [
      "is taken off",
      ["permissions-widened"],
      ({ iam }) => iam.send(new DeleteRolePermissionsBoundaryCommand(role)),
    ],
    [
      "is another one",
      ["permissions-widened"],
      ({ iam }) =>
        iam.send(
          new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary: otherBoundaryArn }),
        ),
    ],
    [
      "lets more through",
      ["permissions-widened"],
      ({ iam }) =>
        iam.send(
          new CreatePolicyVersionCommand({
            PolicyArn: boundaryArn,
            PolicyDocument: everything,
            SetAsDefault: true,
          }),
        ),
    ],
  ])("a boundary around it %s", async (_, kinds, act) => {
    const account = await startStopped({ before: bind });
    await act(account);
    expect(accusations(await account.run())).toEqual(kinds);
  });

  test("the tags of what was taken over are lost, once they were written", async () => {
    const account = await startAdopting();
    refuse(account, "TagPolicy");
    await account.run();
    const TagKeys = ["oidc-reconciler:prefix", "oidc-reconciler:environment"];
    await account.iam.send(new UntagRoleCommand({ ...role, TagKeys }));
    expect(accusations(await account.run())).toEqual(["drift-corrected"]);
    account.sandbox.faults.clear();
    expect(accusations(await account.run())).toEqual([]);
    await account.iam.send(new UntagPolicyCommand({ PolicyArn: policyArn, TagKeys }));
    expect(accusations(await account.run())).toEqual(["drift-corrected"]);
  });

  test.each<readonly [string, Act]>([
    ["observe", (account) => account.put(guideWith({ mode: "observe" }))],
    ["suspend", (account) => account.put(guideWith({ mode: "suspend" }))],
  ])("under %s, what was taken away by its owner and put back", async (_, change) => {
    const account = await startStopped();
    await change(account);
    await account.run();
    const { PolicyName } = debug;
    await account.iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName }));
    expect(accusations(await account.run())).toEqual([]);
    await putDebug(account);
    expect(accusations(await account.run())).toEqual(["permissions-widened"]);
  });
});

describe("a record without room", () => {
  /** Audiences that nothing packs. */
  const audiences = Array.from({ length: 90 }, () => randomBytes(60).toString("hex"));
  const withAudiences: Act = async ({ iam }) => {
    for (const ClientID of audiences) {
      await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID }));
    }
  };
  /** Texts that nothing packs, on a role that is not open by them. */
  const withTexts: Act = async ({ iam }) => {
    const random = randomBytes(4500).toString("hex");
    const PolicyDocument = allow("s3:GetObject", `arn:aws:s3:::bucket/${random}`);
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyName: "long", PolicyDocument }));
  };

  test("for the whole role keeps what excuses, and reports all that the version gives", async () => {
    const account = await startStopped({ before: withTexts });
    expect((await recordOf(account))?.takenOver?.before).toBeNull();
    const runs = [await account.run(), await account.run()];
    expect(accusations(...runs)).toEqual([]);
    expect(usualIn(...runs)).toContain("trust-widening-applied");
  });

  test("for anything of it reports it as if it was just made, and does all else", async () => {
    const account = await startAdopting({ before: withAudiences });
    refuse(account, audienceOff);
    await stoppedAt(account, "before", nth("UpdateAssumeRolePolicy"));
    const record = await recordOf(account);
    expect([record?.begun?.version, record?.takenOver]).toEqual([1, null]);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(accusations(run)).toContain("trust-widened");
  });
});
