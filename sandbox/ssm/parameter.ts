/** A version of a parameter. */
export type Version = {
  readonly version: number;
  readonly value: string;
  readonly type: ParameterType;
  readonly tier: Tier;
  readonly description: string | null;
  readonly allowedPattern: string | null;
  readonly keyId: string | null;
  readonly dataType: string;
  readonly modifiedAt: Date;
  readonly modifiedBy: string;
  readonly policies: readonly ParameterPolicy[];
};

/** A policy on an advanced parameter. Only `Expiration` does something at a set time. */
export type ParameterPolicy = {
  readonly type: PolicyType;
  /** As it was sent. */
  readonly text: string;
  readonly expiresAt: Date | null;
};

export type PolicyType = "Expiration" | "ExpirationNotification" | "NoChangeNotification";

export type ParameterType = "String" | "StringList" | "SecureString";
export type Tier = "Standard" | "Advanced";

export type Parameter = {
  readonly name: string;
  readonly arn: string;
  /** At most the newest hundred, the oldest first; never empty. */
  readonly versions: readonly [Version, ...Version[]];
  /** Each label is on one version. */
  readonly labels: ReadonlyMap<string, number>;
  readonly tags: ReadonlyMap<string, string>;
};

/** One Region's parameters by name. */
export type Parameters = Map<string, Parameter>;

export function newestOf(parameter: Parameter): Version {
  return parameter.versions.at(-1) ?? parameter.versions[0];
}

export function labelsOn(parameter: Parameter, version: number): readonly string[] {
  return [...parameter.labels].filter(([, at]) => at === version).map(([label]) => label);
}
