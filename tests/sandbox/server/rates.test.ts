import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ssm: SSMClient;
beforeEach(async () => {
  sandbox = await startSandbox({ rates: true });
  ssm = new SSMClient(connection(sandbox));
});
afterEach(async () => {
  ssm.destroy();
  await sandbox.close();
});

const put = (i: number, client = ssm) =>
  client.send(new PutParameterCommand({ Name: `/p${i}`, Value: "x", Type: "String" }));

/** How many of the calls were let through; the others have to be refused by that name. */
async function passed(calls: readonly Promise<unknown>[], name: string): Promise<number> {
  const ends = await Promise.allSettled(calls);
  for (const end of ends) {
    if (end.status === "rejected" && end.reason.name !== name) throw end.reason;
  }
  return ends.filter(({ status }) => status === "fulfilled").length;
}

describe("an account with rates", () => {
  it("accepts a few puts at once, refuses the rest, and counts reads separately", async () => {
    const puts = Array.from({ length: 60 }, (_, i) => put(i));
    const taken = await passed(puts, "ThrottlingException");
    // Three at once and three a second: sixty would take nineteen seconds.
    expect(taken).toBeGreaterThanOrEqual(3);
    expect(taken).toBeLessThan(60);
    const refused = sandbox.calls.filter(({ happened }) => happened === false);
    expect(refused.map(({ error }) => error)).toEqual(
      Array.from({ length: 60 - taken }, () => "ThrottlingException"),
    );
    await ssm.send(new GetParameterCommand({ Name: "/p0" }));
  });

  it("accepts more as its clock goes on, and counts each Region separately", async () => {
    // So slow that real time adds nothing.
    sandbox.setRates([
      { service: "ssm", operations: ["PutParameter"], perSecond: 0.001, burst: 3 },
    ]);
    await Promise.all([put(1), put(2), put(3)]);
    expect(await refusal(put(4), "ThrottlingException")).toBe("Rate exceeded");
    const elsewhere = new SSMClient(connection(sandbox, { region: "eu-west-1" }));
    await put(1, elsewhere);
    sandbox.clock.advance(1_000_000);
    await put(4);
    await refusal(put(5), "ThrottlingException");
    elsewhere.destroy();
  });

  it("refuses in IAM with that protocol's code", async () => {
    sandbox.setRates([{ service: "iam", operations: "reads", perSecond: 0.001, burst: 1 }]);
    const iam = new IAMClient(connection(sandbox));
    const get = () => iam.send(new GetRoleCommand({ RoleName: "r" }));
    await refusal(get(), "NoSuchEntityException");
    await refusal(get(), "Throttling");
    sandbox.clock.advance(-2_000_000);
    await refusal(get(), "Throttling");
    sandbox.setRates(false);
    await refusal(get(), "NoSuchEntityException");
    iam.destroy();
  });

  it("has no rates by default", async () => {
    const other = await startSandbox();
    const client = new SSMClient(connection(other));
    const puts = Array.from({ length: 20 }, (_, i) => put(i, client));
    expect(await passed(puts, "none")).toBe(20);
    client.destroy();
    await other.close();
  });
});
