import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Applying, applyChanges } from "../../shared/edge/apply.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { realTime } from "../../shared/edge/time.ts";
import type { Change } from "../../shared/plan/change.ts";

const clients = makeClients("us-east-1");
const iam = mockClient(clients.iam);

beforeEach(() => iam.reset());

function change(
  step: Change["step"],
  effect: Change["effect"],
  more: Partial<Change> = {},
): Change {
  return {
    action: "update",
    resource: "role",
    id: "id",
    reason: "r",
    before: null,
    after: null,
    effect,
    step,
    ...more,
  };
}

const name = "deploy";
const arn = "arn:aws:iam::123456789012:policy/deploy";
const untag = change({ do: "untag-role", name, keys: ["cost"] }, "neutral");
const trust = (effect: Change["effect"], more: Partial<Change> = {}) =>
  change({ do: "update-trust-policy", name, trustPolicy: "{}" }, effect, {
    before: { Statement: [] },
    ...more,
  });
const detach = change({ do: "detach", name, arn }, "closes", { bracket: "open" });
const boundary = change({ do: "put-boundary", name, boundary: "b" }, "opens", {
  bracket: "inside",
});
const attach = change({ do: "attach", name, arn }, "opens", {
  bracket: "close",
  putBack: change({ do: "attach", name, arn }, "opens", { reason: "put back", bracket: "back" }),
});
const write = change({ do: "create-policy-version", arn, document: "{}" }, "opens");
const follow = change({ do: "delete-policy-version", arn, version: "v1" }, "closes", {
  follows: "create-policy-version",
});

function refusal(name = "AccessDenied"): Error {
  return Object.assign(new Error("refused"), { name, $metadata: { httpStatusCode: 403 } });
}

async function outcomes(changes: readonly Change[], applying: Applying = {}) {
  const applied = await applyChanges(clients, changes, applying);
  return applied.map((each) => `${each.change.step.do} ${each.outcome}`);
}

describe("after a step that fails", () => {
  test("only what closes goes on, and a tag goes that changes nobody's access", async () => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(refusal());
    const keepsOut: Change = { ...untag, effect: "opens" };
    const another = change({ do: "detach", name, arn: `${arn}-another` }, "closes");
    expect(await outcomes([trust("opens"), untag, keepsOut, attach, another])).toEqual([
      "update-trust-policy failed",
      "untag-role applied",
      "untag-role skipped",
      "attach skipped",
      "detach applied",
    ]);
  });

  test("everything goes on where it was a tag that changes nobody's access", async () => {
    iam.on(UntagRoleCommand).rejects(refusal());
    expect(await outcomes([untag, trust("opens")])).toEqual([
      "untag-role failed",
      "update-trust-policy applied",
    ]);
    expect(await outcomes([{ ...untag, effect: "opens" }, trust("opens")])).toEqual([
      "untag-role failed",
      "update-trust-policy skipped",
    ]);
  });

  test("nothing is built on a policy that could not be made", async () => {
    iam.rejects(refusal());
    const step = { do: "create-policy", name, arn, document: "{}", tags: {} } as const;
    expect(await outcomes([change(step, "neutral"), attach])).toEqual([
      "create-policy failed",
      "attach skipped",
    ]);
  });

  test("what follows a write is left out where the write failed", async () => {
    iam.on(CreatePolicyVersionCommand).rejects(refusal());
    expect(await outcomes([write, follow])).toEqual([
      "create-policy-version failed",
      "delete-policy-version skipped",
    ]);
    expect(iam.commandCalls(DeletePolicyVersionCommand)).toHaveLength(0);
    iam.on(CreatePolicyVersionCommand).resolves({});
    expect(await outcomes([write, follow])).toEqual([
      "create-policy-version applied",
      "delete-policy-version applied",
    ]);
  });
});

