export type RuleState = "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

export type Target = Readonly<Record<string, unknown>> & {
  readonly Id: string;
  readonly Arn: string;
};

export type Rule = {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly state: RuleState;
  /** JSON text, as it was put. */
  readonly pattern: string | null;
  readonly schedule: string | null;
  readonly description: string | null;
  readonly roleArn: string | null;
  readonly createdBy: string;
  readonly targets: ReadonlyMap<string, Target>;
};

export type Bus = { readonly name: string; readonly rules: Map<string, Rule> };

/** One Region's buses by name; `default` is always there. */
export type Buses = Map<string, Bus>;
