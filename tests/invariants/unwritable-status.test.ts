import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { emptyMemory } from "../../shared/loop/memory.ts";
import { drift } from "../model/drift.ts";
import { type Ground, openGround } from "../model/ground.ts";
import { providerArn } from "../scenarios/by-hand.ts";
import { guide, guideAs, guideWith, textOf } from "../scenarios/documents.ts";
import { anybody } from "./policies.ts";
import { policy, role } from "./shut.ts";

const minute = 60_000;

const states: readonly (readonly [kind: string, begins: (ground: Ground) => Promise<unknown>])[] = [
  ["trust-widening-held", ({ put }) => put(textOf(guideWith({ trust: { projects: "all" } })))],
  [
    "permissions-widening-held",
    ({ put }) => put(textOf(guideWith({ deploy: { ...guide.deploy, lambda: ["worker"] } }))),
  ],
  ["spec-invalid", ({ put }) => put("circleci: 7")],
  ["conflict", ({ put }) => put(textOf(guideAs("b", { role: { name: role.RoleName } })), "b")],
  ["orphaned", ({ remove }) => remove()],
  ["mode-changed", ({ put }) => put(textOf(guideWith({ mode: "suspend" })))],
  [
    "sessions-revoked",
    ({ iam, sandbox }) => {
      const place = { ...policy, iam, role: role.RoleName, provider: providerArn };
      const { PolicyArn: policyArn } = policy;
      return drift("revokes active sessions", { ...place, policyArn }, sandbox.clock.now());
    },
  ],
  [
    "trust-widened",
    async ({ iam, put, run }) => {
      await put(textOf(guideWith({ mode: "observe" })));
      await run();
      return iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
    },
  ],
];

test.each(states)(
  "while nothing can be remembered, a process reports %s once",
  async (kind, begins) => {
    const ground = await openGround();
    await ground.seed();
    await ground.put(textOf(guide));
    await ground.run();
    ground.wait(5 * minute);
    await ground.run();
    await begins(ground);
    ground.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "PutParameter" && /[/](status|applied)[/]/.test(String(input["Name"])),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const memory = emptyMemory();
    const kinds: (readonly string[])[] = [];
    for (let nth = 1; nth <= 5; nth += 1) {
      ground.wait(15 * minute);
      const { report } = await ground.run(undefined, { memory });
      kinds.push(report.alerts.map((alert) => alert.kind));
    }
    // The run after it asks only since the one before, and knows the door and nobody who opened it.
    const names = kind === "sessions-revoked" || kind === "trust-widened";
    expect(kinds).toEqual([[kind], names ? [kind] : [], [], [], []]);
  },
);
