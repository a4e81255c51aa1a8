import { isRecord } from "../../json.ts";
import {
  type CircleciClient,
  type CircleciRequest,
  callCircleci,
  nameOfRequest,
} from "./client.ts";
import { CircleciError } from "./error.ts";

/** More pages than any project or context has, however short they are; an empty one counts as ten. */
const pagesMax = 1_000;
/** More items would fill the memory. */
const itemsMax = 10_000;
/** So would longer ones, however few they are. */
const lengthMax = 4 * 1024 * 1024;
/** A longer page token than any that fits an address. */
const tokenMax = 8 * 1024;
/** Longer is left: its pages may each be slow. */
const listingMs = 300_000;

/** An item of a listing; `odd` where it is not as it must be: half a sentence. */
export type ItemReading<Item> =
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "odd"; readonly why: string };

/**
 * The items of all pages of a listing of v2: `next_page_token` asks for the next one as
 * `page-token`.
 *
 * @throws CircleciError, also where the pages do not end or come again
 */
export async function listAll<Item>(
  client: CircleciClient,
  path: CircleciRequest["path"],
  itemOf: (item: unknown) => ItemReading<Item>,
): Promise<readonly Item[]> {
  const begun = client.now().getTime();
  const items: Item[] = [];
  const seen = new Set<string>();
  let pages = 0;
  let length = 0;
  let token: string | null = null;
  do {
    const request: CircleciRequest = {
      method: "GET",
      version: "v2",
      path,
      ...(token === null ? {} : { query: { "page-token": token } }),
    };
    const page = pageOf(await callCircleci(client, request), itemOf);
    if (page.kind === "odd") throw unreadable(request, page.why);
    items.push(...page.items);
    length += JSON.stringify(page.items).length;
    if (length > lengthMax) throw unreadable(request, "it is longer than any list should be");
    pages += page.items.length === 0 ? 10 : 1;
    token = page.next;
    if (token === null) break;
    if (seen.has(token)) throw unreadable(request, "it shows the same page again");
    if (items.length > itemsMax) throw unreadable(request, `it has more than ${itemsMax} items`);
    if (pages >= pagesMax) throw unreadable(request, "its pages do not end");
    if (client.now().getTime() - begun > listingMs) throw tooSlow(request);
    seen.add(token);
  } while (token !== null);
  return items;
}

type Page<Item> =
  | { readonly kind: "page"; readonly items: readonly Item[]; readonly next: string | null }
  | { readonly kind: "odd"; readonly why: string };

function pageOf<Item>(answer: unknown, itemOf: (item: unknown) => ItemReading<Item>): Page<Item> {
  if (!isRecord(answer) || !Array.isArray(answer["items"])) return odd("it is not a list");
  const items: Item[] = [];
  for (const each of answer["items"]) {
    const read = itemOf(each);
    if (read.kind === "odd") return read;
    items.push(read.item);
  }
  const next = answer["next_page_token"] ?? "";
  if (typeof next !== "string") return odd("its next_page_token is not a text");
  if (next.length > tokenMax) return odd("its next_page_token is too long");
  return { kind: "page", items, next: next === "" ? null : next };
}

/** What is wrong with an item, or with a page. */
export function odd(why: string): { readonly kind: "odd"; readonly why: string } {
  return { kind: "odd", why };
}

/** Is it about the id that was asked for, or does it not say what it is about? */
export function isAbout(said: unknown, id: string): boolean {
  return said === undefined || (typeof said === "string" && said.toLowerCase() === id);
}

function tooSlow(request: CircleciRequest): CircleciError {
  const detail = `its pages take longer than ${listingMs / 60_000} minutes`;
  const code = "CircleciUnavailable";
  return new CircleciError({ code, status: null, request: nameOfRequest(request), detail });
}

function unreadable(request: CircleciRequest, detail: string): CircleciError {
  const code = "CircleciAnswerUnreadable";
  return new CircleciError({ code, status: null, request: nameOfRequest(request), detail });
}
