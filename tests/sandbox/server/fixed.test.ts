import { AmplifyClient, CreateAppCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, CreateServiceCommand } from "@aws-sdk/client-apprunner";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test } from "vitest";
import { type SandboxOptions, startSandbox } from "../../../sandbox/index.ts";
import { connection } from "../connection.ts";

async function open(options: SandboxOptions) {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return { sandbox, to: connection(sandbox) };
}

describe("an account that is the same each time", () => {
  const now = new Date("2026-11-26T09:00:00Z");

  test("moves its time by the calls alone", async () => {
    const { sandbox, to } = await open({ now, millisecondsPerCall: 250 });
    const ssm = new SSMClient(to);
    await ssm.send(new PutParameterCommand({ Name: "/a", Value: "1", Type: "String" }));
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/a" }));
    expect(Parameter?.LastModifiedDate).toEqual(new Date("2026-11-26T09:00:00.250Z"));
    expect(sandbox.clock.now()).toEqual(new Date("2026-11-26T09:00:00.500Z"));
    sandbox.clock.advance(1000);
    sandbox.clock.set(new Date(sandbox.clock.now().getTime() + 1000));
    expect(sandbox.clock.now()).toEqual(new Date("2026-11-26T09:00:02.500Z"));
  });

  const service = {
    ServiceName: "web-1",
    SourceConfiguration: {
      ImageRepository: {
        ImageIdentifier: "public.ecr.aws/x/y:1",
        ImageRepositoryType: "ECR_PUBLIC",
      },
    },
  } as const;

  async function idsFrom(options: SandboxOptions): Promise<readonly string[]> {
    const { to } = await open(options);
    const amplify = new AmplifyClient(to);
    const runner = new AppRunnerClient(to);
    const [first, second, made] = [
      await amplify.send(new CreateAppCommand({ name: "web" })),
      await amplify.send(new CreateAppCommand({ name: "web" })),
      await runner.send(new CreateServiceCommand(service)),
    ];
    return [first.app?.appId ?? "", second.app?.appId ?? "", made.Service?.ServiceArn ?? ""];
  }

  test("gives deploy targets the same ids, and one name used twice two of them", async () => {
    const ids = await idsFrom({ idsFrom: "pages" });
    expect(new Set(ids).size).toBe(3);
    expect(await idsFrom({ idsFrom: "pages" })).toEqual(ids);
    expect(await idsFrom({ idsFrom: "others" })).not.toEqual(ids);
    expect(await idsFrom({})).not.toEqual(await idsFrom({}));
  });
});
