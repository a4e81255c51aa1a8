import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { deployFunction } from "../stack/deployed.ts";

const { handler } = await import("../../functions/audit.ts");

/** The account with the function's stack, and what the function logs from now on. */
async function deployed(): Promise<{
  readonly sandbox: Sandbox;
  readonly deny: (operation: string) => void;
  readonly counted: () => readonly unknown[];
}> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const { environment } = await deployFunction(sandbox, "audit");
  const Name = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1) ?? "";
  await new SNSClient(clientOptions(sandbox)).send(new CreateTopicCommand({ Name }));
  const lines: string[] = [];
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const spies = (["info", "log", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(String(line))),
  );
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  });
  return {
    sandbox,
    deny: (operation) =>
      sandbox.faults.add({
        when: (call) => call.operation === operation,
        at: "before",
        how: { error: "AccessDenied", httpStatus: 403 },
      }),
    counted: () =>
      lines.filter((line) => line.includes('"RunErrors"')).map((line) => JSON.parse(line)),
  };
}

const audit = () =>
  handler({ source: "aws.events", "detail-type": "Scheduled Event", detail: {} }, {
    functionName: "audit",
  } as never);

test.each([
  ["GetParametersByPath", 1],
  ["GetAccountAuthorizationDetails", 1],
  ["nothing", 0],
])(
  "an audit to which %s is denied is an error of a run, which an alarm watches",
  async (operation, errors) => {
    const { deny, counted } = await deployed();
    deny(operation);
    expect((await audit()).errors).toHaveLength(errors);
    expect(counted()).toMatchObject([{ RunErrors: errors }]);
  },
);

test("each channel that refuses an audit's alert is one, though the audit then fails", async () => {
  const { sandbox, deny, counted } = await deployed();
  const anybody = { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" };
  sandbox.createRole({ name: "Open", trust: { Version: "2012-10-17", Statement: [anybody] } });
  for (const operation of ["Publish", "PutEvents"]) deny(operation);
  await expect(audit()).rejects.toThrow("AlertUndelivered");
  expect(counted()).toMatchObject([{ RunErrors: 2 }]);
});
