import { describe, expect, test } from "vitest";
import { explainTrust } from "../../../shared/explain/index.ts";
import {
  account,
  type Entry,
  now,
  policyFor,
  projectA,
  projectB,
  provider,
} from "../../trust/documents.ts";

/** What the product writes leaves open what its document asks for, and nothing else. */
const origin = "github.com/acme/shop";
const main = { id: projectA, origin, refs: ["refs/heads/main"] };

describe.each(["aws", "aws-us-gov"])(
  "a trust policy that the reconciler writes in %s",
  (partition) => {
    test.each<[string, "all" | readonly Entry[], readonly string[]]>([
      ["a branch", [main], []],
      ["branches and tags", [{ ...main, refs: ["refs/heads/main", "refs/tags/v1.0"] }], []],
      ["branches below a folder", [{ ...main, refs: ["refs/heads/release/*"] }], []],
      ["two projects", [main, { ...main, id: projectB, origin: "gitlab.com/acme/team/shop" }], []],
      [
        "an entry that ends later",
        [
          { ...main, until: "2026-12-31T00:00:00Z" },
          { ...main, id: projectB },
        ],
        [],
      ],
      ["a prefix of branches", [{ ...main, refs: ["refs/heads/release*"] }], ["branch-prefix"]],
      ["every branch", [{ ...main, refs: ["refs/heads/*"] }], ["every-branch"]],
      ["a repository", [{ id: projectA, origin }], ["every-branch"]],
      ["a project", [{ id: projectA }], ["forks"]],
      ["every project", "all", ["any-project"]],
    ])("for %s", (_, projects, codes) => {
      const policy = policyFor(projects, { account: { ...account, partition } });
      const explanation = explainTrust(JSON.stringify(policy), now);
      if (explanation.kind === "refused") throw new Error(explanation.error.message);
      expect(explanation.looseEnds.map(({ code }) => code)).toEqual(codes);
      expect(explanation.undecided).toEqual([]);
      expect(explanation.issuers).toEqual([provider]);
    });
  },
);

test("a policy whose entries have all ended lets nobody in any more", () => {
  const policy = policyFor([{ ...main, until: "2026-12-31T00:00:00Z" }]);
  const later = explainTrust(JSON.stringify(policy), new Date("2027-01-01T00:00:00Z"));
  expect(later).toMatchObject({
    looseEnds: [{ code: "nobody" }],
    statements: [{ nobody: expect.stringContaining("its time is over") }],
  });
});
