import {
  staticKeys,
  type VariableRow,
  type VariableTarget,
} from "../../../shared/projects/index.ts";
import { type Line, line, type Tone } from "../../../shared/report/layout.ts";

const tones = {
  missing: "bad",
  differs: "bad",
  present: "warning",
  unsure: "plain",
  same: "good",
} as const satisfies Record<VariableRow["state"], Tone>;

const applied = {
  create: "created",
  update: "updated",
  delete: "deleted",
  none: "",
} as const satisfies Record<VariableRow["change"], string>;

/** What `circleci env` prints: a line for each variable, and what to do next. */
export function variableLines(shown: {
  readonly name: string;
  readonly target: VariableTarget;
  readonly variables: readonly VariableRow[];
  readonly blocked: readonly string[];
  readonly apply: boolean;
  /** Somebody asked to delete the static keys. */
  readonly removeKeys: boolean;
}): readonly Line[] {
  const { name, target, variables, blocked, apply, removeKeys } = shown;
  const isKey = ({ name: variable }: VariableRow) => staticKeys.some((key) => key === variable);
  const title = `Environment ${name}, CircleCI ${target.kind} ${target.id}`;
  return [
    line(title, { tone: "title" }),
    ...variables.map(rowLine),
    ...blocked.map((sentence) => line(`The static keys stay. ${sentence}`, { tone: "warning" })),
    ...(removeKeys && blocked.length === 0 && !variables.some(isKey)
      ? [line("There is no static key to delete.")]
      : []),
    ...nextLines(variables, { apply, isBlocked: blocked.length > 0 }),
  ];
}

function rowLine({ name, state, change, applied: isApplied }: VariableRow): Line {
  const what = isApplied ? applied[change] : state;
  return line(name, {
    indent: 2,
    mark: what.padEnd("missing".length),
    tone: isApplied ? "good" : tones[state],
  });
}

function nextLines(
  variables: readonly VariableRow[],
  { apply, isBlocked }: { readonly apply: boolean; readonly isBlocked: boolean },
): readonly Line[] {
  const has = (state: VariableRow["state"]) =>
    variables.some((each) => each.state === state && !each.applied);
  const isWrong = has("missing") || has("differs");
  return [
    ...(has("unsure")
      ? [
          line(
            `unsure: CircleCI shows at most the end of a value, and what it shows is equal.${apply ? "" : " --apply writes it again, which does no harm."}`,
          ),
        ]
      : []),
    ...(isWrong && !apply ? [line("To write them, add --apply.")] : []),
    ...(has("present") && !isBlocked
      ? [
          line(
            "present: a static key that jobs no longer need. Once a job has logged in with the role, --apply --remove-static-keys deletes it.",
          ),
        ]
      : []),
  ];
}
