import type { Reading } from "../aws/reading.ts";
import type { AmplifyApp, EcsExpressService, ObservedTargets } from "../plan/observed.ts";
import type { PassedRoles } from "../trust/index.ts";
import type { Clients } from "./clients.ts";
import { faultOf, isNamed } from "./faults.ts";

/** What must be looked up in one region, gathered from all documents. */
export type TargetQuestion = {
  readonly region: string;
  readonly ecr: readonly string[];
  readonly appRunner: readonly string[];
  /** Services that jobs may update: the roles that they use are read as well. */
  readonly updated: readonly {
    readonly service: string;
    /** The ARN it had last: its roles are read at the same time as the list of services. */
    readonly likelyArn: string | null;
  }[];
  readonly ecsExpress: readonly { readonly cluster: string; readonly service: string }[];
  readonly amplify: readonly {
    readonly app: string;
    readonly namesBranches: boolean;
    /** The id it had last: its branches are read at the same time as the list of apps. */
    readonly likelyId: string | null;
  }[];
};

type AccountOf = { readonly id: string; readonly partition: string };

/** Above this many names, listing all repositories takes fewer calls than asking by name. */
const repositoriesByNameMax = 100;

/** Reads the deploy targets of one region that exist; nothing that no document asks for. */
export async function readTargets(
  clients: Clients,
  question: TargetQuestion,
  account: AccountOf,
): Promise<ObservedTargets> {
  const [ecr, appRunner, amplify, ecsExpress] = await Promise.all([
    readRepositories(clients, question),
    readAppRunner(clients, question),
    readAmplify(clients, question),
    readExpressServices(clients, question, account),
  ]);
  return { region: question.region, ecr, ...appRunner, amplify, ecsExpress };
}

async function reading<T>(call: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "found", value: await read() };
  } catch (thrown) {
    return { kind: "unreadable", fault: faultOf(call, thrown) };
  }
}

async function readRepositories(
  clients: Clients,
  { region, ecr }: TargetQuestion,
): Promise<Reading<ReadonlyMap<string, string>>> {
  if (ecr.length === 0) return { kind: "absent" };
  return reading(`ecr:DescribeRepositories in ${region}`, async () => {
    if (ecr.length > repositoriesByNameMax) return listRepositories(clients, region);
    try {
      const { DescribeRepositoriesCommand } = await import("./sdk/ecr.ts");
      const client = await clients.ecr(region);
      const question = new DescribeRepositoriesCommand({ repositoryNames: [...ecr] });
      const answer = await client.send(question);
      return arnsByName(answer.repositories ?? []);
    } catch (thrown) {
      // One missing name fails the whole question: only the full list tells which.
      if (isNamed(thrown, "RepositoryNotFound")) {
        return ecr.length === 1 ? new Map() : listRepositories(clients, region);
      }
      throw thrown;
    }
  });
}

async function listRepositories(
  clients: Clients,
  region: string,
): Promise<ReadonlyMap<string, string>> {
  const { DescribeRepositoriesCommand } = await import("./sdk/ecr.ts");
  const client = await clients.ecr(region);
  const found = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeRepositoriesCommand({
        maxResults: 1000,
        ...(token === undefined ? {} : { nextToken: token }),
      }),
    );
    for (const [name, arn] of arnsByName(page.repositories ?? [])) found.set(name, arn);
    token = page.nextToken;
  } while (token !== undefined && token !== "");
  return found;
}

function arnsByName(
  repositories: readonly {
    repositoryName?: string | undefined;
    repositoryArn?: string | undefined;
  }[],
): Map<string, string> {
  return new Map(
    repositories.flatMap(({ repositoryName, repositoryArn }) =>
      repositoryName === undefined || repositoryArn === undefined
        ? []
        : [[repositoryName, repositoryArn]],
    ),
  );
}

/** States of a service that is no longer there, though the listing may still show it. */
const goneStates: readonly string[] = ["DELETED", "CREATE_FAILED"];

async function readAppRunner(
  clients: Clients,
  { region, appRunner: names, updated }: TargetQuestion,
): Promise<Pick<ObservedTargets, "appRunner" | "appRunnerRoles">> {
  const none = { appRunner: { kind: "absent" }, appRunnerRoles: new Map() } as const;
  if (names.length === 0) return none;
  const likely = new Map(
    updated.flatMap(({ likelyArn: arn }) =>
      arn === null ? [] : [[arn, readServiceRoles(clients, region, arn)] as const],
    ),
  );
  const appRunner = await reading(`apprunner:ListServices in ${region}`, () =>
    listServices(clients, region),
  );
  if (appRunner.kind !== "found") return { ...none, appRunner };
  const roles = updated.map(async ({ service }) => {
    const arn = appRunner.value.get(service);
    if (arn === undefined) return [];
    const read = await (likely.get(arn) ?? readServiceRoles(clients, region, arn));
    return [[service, read] as const];
  });
  return { appRunner, appRunnerRoles: new Map((await Promise.all(roles)).flat()) };
}

async function listServices(
  clients: Clients,
  region: string,
): Promise<ReadonlyMap<string, string>> {
  const { ListServicesCommand } = await import("./sdk/apprunner.ts");
  const client = await clients.appRunner(region);
  const found = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListServicesCommand(token === undefined ? {} : { NextToken: token }),
    );
    for (const service of page.ServiceSummaryList ?? []) {
      const { ServiceName: name, ServiceArn: arn, Status: status } = service;
      if (name === undefined || arn === undefined) continue;
      if (status === undefined || !goneStates.includes(status)) found.set(name, arn);
    }
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return found;
}

