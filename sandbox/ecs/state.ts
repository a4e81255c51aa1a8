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
  | (Common & { readonly kind: "customer"; readonly taskDefinition: string });

export type ExpressService = Extract<EcsService, { kind: "express" }>;

export type TaskDefinition = {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly registeredAt: Date;
  readonly registeredBy: string;
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
