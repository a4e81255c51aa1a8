import { AmplifyClient, GetAppCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, DescribeServiceCommand } from "@aws-sdk/client-apprunner";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ account: "210987654321", region: "eu-west-1" });
});
afterAll(() => sandbox.close());

describe("each wire protocol", () => {
  it("has IAM's errors with the SDK's names", async () => {
    const call = new IAMClient(connection(sandbox)).send(
      new GetRoleCommand({ RoleName: "nobody" }),
    );
    await expect(call).rejects.toMatchObject({
      name: "NoSuchEntityException",
      $metadata: { httpStatusCode: 404, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it("has JSON errors, and times as numbers", async () => {
    const ssm = new SSMClient(connection(sandbox));
    await refusal(ssm.send(new GetParameterCommand({ Name: "/none" })), "ParameterNotFound");
    await ssm.send(new PutParameterCommand({ Name: "/one", Value: "x", Type: "String" }));
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/one" }));
    expect(Math.abs((Parameter?.LastModifiedDate?.getTime() ?? 0) - Date.now())).toBeLessThan(5000);
  });

  it("has JSON 1.0 and REST-JSON errors", async () => {
    const at = connection(sandbox);
    await refusal(
      new AmplifyClient(at).send(new GetAppCommand({ appId: "d0000000000000" })),
      "NotFoundException",
    );
    const ServiceArn = `arn:aws:apprunner:eu-west-1:210987654321:service/a/${"0".repeat(32)}`;
    await refusal(
      new AppRunnerClient(at).send(new DescribeServiceCommand({ ServiceArn })),
      "ResourceNotFoundException",
    );
  });

  it("uses account and Region from its options and from the signature", async () => {
    await new STSClient(connection(sandbox)).send(new GetCallerIdentityCommand({}));
    const elsewhere = connection(sandbox, { region: "us-west-2" });
    const answer = await new STSClient(elsewhere).send(new GetCallerIdentityCommand({}));
    expect(answer.Account).toBe("210987654321");
    expect(sandbox.calls.slice(-2).map(({ region }) => region)).toEqual(["eu-west-1", "us-west-2"]);
  });
});

describe("a plain HTTP client", () => {
  const form = (body: string, headers: Record<string, string> = {}) =>
    fetch(sandbox.endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body,
    });

  it("gets an error of the query protocol for an unknown action", async () => {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261122/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
    const answer = await form("Action=MakeCoffee&Version=2010-05-08", { authorization });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/<Code>InvalidAction<\/Code>/);
  });

  it("is the root user if it does not sign", async () => {
    const answer = await form("Action=GetCallerIdentity&Version=2011-06-15");
    expect(await answer.text()).toContain("<Arn>arn:aws:iam::210987654321:root</Arn>");
  });

  it("gets 404 if it addresses no service", async () => {
    const answer = await fetch(`${sandbox.endpoint}/nowhere`);
    expect(answer.status).toBe(404);
  });

  it("gets SerializationException for a body that is not JSON", async () => {
    const answer = await fetch(sandbox.endpoint, {
      method: "POST",
      headers: { "x-amz-target": "AmazonSSM.GetParameter" },
      body: "{",
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: "SerializationException" });
  });
});
