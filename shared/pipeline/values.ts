import type { EnvironmentDocument } from "../document/index.ts";
import { outputsOfTargets } from "../report/outputs.ts";
import { type ResolvedTargets, variableOf } from "../targets/index.ts";
import { type Account, outputsParameter, roleArn } from "../trust/index.ts";
import type { Environment, Step } from "./config.ts";
import { fail, script } from "./shell.ts";

const roleVariable = "AWS_ROLE_ARN";
const regionVariable = "AWS_REGION";

/** Where the values of step 5 come from when a job runs. */
export type Source =
  /** Variables of the CircleCI project or of a context. */
  | { readonly kind: "variables" }
  /** A parameter that the jobs read after the login. */
  | { readonly kind: "outputs"; readonly parameter: string; readonly home: string }
  /** The configuration itself. */
  | { readonly kind: "config" };

/** Where an environment's jobs get their role and the values of its targets. */
export type Values = {
  /** Variables of the project or of a context, or else values in the configuration. */
  readonly role: "variables" | "config";
  readonly targets: Source;
  readonly roleArn: string;
  readonly region: string;
  /** The variables that the login reads. */
  readonly ofLogin: readonly string[];
  /** Every variable of step 5 with its value. */
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * Several environments in one project cannot share the variables of step 5: each has a context, or
 * its values are in the configuration.
 *
 * @param given.isAlone is it the only environment of the configuration?
 */
export function valuesOf(given: {
  readonly name: string;
  readonly document: EnvironmentDocument;
  readonly targets: ResolvedTargets;
  readonly account: Account;
  readonly prefix: string;
  readonly home: string;
  readonly hasContext: boolean;
  readonly isAlone: boolean;
}): Values {
  const { name, document, targets, account, prefix, home, hasContext, isAlone } = given;
  const { readOutputs } = document.policy;
  const ofProject = isAlone && !readOutputs;
  return {
    role: hasContext || ofProject ? "variables" : "config",
    targets: readOutputs
      ? { kind: "outputs", parameter: outputsParameter({ prefix, environment: name }), home }
      : { kind: hasContext || isAlone ? "variables" : "config" },
    roleArn: roleArn(account, document.role.path, document.role.name),
    region: document.deploy.region,
    ofLogin: [roleVariable, regionVariable],
    outputs: outputsOfTargets(document, targets, account),
  };
}

/** The step that logs in. The orb replaces a variable with its value, but not within that value. */
export function logIn({ role, roleArn, region }: Values): Step {
  const isPlain = /^[A-Za-z0-9:/_+=,.@-]+$/.test(roleArn);
  const isWritten = role === "config";
  return {
    kind: "log-in",
    roleArn: isWritten && isPlain ? roleArn : `\${${roleVariable}}`,
    region: isWritten ? region : `\${${regionVariable}}`,
  };
}

/** What a job's environment has to hold for its script. */
export function environmentFor(values: Values, variables: readonly string[]): Environment {
  const { role, targets, roleArn, region, outputs } = values;
  const own = targets.kind === "config" ? variables : [];
  return new Map([
    ...(role === "config"
      ? [[roleVariable, roleArn] as const, [regionVariable, region] as const]
      : []),
    ...own.flatMap((name) => {
      const value = outputs[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
    ...(targets.kind === "outputs"
      ? [
          ["OUTPUTS_PARAMETER", targets.parameter] as const,
          ["OUTPUTS_REGION", targets.home] as const,
        ]
      : []),
  ]);
}

/** The steps after the login that set the variables which a script needs. */
export function readOutputs({ targets }: Values, variables: readonly string[]): readonly Step[] {
  if (targets.kind !== "outputs" || variables.length === 0) return [];
  const read =
    'outputs=$(aws ssm get-parameter --region "$OUTPUTS_REGION" --name "$OUTPUTS_PARAMETER" --query Parameter.Value --output text)';
  return [
    {
      kind: "run",
      name: "Read where to deploy to",
      command: script(
        read,
        `for name in ${[...new Set(variables)].join(" ")}; do`,
        `  value=$(printf %s "$outputs" | jq --exit-status --raw-output --arg name "$name" '.[$name]') ||`,
        `    ${fail("$OUTPUTS_PARAMETER has no $name. If its target exists, make this file again.")}`,
        '  printf \'export %s=%q\\n\' "$name" "$value" >> "$BASH_ENV"',
        "done",
      ),
    },
  ];
}

/**
 * The variable of step 5 that holds a value of one target: the plain one where there is one target,
 * otherwise the target's own, which has a number where names differ in punctuation alone.
 */
export function variableHolding(
  { outputs }: Values,
  variable: string,
  [name, value]: readonly [name: string, value: string],
): string {
  const own = Object.keys(outputs).filter(
    (each) => each.startsWith(variableOf(variable, name)) && outputs[each] === value,
  );
  return own[0] ?? variable;
}
