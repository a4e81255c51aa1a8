import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateFunctionCommand, DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { textOf, type Written } from "../scenarios/documents.ts";
import { isRefusal } from "./drift.ts";
import { forms } from "./features.ts";
import { type Deployed, demoBackend, type Ground, openGround } from "./ground.ts";
import { lookAt, type Seen } from "./look.ts";
import { type Access, namesOf, type Reading } from "./reading.ts";
import {
  type BadForm,
  badForms,
  type EnvironmentName,
  environmentNames,
  type Installation,
  type TargetChange,
} from "./story.ts";
import { makeTargets, operationsOn } from "./targets.ts";
import { connect } from "./wire.ts";

/** A version of a document that somebody put. */
export type Version = {
  readonly version: number;
  /** Null where it cannot be understood. */
  readonly document: Written | null;
  readonly form: string;
  readonly approved: boolean;
};

/** A door that somebody opened. */
export type Opened = {
  /** The name of the role that it is a door of: others may let in as many. */
  readonly role: string;
  readonly lines: readonly string[];
  /** What he did, in words. */
  readonly by: string;
  /** The provider that he gave another audience: its alert is about one of those who share it. */
  readonly provider: string | null;
  /** The number of messages that the topic had taken before. */
  readonly from: number;
  /** Was it open when a run began? */
  readonly seen?: true;
};

/** An environment, as the people of the model know it. */
export type Environment = {
  readonly name: EnvironmentName;
  readonly parameter: string;
  reading: Reading;
  /** Since the parameter was made last; the newest last. */
  versions: readonly Version[];
  /** Documents that may be written: the one in force, and what was approved since. */
  may: readonly Written[];
  /** Documents that were in force, or might have been, before the one that is. */
  former: readonly Written[];
  /** The version in force, by the parameter that is there now; zero where none of its versions is. */
  since: number;
  /** Roles of former documents that a run has seen without our tags and released. */
  released: ReadonlySet<string>;
  /** Was anything ever written for it? */
  known: boolean;
  /** What somebody opened, and nobody was alerted of yet. */
  opened: Opened | null;
  /** What was ever opened, each time. */
  doors: readonly (readonly string[])[];
};

export type World = {
  readonly ground: Ground;
  readonly installations: Readonly<Record<Installation, Deployed>>;
  readonly environments: readonly Environment[];
  /** Events that were not delivered yet. */
  readonly events: Record<Installation, EventBridgeEvent[]>;
  /** What the last run that looked at a role has left open, by the role's name. */
  readonly left: Map<string, Access>;
  /** Whatever of it was reported of one policy alone: who gets in, and what may be done then. */
  readonly halves: Map<string, { readonly who: Access; readonly what: Access }>;
  look(): Seen;
  now(): Date;
};

const second = { stage: "team", params: { parameterPrefix: "/team/oidc" } } as const;

export async function openWorld(): Promise<World> {
  const ground = await openGround({ firstDocument: "hold" });
  const targets = await makeTargets(ground);
  await startTrail(ground);
  const installations = { first: ground, second: await ground.deploy(second) };
  const events: World["events"] = { first: [], second: [] };
  ground.sandbox.events.onEvent((event) => {
    for (const queue of Object.values(events)) if (queue.push(event) > 40) queue.shift();
  });
  const operations = operationsOn(targets);
  const environments = environmentNames.map((name): Environment => {
    const { prefix } = name === "team" ? installations.second : ground;
    const reading = {
      prefix,
      environment: name,
      outputs: `${prefix}/outputs/${name}`,
      targets,
      operations,
    };
    const parameter = `${prefix}/environments/${name}`;
    const nothing = {
      versions: [],
      may: [],
      former: [],
      since: 0,
      released: new Set<string>(),
      known: false,
      opened: null,
      doors: [],
    };
    return { name, parameter, reading, ...nothing };
  });
  return {
    ground,
    installations,
    environments,
    events,
    left: new Map(),
    halves: new Map(),
    look: () => lookAt(ground, environments[0]?.reading.operations ?? operations),
    now: ground.sandbox.clock.now,
  };
}

/** From now on CloudTrail sends an event of each call that changes something. */
export async function startTrail({ sandbox }: Pick<Ground, "sandbox">): Promise<void> {
  const trail = connect(new CloudTrailClient({ region: "us-east-1" }), sandbox);
  const Name = "management-events";
  await trail.send(
    new CreateTrailCommand({ Name, S3BucketName: "trail-bucket", IsMultiRegionTrail: true }),
  );
  await trail.send(new StartLoggingCommand({ Name }));
}

