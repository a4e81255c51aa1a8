import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
} from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { readAccount } from "../../shared/edge/account-listing.ts";
import { readAuditedAccount } from "../../shared/edge/audit.ts";
import { type Clients, makeClients } from "../../shared/edge/clients.ts";
import { readPolicy, readRole } from "../../shared/edge/identity.ts";
import { readHistory, readParameters } from "../../shared/edge/parameters.ts";
import { readTrail } from "../../shared/edge/trail.ts";
import { serverThat } from "./servers.ts";

const numbers = [1, 2, 3, 4];
const everything = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};

describe("where pages are short or empty, a listing is whole:", () => {
  let sandbox: Sandbox;
  let clients: Clients;
  let policies: readonly string[];

  beforeAll(async () => {
    sandbox = await startSandbox();
    for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
    clients = makeClients(sandbox.region);
    const { iam, ssm } = clients;
    const document = JSON.stringify(everything);
    policies = await Promise.all(
      numbers.map(async (number) => {
        const input = { PolicyName: `policy-${number}`, PolicyDocument: document };
        return (await iam.send(new CreatePolicyCommand(input))).Policy?.Arn ?? "";
      }),
    );
    for (const _ of numbers) {
      const input = { PolicyArn: policies[0], PolicyDocument: document };
      await iam.send(new CreatePolicyVersionCommand(input));
    }
    const inline = Object.fromEntries(numbers.map((number) => [`inline-${number}`, everything]));
    for (const number of numbers) {
      sandbox.createRole({ name: `role-${number}`, attached: policies, policies: inline });
      const UserName = `user-${number}`;
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new CreateAccessKeyCommand({ UserName }));
      const input = { Name: "/p/changed", Value: `${number}`, Type: "String" } as const;
      await ssm.send(new PutParameterCommand({ ...input, Overwrite: true }));
      await ssm.send(new PutParameterCommand({ ...input, Name: `/p/${number}` }));
    }
    sandbox.setPaging("short-pages");
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await sandbox.close();
  });

  test("the account's roles and policies", async () => {
    const listing = await readAccount(clients);
    if (listing.kind !== "found") throw new Error(`The account is ${listing.kind}.`);
    expect([...listing.value.roles.keys()]).toEqual(numbers.map((number) => `role-${number}`));
    expect([...listing.value.policies.keys()]).toEqual(policies);
  });

  test("the roles and keys of an audit", async () => {
    const { roles, keys, faults } = await readAuditedAccount(clients, (name) =>
      name.startsWith("user-"),
    );
    expect(faults).toEqual([]);
    expect(roles.map(({ name }) => name)).toEqual(numbers.map((number) => `role-${number}`));
    expect(keys.map(({ user }) => user)).toEqual(numbers.map((number) => `user-${number}`));
  });

  test("what is attached to a role and what is in it", async () => {
    const role = await readRole(clients, "role-1");
    if (role.kind !== "found") throw new Error(`The role is ${role.kind}.`);
    expect(role.value.attached).toEqual(policies);
    expect(role.value.inline.map(({ name }) => name)).toEqual(
      numbers.map((number) => `inline-${number}`),
    );
  });

  test("the versions of a policy", async () => {
    const policy = await readPolicy(clients, policies[0] ?? "", [], { withVersions: true });
    if (policy.kind !== "found") throw new Error(`The policy is ${policy.kind}.`);
    const ids = policy.value.versions?.map(({ id }) => id);
    expect(ids?.toSorted()).toEqual(["v1", "v2", "v3", "v4", "v5"]);
  });

  test("the parameters below a path", async () => {
    const names = (await readParameters(clients, "/p")).map(({ name }) => name);
    expect(names.toSorted()).toEqual(["/p/1", "/p/2", "/p/3", "/p/4", "/p/changed"]);
  });

  test("the history of a parameter, newest first", async () => {
    const history = await readHistory(clients, "/p/changed");
    expect(history.map(({ version, value }) => [version, value])).toEqual([
      [4, "4"],
      [3, "3"],
      [2, "2"],
      [1, "1"],
    ]);
  });
});

test("an account without a role, as an emulator's is at first, is read whole", async () => {
  const sandbox = await startSandbox();
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  const listing = await readAccount(makeClients(sandbox.region));
  vi.unstubAllEnvs();
  await sandbox.close();
  expect(listing).toMatchObject({
    kind: "found",
    value: { roles: new Map(), policies: new Map() },
  });
});

test("a listing of which more is to come, and no page says which, is not taken for the whole", async () => {
  const server = await serverThat((_, __, response, body) => {
    const [operation, lists, more] = body.includes("Action=ListRoles")
      ? (["ListRoles", "<Roles/>", true] as const)
      : (["GetAccountAuthorizationDetails", "<RoleDetailList/><Policies/>", false] as const);
    const result = `${lists}<IsTruncated>${more}</IsTruncated>`;
    response.end(
      `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
    );
  });
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  const listing = await readAccount(makeClients("us-east-1"));
  vi.unstubAllEnvs();
  await server.close();
  expect(listing).toMatchObject({ kind: "unreadable", fault: { code: "AnswerUnreadable" } });
});

test("a trail that never ends is read for two pages", async () => {
  const asked: unknown[] = [];
  const server = await serverThat((nth, _, response, body) => {
    const { MaxResults, NextToken } = JSON.parse(body);
    asked.push([MaxResults, NextToken]);
    const record = { eventName: "AttachRolePolicy", eventTime: `2026-11-2${nth}T10:00:00Z` };
    const Events = [{ CloudTrailEvent: JSON.stringify(record) }];
    response.end(JSON.stringify({ Events, NextToken: `page-${nth + 1}` }));
  });
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  const pages: number[] = [];
  const onPage = (records: readonly unknown[]) => pages.push(records.length);
  const records = await readTrail(makeClients("us-east-1"), "deploy", { notBefore: null, onPage });
  vi.unstubAllEnvs();
  await server.close();
  expect(records.map(({ at }) => at)).toEqual(["2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"]);
  expect(pages).toEqual([1, 1]);
  expect(asked).toEqual([
    [50, undefined],
    [50, "page-2"],
  ]);
});
