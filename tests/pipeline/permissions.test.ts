import { describe, expect, test } from "vitest";
import { accessEvaluator } from "../../sandbox/evaluate/index.ts";
import type { DeployedEnvironment } from "../../shared/pipeline/pipeline.ts";
import { outputsOfTargets } from "../../shared/report/outputs.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import { deployPolicyOf, readableOutputs } from "../../shared/trust/index.ts";
import { account, region, within } from "../plan/targets.ts";
import type { Written } from "../scenarios/documents.ts";
import { environmentOf, everything, inputOf, type ReadJob, read, scriptsOf } from "./pipelines.ts";

/** What a call of the AWS CLI needs: an action, and what it acts on among the values of its job. */
type Needs = (
  value: (variable: string) => string,
) => readonly (readonly [
  action: string,
  resource: string,
  context?: Readonly<Record<string, string>>,
])[];

const service = (value: (variable: string) => string) =>
  `${within("ecs")}service/${value("cluster")}/${value("service")}`;
const branch = (value: (variable: string) => string) =>
  `${within("amplify")}apps/${value("app")}/branches/${value("BRANCH")}`;

/**
 * The calls that jobs may make, with the actions that AWS checks for each. Source: Service
 * Authorization Reference, and for waiters the operation that botocore's waiters-2.json names.
 */
const calls: Readonly<Record<string, Needs>> = {
  // "No permissions are required" (STS API reference, GetCallerIdentity).
  "sts get-caller-identity": () => [],
  "ssm get-parameter": (value) => [
    [
      "ssm:GetParameter",
      `arn:aws:ssm:${value("OUTPUTS_REGION")}:${account.id}:parameter${value("OUTPUTS_PARAMETER")}`,
    ],
  ],
  "ecr get-login-password": () => [["ecr:GetAuthorizationToken", "*"]],
  "apprunner start-deployment": (value) => [["apprunner:StartDeployment", value("service")]],
  "apprunner list-operations": (value) => [["apprunner:ListOperations", value("service")]],
  "ecs describe-express-gateway-service": (value) => [
    ["ecs:DescribeExpressGatewayService", value("service")],
  ],
  "ecs update-express-gateway-service": (value) => [
    ["ecs:UpdateExpressGatewayService", value("service")],
    ["ecs:RegisterTaskDefinition", `${value("family")}:7`],
    ["iam:PassRole", value("role"), { "iam:PassedToService": "ecs-tasks.amazonaws.com" }],
  ],
  "ecs list-service-deployments": (value) => [["ecs:ListServiceDeployments", value("service")]],
  "ecs describe-services": (value) => [["ecs:DescribeServices", service(value)]],
  "ecs describe-task-definition": () => [["ecs:DescribeTaskDefinition", "*"]],
  "ecs register-task-definition": (value) => [
    ["ecs:RegisterTaskDefinition", `${value("family")}:7`],
    ["ecs:TagResource", `${value("family")}:7`, { "ecs:CreateAction": "RegisterTaskDefinition" }],
    ["iam:PassRole", value("role"), { "iam:PassedToService": "ecs-tasks.amazonaws.com" }],
  ],
  "ecs update-service": (value) => [
    ["ecs:UpdateService", service(value), { "ecs:task-definition": `${value("family")}:7` }],
  ],
  "lambda get-function-configuration": (value) => [
    ["lambda:GetFunctionConfiguration", `${within("lambda")}function:${value("function")}`],
  ],
  "lambda update-function-code": (value) => [
    ["lambda:UpdateFunctionCode", `${within("lambda")}function:${value("function")}`],
    ["lambda:PublishVersion", `${within("lambda")}function:${value("function")}`],
  ],
  "lambda wait function-updated-v2": (value) => [
    ["lambda:GetFunction", `${within("lambda")}function:${value("function")}`],
  ],
  "amplify start-job": (value) => [["amplify:StartJob", `${branch(value)}/jobs/1`]],
  "amplify get-job": (value) => [["amplify:GetJob", `${branch(value)}/jobs/1`]],
  "amplify create-deployment": (value) => [["amplify:CreateDeployment", branch(value)]],
  "amplify start-deployment": (value) => [["amplify:StartDeployment", branch(value)]],
};

/** What `docker push` asks of a repository (ECR user guide, "IAM permissions for pushing an image"). */
const pushing = [
  "BatchCheckLayerAvailability",
  "InitiateLayerUpload",
  "UploadLayerPart",
  "CompleteLayerUpload",
  "PutImage",
  "BatchGetImage",
];

