import { parse } from "yaml";
import * as z from "zod/mini";
import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import {
  type DeployedEnvironment,
  type PipelineInput,
  pipelineOf,
} from "../../shared/pipeline/pipeline.ts";
import { configText } from "../../shared/pipeline/yaml.ts";
import { byKind, type ResolvedTargets, targetKinds } from "../../shared/targets/index.ts";
import { account, region } from "../plan/targets.ts";
import { organization, type Project, shopMain, type Written } from "../scenarios/documents.ts";

/** The document through the parser. */
export function documentOf(written: Written): EnvironmentDocument {
  const text = JSON.stringify({
    circleci: { organizationId: organization },
    trust: { projects: [shopMain] },
    deploy: {},
    ...written,
  });
  const parameter = "/oidc-reconciler/environments/production";
  const reading = parseEnvironment({ parameter, version: 1, text, region });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}

/** A document that trusts these projects and deploys nothing. */
export const trusting = (projects: "all" | readonly Project[]) =>
  documentOf({ trust: { projects } });

const idOf = (name: string) => Buffer.from(name).toString("hex").padEnd(32, "0").slice(0, 32);

/** Every target of a document, as if all of them existed. */
export function everyTarget({ deploy }: EnvironmentDocument): ResolvedTargets {
  const unknown = { place: { account, region: deploy.region }, idOf };
  return byKind<"resolved">((name) =>
    targetKinds[name].named(deploy[name], targetKinds[name].unseen({ kind: "absent" }), unknown),
  );
}

/** An environment as it is once its document is applied. */
export function environmentOf(
  name: string,
  written: Written,
  rest: Partial<DeployedEnvironment> = {},
): DeployedEnvironment {
  const document = documentOf(written);
  const targets = everyTarget(document);
  const digest = "0123456789abcdef".repeat(4);
  return { name, version: 4, digest, document, targets, isNewest: true, ...rest };
}

/** What a command asks for, where nothing is said. */
export function inputOf(
  environments: readonly DeployedEnvironment[],
  rest: Partial<PipelineInput> = {},
): PipelineInput {
  return {
    environments,
    contexts: new Map(),
    deployMarkers: false,
    account,
    prefix: "/oidc-reconciler",
    home: region,
    now: new Date("2026-11-26T00:00:00Z"),
    madeBy: { version: "1.2.3", names: [] },
    ...rest,
  };
}

const step = z.union([
  z.string(),
  z.object({
    run: z.optional(
      z.object({ name: z.string(), command: z.string(), when: z.optional(z.string()) }),
    ),
    "aws-cli/setup": z.optional(z.object({ role_arn: z.string(), region: z.string() })),
  }),
]);

const filter = z.object({
  only: z.optional(z.array(z.string())),
  ignore: z.optional(z.array(z.string())),
});

const workflowJob = z.object({
  requires: z.optional(z.array(z.string())),
  context: z.optional(z.array(z.string())),
  filters: z.optional(z.object({ branches: z.optional(filter), tags: z.optional(filter) })),
});

const configSchema = z.object({
  jobs: z.record(
    z.string(),
    z.object({
      description: z.string(),
      environment: z._default(z.record(z.string(), z.string()), {}),
      steps: z.array(step),
    }),
  ),
  workflows: z.record(
    z.string(),
    z.object({ jobs: z.array(z.union([z.string(), z.record(z.string(), workflowJob)])) }),
  ),
});

/** A file as CircleCI reads it. */
export type Read = z.infer<typeof configSchema>;
export type ReadJob = Read["jobs"][string];
export type ReadFilters = NonNullable<z.infer<typeof workflowJob>["filters"]>;

export function textOf(input: PipelineInput): string {
  return configText(pipelineOf(input).config);
}

export function readConfig(text: string): Read {
  return configSchema.parse(parse(text));
}

export function read(input: PipelineInput): Read {
  return readConfig(textOf(input));
}

/** The jobs of a workflow by name, with what the workflow says of each. */
export function workflowJobs(
  config: Read,
  workflow: string,
): ReadonlyMap<string, z.infer<typeof workflowJob>> {
  const jobs = config.workflows[workflow]?.jobs ?? [];
  return new Map(
    jobs.flatMap((job) => (typeof job === "string" ? [[job, {}] as const] : Object.entries(job))),
  );
}

/** What a job runs, one script after another. */
export function scriptsOf({ steps }: ReadJob): readonly string[] {
  return steps.flatMap((each) =>
    typeof each === "string" || each.run === undefined ? [] : [each.run.command],
  );
}

/** A document with a target of each kind, and each word. */
export const everything: Written = {
  deploy: {
    ecr: ["shop/web", { repository: "worker", may: ["push", "read-images"] }],
    appRunner: [{ service: "web-runner", may: ["deploy", "watch"] }, "plain"],
    ecsExpress: ["web", "staging/web"],
    ecs: ["cluster/web", "cluster/other"],
    lambda: ["worker"],
    amplify: [
      { app: "front", branches: ["main", "feature/x"] },
      "whole",
      { app: "uploads", branches: ["main"], may: ["upload"] },
    ],
  },
};
