import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { anybody } from "../invariants/policies.ts";
import { guide, guideAs, organization, roleName } from "./documents.ts";
import { expectIdle, startScenario } from "./harness.ts";

const pages = {
  "of HTML": "<!doctype html><html lang=en><title>500</title><h1>Internal Server Error</h1>",
  // What a proxy or a load balancer sends: the reader of XML takes it for an error without a name.
  "that is XML": "<html><body><h1>502 Bad Gateway</h1></body></html>",
};

test("JSON is read whatever its type is called, and events are delivered", async () => {
  const account = await startScenario();
  account.sandbox.faults.add({
    when: ({ service }) => !["iam", "sns", "sts"].includes(service),
    at: "after",
    how: {
      garbled: (answer) => ({
        ...answer,
        headers: { ...answer.headers, "content-type": "text/html; charset=utf-8" },
      }),
    },
  });
  await account.put(guide);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.report.errors).toEqual([]);
  expectIdle(await account.run());
});

test.each(Object.entries(pages))(
  "an error's page %s is an answer that cannot be read",
  async (_, page) => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: `arn:aws:iam::${account.sandbox.account}:oidc-provider/oidc.circleci.com/org/${organization}`,
        ClientID: "evil",
      }),
    );
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "RemoveClientIDFromOpenIDConnectProvider",
      at: "before",
      how: {
        garbled: () => ({ status: 500, headers: { "content-type": "text/html" }, body: page }),
      },
    });
    const { environment } = await account.run();
    expect(environment.errors).toMatchObject([{ code: "AnswerUnreadable" }]);
    expect(JSON.stringify(environment.errors)).not.toContain("html");
  },
);

test.each([
  [
    "ListAttachedRolePolicies",
    "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/><IsTruncated>true</IsTruncated><Marker>m</Marker></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
  ],
  ["ListApps", '{"apps":[],"nextToken":"n"}'],
  ["GetParametersByPath", '{"Parameters":[],"NextToken":"n"}'],
])("a page of %s whose next page is itself is given up at once", async (wanted, body) => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  account.sandbox.faults.add({
    when: ({ operation }) => operation === wanted,
    at: "before",
    // So many that a run which reads them all fails, and ends.
    times: 50,
    how: { garbled: (answer) => ({ ...answer, status: 200, body }) },
  });
  const { report, calls } = await account.run({ dryRun: true });
  expect(JSON.stringify(report)).toMatch(/the answer does not have/);
  expect(calls.filter(({ operation }) => operation === wanted).length).toBeLessThan(20);
});

test.each(["9007199254740993", '{"then":"x"}', "[]"])(
  "an error with the message %s, not a text, is reported by its code",
  async (message) => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const body = `{"__type":"ServerException","message":${message}}`;
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DescribeRepositories",
      at: "before",
      how: { garbled: (answer) => ({ ...answer, status: 400, body }) },
    });
    const { environment } = await account.run();
    expect(environment.errors).toMatchObject([
      { code: "TargetUnreadable", message: expect.stringContaining("failed: ServerException") },
    ]);
  },
);

test("a parameter with a list or an object for its type is not taken for a document", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "GetParametersByPath" && JSON.stringify(input).includes("environments"),
    at: "after",
    how: {
      garbled: (answer) => ({
        ...answer,
        body: answer.body.replaceAll('"Type":"String"', '"Type":{"then":"x"}'),
      }),
    },
  });
  const { environment } = await account.run();
  expect(environment.outcome).toBe("invalid");
  expect(environment.conditions.SpecValid.message).toContain("is a parameter of no known type;");
});

const strange = {
  "a list of nothing": '{"services":[null],"failures":[]}',
  "a text": '{"services":"x","failures":[]}',
  "an object": '{"services":{},"failures":[]}',
  "a service without members": '{"services":[{}],"failures":[]}',
  "a number for a name": '{"services":[{"serviceName":7,"serviceArn":"a","status":"ACTIVE"}]}',
  "a text for a failure": '{"services":[],"failures":["x"]}',
  "no service and no failure": '{"services":[],"failures":[]}',
  "no member": "{}",
};

describe("what ECS says strangely of services leaves them as they are, and harms no other environment:", () => {
  test.each(Object.entries(strange))("%s", async (_, body) => {
    const account = await startScenario();
    const { ecs, iam } = account;
    await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    const exec = `arn:aws:iam::${account.sandbox.account}:role/exec`;
    const definition = { family: "web", executionRoleArn: exec };
    const containerDefinitions = [{ name: "app", image: "demo:1" }];
    await ecs.send(new RegisterTaskDefinitionCommand({ ...definition, containerDefinitions }));
    const service = { cluster: "shop", serviceName: "web", taskDefinition: "web" };
    await ecs.send(new CreateServiceCommand(service));
    await account.put(guideAs("ecs", { deploy: { ecs: ["shop/web"] } }), "ecs");
    await account.put(guide);
    await account.run();
    const before = await account.state();
    const opened = { RoleName: roleName, PolicyDocument: anybody };
    await iam.send(new UpdateAssumeRolePolicyCommand(opened));
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DescribeServices",
      at: "after",
      how: { garbled: (answer) => ({ ...answer, body }) },
    });
    const { report, published } = await account.run();
    expect(report.environments).toMatchObject([
      { name: "ecs", outcome: "degraded", errors: [{ code: "TargetUnreadable" }] },
      { name: "production", outcome: "reconciled", errors: [] },
    ]);
    expect(report.errors).toEqual([]);
    expect(published.toSorted()).toEqual(["target-missing", "trust-widened"]);
    expect(await account.state()).toEqual(before);
  });
});
