import type { HttpRequest } from "../../sandbox/index.ts";

/** A door in front of an account, which holds one write back for as long as a test likes. */
export type Gate = {
  /** What every call of a function waits for before it reaches the account (`ScenarioOptions`). */
  readonly before: (request: HttpRequest) => Promise<void>;
  /** Holds back the write of that number from now on, counted from 1, until it is released. */
  hold(nth: number): Held;
};

export type Held = {
  /** The operation that was held; resolves when it waits. */
  readonly reached: Promise<string>;
  release(): void;
};

const writing =
  /^(Put|Create|Update|Delete|Attach|Detach|Tag|Untag|Add|Remove|Label|Unlabel|Publish)/;

/** A door that lets everything through but the write that is to be held. */
export function openGate(): Gate {
  let next: ((operation: string) => Promise<void>) | null = null;
  return {
    before: async (request) => {
      const operation = operationOf(request);
      if (writing.test(operation)) await next?.(operation);
    },
    hold: (nth) => {
      const reached = Promise.withResolvers<string>();
      const released = Promise.withResolvers<void>();
      let seen = 0;
      next = async (operation) => {
        seen += 1;
        if (seen !== nth) return;
        reached.resolve(operation);
        await released.promise;
      };
      return { reached: reached.promise, release: () => released.resolve() };
    },
  };
}

/** By the target of the JSON protocols, or the action of the query protocol. */
function operationOf({ headers, body }: HttpRequest): string {
  const target = headers.get("x-amz-target");
  if (target !== undefined) return target.slice(target.lastIndexOf(".") + 1);
  return new URLSearchParams(body).get("Action") ?? "";
}
