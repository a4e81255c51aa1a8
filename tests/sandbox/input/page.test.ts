import { describe, expect, test } from "vitest";
import { type Paging, pageOf } from "../../../sandbox/input/page.ts";

const letters = ["a", "b", "c", "d", "e"];

function page(
  items: readonly string[],
  token: string | null,
  options: { readonly scope?: string; readonly paging?: Paging; readonly limit?: number } = {},
): { readonly items: readonly string[]; readonly nextToken: string | null } {
  const { scope = "letters", paging = "full", limit = 2 } = options;
  const result = pageOf({ items, keyOf: (item) => item, limit, token, scope, paging });
  if (result.kind === "bad-token") throw new Error("bad token");
  return result;
}

function everything(paging: Paging): readonly (readonly string[])[] {
  const pages = [];
  let token: string | null = null;
  do {
    const next: ReturnType<typeof page> = page(letters, token, { paging });
    pages.push(next.items);
    token = next.nextToken;
  } while (token !== null);
  return pages;
}

describe("paging", () => {
  test("fills each page and ends without a token", () => {
    expect(everything("full")).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("with short pages has empty and short pages, and each item once", () => {
    expect(everything("short-pages")).toEqual([[], ["a"], ["b"], ["c", "d"], [], ["e"]]);
  });

  test("has no token if the last page is just full, or if there is nothing", () => {
    expect(page(["a", "b"], null).nextToken).toBeNull();
    expect(page([], null)).toMatchObject({ items: [], nextToken: null });
    expect(page([], null, { paging: "short-pages" })).toMatchObject({ items: [], nextToken: null });
  });

  test("does not repeat or skip items when others come and go between two pages", () => {
    const { nextToken } = page(letters, null);
    expect(page(["a", "aa", "c", "d", "e"], nextToken).items).toEqual(["c", "d"]);
    expect(page(["b", "d", "e"], nextToken).items).toEqual(["d", "e"]);
  });

  test.each([
    ["another listing", () => page(letters, null, { scope: "other" }).nextToken],
    ["nobody", () => "junk"],
    ["nobody, in JSON", () => Buffer.from("{}").toString("base64")],
    ["nobody, with a number for a key", () => Buffer.from('["letters",1,1]').toString("base64")],
  ])("refuses a token of %s", (_, token) => {
    expect(() => page(letters, token())).toThrow("bad token");
  });
});
