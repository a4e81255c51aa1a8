import type { DescribeServicesCommandOutput, Service } from "@aws-sdk/client-ecs";
import { iamArn } from "../../aws/arn.ts";
import type { Reading } from "../../aws/reading.ts";
import type { FoundService, FoundServices, TaskDefinition } from "../../targets/ecs/resolve.ts";
import { type EcsService, ecsServiceArn, ecsServiceName } from "../../targets/ecs-service.ts";
import { lateClient } from "../clients.ts";
import { describedIn } from "../described-service.ts";
import { isNamed } from "../faults.ts";
import { type Look, reading } from "./reader.ts";

const ecs = lateClient("ecs", async () => (await import("../sdk/ecs.ts")).ECSClient);

/** As many services of one cluster as a question takes. */
const servicesPerCall = 10;

/** Reads the services that are asked for, and the task definitions that they run. */
export async function readEcs(
  place: Look,
  question: readonly EcsService[],
): Promise<FoundServices> {
  const look = withDefinitions(place);
  const read = [...Map.groupBy(question, ({ cluster }) => cluster)].flatMap(
    ([cluster, entries]) => {
      const names = entries.map(({ service }) => service);
      const starts = names.keys().filter((index) => index % servicesPerCall === 0);
      return starts
        .map((start) => readSome(look, cluster, names.slice(start, start + servicesPerCall)))
        .toArray();
    },
  );
  return { kind: "found", value: new Map((await Promise.all(read)).flat()) };
}

type EcsLook = Look & {
  readonly definitionAt: (asked: string) => Promise<Reading<TaskDefinition>>;
};

/** Services may share a task definition: it is read once. */
function withDefinitions(look: Look): EcsLook {
  const read = new Map<string, Promise<Reading<TaskDefinition>>>();
  const definitionAt = (asked: string) => {
    const definition = read.get(asked) ?? readTaskDefinition(look, asked);
    read.set(asked, definition);
    return definition;
  };
  return { ...look, definitionAt };
}

type Read = readonly [name: string, Reading<FoundService>];

async function readSome(
  look: EcsLook,
  cluster: string,
  names: readonly string[],
): Promise<readonly Read[]> {
  const call = `ecs:DescribeServices of cluster ${cluster} in ${look.region}`;
  for (const service of names) {
    const last = look.definitions.get(ecsServiceArn(look, { cluster, service }));
    // The answer counts where the service still runs it: a revision always has the same roles.
    if (last !== undefined) void look.definitionAt(last);
  }
  const answer = await reading(call, () => describe(look, cluster, names));
  return Promise.all(
    names.map(async (service): Promise<Read> => {
      const entry = { cluster, service };
      // What is said strangely of one service says nothing of another.
      const shown =
        answer.kind === "found"
          ? await reading(call, async () => describedIn(answer.value, service))
          : answer;
      return [ecsServiceName(entry), await serviceIn(look, entry, shown)];
    }),
  );
}

/** Describes services of a cluster; `null` where there is no such cluster. */
async function describe(
  look: Look,
  cluster: string,
  names: readonly string[],
): Promise<DescribeServicesCommandOutput | null> {
  const { DescribeServicesCommand } = await import("../sdk/ecs.ts");
  const client = await ecs(look.clients, look.region);
  try {
    return await client.send(new DescribeServicesCommand({ cluster, services: [...names] }));
  } catch (thrown) {
    if (isNamed(thrown, "ClusterNotFound")) return null;
    throw thrown;
  }
}

async function serviceIn(
  look: EcsLook,
  entry: EcsService,
  shown: Reading<Service | null>,
): Promise<Reading<FoundService>> {
  if (shown.kind !== "found") return shown;
  const described = shown.value;
  // A service that is being deleted takes no update any more.
  if (described?.status !== "ACTIVE") return { kind: "absent" };
  return withTaskDefinition(look, entry, described);
}

async function withTaskDefinition(
  look: EcsLook,
  entry: EcsService,
  described: Service,
): Promise<Reading<FoundService>> {
  const { serviceArn, deploymentController, resourceManagementType, taskDefinition } = described;
  const service = {
    arn: serviceArn ?? ecsServiceArn(look, entry),
    isExpress: resourceManagementType === "ECS",
    controller: deploymentController?.type ?? "ECS",
  };
  if (taskDefinition === undefined) return { kind: "found", value: { ...service, runs: null } };
  rememberDefinition(look, entry, taskDefinition);
  const runs = await look.definitionAt(taskDefinition);
  return runs.kind === "found" ? { kind: "found", value: { ...service, runs: runs.value } } : runs;
}

/** More services than a process may come to name in its time. */
const definitionsMax = 1_000;

function rememberDefinition(look: EcsLook, entry: EcsService, taskDefinition: string): void {
  const { definitions } = look;
  const arn = ecsServiceArn(look, entry);
  definitions.delete(arn);
  // Without its revision a family names whatever is the newest one.
  if (/:\d+$/.test(taskDefinition)) definitions.set(arn, taskDefinition);
  for (const key of definitions.keys()) {
    if (definitions.size <= definitionsMax) return;
    definitions.delete(key);
  }
}

/** Reads a task definition, by its ARN or by its family alone. */
function readTaskDefinition(look: Look, asked: string): Promise<Reading<TaskDefinition>> {
  return reading(`ecs:DescribeTaskDefinition ${asked}`, async () => {
    const { DescribeTaskDefinitionCommand } = await import("../sdk/ecs.ts");
    const client = await ecs(look.clients, look.region);
    const question = new DescribeTaskDefinitionCommand({ taskDefinition: asked });
    const { taskDefinition } = await client.send(question);
    const roles = [taskDefinition?.executionRoleArn ?? "", taskDefinition?.taskRoleArn ?? ""]
      .filter((role) => role !== "")
      // A task definition may name its task role by the role's name alone.
      .map((role) => (role.startsWith("arn:") ? role : iamArn(look.account, `role/${role}`)));
    return {
      // The family is what stays of a task definition; its revision is new with every deployment.
      familyArn: (taskDefinition?.taskDefinitionArn ?? asked).replace(/:\d+$/, ""),
      roles: [...new Set(roles)].toSorted(),
    };
  });
}
