import type { KindName, OfKind } from "../../targets/index.ts";
import type { Environment, PathParameter } from "../config.ts";

/** What one job does for one deploy target. */
export type TargetJob = {
  /** Its name, before the environment's is added. */
  readonly name: string;
  readonly description: string;
  /** What is deployed, as CircleCI's deploy markers call it. */
  readonly component: string;
  readonly stage:
    | { readonly kind: "push"; readonly repository: string }
    /** Deploys an image of that repository; `null`: no image that this pipeline pushes. */
    | { readonly kind: "deploy"; readonly repository: string | null };
  readonly needs: readonly ("checkout" | "remote-docker")[];
  readonly path: PathParameter | null;
  /** The variables of step 5 that its script reads. */
  readonly variables: readonly string[];
  /** What else its script reads, by the names of variables. */
  readonly values: Environment;
  readonly step: { readonly name: string; readonly command: string };
  /** Does it end only when the deployment has? Else it says that it started one. */
  readonly waits: boolean;
};

/** What the maker of one kind's jobs is given. */
export type Given<Name extends KindName> = {
  readonly entries: OfKind<Name>["entries"];
  /** Those that the policy in force grants. */
  readonly targets: OfKind<Name>["resolved"];
  /** The variable that holds a value of the target of a name. */
  readonly variableOf: (variable: string, named: readonly [name: string, value: string]) => string;
  /** The repository whose images a service runs; `null` where the document does not show it. */
  readonly repositoryOf: (service: string) => string | null;
};

/** The jobs of one kind. */
export type JobsOfKind = {
  readonly jobs: readonly TargetJob[];
  /** Sentences on targets that have no job, or one that knows no end of its deployment. */
  readonly remarks: readonly string[];
};

export type MakeJobs<Name extends KindName> = (given: Given<Name>) => JobsOfKind;

/** Why a target of the document has no job: its name is not among those that the role may deploy to. */
export function notGranted(
  noun: string,
  names: readonly string[],
  granted: readonly string[],
): readonly string[] {
  return [...new Set(names)]
    .filter((name) => !granted.includes(name))
    .map(
      (name) => `${noun} ${name} has no job: it was not found, so the role may not deploy to it`,
    );
}