/** The calls of a script, each by its service and its command. */
function callsIn(script: string): readonly string[] {
  return [...script.matchAll(/(?<![\w-])aws ([a-z][a-z0-9-]+) ((?:wait )?[a-z][a-z0-9-]+)/g)].map(
    ([, of = "", command = ""]) => `${of} ${command}`,
  );
}

/** The value of a name in a script: of its job's environment, or of the variables of step 5. */
function valueIn(
  { environment }: ReadJob,
  script: string,
  { document, targets }: DeployedEnvironment,
): (name: string) => string {
  const outputs = outputsOfTargets(document, targets, account);
  const plain = (name: string) => {
    const taken = new RegExp(`^${name}=\\$\\{([A-Z0-9_]+):\\?`, "m").exec(script)?.[1] ?? name;
    const value = environment[taken] ?? outputs[taken];
    if (value === undefined) throw new Error(`${name} has no value`);
    return value;
  };
  const isOurs = ({ cluster, service, arn }: ResolvedTargets["ecs"][number]) =>
    arn === plain("service") || (service === plain("service") && cluster === plain("cluster"));
  return (name) => {
    if (name !== "family" && name !== "role") return plain(name);
    const own = [...targets.ecsExpress, ...targets.ecs].find(isOurs);
    const [role = ""] = own?.passRoles ?? [];
    return name === "role" ? role : (own?.taskFamilyArn ?? "").replace(/:\*$/, "");
  };
}

const whole: Written = { ...everything, deploy: { ...everything.deploy, amplify: ["whole"] } };

const cases: readonly (readonly [string, DeployedEnvironment])[] = [
  ["a target of each kind", environmentOf("production", everything)],
  ["every branch of an app", environmentOf("production", whole)],
  ["outputs", environmentOf("production", { ...everything, policy: { readOutputs: true } })],
  [
    "services whose image is not known",
    environmentOf("production", {
      deploy: {
        ecr: ["one", "two"],
        ecsExpress: ["web"],
        ecs: ["cluster/web"],
        lambda: ["worker"],
      },
    }),
  ],
];

describe.each(cases)("with %s", (_, environment) => {
  const place = { prefix: "/oidc-reconciler", home: region, environment: environment.name };
  const outputs = readableOutputs(environment.document, place, account);
  const policy = deployPolicyOf({ targets: environment.targets, outputs });
  const decide = accessEvaluator([policy]);
  const config = read(inputOf([environment]));

  test.each(Object.entries(config.jobs))(
    "%s calls only what the deploy policy grants",
    (_, job) => {
      const scripts = scriptsOf(job);
      const own = scripts.at(-1) ?? "";
      const given = { ...job, environment: { CIRCLE_BRANCH: "main", ...job.environment } };
      const value = valueIn(given, own, environment);
      const refused = scripts.flatMap(callsIn).flatMap((call) => {
        const needs = calls[call];
        if (needs === undefined) return [`${call} is not in the table`];
        const name = (variable: string) =>
          variable === "BRANCH" && !("BRANCH" in job.environment) ? "main" : value(variable);
        return needs(name).flatMap(([action, resource, context = {}]) => {
          const keys = new Map(
            Object.entries(context).map(([key, each]) => [key, [each]] as const),
          );
          const { decision } = decide({ action, resource, context: keys });
          return decision === "allow" ? [] : [`${call}: ${action} on ${resource}`];
        });
      });
      expect(scripts.flatMap(callsIn)).not.toEqual([]);
      expect(refused).toEqual([]);
    },
  );

  test("pushes to repositories that it may push to", () => {
    const pushed = Object.values(config.jobs).flatMap((job) =>
      scriptsOf(job).some((script) => script.includes("docker push"))
        ? [job.environment["REPOSITORY"] ?? ""]
        : [],
    );
    expect(pushed).toHaveLength(2);
    for (const repository of pushed) {
      for (const action of pushing) {
        const resource = `${within("ecr")}repository/${repository}`;
        const asked = { action: `ecr:${action}`, resource, context: new Map() };
        expect(decide(asked).decision).toBe("allow");
      }
    }
  });
});

test("each call of the table is one that a job makes", () => {
  const made = new Set(
    cases.flatMap(([, environment]) =>
      Object.values(read(inputOf([environment])).jobs)
        .flatMap(scriptsOf)
        .flatMap(callsIn),
    ),
  );
  expect([...made].toSorted()).toEqual(Object.keys(calls).toSorted());
});
