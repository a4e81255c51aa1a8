import type { Paging } from "../input/page.ts";
import { pageOf } from "../input/page.ts";
import type { State } from "./state.ts";

/** A request with what its path, its query and its body carried. */
export type ApiCall = {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly now: Date;
  readonly paging: Paging;
};

export type ApiAnswer = { readonly status: number; readonly body: object };

export type ApiOperation = (state: State, call: ApiCall) => ApiAnswer;

/** An error answer, in the shape of the version that was asked. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function ok(body: object): ApiAnswer {
  return { status: 200, body };
}

export function created(body: object): ApiAnswer {
  return { status: 201, body };
}

/** One page of a listing of v2, in the order of its keys. */
export function listed<Item>(
  { query, paging }: ApiCall,
  listing: {
    readonly items: readonly Item[];
    readonly keyOf: (item: Item) => string;
    readonly size: number;
    readonly scope: string;
    readonly shown: (item: Item) => object;
  },
): ApiAnswer {
  const { items, keyOf, size, scope, shown } = listing;
  const token = query.get("page-token") || null;
  const inOrder = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = pageOf({ items: inOrder, keyOf, limit: size, token, scope, paging });
  if (page.kind === "bad-token") throw new ApiError(400, "Invalid page token.");
  return ok({ items: page.items.map(shown), next_page_token: page.nextToken });
}

/** A text of the body; refused where it is missing. */
export function textIn({ body }: ApiCall, name: string): string {
  const value = body[name];
  if (typeof value === "string") return value;
  throw new ApiError(400, `${name} is required.`);
}
