import type { Members } from "./members.ts";

/**
 * Pages of a listing. A token names the last item of the page before. So items that are created or
 * deleted between two pages do not repeat or hide others.
 */

/**
 * `full`: each page has as many items as the request asks for. `short-pages`: what AWS may do and
 * rarely does: empty and short pages that still have a token.
 */
export type Paging = "full" | "short-pages";

export type Page<Item> =
  | { readonly kind: "page"; readonly items: readonly Item[]; readonly nextToken: string | null }
  | { readonly kind: "bad-token" };

type PageRequest<Item> = {
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly limit: number;
  readonly token: string | null;
  readonly scope: string;
  readonly paging: Paging;
};

type Place = { readonly scope: string; readonly after: string | null; readonly turn: number };

/**
 * One page of `items`, which must be in the order of their keys. A token is valid only for the
 * `scope` (operation and filters) that it comes from; any other is a `bad-token`.
 */
export function pageOf<Item>(request: PageRequest<Item>): Page<Item> {
  const { items, keyOf, scope } = request;
  const place = request.token === null ? { scope, after: null, turn: 0 } : placeOf(request.token);
  if (place === null || place.scope !== scope) return { kind: "bad-token" };
  const after = place.after;
  const rest = after === null ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, sizeOf(request.paging, place.turn, request.limit));
  if (page.length === rest.length) return { kind: "page", items: page, nextToken: null };
  const last = page.at(-1);
  const next = { scope, after: last === undefined ? after : keyOf(last), turn: place.turn + 1 };
  return { kind: "page", items: page, nextToken: tokenOf(next) };
}

/**
 * The page that a request asks for, and the answer's member that leads to the next one. Throws
 * `badToken` for a token of another listing.
 */
export function listingPage<Item>(
  members: Members,
  listing: Omit<PageRequest<Item>, "token"> & {
    readonly tokenName: "NextToken" | "nextToken";
    readonly badToken: () => Error;
  },
): { readonly items: readonly Item[]; readonly next: Readonly<Record<string, string>> } {
  const { tokenName, badToken, ...rest } = listing;
  const page = pageOf({ ...rest, token: members.optionalText(tokenName) });
  if (page.kind === "bad-token") throw badToken();
  const next = page.nextToken === null ? {} : { [tokenName]: page.nextToken };
  return { items: page.items, next };
}

function sizeOf(paging: Paging, turn: number, limit: number): number {
  switch (paging) {
    case "full":
      return limit;
    case "short-pages":
      return [0, 1, Math.ceil(limit / 2), limit][turn % 4] ?? limit;
    default:
      throw new Error(`no such paging: ${paging satisfies never}`);
  }
}

function tokenOf(place: Place): string {
  return Buffer.from(JSON.stringify([place.scope, place.after, place.turn])).toString("base64");
}

function placeOf(token: string): Place | null {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
  } catch {
    return null;
  }
  if (!Array.isArray(parts)) return null;
  const [scope, after, turn]: readonly unknown[] = parts;
  if (typeof scope !== "string" || typeof turn !== "number") return null;
  return after === null || typeof after === "string" ? { scope, after, turn } : null;
}

/** A key for items that are listed in their order of creation. */
export function ordinalKey(ordinal: number): string {
  return ordinal.toString().padStart(12, "0");
}

/** The order of UTF-16 code units, by which `pageOf` compares keys. */
export function byKey<Item>(keyOf: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);
}
