import { isRecord } from "../../json.ts";
import {
  type CircleciClient,
  type CircleciRequest,
  callCircleci,
  nameOfRequest,
} from "./client.ts";
import { CircleciError } from "./error.ts";

/** More pages than any project or context has: CircleCI takes a hundred variables and 500 contexts. */
const pagesMax = 100;
/** More items than those pages have: longer ones would fill the memory. */
const itemsMax = 10_000;

/**
 * The items of all pages of a listing of v2: `next_page_token` asks for the next one as
 * `page-token`.
 *
 * @throws CircleciError, also where the pages do not end or come again
 */
export async function listAll<Item>(
  client: CircleciClient,
  path: CircleciRequest["path"],
  itemOf: (item: unknown) => Item | null,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let token: string | null = null;
  do {
    const request: CircleciRequest = {
      method: "GET",
      version: "v2",
      path,
      ...(token === null ? {} : { query: { "page-token": token } }),
    };
    const page = pageOf(await callCircleci(client, request), itemOf);
    if (page === null) throw unreadable(request, "it is not a list");
    items.push(...page.items);
    token = page.next;
    const isTooLong = seen.size >= pagesMax || items.length > itemsMax;
    if (token !== null && (seen.has(token) || isTooLong)) {
      throw unreadable(request, "its pages do not end");
    }
    if (token !== null) seen.add(token);
  } while (token !== null);
  return items;
}

type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };

/** Null where it is not a page, or one of its items is not as it must be. */
function pageOf<Item>(answer: unknown, itemOf: (item: unknown) => Item | null): Page<Item> | null {
  if (!isRecord(answer) || !Array.isArray(answer["items"])) return null;
  const items: Item[] = [];
  for (const each of answer["items"]) {
    const item = itemOf(each);
    if (item === null) return null;
    items.push(item);
  }
  const next = answer["next_page_token"] ?? "";
  if (typeof next !== "string") return null;
  return { items, next: next === "" ? null : next };
}

function unreadable(request: CircleciRequest, detail: string): CircleciError {
  const code = "CircleciAnswerUnreadable";
  return new CircleciError({ code, status: null, request: nameOfRequest(request), detail });
}
