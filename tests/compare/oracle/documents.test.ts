import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import { trustDocument } from "../properties/arbitraries.ts";
import { isMultiValued, statementsOf } from "../properties/documents.ts";
import { requestsOf } from "../properties/requests.ts";
import { simulatorAdmitsInContext } from "./simulator.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "400");

/** What docs/second-opinion.md settles, wherever it is in a document. */
const settled = [
  /\$\{/,
  /"\d{10}"/,
  /0\.0\.0\.0\/0/,
  /ForAnyValue:\w+IfExists/,
  /NotIpAddress\w*":\{"[^"]+":\[?("[^"]*",)*"[^"/]*"/,
  /"(Principal|NotPrincipal)":\{"Federated":"\*"/,
];

describe("the sandbox's evaluator and iam-simulate", () => {
  it("agree on random trust policies, statement by statement", () => {
    let asked = 0;
    fc.assert(
      fc.property(trustDocument, (document) => {
        const text = JSON.stringify(document);
        if (settled.some((pattern) => pattern.test(text))) return;
        const atoms = statementsOf([document]).flatMap((statement) => statement.atoms);
        for (const request of requestsOf([document], { atMost: 40, seed: 1 })) {
          const { principal, action, context } = request;
          // A Deny of an account, asked by a provider that it hosts, is settled too.
          if (
            principal.type === "Federated" &&
            /Deny/.test(text) &&
            /123456789012:root|"123456789012"/.test(text)
          ) {
            continue;
          }
          const multi = [...context.keys()].filter((key) => isMultiValued(key, atoms));
          const theirs = simulatorAdmitsInContext(
            document,
            { principal: principal.id, action, context: Object.fromEntries(context) },
            multi,
          );
          const ours = evaluateTrust(document, request).decision === "allow";
          const note = `${JSON.stringify({ principal, action, context: [...context] })} ${text}`;
          expect(ours, note).toBe(theirs);
          asked += 1;
        }
      }),
      { numRuns: runs, seed: 20261124 },
    );
    expect(asked).toBeGreaterThan(runs * 5);
  }, 600_000);
});
