import type { MaskComparison } from "./mask.ts";

/** Of a desired variable; `present` is a stored key that has to go. */
type VariableState = "missing" | Exclude<MaskComparison, "unseen"> | "present";

type VariableChange = "create" | "update" | "delete" | "none";

/** One variable. It says nothing of any value that is stored. */
export type VariableRow = {
  readonly name: string;
  readonly state: VariableState;
  /** What makes it as desired. */
  readonly change: VariableChange;
  readonly applied: boolean;
};

/** The keys that a login by OIDC makes superfluous. */
export const staticKeys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

/**
 * What is to be done with the variables of a project or a context: first the desired ones, in
 * their order, then the static keys that are there.
 *
 * @param found how each variable that is there compares; a static key is `present`
 */
export function variableRows(
  desired: Readonly<Record<string, string>>,
  found: ReadonlyMap<string, MaskComparison | "present">,
): readonly VariableRow[] {
  const names = [...Object.keys(desired), ...staticKeys.filter((name) => found.has(name))];
  return names.map((name) => {
    const state = stateOf(found.get(name));
    return { name, state, change: changeFor(state), applied: false };
  });
}

/** What is not shown at all is as little known as what only ends alike. */
function stateOf(found: MaskComparison | "present" | undefined): VariableState {
  return found === "unseen" ? "unsure" : (found ?? "missing");
}

function changeFor(state: VariableState): VariableChange {
  switch (state) {
    case "missing":
      return "create";
    // To write a value that is the same already does no harm.
    case "differs":
    case "unsure":
      return "update";
    case "same":
      return "none";
    case "present":
      return "delete";
    default:
      return state satisfies never;
  }
}

/** Does a variable still wait for somebody? One whose mask fits does not. */
export function isOpen({ state, applied }: VariableRow): boolean {
  return !applied && state !== "unsure" && state !== "same";
}

/**
 * The rows whose change CircleCI has not taken although it said so, as they are: without it.
 *
 * @param found how each variable compares after the changes
 */
export function untakenRows(
  rows: readonly VariableRow[],
  found: ReadonlyMap<string, MaskComparison | "present">,
): readonly VariableRow[] {
  return rows.flatMap((row) => {
    const state = stateOf(found.get(row.name));
    return row.applied && isUntaken(row, state) ? [{ ...row, state, applied: false }] : [];
  });
}

/** Two ends that differ prove that another value is there, whatever was there before. */
function isUntaken({ change }: VariableRow, state: VariableState): boolean {
  if (change === "delete") return state === "present";
  return state === "missing" || state === "differs";
}

/** When a role was used last, as IAM says. */
export type LastUse =
  | { readonly kind: "used"; readonly at: string }
  | { readonly kind: "never" }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly why: string };

/**
 * Why the static keys stay, as sentences; none where they may go. Without them, a pipeline whose
 * login by OIDC does not work yet could not deploy at all.
 *
 * @param rows as they were found, before anything was written
 */
export function whyKeysStay(
  rows: readonly VariableRow[],
  role: string,
  lastUse: LastUse,
): readonly string[] {
  if (!rows.some(({ state }) => state === "present")) return [];
  const unready = rows.filter(({ state }) => state === "missing" || state === "differs");
  const names = unready.map(({ name, state }) => `${name} (${state})`).join(", ");
  const wrong =
    unready.length === 0
      ? []
      : [
          `Not every variable was right: ${names}. Run a job with the new values first, then run this again.`,
        ];
  return [...wrong, ...whyUseIsUnknown(role, lastUse)];
}

function whyUseIsUnknown(role: string, lastUse: LastUse): readonly string[] {
  switch (lastUse.kind) {
    case "used":
      return [];
    case "never":
      return [
        `IAM knows of no use of ${role} yet: run a job that logs in with it. IAM may take some hours to show it.`,
      ];
    case "absent":
      return [`There is no role ${role}: without it and without the keys no job can deploy.`];
    case "unreadable":
      return [`When ${role} was used last could not be read: ${lastUse.why}.`];
    default:
      return lastUse satisfies never;
  }
}
