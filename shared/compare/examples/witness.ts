/**
 * This folder finds an example that people believe: of all requests that prove a difference, one that a
 * real caller makes. Here an example is searched for, with tokens first (`token.ts`), then other callers
 * (`caller.ts`), by the search in `search.ts`; `permission.ts` does the same for what is granted, and
 * `describe.ts` says it in a sentence.
 */

import {
  type CircleciProvider,
  circleciProviderOf,
  type TokenShape,
} from "../../circleci/tokens.ts";
import type { PrincipalType } from "../../policy/document.ts";
import type { TrustRequest } from "../../policy/request.ts";
import { callerRequest } from "./caller.ts";
import { type ExampleSearch, isInAccount } from "./search.ts";
import { tokenRequest } from "./token.ts";

/** A request that proves a difference, as it is shown to people and programs. */
export type Witness = {
  readonly principal: { readonly type: PrincipalType; readonly id: string };
  readonly action: string;
  /** A key that is not here is absent from the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
} & Reach;

/**
 * Who can make such a request: a token of a shape that CircleCI signs, with an audience that the
 * provider takes; another caller that uses the action, without keys of other kinds of callers; or
 * nobody who is known. The providers are those of the surroundings, or those that the documents name.
 */
export type Reach =
  | { readonly reachable: true; readonly token: TokenShape | null }
  | { readonly reachable: false; readonly token: null };

/**
 * The witness to show for a difference: a request that a CircleCI token can make, if there is one,
 * then one that another caller can make, then the one at hand. Null where none passes the plain
 * evaluation.
 */
export function showRequest(search: ExampleSearch): Witness | null {
  for (const provider of providersOf(search)) {
    const token = tokenRequest(search, provider);
    if (token !== null)
      return shown(search, token.request, { reachable: true, token: token.shape });
  }
  const request = callerRequest(search);
  if (request !== null) return shown(search, request, { reachable: true, token: null });
  if (!search.isWitness(search.plain)) return null;
  return shown(search, search.plain, { reachable: false, token: null });
}

function providersOf(search: ExampleSearch): readonly CircleciProvider[] {
  return search.space.callers.flatMap((caller) => {
    const provider = caller.type === "Federated" ? circleciProviderOf(caller.id) : null;
    if (provider === null || !isInAccount(search, provider.arn)) return [];
    return [provider];
  });
}

function shown(search: ExampleSearch, request: TrustRequest, reach: Reach): Witness {
  const spelling = new Map<string, string>();
  for (const policy of search.policies.toReversed()) {
    for (const { conditions } of policy.statements) {
      for (const { key, keyText } of conditions) if (!spelling.has(key)) spelling.set(key, keyText);
    }
  }
  const context = Object.fromEntries(
    [...request.context].map(([key, values]) => [spelling.get(key) ?? key, values]),
  );
  return { principal: request.principal, action: request.action, context, ...reach };
}
