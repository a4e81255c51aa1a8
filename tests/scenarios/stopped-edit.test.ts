import {
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { anybody } from "../invariants/policies.ts";
import { isOwn } from "../invariants/telling.ts";
import { allow, everything } from "./by-hand.ts";
import { guideAs, guideWith, roleName, shopMain, type Written, wiki } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { kindsOf } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";
import { expectDone } from "./two-of-one-organization.ts";

const nth = (operation: string, number = 1) => {
  const seen = new Set<number>();
  return (call: RecordedCall) => {
    if (call.operation === operation) seen.add(call.index);
    return call.operation === operation && seen.size === number;
  };
};

/** In sync with one document, and stopped in the run that writes the next one. */
async function stoppedEdit(
  documents: readonly [Written, Written],
  ...stop: readonly ["before" | "after", (call: RecordedCall) => boolean]
): Promise<Scenario> {
  const account = await startScenario();
  await account.put(documents[0]);
  await account.run();
  await account.put(documents[1]);
  await stoppedAt(account, ...stop);
  return account;
}

const inForce = (onRemove: "retain" | "delete") => guideWith({ onRemove, onWiden: "apply" });
/** One edit that takes permissions away and gives others, and one that renames the policy as well. */
const edits = (onRemove: "retain" | "delete") => {
  const edit = {
    onRemove,
    onWiden: "apply",
    trust: { projects: [shopMain, { id: wiki }] },
    deploy: { ecr: [{ repository: "demo-backend", may: ["push", "read-images"] }] },
  } as const;
  return {
    "takes away and adds": guideWith(edit),
    "renames the policy": guideWith({ ...edit, policy: { name: "CircleCI-Second-Policy" } }),
  };
};

const first = ["before", "CreatePolicyVersion", 1] as const;
const cases = [
  { onRemove: "delete", kind: "takes away and adds", stop: first },
  { onRemove: "delete", kind: "renames the policy", stop: first },
  { onRemove: "retain", kind: "takes away and adds", stop: first },
  { onRemove: "retain", kind: "takes away and adds", stop: ["after", "CreatePolicyVersion", 2] },
  { onRemove: "retain", kind: "renames the policy", stop: first },
  { onRemove: "retain", kind: "renames the policy", stop: ["after", "AttachRolePolicy", 1] },
] as const;

const thens: Readonly<Record<string, Written | null>> = {
  "is removed": null,
  "gets other names": guideAs("Third", { onWiden: "apply" }),
};

describe.each(Object.entries(thens))("an edit that was stopped, and then %s", (_, next) => {
  test.each(cases)("$kind, $onRemove, $stop: it is nobody's attack", async (given) => {
    const { onRemove, kind, stop } = given;
    const [at, operation, number] = stop;
    const documents = [inForce(onRemove), edits(onRemove)[kind]] as const;
    const account = await stoppedEdit(documents, at, nth(operation, number));
    await (next === null ? account.remove() : account.put({ ...next, onRemove }));
    const runs = [await account.run(), await account.run()];
    expect(runs.flatMap(kindsOf).filter((each) => each.endsWith("-widened"))).toEqual([]);
    await expectDone(account, "all");
  });

  test.each(["retain", "delete"] as const)(
    "what somebody opens meanwhile is reported: %s",
    async (onRemove) => {
      const documents = [inForce(onRemove), edits(onRemove)["takes away and adds"]] as const;
      const account = await stoppedEdit(documents, "before", nth("CreatePolicyVersion"));
      const role = { RoleName: roleName };
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await account.iam.send(new PutRolePolicyCommand(inline));
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }),
      );
      await (next === null ? account.remove() : account.put({ ...next, onRemove }));
      const kinds = kindsOf(await account.run());
      expect(kinds).toEqual(expect.arrayContaining(["trust-widened", "permissions-widened"]));
      await account.run();
      await expectDone(account, "all");
    },
  );
});

test("an edit that was stopped, and then another one: neither is anybody's attack", async () => {
  const documents = [inForce("retain"), edits("retain")["takes away and adds"]] as const;
  const account = await stoppedEdit(documents, "after", nth("CreatePolicyVersion", 2));
  await account.put(guideWith({ deploy: { appRunner: ["demo-backend"] }, onWiden: "apply" }));
  await stoppedAt(account, "before", nth("CreatePolicyVersion"));
  expect(kindsOf(await account.run()).filter((each) => each.endsWith("-widened"))).toEqual([]);
  await expectDone(account, "all");
});

