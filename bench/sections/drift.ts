import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AmplifyClient, ListAppsCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, ListServicesCommand } from "@aws-sdk/client-apprunner";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { memberOf } from "../../tests/scale/crowd.ts";
import type { AccountAsked, AccountTaken } from "../full-runs/taken.ts";
import { measureFullRuns } from "../full-runs.ts";
import { type Section, times } from "../section.ts";

const environments = 5;

type Taken = AccountTaken & { readonly seconds: number };
type Variables = Readonly<Record<string, string>>;

/** What a look takes at an account in a process of its own, where each call takes 30 ms. */
async function taken(look: (variables: Variables) => Promise<void>): Promise<Taken> {
  const file = fileURLToPath(new URL("../full-runs/account.ts", import.meta.url));
  const account = fork(file, [String(environments), "1"]);
  try {
    const variables: Variables = await said(account);
    const from = performance.now();
    await look(variables);
    const seconds = (performance.now() - from) / 1000;
    account.send({ ask: "calls" } satisfies AccountAsked);
    const calls: AccountTaken = await said(account);
    return { ...calls, seconds };
  } finally {
    account.kill();
  }
}

/** The next message of a process that we have written ourselves. */
async function said<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, "message");
  return message;
}

const members = Array.from({ length: environments }, (_, number) => memberOf(number));

/** A reader as one writes it first: each resource of each environment, one after the other. */
async function bySdk(variables: Variables): Promise<void> {
  Object.assign(process.env, variables);
  const iam = new IAMClient();
  const ssm = new SSMClient();
  for (const { name, role: RoleName } of members) {
    await ssm.send(new GetParameterCommand({ Name: `/oidc-reconciler/environments/${name}` }));
    await iam.send(new ListOpenIDConnectProvidersCommand());
    await iam.send(new GetRoleCommand({ RoleName }));
    await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const { AttachedPolicies = [] } = await iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName }),
    );
    for (const { PolicyArn } of AttachedPolicies) {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await new ECRClient().send(
      new DescribeRepositoriesCommand({ repositoryNames: ["demo-backend"] }),
    );
    await new AppRunnerClient().send(new ListServicesCommand());
    await new AmplifyClient().send(new ListAppsCommand());
  }
}

function aws(variables: Variables, ...args: readonly string[]): unknown {
  const env = { ...process.env, ...variables };
  const said = spawnSync("aws", [...args, "--output", "json"], { env, encoding: "utf8" });
  if (said.status !== 0) throw new Error(`aws ${args.join(" ")}: ${said.stderr}`);
  return JSON.parse(said.stdout);
}

const hasCli = () => spawnSync("aws", ["--version"]).status === 0;

/** The same looks, as a script of the AWS CLI takes them. */
async function byCli(variables: Variables): Promise<void> {
  for (const { name, role } of members) {
    aws(variables, "ssm", "get-parameter", "--name", `/oidc-reconciler/environments/${name}`);
    aws(variables, "iam", "list-open-id-connect-providers");
    aws(variables, "iam", "get-role", "--role-name", role);
    aws(variables, "iam", "list-role-policies", "--role-name", role);
    const query = ["--query", "AttachedPolicies[].PolicyArn"];
    const arns = aws(
      variables,
      "iam",
      "list-attached-role-policies",
      "--role-name",
      role,
      ...query,
    );
    for (const arn of Array.isArray(arns) ? arns.map(String) : []) {
      const version = ["--query", "Policy.DefaultVersionId"];
      const id = String(aws(variables, "iam", "get-policy", "--policy-arn", arn, ...version));
      aws(variables, "iam", "get-policy-version", "--policy-arn", arn, "--version-id", id);
    }
    aws(variables, "ecr", "describe-repositories", "--repository-names", "demo-backend");
    aws(variables, "apprunner", "list-services");
    aws(variables, "amplify", "list-apps");
  }
}

export const drift: Section = {
  title: "Looking for drift",
  about: `
One look at five environments that are in sync, against the sandbox, where each call takes 30 ms: the
scheduled run of the function's bundle, a reader that fetches each resource by itself with the SDK, and a script of
the AWS CLI (a dash where no \`aws\` is on the path). The loop lists what it can, asks side by side, and also reads
its own records and compares the policies by meaning; the other two only read. What an event costs is in
[calls](calls.md). Time is a multiple of the loop's own.`,
  columns: ["looked at by", "calls", "round trips", "time"],
  rows: ["this loop", "a reader by the SDK", "a script of the AWS CLI"],
  measure: async () => {
    const [run] = await measureFullRuns([{ environments, organisations: 1 }]);
    if (run === undefined) throw new Error("no run was measured");
    const others = [await taken(bySdk), hasCli() ? await taken(byCli) : null];
    return [run, ...others].map((one) =>
      one === null
        ? ["–", "–", "–"]
        : [String(one.calls), String(one.roundTrips), times(one.seconds / run.seconds)],
    );
  },
};

const sizes = [10, 100, 1_000, 5_000].map((count) => ({ environments: count, organisations: 1 }));

export const full: Section = {
  title: "Full runs",
  about: `
A scheduled run over environments that are all in sync, with 30 ms a call, in a process of its own. Reads of
Parameter Store are held to their rate, so thousands of pages take their time. Memory is the most that the process
ever had; Node with the bundle has some 70 MB at its start. Of an environment in sync a run holds its document, its
status, what IAM has, and its report, and of the reading itself nothing; thousands are read with a small heap of V8.`,
  columns: ["environments", "calls", "round trips", "seconds", "MB"],
  rows: sizes.map((size) => String(size.environments)),
  measure: async () =>
    (await measureFullRuns(sizes)).map((run) => [
      String(run.calls),
      String(run.roundTrips),
      run.seconds.toFixed(1),
      run.rssMb.toFixed(0),
    ]),
};
