import type { RecordedCall } from "../../sandbox/index.ts";
import type { Ready } from "./bench.ts";
import { type Kind, kinds, modelledErrors } from "./fault-kinds.ts";

/** A call of the undisturbed run, and how it goes wrong: once, or for as long as the fault stays. */
export type Cell = {
  /** Which of the calls of its operation it is, counted from 1. */
  readonly nth: number;
  readonly call: RecordedCall;
  readonly kind: Kind;
  readonly stays: boolean;
};

/** Every call of a start in every way, once and for as long as the fault stays. */
export function cellsOf({ calls }: Pick<Ready, "calls">): readonly Cell[] {
  return calls.flatMap((call, index) => {
    const nth = calls.slice(0, index + 1).filter((each) => isSame(each, call)).length;
    return [...kinds, ...modelledErrors(call)].flatMap((kind) =>
      [false, true].map((stays): Cell => ({ nth, call, kind, stays })),
    );
  });
}

function isSame(left: RecordedCall, right: RecordedCall): boolean {
  return left.service === right.service && left.operation === right.operation;
}

/** Cells in which the whole sweep has found a fault of the product, by where they begin. */
const found: Readonly<Record<string, readonly string[]>> = {
  "the guide's resources, made by hand and wide open": [
    // What closed while the targets were late was taken for a reason to hold the very version.
    "ecr:DescribeRepositories 1 never answered once",
    // What a run had taken over and could not finish was never reported as adopted.
    "ssm:GetParameters 3 a page as if it were AWS's for a week",
  ],
  // The provider was made again while the inline policy was still there.
  "a deleted provider, and permissions that were opened while nobody could get in": [
    "iam:DeleteRolePolicy 1 denied once",
  ],
  "a policy with five versions that somebody widened": [
    // The role counted as gone, and what its policy had granted as no widening.
    "iam:ListAttachedRolePolicies 1 the modelled NoSuchEntity once",
    "iam:GetRole 1 the modelled NoSuchEntity once",
    // Each version was waited for a minute, in both looks.
    "iam:DeletePolicyVersion 3 the modelled DeleteConflict for a week",
  ],
  // What was to be removed was forgotten by one answer that did not know it.
  "new names for role and policy, the old ones to be removed": [
    "iam:GetPolicy 2 the modelled NoSuchEntity once",
  ],
  "a removed document, everything of which is to go, outputs too": [
    "iam:GetOpenIDConnectProvider 1 the modelled NoSuchEntity once",
    // What was not forgotten was not remembered as reported either.
    "ssm:DeleteParameter 1 the modelled ParameterNotFound for a week",
    "ssm:DeleteParameter 2 the modelled ParameterNotFound for a week",
    "ssm:DeleteParameter 3 the modelled ParameterNotFound for a week",
  ],
  // A trust policy that let nobody in was written again in each run, and so fought over with ourselves.
  "drift that opens nothing": ["iam:GetPolicy 1 the modelled NoSuchEntity for a week"],
};

/** A cell in words, without where it begins. */
export function nameOf({ call, nth, kind, stays }: Cell): string {
  const span = stays ? "for a week" : "once";
  return `${call.service}:${call.operation} ${nth} ${kind.kind} ${span}`;
}

/**
 * Chooses, start after start, what was found once, and cells until each operation has gone wrong in half of the
 * ways, each way with half of the operations, and with one of the errors of its model: one in three for long.
 */
export function sampler(): (cells: readonly Cell[], start: string) => readonly Cell[] {
  const seen = new Set<string>();
  return (cells, start) => {
    const again = found[start] ?? [];
    const missing = again.filter((name) => cells.every((cell) => nameOf(cell) !== name));
    if (missing.length > 0) throw new Error(`no cells of ${start} any more: ${missing.join()}`);
    return cells.filter((cell) => {
      const { call, kind, stays } = cell;
      if (again.includes(nameOf(cell))) return true;
      const way = kind.kind.startsWith("the modelled ") ? "modelled" : kind.kind;
      const key = `${call.service}:${call.operation} ${way}`;
      const turn = call.operation.length + way.length;
      const forLong = turn % 3 === 0;
      if (seen.has(key) || stays !== forLong) return false;
      if (turn % 2 === 1 && way !== "modelled") return false;
      seen.add(key);
      return true;
    });
  };
}
