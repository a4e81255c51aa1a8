import type { TrustDocument, TrustStatement } from "../properties/arbitraries.ts";

/** A policy in a shape that people publish, with names of our own, and one edit; the verdict is of the edit. */
export type Edited<Document> = {
  readonly title: string;
  readonly before: Document;
  readonly after: Document;
  readonly verdict: "widened" | "narrowed" | "changed";
};

type Parts = Readonly<Record<string, unknown>>;

export function document(...statements: readonly TrustStatement[]): TrustDocument {
  return { Version: "2012-10-17", Statement: statements };
}

export function allow(parts: Parts, condition?: Parts): TrustStatement {
  return {
    Effect: "Allow",
    ...parts,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

export function deny(parts: Parts, condition?: Parts): TrustStatement {
  return { Effect: "Deny", ...parts, ...(condition === undefined ? {} : { Condition: condition }) };
}
