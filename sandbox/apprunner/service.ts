import { randomUUID } from "node:crypto";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";

export type Status = "RUNNING" | "PAUSED" | "OPERATION_IN_PROGRESS" | "DELETED";

export type OperationType =
  | "CREATE_SERVICE"
  | "START_DEPLOYMENT"
  | "UPDATE_SERVICE"
  | "PAUSE_SERVICE"
  | "RESUME_SERVICE"
  | "DELETE_SERVICE";

export type DeployOperation = {
  readonly id: string;
  readonly type: OperationType;
  readonly at: Date;
};

/** A service of App Runner, running or recently deleted. */
export type AppRunnerService = {
  readonly ordinal: number;
  readonly name: string;
  /** 32 hex digits. A service that is re-created under its old name has others. */
  readonly id: string;
  readonly arn: string;
  readonly url: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
  readonly status: Exclude<Status, "OPERATION_IN_PROGRESS">;
  readonly source: unknown;
  readonly instance: Readonly<Record<string, unknown>>;
  readonly tags: ReadonlyMap<string, string>;
  readonly operations: readonly DeployOperation[];
};

/** One Region's services by ARN, in the order in which they were created. */
export type AppRunnerServices = Map<string, AppRunnerService>;

export function notFound(arn: string): Error {
  return refused("ResourceNotFoundException", `Service cannot be found for ARN: ${arn}.`);
}

export function existingService(services: AppRunnerServices, members: Members): AppRunnerService {
  const arn = members.text("ServiceArn", { min: 1, max: 1011 });
  const found = services.get(arn);
  if (found === undefined) throw notFound(arn);
  return found;
}

/** CreateService, before its operation. A name is free again once its service is deleted. */
export function newService(
  services: AppRunnerServices,
  members: Members,
  call: Call,
): AppRunnerService {
  const name = members.text("ServiceName", {
    min: 4,
    max: 40,
    pattern: /[A-Za-z0-9][A-Za-z0-9\-_]{3,39}/,
  });
  const source = sourceOf(members.structure("SourceConfiguration"), members);
  const tags = members
    .structures("Tags", { max: 50 })
    .map((tag): [string, string] => [tag.text("Key"), tag.optionalText("Value") ?? ""]);
  if (services.values().some((other) => other.name === name && other.status !== "DELETED")) {
    const message = `Service with the provided name already exists: ${name}.`;
    throw refused("InvalidRequestException", message);
  }
  const id = call.uniqueBytes(`${name} id`, 16).toString("hex");
  return {
    ordinal: services.size,
    name,
    id,
    arn: `arn:aws:apprunner:${call.region}:${call.account}:service/${name}/${id}`,
    url: `${call.uniqueBytes(`${name} url`, 5).toString("hex")}.${call.region}.awsapprunner.com`,
    createdAt: call.now,
    updatedAt: call.now,
    deletedAt: null,
    status: "RUNNING",
    source,
    instance: instanceOf(members.optionalStructure("InstanceConfiguration")),
    tags: new Map(tags),
    operations: [],
  };
}

/** The source as it was sent: one image or one code repository. */
function sourceOf(source: Members, members: Members): unknown {
  const image = source.optionalStructure("ImageRepository");
  const code = source.optionalStructure("CodeRepository");
  if ((image === null) === (code === null)) {
    throw refused(
      "InvalidRequestException",
      "Exactly one of ImageRepository and CodeRepository has to be specified in SourceConfiguration.",
    );
  }
  image?.text("ImageIdentifier", { min: 1, max: 1024 });
  image?.text("ImageRepositoryType", { oneOf: ["ECR", "ECR_PUBLIC"] });
  code?.text("RepositoryUrl");
  return members.raw("SourceConfiguration");
}

function instanceOf(instance: Members | null): AppRunnerService["instance"] {
  return {
    Cpu: instance?.optionalText("Cpu") ?? "1024",
    Memory: instance?.optionalText("Memory") ?? "2048",
    ...(instance?.has("InstanceRoleArn") === true
      ? { InstanceRoleArn: instance.text("InstanceRoleArn") }
      : {}),
  };
}

/** UpdateService, before its operation. A configuration in the request replaces the old one. */
export function updatedService(before: AppRunnerService, members: Members): AppRunnerService {
  const source = members.optionalStructure("SourceConfiguration");
  const instance = members.optionalStructure("InstanceConfiguration");
  return {
    ...before,
    source: source === null ? before.source : sourceOf(source, members),
    instance: instance === null ? before.instance : instanceOf(instance),
  };
}

/** The service after an operation, which ends in the sandbox with its own answer. */
export function afterOperation(
  before: AppRunnerService,
  call: Call,
  change: { readonly type: OperationType; readonly status: AppRunnerService["status"] },
): { readonly service: AppRunnerService; readonly operationId: string } {
  const operationId = randomUUID();
  const operation = { id: operationId, type: change.type, at: call.now };
  const service = {
    ...before,
    status: change.status,
    updatedAt: call.now,
    deletedAt: change.status === "DELETED" ? call.now : before.deletedAt,
    operations: [operation, ...before.operations],
  };
  return { service, operationId };
}

export function summary(service: AppRunnerService): object {
  return {
    ServiceName: service.name,
    ServiceId: service.id,
    ServiceArn: service.arn,
    ServiceUrl: service.url,
    CreatedAt: service.createdAt,
    UpdatedAt: service.updatedAt,
    Status: service.status,
  };
}

/** The whole service as a call answers it, with the status of a running operation. */
export function shown(service: AppRunnerService, call: Call, status: Status): object {
  return {
    ...summary(service),
    Status: status,
    ...(service.deletedAt === null ? {} : { DeletedAt: service.deletedAt }),
    SourceConfiguration: service.source,
    InstanceConfiguration: service.instance,
    HealthCheckConfiguration: {
      Protocol: "TCP",
      Path: "/",
      Interval: 5,
      Timeout: 2,
      HealthyThreshold: 1,
      UnhealthyThreshold: 5,
    },
    AutoScalingConfigurationSummary: {
      AutoScalingConfigurationArn: `arn:aws:apprunner:${call.region}:${call.account}:autoscalingconfiguration/DefaultConfiguration/1/00000000000000000000000000000001`,
      AutoScalingConfigurationName: "DefaultConfiguration",
      AutoScalingConfigurationRevision: 1,
    },
    NetworkConfiguration: {
      EgressConfiguration: { EgressType: "DEFAULT" },
      IngressConfiguration: { IsPubliclyAccessible: true },
      IpAddressType: "IPV4",
    },
  };
}
