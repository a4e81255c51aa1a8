/**
 * The CircleCI configuration that deploys what documents name, as plain data: which jobs there are,
 * what each runs, and on which branches and tags. `pipeline.ts` makes one, `yaml.ts` writes it.
 *
 * Imports `language`, `aws`, `document`, `targets`, `trust` and `report`. Only the command uses it.
 *
 * @see https://circleci.com/docs/reference/configuration-reference/
 */

/** Values by the names of environment variables. CircleCI sets them as they are and expands nothing. */
export type Environment = ReadonlyMap<string, string>;

export type Config = {
  /** Comments at the top of the file, a line each. */
  readonly head: readonly string[];
  readonly jobs: readonly Job[];
  readonly workflows: readonly Workflow[];
};

export type Job = {
  readonly name: string;
  readonly description: string;
  /** The folder that it works on, as a parameter that a workflow may set; `null`: it needs none. */
  readonly path: PathParameter | null;
  readonly environment: Environment;
  readonly steps: readonly Step[];
};

export type PathParameter = { readonly description: string; readonly fallback: string };

export type Step =
  | { readonly kind: "checkout" }
  | { readonly kind: "remote-docker" }
  /** Assumes the role with the job's token; both may be a variable, `${NAME}`. */
  | { readonly kind: "log-in"; readonly roleArn: string; readonly region: string }
  | RunStep;

export type RunStep = {
  readonly kind: "run";
  readonly name: string;
  /** A script for bash. No value of a document is in it: those come as variables. */
  readonly command: string;
  /** Always after what went well, if it says nothing else. */
  readonly when?: "on_success" | "on_fail";
};

export type Workflow = {
  readonly name: string;
  readonly comments: readonly string[];
  /** Of every job alike: a job whose own filters leave out a tag never runs on it. */
  readonly filters: Filters;
  /** The name of the context that every job gets; `null` for none. */
  readonly context: string | null;
  readonly jobs: readonly WorkflowJob[];
};

type WorkflowJob = { readonly name: string; readonly requires: readonly string[] };

/** Which branches and tags start a job; a missing member leaves CircleCI's default. */
export type Filters = {
  readonly branches?: Filter;
  readonly tags?: Filter;
};

export type Filter = { readonly only: readonly string[] } | { readonly ignore: readonly string[] };
