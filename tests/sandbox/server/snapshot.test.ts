import { AmplifyClient, CreateAppCommand, ListAppsCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, ListServicesCommand } from "@aws-sdk/client-apprunner";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
} from "@aws-sdk/client-ecr";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  ListRolesCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection } from "../connection.ts";
import { lambdaTrust } from "../iam/documents.ts";

let sandbox: Sandbox;
let ask: ReturnType<typeof clients>;
beforeEach(async () => {
  sandbox = await startSandbox();
  ask = clients();
});
afterEach(() => sandbox.close());

function clients() {
  const settings = connection(sandbox);
  return {
    iam: new IAMClient(settings),
    ssm: new SSMClient(settings),
    ecr: new ECRClient(settings),
    amplify: new AmplifyClient(settings),
    appRunner: new AppRunnerClient(settings),
    trail: new CloudTrailClient(settings),
  };
}

const RoleName = "r";
const put = (Value: string) =>
  ask.ssm.send(new PutParameterCommand({ Name: "/p", Value, Type: "String", Overwrite: true }));

async function fill(): Promise<void> {
  await ask.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust }));
  await put("one");
  await put("two");
  await ask.ecr.send(new CreateRepositoryCommand({ repositoryName: "first" }));
  await ask.amplify.send(new CreateAppCommand({ name: "first" }));
}

async function change(): Promise<void> {
  await ask.iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "changed" }));
  await ask.iam.send(new DeleteRoleCommand({ RoleName }));
  await ask.ssm.send(new DeleteParameterCommand({ Name: "/p" }));
  await ask.ecr.send(new DeleteRepositoryCommand({ repositoryName: "first" }));
  await ask.amplify.send(new CreateAppCommand({ name: "second" }));
}

/** What the account shows of everything that `fill` and `change` touch. */
async function shown(): Promise<unknown> {
  const { Roles } = await ask.iam.send(new ListRolesCommand({}));
  const history = await ask.ssm.send(new GetParameterHistoryCommand({ Name: "/p" }));
  const { repositories } = await ask.ecr.send(new DescribeRepositoriesCommand({}));
  const { apps } = await ask.amplify.send(new ListAppsCommand({}));
  const { ServiceSummaryList } = await ask.appRunner.send(new ListServicesCommand({}));
  const { Events = [] } = await ask.trail.send(new LookupEventsCommand({}));
  const events = Events.filter(({ ReadOnly }) => ReadOnly === "false").map(
    ({ EventId }) => EventId,
  );
  return { Roles, versions: history.Parameters, repositories, apps, ServiceSummaryList, events };
}

describe("a snapshot", () => {
  it("puts back what every service held, as often as it is asked", async () => {
    await fill();
    const before = await shown();
    const restore = sandbox.snapshot();
    for (let nth = 0; nth < 2; nth += 1) {
      await change();
      restore();
      expect(await shown()).toEqual(before);
    }
  });

  it("leaves no state from before to a stale read", async () => {
    await fill();
    const restore = sandbox.snapshot();
    await change();
    restore();
    const before = await shown();
    sandbox.faults.add({ when: () => true, at: "before", how: "stale" });
    expect(await shown()).toEqual(before);
  });

  it("keeps the record of calls, and what a test has set", async () => {
    const restore = sandbox.snapshot();
    await fill();
    const count = sandbox.calls.length;
    restore();
    expect(sandbox.calls).toHaveLength(count);
    expect(await ask.iam.send(new ListRolesCommand({}))).toMatchObject({ Roles: [] });
  });
});
