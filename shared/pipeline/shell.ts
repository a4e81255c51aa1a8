/**
 * Pieces of the scripts that jobs run. Every value comes as a variable and in double quotes; what is
 * put into a text here is the name of a variable, a number or a text of our own.
 */

/** The script of a step. */
export function script(...lines: readonly string[]): string {
  return `${["set -euo pipefail", ...lines].join("\n")}\n`;
}

/** Takes a variable that CircleCI or the outputs set, under a name of the script's own. */
export function take(local: string, variable: string): string {
  return `${local}=\${${variable}:?is not set}`;
}

/** Says why on standard error, and ends the step. */
export function fail(message: string): string {
  return `{ echo "${message}" >&2; exit 1; }`;
}

type Poll = {
  /** The command that prints the state. */
  readonly reads: string;
  readonly done: string;
  /** Patterns of a `case`. */
  readonly failed: readonly string[];
  /** What is waited for, as a sentence begins. */
  readonly what: string;
  readonly minutes: number;
};

const pauseSeconds = 10;

/**
 * Asks for a state until it is one that lasts. It prints each answer: CircleCI ends a step that prints
 * nothing for ten minutes.
 */
export function poll({ reads, done, failed, what, minutes }: Poll): readonly string[] {
  return [
    `for _ in $(seq ${(minutes * 60) / pauseSeconds}); do`,
    `  state=$(${reads})`,
    '  echo "$state"',
    '  case "$state" in',
    `    ${done}) exit 0 ;;`,
    `    ${failed.join(" | ")}) echo "${what} ended as $state." >&2; exit 1 ;;`,
    "  esac",
    `  sleep ${pauseSeconds}`,
    "done",
    `echo "${what} did not end within ${minutes} minutes." >&2`,
    "exit 1",
  ];
}
