import type { Members } from "../input/members.ts";
import { type Paging, pageOf } from "../input/page.ts";
import { validationError } from "./refusals.ts";
import { defaultItems, maxItemsRule } from "./rules.ts";

/** One page of a listing as IAM shows it. */
export type ShownPage<Item> = {
  readonly items: readonly Item[];
  readonly end: { readonly IsTruncated: boolean; readonly Marker?: string };
};

/** The page that `Marker` and `MaxItems` ask for, of items in the order of their keys. */
export function requestedPage<Item>(
  members: Members,
  paging: Paging,
  listing: {
    readonly scope: string;
    readonly items: readonly Item[];
    readonly keyOf: (item: Item) => string;
  },
): ShownPage<Item> {
  const { scope, keyOf } = listing;
  const limit = members.optionalCount("MaxItems", maxItemsRule) ?? defaultItems;
  const items = listing.items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const token = members.optionalText("Marker", { min: 1 });
  const page = pageOf({ items, keyOf, limit, token, scope, paging });
  if (page.kind === "bad-token") throw validationError("Invalid Marker.");
  return {
    items: page.items,
    end:
      page.nextToken === null
        ? { IsTruncated: false }
        : { IsTruncated: true, Marker: page.nextToken },
  };
}
