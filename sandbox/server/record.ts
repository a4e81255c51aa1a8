import type { Call, ServiceError } from "./operation.ts";

/** A request that reached the account, for a test to look at. */
export type RecordedCall = {
  /** Its position among all calls, from 0. */
  readonly index: number;
  readonly at: Date;
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  /** ARN of the caller. */
  readonly caller: string;
  readonly input: Readonly<Record<string, unknown>>;
  /**
   * What the caller saw: an error code, `connection-reset` or `no-response`; null for an answer.
   */
  readonly error: string | null;
  /** Whether the operation did its work, whatever the caller saw. Null while it runs. */
  readonly happened: boolean | null;
  readonly mutating: boolean;
  readonly requestId: string;
};

/** A call that has ended, with its result inside the account. */
export type FinishedCall = {
  readonly call: Call;
  readonly readOnly: boolean;
  readonly outcome:
    | { readonly kind: "answered"; readonly output: object }
    | { readonly kind: "refused"; readonly error: ServiceError };
};
