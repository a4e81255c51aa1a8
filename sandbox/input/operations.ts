/**
 * What the services share on their way in: members of a request (`members.ts`), pages of a listing
 * (`page.ts`), what IAM has to check (`authorization.ts`), errors (`refusal.ts`), and here the
 * handlers bound to a state.
 */

import type { Call, Keep, Operation, Past } from "../server/operation.ts";
import { type Members, membersOf, type Refuse } from "./members.ts";

/** One operation of a service on its state in the Region of the call. */
export type Handler<State> = (state: State, members: Members, call: Call) => object;

/** One state for each Region, created with the first call to the Region. */
export type StateOf<State> = ((call: { readonly region: string }) => State) & {
  readonly keep: Keep;
  /** The states that there are so far, by Region. */
  readonly all: () => ReadonlyMap<string, State>;
};

/**
 * @param copy has to keep what later writes change; for a map whose entries are replaced and never
 *   changed in place, a copy of the map is enough
 */
export function perRegion<State>(
  make: (region: string) => State,
  copy: (state: State) => State = structuredClone,
): StateOf<State> {
  const states = new Map<string, State>();
  const copied = (all: ReadonlyMap<string, State>) =>
    [...all].map(([region, state]) => [region, copy(state)] as const);
  const stateOf = ({ region }: { readonly region: string }): State => {
    const state = states.get(region) ?? make(region);
    states.set(region, state);
    return state;
  };
  const keep = () => {
    const kept = new Map(copied(states));
    return () => {
      states.clear();
      for (const [region, state] of copied(kept)) states.set(region, state);
    };
  };
  return Object.assign(stateOf, { keep, all: () => states });
}

/** Keeps what is in a map; the result puts it back, into the same map. */
export function keepMap<Key, Value>(map: Map<Key, Value>): () => void {
  const kept = structuredClone(map);
  return () => {
    map.clear();
    for (const [key, value] of structuredClone(kept)) map.set(key, value);
  };
}

/** Binds a service's handlers to its state and to its error for a member of the wrong shape. */
export function operationsOf<State>(service: {
  readonly handlers: Readonly<Record<string, Handler<State>>>;
  readonly stateOf: (call: Call) => State;
  readonly refuse: Refuse;
}): ReadonlyMap<string, Operation> {
  const { handlers, stateOf, refuse } = service;
  return new Map(
    Object.entries(handlers).map(([name, handler]): [string, Operation] => [
      name,
      (call) => handler(stateOf(call), membersOf(call.input, refuse), call),
    ]),
  );
}

/**
 * The same operations on the state from before the last successful write of its Region. `copy` has
 * to keep what later writes change. To copy the maps is enough if entries are replaced and never
 * changed in place.
 */
export function pastOf<State>(service: {
  readonly handlers: Readonly<Record<string, Handler<State>>>;
  readonly stateOf: (call: Pick<Call, "region">) => State;
  readonly refuse: Refuse;
  readonly copy: (state: State) => State;
}): Past {
  const { handlers, stateOf, refuse, copy } = service;
  const before = new Map<State, State>();
  return {
    note: (call) => {
      const state = stateOf(call);
      const copied = copy(state);
      return () => {
        before.set(state, copied);
      };
    },
    operations: operationsOf({
      handlers,
      stateOf: (call) => before.get(stateOf(call)) ?? stateOf(call),
      refuse,
    }),
    forget: () => before.clear(),
  };
}
