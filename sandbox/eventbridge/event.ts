/** An event as EventBridge hands it to a rule's target. */
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

/** Something that a service of the account tells the default bus of its Region. */
export type NewEvent = {
  readonly source: string;
  readonly detailType: string;
  readonly region: string;
  readonly at: Date;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** A read-only management event, which only a rule that asks for all of them gets to see. */
  readonly readOnly?: boolean;
};

export type Emit = (newEvent: NewEvent) => void;

/** ISO 8601 without fractions of a second, as events and CloudTrail records write an instant. */
export function wholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}