describe("a tag of an edit that was stopped, in an edit that names it no more", () => {
  const tagged = { onWiden: "apply", role: { name: roleName, tags: { team: "shop" } } } as const;

  test.each([
    { written: false, at: "before" },
    { written: true, at: "after" },
  ] as const)("is reported where the role got it: $written", async ({ written, at }) => {
    const documents = [guideWith({ onWiden: "apply" }), guideWith(tagged)] as const;
    const account = await stoppedEdit(documents, at, nth("TagRole"));
    await account.put(guideWith({ onWiden: "apply" }));
    const run = await account.run();
    expect(kindsOf(run).includes("permissions-widening-applied")).toBe(written);
    await expectDone(account, "all");
  });
});

test("the rest of an edit whose last step was refused is not called a change by somebody", async () => {
  const tagged = guideWith({ onWiden: "apply", role: { name: roleName, tags: { team: "shop" } } });
  const account = await startScenario();
  await account.put(guideWith({ onWiden: "apply" }));
  await account.run();
  await account.put(tagged);
  account.sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: ({ operation }) => operation === "TagRole",
  });
  await account.run();
  account.sandbox.faults.clear();
  const { iamWrites, report } = await account.run();
  expect(iamWrites).toEqual(["TagRole"]);
  const corrected = report.alerts.filter(({ kind }) => kind === "drift-corrected");
  for (const { text } of corrected) expect(text).toContain("An earlier run did not do all");
  expect(corrected).toHaveLength(1);
  await expectDone(account, "all");
});

describe("a door of a run that was stopped", () => {
  const open = ({ iam }: Scenario) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }));
  const saidOf = async (account: Scenario) => {
    const { report } = await account.run();
    return report.alerts.find(({ kind }) => kind === "trust-widened");
  };

  test("while it took a role over, or was refused a write, may be from before, and the alert says so", async () => {
    const account = await startScenario();
    const role = { RoleName: roleName, AssumeRolePolicyDocument: anybody };
    await account.iam.send(new CreateRoleCommand(role));
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    await account.approve(1);
    account.sandbox.faults.add({
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
      times: 1,
      when: (call) => isOwn(call) && call.operation === "UpdateAssumeRolePolicy",
    });
    await account.run();
    const alert = await saidOf(account);
    expect(alert).toMatchObject({
      severity: "critical",
      title: "production: the trust policy may have been widened (reverted)",
    });
    expect(alert?.text).toContain("lets callers in that version 1 of the document does not.");
    expect(alert?.text).toContain("this may be from then, and nobody's doing since.");
    await open(account);
    expect((await saidOf(account))?.title).toContain("the trust policy was widened");
  });

  test.each([
    ["a rename", guideAs("Second", { onWiden: "apply" })],
    ["another edit", edits("retain")["takes away and adds"]],
  ])("while it wrote %s is somebody's, on the role that was in force", async (_, edit) => {
    const documents = [inForce("retain"), edit] as const;
    const account = await stoppedEdit(documents, "before", (call) => call.mutating);
    await open(account);
    expect((await saidOf(account))?.title).toContain("the trust policy was widened");
  });
});

describe("a target that a stopped run has given, and the next version takes back", () => {
  const small = guideWith({ onWiden: "apply", deploy: { ecr: ["demo-backend"] } });
  const more = guideWith({
    onWiden: "apply",
    deploy: { ecr: ["demo-backend"], amplify: ["demo-frontend"] },
  });
  const stop = ["after", nth("CreatePolicyVersion")] as const;

  test("was not given by hand", async () => {
    const account = await stoppedEdit([small, more], ...stop);
    await account.put(small);
    const run = await account.run();
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    expect(kindsOf(run)).not.toContain("permissions-widened");
    await expectDone(account, "all");
  });

  test("hides nothing that was", async () => {
    const account = await stoppedEdit([small, more], ...stop);
    await account.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: "more",
        PolicyDocument: allow("amplify:DeleteApp", "*"),
      }),
    );
    await account.put(small);
    expect(kindsOf(await account.run())).toContain("permissions-widened");
  });
});
