import { describe, expect, test } from "vitest";
import { isImpossible, mayWiden } from "../../shared/compare/index.ts";
import { permissionsJson } from "../../shared/takeover/comparison.ts";
import { trustTextOf } from "../../shared/takeover/trust.ts";
import { account } from "../plan/targets.ts";
import { type Published, published } from "./published.ts";
import { draftFor, now, organization, shop, type Taken, take, takeWith } from "./taking.ts";

/** Where no document can say whose jobs get in, somebody names a project. */
function taken({ given, projects }: Published): Taken {
  const named = { id: shop, origin: "github.com/my-org/shop", refs: ["refs/heads/main"] };
  return projects === null ? takeWith(given, [named]) : take(given);
}

type Ways = { readonly widens: boolean | null; readonly narrows: boolean | null };

function verdictOf({ widens, narrows }: Ways): string {
  if (widens === null || narrows === null) return "undecided";
  if (widens) return narrows ? "changed" : "widened";
  return narrows ? "narrowed" : "equivalent";
}

describe.each(published)("$name", (role) => {
  const found = taken(role);
  const { trust, permissions, notCarried, document, yaml } = found;

  test("becomes a document, as far as one can say it", () => {
    const draft = draftFor(role.given);
    expect(draft.trust).toMatchObject({ organizationId: organization, projects: role.projects });
    const { region: _, ...deploy } = draft.deploy;
    expect(written(deploy)).toEqual(written(role.deploy));
    expect(document.role.name).toBe("deploy");
    expect(yaml).not.toContain("mode:");
  });

  test("is compared with it", () => {
    const ways = { widens: mayWiden(trust.widening), narrows: mayWiden(trust.narrowing) };
    expect([verdictOf(ways), verdictOf(permissionsJson(permissions))]).toEqual(role.verdicts);
    expect(trustTextOf(document, { account, now })).not.toBeNull();
  });

  test("loses nothing in silence", () => {
    expect(notCarried).toHaveLength(role.notCarried.length);
    for (const [index, pattern] of role.notCarried.entries()) {
      expect(notCarried[index]).toMatch(pattern);
    }
    // Without a sentence nothing is lost that a caller can miss.
    if (notCarried.length > 0) return;
    expect(isImpossible(trust.narrowing)).toBe(true);
    expect(permissions.narrowing.kind).toBe("disproved");
  });

  test("is whole only if nothing changes", () => {
    expect(found.whole).toBe(false);
  });
});

/** Lists of plain names, whatever form an entry has. */
function written(deploy: object): unknown {
  return JSON.parse(
    JSON.stringify(deploy, (_, value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      const { may, ...rest } = value;
      const plain = ["push", "deploy", "release"].includes(String(may));
      const [only, ...more] = Object.values(rest);
      return plain && more.length === 0 ? only : value;
    }),
  );
}