describe("what IAM does not find, though two looks have shown it,", () => {
  const late = () => {
    iam.reset();
    iam.on(UpdateAssumeRolePolicyCommand).rejectsOnce(refusal("NoSuchEntity")).resolves({});
  };

  test("is waited for", async () => {
    const slept = vi.spyOn(realTime, "sleep").mockResolvedValue();
    onTestFinished(() => slept.mockRestore());
    late();
    const opens = await outcomes([trust("opens")], { insists: true });
    expect(opens).toEqual(["update-trust-policy applied"]);
    expect(slept.mock.calls.map(([ms]) => ms)).toEqual([1_000]);
  });

  test("is reported after one look, and where its writing only closes", async () => {
    late();
    expect(await outcomes([trust("opens")])).toEqual(["update-trust-policy failed"]);
    late();
    const closes = await outcomes([trust("closes")], { insists: true });
    expect(closes).toEqual(["update-trust-policy failed"]);
  });
});

test("what is to go and is not found is not waited for", async () => {
  const slept = vi.spyOn(realTime, "sleep").mockResolvedValue();
  onTestFinished(() => slept.mockRestore());
  iam.on(CreatePolicyVersionCommand).resolves({});
  iam.on(DeletePolicyVersionCommand).rejects(refusal("NoSuchEntity"));
  const gone = { ...follow, action: "delete" } as const;
  expect(await outcomes([write, gone], { readBack: async () => false })).toEqual([
    "create-policy-version applied",
    "delete-policy-version failed",
  ]);
  expect(slept).not.toHaveBeenCalled();
});

describe("while the deploy policy is off the role", () => {
  test("it is put back where the first step fails, once what closes is closed", async () => {
    iam.on(PutRolePermissionsBoundaryCommand).rejects(refusal());
    const inside = trust("closes", { bracket: "inside" });
    const applied = await applyChanges(clients, [detach, boundary, inside, attach]);
    expect(applied.map(({ change: { step }, outcome }) => `${step.do} ${outcome}`)).toEqual([
      "detach applied",
      "put-boundary failed",
      "update-trust-policy applied",
      "attach applied",
    ]);
    expect(applied[3]?.change.reason).toContain("put back");
    expect(iam.commandCalls(AttachRolePolicyCommand)).toHaveLength(1);
  });

  test("nothing may open any more: it stays on, and what closes meanwhile is closed", async () => {
    const inside = trust("closes", { bracket: "inside" });
    const changes = [boundary, detach, inside, attach];
    iam.on(PutRolePermissionsBoundaryCommand).rejects(refusal());
    const failed = await outcomes(changes);
    iam.reset();
    const stop = async ({ effect, bracket }: Change) =>
      effect === "closes" && bracket === "inside" ? ("go" as const) : ("stop" as const);
    const stopped = await outcomes([detach, inside, attach], { beforeWrite: stop });
    expect(failed).toEqual(["put-boundary failed", ...stopped]);
    expect(stopped).toEqual(["detach skipped", "update-trust-policy applied", "attach skipped"]);
    expect(iam.commandCalls(DetachRolePolicyCommand)).toHaveLength(0);
  });

  test("what closes by that alone is closed all the same", async () => {
    const meanwhile: Change = { ...detach, bracket: "shut" };
    const doors = [trust("opens"), { ...detach, meanwhile }, boundary, attach];
    iam.on(UpdateAssumeRolePolicyCommand).rejects(refusal());
    expect(await outcomes(doors)).toEqual([
      "update-trust-policy failed",
      "detach skipped",
      "detach applied",
      "put-boundary skipped",
      "attach skipped",
    ]);
  });

  test("it is put back where only what closes went before the step that fails", async () => {
    iam.on(PutRolePermissionsBoundaryCommand).rejects(refusal());
    const inside = trust("closes", { bracket: "inside" });
    expect(await outcomes([detach, inside, boundary, attach])).toEqual([
      "detach applied",
      "update-trust-policy applied",
      "put-boundary failed",
      "attach applied",
    ]);
  });

  test("what is put back may be less than what was to end it, which waits", async () => {
    const lock = trust("closes", { bracket: "open" });
    const unlock = trust("opens", { bracket: "close", putBack: trust("opens") });
    const inside = { ...untag, effect: "opens", bracket: "inside" } as const;
    iam.on(UntagRoleCommand).rejects(refusal());
    expect(await outcomes([lock, inside, unlock])).toEqual([
      "update-trust-policy applied",
      "untag-role failed",
      "update-trust-policy skipped",
      "update-trust-policy applied",
    ]);
  });

  test("nothing is put back where nobody knows whether the step was made", async () => {
    const slept = vi.spyOn(realTime, "sleep").mockResolvedValue();
    onTestFinished(() => slept.mockRestore());
    const lost = Object.assign(new Error("no answer"), { name: "TimeoutError" });
    iam.on(PutRolePermissionsBoundaryCommand).rejects(lost);
    const readBack = async () => false;
    expect(await outcomes([detach, boundary, attach], { readBack })).toEqual([
      "detach applied",
      "put-boundary failed",
      "attach skipped",
    ]);
  });

  test("it stays off where something in it could not be closed", async () => {
    iam.on(PutRolePermissionsBoundaryCommand).rejects(refusal());
    iam.on(CreatePolicyVersionCommand).rejects(refusal());
    const inside: Change = { ...write, effect: "closes", bracket: "inside" };
    expect(await outcomes([detach, boundary, inside, attach])).toEqual([
      "detach applied",
      "put-boundary failed",
      "create-policy-version failed",
      "attach skipped",
    ]);
  });

  test("it stays off where a later step fails, or where it could not be taken off", async () => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(refusal());
    const inside = trust("opens", { bracket: "inside" });
    await applyChanges(clients, [detach, boundary, inside, attach]);
    iam.reset();
    iam.on(DetachRolePolicyCommand).rejects(refusal());
    await applyChanges(clients, [detach, boundary, attach]);
    expect(iam.commandCalls(AttachRolePolicyCommand)).toHaveLength(0);
  });
});

