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

/** A state as it was until a write replaced it. */
type Former<State> = { readonly state: State; readonly until: Date };

/**
 * The same operations on states from before the last successful writes of its Region. `copy` has to
 * keep what later writes change. To copy the maps is enough if entries are replaced and never changed
 * in place. The state before the last write is always kept, older ones for as long as `keepMs` says.
 */
export function pastOf<State>(service: {
  readonly handlers: Readonly<Record<string, Handler<State>>>;
  readonly stateOf: (call: Pick<Call, "region">) => State;
  readonly refuse: Refuse;
  readonly copy: (state: State) => State;
  readonly keepMs: () => number;
  readonly writesToo: boolean;
}): Past {
  const { handlers, stateOf, refuse, copy, keepMs, writesToo } = service;
  /** The oldest first. */
  const former = new Map<State, readonly Former<State>[]>();
  const formerOf = (call: Pick<Call, "region">) => former.get(stateOf(call)) ?? [];
  const on = (find: (call: Call) => State) => operationsOf({ handlers, stateOf: find, refuse });
  return {
    note: (call) => {
      const state = stateOf(call);
      const before = { state: copy(state), until: call.now };
      const oldest = call.now.getTime() - keepMs();
      return () => {
        const kept = formerOf(call).filter(({ until }) => until.getTime() > oldest);
        former.set(state, [...kept, before]);
      };
    },
    operations: on((call) => formerOf(call).at(-1)?.state ?? stateOf(call)),
    behind: (milliseconds) =>
      on((call) => {
        const then = call.now.getTime() - milliseconds;
        const seen = formerOf(call).find(({ until }) => until.getTime() > then);
        return copy(seen?.state ?? stateOf(call));
      }),
    writesToo,
    forget: () => former.clear(),
  };
}
