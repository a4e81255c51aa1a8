export type Cluster = { readonly name: string; readonly tags: ReadonlyMap<string, string> };

/** What a revision of an Express service runs with. */
export type Configuration = {
  readonly executionRoleArn: string;
  readonly taskRoleArn: string | null;
  readonly primaryContainer: unknown;
  readonly cpu: string;
  readonly memory: string;
  readonly healthCheckPath: string;
  readonly networkConfiguration: unknown;
  readonly scalingTarget: unknown;
  /** ARN of the task definition's revision. */
  readonly taskDefinition: string;
  readonly revisionArn: string;
  readonly createdAt: Date;
};

type Common = {
  readonly name: string;
  readonly arn: string;
  readonly cluster: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly tags: ReadonlyMap<string, string>;
};

/** A service that ECS manages in Express mode, or one whose resources are the customer's. */
export type EcsService =
  | (Common & {
      readonly kind: "express";
      readonly infrastructureRoleArn: string;
      readonly configuration: Configuration;
    })
  | (Common & {
      readonly kind: "customer";
      readonly controller: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
      readonly launchType: string;
      readonly desiredCount: number;
      /** ARN of the task definition's revision; null where task sets have their own. */
      readonly taskDefinition: string | null;
      readonly deployment: Deployment;
    });

export type ExpressService = Extract<EcsService, { kind: "express" }>;

export type CustomerService = Extract<EcsService, { kind: "customer" }>;

/** The newest deployment of a service, which is over as soon as its call is answered. */
export type Deployment = { readonly id: string; readonly createdAt: Date };

export type TaskDefinition = {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly registeredAt: Date;
  readonly registeredBy: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly tags: ReadonlyMap<string, string>;
  /** What was registered, kept to be given back. */
  readonly content: Readonly<Record<string, unknown>>;
};

/** One Region's ECS. */
export type EcsState = {
  readonly clusters: Map<string, Cluster>;
  /** By ARN. */
  readonly services: Map<string, EcsService>;
  /** Revisions by family, the oldest first. */
  readonly families: Map<string, readonly TaskDefinition[]>;
};
