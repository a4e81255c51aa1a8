import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect, onTestFinished, test, vi } from "vitest";
import { startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { deployFunction } from "../stack/deployed.ts";

const { handler } = await import("../../functions/audit.ts");

test.each([
  ["GetParametersByPath", 1],
  ["GetAccountAuthorizationDetails", 1],
  ["nothing", 0],
])(
  "an audit to which %s is denied is an error of a run, which an alarm watches",
  async (operation, errors) => {
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
    sandbox.faults.add({
      when: (call) => call.operation === operation,
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const report = await handler(
      { source: "aws.events", "detail-type": "Scheduled Event", detail: {} },
      {
        functionName: "audit",
      } as never,
    );
    expect(report.errors).toHaveLength(errors);
    const counted = lines.filter((line) => line.includes('"RunErrors"'));
    expect(counted.map((line) => JSON.parse(line))).toMatchObject([{ RunErrors: errors }]);
  },
);