/** The roles that a service uses: its tasks' own, and the one that fetches a private image. */
function readServiceRoles(
  clients: Clients,
  region: string,
  arn: string,
): Promise<Reading<PassedRoles>> {
  return reading(`apprunner:DescribeService ${arn}`, async () => {
    const { DescribeServiceCommand } = await import("./sdk/apprunner.ts");
    const client = await clients.appRunner(region);
    const { Service: service } = await client.send(new DescribeServiceCommand({ ServiceArn: arn }));
    const instance = service?.InstanceConfiguration?.InstanceRoleArn ?? "";
    const access = service?.SourceConfiguration?.AuthenticationConfiguration?.AccessRoleArn ?? "";
    return {
      instance: instance === "" ? [] : [instance],
      access: access === "" ? [] : [access],
    };
  });
}

async function readAmplify(
  clients: Clients,
  { region, amplify }: TargetQuestion,
): Promise<Reading<readonly AmplifyApp[]>> {
  if (amplify.length === 0) return { kind: "absent" };
  const likelyIds = amplify.flatMap(({ namesBranches, likelyId }) =>
    namesBranches && likelyId !== null ? [likelyId] : [],
  );
  const likely = new Map(
    [...new Set(likelyIds)].map((id) => [id, readBranches(clients, region, id)] as const),
  );
  const apps = await reading(`amplify:ListApps in ${region}`, () => listApps(clients, region));
  if (apps.kind !== "found") return apps;
  const wanted = await Promise.all(
    apps.value.map(async (app): Promise<AmplifyApp> => {
      const named = amplify.some(
        (entry) => entry.namesBranches && (entry.app === app.id || entry.app === app.name),
      );
      if (!named) return { ...app, branches: null };
      const branches = await (likely.get(app.id) ?? readBranches(clients, region, app.id));
      return { ...app, branches };
    }),
  );
  return { kind: "found", value: wanted };
}

async function listApps(
  clients: Clients,
  region: string,
): Promise<readonly Omit<AmplifyApp, "branches">[]> {
  const { ListAppsCommand } = await import("./sdk/amplify.ts");
  const client = await clients.amplify(region);
  const apps: Omit<AmplifyApp, "branches">[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListAppsCommand({
        maxResults: 100,
        ...(token === undefined ? {} : { nextToken: token }),
      }),
    );
    for (const { appId, name, appArn, repository } of page.apps ?? []) {
      if (appId === undefined || name === undefined || appArn === undefined) continue;
      // The API calls the member required, and leaves it out where no repository is connected.
      apps.push({ id: appId, name, arn: appArn, hasRepository: (repository ?? "") !== "" });
    }
    token = page.nextToken;
  } while (token !== undefined && token !== "");
  return apps;
}

function readBranches(
  clients: Clients,
  region: string,
  appId: string,
): Promise<Reading<readonly string[]>> {
  return reading(`amplify:ListBranches ${appId} in ${region}`, async () => {
    const { ListBranchesCommand } = await import("./sdk/amplify.ts");
    const client = await clients.amplify(region);
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListBranchesCommand({
          appId,
          maxResults: 50,
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      );
      names.push(...(page.branches ?? []).flatMap(({ branchName }) => branchName ?? []));
      token = page.nextToken;
    } while (token !== undefined && token !== "");
    return names;
  });
}

async function readExpressServices(
  clients: Clients,
  question: TargetQuestion,
  account: AccountOf,
): Promise<ReadonlyMap<string, Reading<EcsExpressService>>> {
  const read = question.ecsExpress.map(async (entry) => {
    const key = `${entry.cluster}/${entry.service}`;
    return [key, await readExpressService(clients, question.region, entry, account)] as const;
  });
  return new Map(await Promise.all(read));
}

/** Errors by which ECS says that there is no such Express service. */
const expressGone = [
  "ServiceNotFoundException",
  "ResourceNotFoundException",
  "ClusterNotFoundException",
  "ServiceNotActiveException",
] as const;

async function readExpressService(
  clients: Clients,
  region: string,
  { cluster, service }: { readonly cluster: string; readonly service: string },
  account: AccountOf,
): Promise<Reading<EcsExpressService>> {
  const { id, partition } = account;
  const arn = `arn:${partition}:ecs:${region}:${id}:service/${cluster}/${service}`;
  try {
    const { DescribeExpressGatewayServiceCommand, DescribeServicesCommand } = await import(
      "./sdk/ecs.ts"
    );
    const ecs = await clients.ecs(region);
    const [express, described] = await Promise.all([
      ecs.send(new DescribeExpressGatewayServiceCommand({ serviceArn: arn })),
      ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
    ]);
    const found = express.service;
    if (found === undefined || found.status?.statusCode === "INACTIVE") return { kind: "absent" };
    const definition = described.services?.[0]?.taskDefinition;
    if (definition === undefined) return { kind: "absent" };
    const roles = (found.activeConfigurations ?? []).flatMap(
      ({ executionRoleArn, taskRoleArn }) => [executionRoleArn, taskRoleArn],
    );
    return {
      kind: "found",
      value: {
        cluster,
        service,
        arn: found.serviceArn ?? arn,
        // The family is what stays of a task definition; its revision is new with every deployment.
        taskFamilyArn: `${definition.replace(/:\d+$/, "")}:*`,
        passRoles: [...new Set(roles.filter((role) => role !== undefined))].toSorted(),
      },
    };
  } catch (thrown) {
    if (isNamed(thrown, ...expressGone)) return { kind: "absent" };
    return {
      kind: "unreadable",
      fault: faultOf(`ecs:DescribeExpressGatewayService ${arn}`, thrown),
    };
  }
}
