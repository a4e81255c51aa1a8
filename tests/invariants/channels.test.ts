import { UpdateAssumeRolePolicyCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { guide, guideFor, roleName, shopMainAndDev } from "../scenarios/documents.ts";
import { expectIdle, type Scenario, startScenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { reportedDuring } from "./telling.ts";

const role = { RoleName: roleName };

const tellings = [
  {
    what: "a door that was shut",
    line: "production trust-widened",
    given: ({ iam }: Scenario) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
  },
  {
    what: "drift that opened nothing",
    line: "production drift-corrected",
    given: ({ iam }: Scenario) => iam.send(new UpdateRoleCommand({ ...role, Description: "mine" })),
  },
  {
    what: "an edit that is held",
    line: "production trust-widening-held",
    given: (account: Scenario) => account.put(guideFor(shopMainAndDev)),
  },
];

const down = [
  {
    channel: "both channels",
    refuses: ["sns", "events"],
    error: "InternalFailure",
    httpStatus: 503,
  },
  { channel: "the topic alone", refuses: ["sns"], error: "KMSAccessDenied", httpStatus: 400 },
] as const;

describe.each(down)("with $channel down once", ({ refuses, error, httpStatus }) => {
  test.each(tellings)("$what is reported by the next run, and once", async ({ line, given }) => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await given(account);
    const services: readonly string[] = refuses;
    const when = ({ service, operation }: RecordedCall) =>
      services.includes(service) && (operation === "Publish" || operation === "PutEvents");
    account.sandbox.faults.add({ when, at: "before", how: { error, httpStatus } });
    const silent = await reportedDuring(account, async () => {
      const { report } = await account.run();
      expect(report.errors.map(({ code }) => code)).toContain("AlertUndelivered");
    });
    expect(silent).toEqual([]);
    account.sandbox.faults.clear();
    expect(await reportedDuring(account, () => account.run())).toEqual([line]);
    expect(await reportedDuring(account, () => account.run())).toEqual([]);
    if (line.endsWith("held")) return;
    expectIdle(await account.run());
  });
});