test("is asked before each step, and after a stop only what closes goes on", async () => {
  const asked: string[] = [];
  const beforeWrite = async ({ step }: Change) => {
    asked.push(step.do);
    return step.do === "attach" ? ("stop" as const) : ("go" as const);
  };
  const changes = [untag, attach, untag, trust("opens"), trust("closes")];
  expect(await outcomes(changes, { beforeWrite })).toEqual([
    "untag-role applied",
    "attach skipped",
    "untag-role skipped",
    "update-trust-policy skipped",
    "update-trust-policy applied",
  ]);
  expect(asked).toEqual(["untag-role", "attach", "update-trust-policy"]);
});

test("after an end nothing goes on, not even what closes, alone or as a part", async () => {
  const asked: string[] = [];
  const beforeWrite = async ({ step }: Change) => {
    asked.push(step.do);
    return step.do === "attach" ? ("end" as const) : ("go" as const);
  };
  const changes = [untag, attach, trust("opens"), trust("closes")];
  expect(await outcomes(changes, { beforeWrite })).toEqual([
    "untag-role applied",
    "attach skipped",
    "update-trust-policy skipped",
    "update-trust-policy skipped",
  ]);
  expect(asked).toEqual(["untag-role", "attach"]);
});

describe("a write that no answer came to", () => {
  const aborted = Object.assign(new Error("aborted"), { name: "TimeoutError" });

  test.each([
    ["is reported as applied if it is there", async () => true, "applied"],
    ["is reported as failed if it is not", async () => false, "failed"],
    ["is reported as failed if the look fails too", () => Promise.reject(refusal()), "failed"],
  ])("%s", async (_, readBack, outcome) => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(aborted);
    expect(await outcomes([trust("opens")], { readBack })).toEqual([
      `update-trust-policy ${outcome}`,
    ]);
  });

  test("is another thing than one that was refused, which is never read back", async () => {
    iam.on(UpdateAssumeRolePolicyCommand).rejects(refusal());
    const readBack = async () => true;
    expect(await outcomes([trust("opens")], { readBack })).toEqual(["update-trust-policy failed"]);
  });
});
