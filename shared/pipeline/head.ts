import type { Account } from "../trust/index.ts";
import type { Values } from "./values.ts";

/** What made a file, for its first lines. */
export type MadeBy = {
  /** Of the command. */
  readonly version: string;
  /** The environments that were asked for; empty for all of them. */
  readonly names: readonly string[];
};

/** Of one environment what the first lines say. */
export type MadeFrom = {
  readonly environment: {
    readonly name: string;
    readonly version: number;
    readonly digest: string;
  };
  readonly values: Values;
  /** The variables of step 5 that its jobs read for their targets. */
  readonly variables: readonly string[];
  readonly context: string | null;
};

type Head = {
  readonly madeBy: MadeBy;
  readonly deployMarkers: boolean;
  readonly account: Account;
  readonly prefix: string;
  readonly home: string;
  readonly made: readonly MadeFrom[];
  readonly notes: readonly string[];
};

/** The first lines of a file: what made it, from what, what it needs, and how to make it again. */
export function headOf(head: Head): readonly string[] {
  const { madeBy, account, home, made, notes } = head;
  return [
    `Made by oidc-reconciler ${madeBy.version} from what is in force in account ${account.id}, ${home}.`,
    "Make it again when a document or a target has changed:",
    `  ${commandLine(head)} > .circleci/config.yml`,
    ...made.flatMap((each) => ["", ...ofEnvironment(each, head)]),
    ...(notes.length === 0 ? [] : ["", "Note:", ...notes.map((note) => `  ${note}.`)]),
  ];
}

function commandLine({ madeBy, made, deployMarkers, prefix, home }: Head): string {
  const contexts = made.flatMap(({ environment, context }) =>
    context === null ? [] : [word(`${environment.name}=${context}`)],
  );
  return [
    "oidc-reconciler circleci config",
    ...madeBy.names,
    ...(contexts.length === 0 ? [] : ["--context", ...contexts]),
    ...(deployMarkers ? ["--deploy-markers"] : []),
    "--prefix",
    prefix,
    "--region",
    home,
  ].join(" ");
}

/** A word of a command line, as a shell takes it. */
function word(text: string): string {
  return /^[A-Za-z0-9_.=/:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function ofEnvironment(
  { environment, values, variables, context }: MadeFrom,
  { prefix }: Head,
): readonly string[] {
  const { name, version, digest } = environment;
  return [
    `${name}: version ${version} of ${prefix}/environments/${name}, SHA-256 ${digest.slice(0, 12)}`,
    ...needs(values, variables, context).map((line) => `  ${line}`),
  ];
}

/** Where the jobs get their values, and what has to be set in CircleCI for that. */
function needs(
  { role, targets, ofLogin }: Values,
  variables: readonly string[],
  context: string | null,
): readonly string[] {
  const set = [
    ...(role === "variables" ? ofLogin : []),
    ...(targets.kind === "variables" ? variables : []),
  ];
  const where = context === null ? "the project" : `context ${context}`;
  const variableLines =
    set.length === 0 ? [] : [`reads variables of ${where}: ${[...new Set(set)].join(", ")}`];
  switch (targets.kind) {
    case "variables":
      return variableLines;
    case "outputs":
      return [...variableLines, `reads ${targets.parameter} at run time: no ARN is in this file`];
    case "config":
      return [
        ...variableLines,
        "has its values in this file: make it again when a target was re-created, or set policy.readOutputs",
      ];
    default:
      return targets satisfies never;
  }
}
