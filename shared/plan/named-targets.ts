import type { Reading } from "../aws/reading.ts";
import type {
  AmplifyTarget,
  AppRunnerTarget,
  EcsExpressTarget,
  EnvironmentDocument,
} from "../document/index.ts";
import {
  type Account,
  deployPolicyOf,
  type ParameterPlace,
  type ResolvedAmplify,
  type ResolvedAppRunner,
  type ResolvedEcsExpress,
  type ResolvedTargets,
  readableOutputs,
  type TargetArns,
  targetArns,
} from "../trust/index.ts";
import { digestOf } from "./digest.ts";
import type { ObservedTargets } from "./observed.ts";
import { appsNamed } from "./resolve-amplify.ts";

/** A policy that grants nothing and takes nothing away; IAM has none without a statement. */
const grantsNothing = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "none:Nothing", Resource: "*" }],
});

/**
 * The deploy policy of a document by the names in it, whether they resolve or not: the raw text of
 * one side of a comparison, never to be written to IAM. So a target counts from the
 * moment it is named, and one made anew is the same target.
 *
 * A name that exists stands for today's ARN. One that does not gets an ARN of the right shape that
 * hangs on its kind, Region and name alone. Both sides of a comparison must be given the same
 * `observed`, or a target that came or went meanwhile counts as a difference.
 *
 * @param input.observed what is known of a Region's targets; asked for the document's Region only
 * @returns a policy of any length; where nothing is named, one that grants nothing
 */
export function namedPermissions(input: {
  readonly document: EnvironmentDocument;
  readonly observed: (region: string) => ObservedTargets;
  readonly account: Account;
  /** Where the environment's outputs are, which its jobs may be let read. */
  readonly place: ParameterPlace;
}): string {
  const { deploy } = input.document;
  const context: Context = {
    arns: targetArns(input.account, deploy.region),
    observed: input.observed(deploy.region),
    role: (name) => `arn:${input.account.partition}:iam::${input.account.id}:role/${name}`,
    standIn: (kind, name) => standInId([kind, deploy.region, name]),
  };
  const policy = deployPolicyOf({
    targets: namedTargets(deploy, context),
    outputs: readableOutputs(input.document, input.place, input.account),
  });
  return policy === null ? grantsNothing : JSON.stringify(policy);
}

type Context = {
  readonly arns: TargetArns;
  readonly observed: ObservedTargets;
  readonly role: (name: string) => string;
  /** 32 hexadecimal digits in place of an id that nobody knows. */
  readonly standIn: (kind: keyof ResolvedTargets, name: string) => string;
};

function standInId(parts: readonly string[]): string {
  return digestOf(JSON.stringify(parts)).slice(0, 32);
}

function namedTargets(deploy: EnvironmentDocument["deploy"], context: Context): ResolvedTargets {
  const { arns, observed } = context;
  return {
    ecr: deploy.ecr.map(({ repository, may }) => {
      const arn = arnIn(observed.ecr, repository) ?? arns.repository(repository);
      return { repository, arn, may };
    }),
    appRunner: deploy.appRunner.map((entry) => namedService(entry, context)),
    ecsExpress: deploy.ecsExpress.map((entry) => namedExpress(entry, context)),
    amplify: deploy.amplify.map((entry) => namedApp(entry, context)),
  };
}

function arnIn(listing: Reading<ReadonlyMap<string, string>>, name: string): string | undefined {
  return listing.kind === "found" ? listing.value.get(name) : undefined;
}

/** Which roles a service uses, only the service tells: otherwise one of its own stands for them. */
function namedService(
  { service, may }: AppRunnerTarget,
  { arns, observed, role, standIn }: Context,
): ResolvedAppRunner {
  const id = standIn("appRunner", service);
  const arn = arnIn(observed.appRunner, service) ?? arns.appRunnerService(service, id);
  const roles = observed.appRunnerRoles.get(service);
  const own = [role(`named-${id}`)];
  const used = roles?.kind === "found" ? roles.value : { instance: own, access: own };
  const passes = may.includes("update") ? used : { instance: [], access: [] };
  return { service, arn, may, passes };
}

/** What a service registers and passes, only the service tells: one family and one role of its own. */
function namedExpress(entry: EcsExpressTarget, context: Context): ResolvedEcsExpress {
  const { arns, observed, role, standIn } = context;
  const { cluster, service } = entry;
  const name = `${cluster}/${service}`;
  const reading = observed.ecsExpress.get(name);
  if (reading?.kind === "found") return reading.value;
  const own = `named-${standIn("ecsExpress", name)}`;
  const arn = arns.ecsService(cluster, service);
  return { cluster, service, arn, taskFamilyArn: arns.taskFamily(own), passRoles: [role(own)] };
}

/** An app by its name and by its id is one app, once it exists; a name that several have is none. */
function namedApp({ app, branches, may }: AmplifyTarget, context: Context): ResolvedAmplify {
  const { arns, observed, standIn } = context;
  const matches = appsNamed(app, observed.amplify);
  const match = matches.length === 1 ? matches[0] : undefined;
  const appId = match?.id ?? `d${standIn("amplify", app)}`;
  const appArn = match?.arn ?? arns.amplifyApp(appId);
  return {
    app,
    appId,
    appArn,
    branches: branches.length === 0 ? "every" : branches,
    may,
    hasRepository: match?.hasRepository ?? true,
  };
}
