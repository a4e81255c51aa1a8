/** An event as a target of a rule gets it. */
export type EventBridgeEvent = {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 in whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

/** What a service of the account sends to the default bus of its Region. */
export type NewEvent = {
  readonly source: string;
  readonly detailType: string;
  readonly region: string;
  readonly at: Date;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** A read-only management event. Only a rule that asks for all management events gets it. */
  readonly readOnly?: boolean;
};

export type Emit = (newEvent: NewEvent) => void;

/** ISO 8601 without fractions of a second, as in events and CloudTrail records. */
export function wholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}
