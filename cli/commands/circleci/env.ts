import { compareVariables } from "../../../shared/edge/circleci/variables.ts";
import { readLastUse } from "../../../shared/edge/last-use.ts";
import {
  isOpen,
  staticKeys,
  type VariableTarget,
  variableRows,
  variableTarget,
  whyKeysStay,
} from "../../../shared/projects/index.ts";
import { applyRows } from "../../apply-variables.ts";
import { circleciClient, circleciFailure } from "../../circleci.ts";
import { command } from "../../command.ts";
import { CommandError, problemOf } from "../../command-error.ts";
import { readDesiredVariables } from "../../desired-variables.ts";
import { checkNames } from "../../environment-names.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { readyAsInstalled } from "../../settings.ts";
import { variableLines } from "./env-view.ts";

export const env = command({
  name: "env",
  summary: "Compare the variables of a CircleCI project or context, and set them",
  usage: [
    "NAME --project SLUG [--apply [--remove-static-keys]]",
    "NAME --context ID [--apply [--remove-static-keys]]",
  ],
  description: [
    "Compares the outputs of the environment, such as AWS_ROLE_ARN and the ARN of each service, with the variables that CircleCI has. CircleCI shows at most the end of a value: where that is equal, or nothing is shown, the state is unsure. Nothing that CircleCI keeps is printed, not even its end.",
    "With --apply it writes what is missing, what differs and what is unsure. With --remove-static-keys too, it deletes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, once IAM knows that the role was used, if every variable was right before and its end is seen after it is written.",
    "The token is that of CIRCLE_TOKEN or CIRCLECI_CLI_TOKEN, a personal one; CIRCLECI_CLI_HOST is the address of a CircleCI server.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {
    project: { value: "SLUG", summary: "The variables of a project, such as gh/acme/shop" },
    context: { value: "ID", summary: "The variables of a context, by its id" },
    apply: { summary: "Write the variables; without it nothing is written" },
    "remove-static-keys": { summary: "With --apply: delete AWS's static keys, if it is safe" },
  },
  examples: [
    {
      line: "oidc-reconciler circleci env production --project gh/acme/shop",
      does: "Show what is missing or differs",
    },
    {
      line: "oidc-reconciler circleci env production --project gh/acme/shop --apply --remove-static-keys",
      does: "Set them, and delete the keys that are no longer needed",
    },
  ],
  exits: {
    ok: "As desired, as far as CircleCI shows it, or written",
    failed: "AWS or CircleCI refused or did not answer, or nothing is in force yet",
    usage: "Wrong usage, or a name that no environment has",
    differs: "A variable is missing or differs, or a static key is there",
  },
  page: "docs/circleci.md",
  run: async (input, io) => {
    const [name = ""] = input.operands;
    const target = targetOf(input.value("project"), input.value("context"));
    const apply = input.has("apply");
    const removeKeys = input.has("remove-static-keys");
    if (removeKeys && !apply) {
      throw new CommandError("--remove-static-keys deletes something: it needs --apply too.");
    }
    checkNames([name]);
    const circleci = circleciClient(io);
    const asked = await readyAsInstalled(io);
    const { values, role } = await readDesiredVariables(asked, name);
    const found = await circleci
      .asking("the variables", () => compareVariables(circleci, target, values, staticKeys))
      .catch((thrown: unknown) => {
        throw circleciFailure(thrown);
      });
    const rows = variableRows(values, found);
    const before = removeKeys
      ? whyKeysStay(rows, role, await readLastUse(asked.invocation.clients, role))
      : [];
    const goes = { apply, removeKeys: removeKeys && before.length === 0 };
    const done = await applyRows({ circleci, io, target, values }, rows, goes);
    const blocked = [...before, ...done.blocked];
    const { rows: variables, failure, warnings } = done;
    const error = failure === null ? null : problemOf(failure);
    return {
      exit: exitOf(done),
      json: {
        target,
        variables,
        ...(blocked.length === 0 ? {} : { blocked }),
        ...(error === null ? {} : { error }),
      },
      view: variableLines({ name, target, variables, blocked, apply, removeKeys }),
      warnings: error === null ? warnings : [error.message],
    };
  },
});

function exitOf({ rows, failure }: Awaited<ReturnType<typeof applyRows>>): ExitCode {
  if (failure !== null) return failure.details.exit;
  return rows.some(isOpen) ? exitCodes.differs : exitCodes.ok;
}

function targetOf(project: string | null, context: string | null): VariableTarget {
  const named = variableTarget(project, context);
  if (named.kind === "refused") throw new CommandError(`${named.message}.`);
  return named.value;
}
