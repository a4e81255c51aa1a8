import type { Explanation } from "../explain/index.ts";
import type { InForce } from "../plan/in-force.ts";
import { gapsOf } from "../projects/index.ts";
import { type Account, writeTrustPolicy } from "../trust/index.ts";
import type { PageTrust } from "./data.ts";

/** Nobody asks CircleCI for a page: what its settings are stays unknown. */
const circleciNotAsked = {
  projects: [],
  organizationAllowsUnversionedConfig: null,
  context: null,
} as const;

/**
 * A trust policy in words, with what it leaves open: the role's own one where it could be read, else
 * what the version in force asks for.
 *
 * @param live the role's trust policy as raw text; null where nobody could read it
 * @param given.explain explains a policy at this moment
 */
export function trustOf(
  inForce: InForce,
  live: string | null,
  given: {
    readonly account: Account;
    readonly now: Date;
    readonly explain: (trustPolicy: string) => Explanation;
  },
): PageTrust {
  const { account, now, explain } = given;
  const nothing = { statements: [], looseEnds: [], undecided: [], gaps: [] };
  if (inForce.kind === "nothing") return { source: "none", ...nothing };
  const { document } = inForce;
  const gaps = gapsOf(document, circleciNotAsked, now);
  const writing = live === null ? writeTrustPolicy({ document, account, now }) : null;
  if (writing?.kind === "refused") {
    return { source: "none", ...nothing, undecided: [writing.problem.message], gaps };
  }
  const source = live === null ? "document" : "role";
  const explanation = explain(live ?? JSON.stringify(writing?.policy));
  if (explanation.kind === "refused") {
    return { source, ...nothing, undecided: [explanation.error.message], gaps };
  }
  return {
    source,
    statements: explanation.statements.map(
      ({ effect, principals, actions, conditions, nobody }) => {
        return { effect, who: principals, actions, conditions, nobody };
      },
    ),
    looseEnds: explanation.looseEnds.map(({ code, message, example }) => ({
      code,
      message,
      example: example ?? null,
    })),
    undecided: explanation.undecided.map(({ message }) => message),
    gaps,
  };
}
