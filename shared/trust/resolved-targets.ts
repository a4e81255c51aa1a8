import type { MayWord } from "../document/index.ts";

/** The deploy targets of an environment that were found, with the ARNs that AWS gave them. */
export type ResolvedTargets = {
  readonly ecr: readonly ResolvedRepository[];
  readonly appRunner: readonly ResolvedAppRunner[];
  readonly ecsExpress: readonly ResolvedEcsExpress[];
  readonly amplify: readonly ResolvedAmplify[];
};

export type ResolvedRepository = {
  readonly repository: string;
  readonly arn: string;
  /** Of the document's words those that the policy is to give. */
  readonly may: readonly MayWord<"ecr">[];
};

export type ResolvedAppRunner = {
  readonly service: string;
  /** With the service's id, which is another after the service was made anew. */
  readonly arn: string;
  readonly may: readonly MayWord<"appRunner">[];
  /** ARNs of the roles that it uses; none where nobody may update it. */
  readonly passes: PassedRoles;
};

/** Roles by whom they are passed to: App Runner's tasks, or what pulls and builds an image. */
export type PassedRoles = {
  readonly instance: readonly string[];
  readonly access: readonly string[];
};

export type ResolvedEcsExpress = {
  readonly cluster: string;
  readonly service: string;
  readonly arn: string;
  /** `arn:…:task-definition/FAMILY:*`: every revision of the service's family. */
  readonly taskFamilyArn: string;
  /** ARNs of the execution role and, if any, the task role. */
  readonly passRoles: readonly string[];
};

export type ResolvedAmplify = {
  readonly app: string;
  readonly appId: string;
  readonly appArn: string;
  readonly branches: "every" | readonly string[];
  readonly may: readonly MayWord<"amplify">[];
  /** Is the app connected to a repository? Otherwise it is released by an upload. */
  readonly hasRepository: boolean;
};