export function environmentOf({ environments }: World, name: string): Environment {
  const found = environments.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no environment ${name}.`);
  return found;
}

/** The document of a form under an environment's own names. */
export function documentOf(form: string, name: EnvironmentName): Written | null {
  if (isBad(form) && form !== "production's role") return null;
  const usual = forms.find((each) => each.form === form) ?? forms[0];
  if (usual === undefined || name === "production") return usual?.document ?? null;
  const { document } = usual;
  const names = namesOf(document);
  const own = (each: string) => each.replace("CircleCI-", `CircleCI-${name}-`);
  const role = form === "production's role" ? names.role : own(names.role);
  return {
    ...document,
    role: { ...document.role, name: role },
    policy: { ...document.policy, name: own(names.policy) },
  };
}

function isBad(form: string): form is BadForm {
  return badForms.some((each) => each === form);
}

const badTexts: Readonly<Record<string, string>> = {
  "not a document": "nothing: understood",
  "an unknown field": `${textOf({})}`.replace("{}", '{"trusts":[]}'),
};

export async function put(world: World, environment: Environment, form: string): Promise<void> {
  const document = documentOf(form, environment.name);
  const Value = document === null ? (badTexts[form] ?? "") : textOf(document);
  const { Version = 0 } = await world.ground.ssm.send(
    new PutParameterCommand({
      Name: environment.parameter,
      Value,
      Type: "String",
      Overwrite: true,
    }),
  );
  environment.versions = [
    ...environment.versions,
    { version: Version, document, form, approved: false },
  ];
}

export async function approve(world: World, environment: Environment): Promise<void> {
  const newest = environment.versions.at(-1);
  if (newest === undefined) return;
  await world.ground.ssm.send(
    new LabelParameterVersionCommand({
      Name: environment.parameter,
      ParameterVersion: newest.version,
      Labels: ["approved"],
    }),
  );
  environment.versions = environment.versions.with(-1, { ...newest, approved: true });
  if (newest.document !== null) environment.may = [...environment.may, newest.document];
}

export async function remove(world: World, environment: Environment): Promise<void> {
  await world.ground.ssm
    .send(new DeleteParameterCommand({ Name: environment.parameter }))
    .catch(isRefusal);
  environment.versions = [];
  environment.since = 0;
}

const worker = {
  FunctionName: "demo-worker",
  Role: "arn:aws:iam::123456789012:role/exec",
  PackageType: "Image",
  Code: { ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1" },
} as const;

/** What happens to deploy targets; a service that is re-created has another ARN. */
export async function changeTarget(world: World, change: TargetChange): Promise<void> {
  const { ecr, lambda } = world.ground;
  const repositoryName = "second";
  switch (change) {
    case "the App Runner service is deleted":
      await deleteService(world).catch(isRefusal);
      return;
    case "the App Runner service is re-created":
      await deleteService(world).catch(isRefusal);
      await makeService(world).catch(isRefusal);
      return;
    case "the repository is deleted":
      await ecr.send(new DeleteRepositoryCommand({ repositoryName })).catch(isRefusal);
      return;
    case "the repository is made":
      await ecr.send(new CreateRepositoryCommand({ repositoryName })).catch(isRefusal);
      return;
    case "the function is deleted":
      await lambda
        .send(new DeleteFunctionCommand({ FunctionName: worker.FunctionName }))
        .catch(isRefusal);
      return;
    case "the function is made":
      await lambda.send(new CreateFunctionCommand(worker)).catch(isRefusal);
      return;
    default:
      change satisfies never;
  }
}

async function deleteService({ ground, environments }: World): Promise<void> {
  const ServiceArn = environments[0]?.reading.targets.serviceArn;
  await ground.appRunner.send(new DeleteServiceCommand({ ServiceArn }));
}

async function makeService({ ground, environments }: World): Promise<void> {
  const { Service } = await ground.appRunner.send(new CreateServiceCommand(demoBackend));
  const serviceArn = Service?.ServiceArn ?? "";
  for (const environment of environments) {
    const targets = { ...environment.reading.targets, serviceArn };
    environment.reading = { ...environment.reading, targets, operations: operationsOn(targets) };
  }
}
