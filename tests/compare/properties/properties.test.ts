import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trustAnswer } from "../answers.ts";
import {
  type DocumentPair,
  documentOf,
  documentPair,
  longPair,
  type TrustDocument,
  trustDocument,
} from "./arbitraries.ts";
import { circleciPair } from "./circleci-arbitraries.ts";
import { faultsOf } from "./judge.ts";
import { rewritten } from "./rewrites.ts";

/**
 * How many examples each property sees. In CI a few hundred with fixed seeds; PROPERTY_RUNS=50000
 * and PROPERTY_SEED=… for a long look (npx vitest run tests/compare/properties).
 */
const runs = Number(process.env["PROPERTY_RUNS"] ?? "400");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261122");
const timeout = runs > 1000 ? 24 * 3_600_000 : 60_000;

const text = (document: TrustDocument) => JSON.stringify(document);

function directions(before: TrustDocument, after: TrustDocument) {
  const answer = trustAnswer({ before: text(before), after: text(after) });
  if (answer.kind === "refused") throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  const { verdict, widens, narrows } = answer;
  return { verdict, widens, narrows };
}

const show = (pair: DocumentPair) => `${text(pair.before)}\n${text(pair.after)}`;

describe("a comparison", () => {
  it.each([
    ["random documents", documentPair, 1],
    ["CircleCI's documents", circleciPair, 1],
    // Each has as many requests to try as several others together.
    ["documents of many statements that differ in one part", longPair, 1 / 8],
  ])(
    "of %s is proved by its witnesses and overlooks no request",
    (_, pairs, share) => {
      fc.assert(
        fc.property(pairs, (pair) => {
          const faults = faultsOf(pair, { atMost: 4_000 });
          expect(faults, show(pair)).toEqual([]);
        }),
        { numRuns: Math.ceil(runs * share), seed },
      );
    },
    timeout,
  );

  it(
    "of a document with itself is equivalent",
    () => {
      fc.assert(
        fc.property(trustDocument, (document) => {
          expect(directions(document, document).verdict).toBe("equivalent");
        }),
        { numRuns: runs, seed: seed + 1 },
      );
    },
    timeout,
  );

  it(
    "the other way round swaps its directions",
    () => {
      fc.assert(
        fc.property(documentPair, ({ before, after }) => {
          const forth = directions(before, after);
          const back = directions(after, before);
          expect([back.widens, back.narrows]).toEqual([forth.narrows, forth.widens]);
        }),
        { numRuns: runs, seed: seed + 2 },
      );
    },
    timeout,
  );

  it(
    "with a document that was only written differently is equivalent",
    () => {
      const pairs = trustDocument.chain((before) =>
        rewritten(before).map((after) => ({ before, after })),
      );
      fc.assert(
        fc.property(pairs, (pair) => {
          expect(directions(pair.before, pair.after).verdict, show(pair)).toBe("equivalent");
        }),
        { numRuns: runs, seed: seed + 3 },
      );
    },
    timeout,
  );

  it.each([
    ["an Allow narrows nothing", "Allow", "narrows"],
    ["a Deny widens nothing", "Deny", "widens"],
  ] as const)(
    "after adding %s",
    (_, effect, direction) => {
      fc.assert(
        fc.property(documentPair, ({ before, after }) => {
          const added = after.Statement.filter((statement) => statement.Effect === effect);
          const more = documentOf(before.Version, [...before.Statement, ...added]);
          // A statement of the other document may give a key another number of values.
          const first = documentOf(before.Version, before.Statement);
          expect(directions(first, more)[direction], show({ before: first, after: more })).toBe(
            false,
          );
        }),
        { numRuns: runs, seed: seed + 4 },
      );
    },
    timeout,
  );
});
