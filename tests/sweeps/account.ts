import { ECSClient } from "@aws-sdk/client-ecs";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { type Ground, type GroundTargets, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { textOf, type Written } from "../scenarios/documents.ts";

/** The account of a sweep: a ground with the guide's deploy targets. */
export type SweptAccount = Omit<Ground, "put"> & {
  readonly targets: GroundTargets;
  readonly ecs: ECSClient;
  /** Puts an environment's document; gives its version. */
  put(document: Written, name?: string): Promise<number>;
  /** The newest event of a call, where a trail was started before it. */
  eventOf(call: string): EventBridgeEvent | undefined;
  /** Puts everything back to what it is now, the clock too. */
  keep(): () => void;
};

export async function openSwept(options: {
  readonly firstDocument: "apply" | "hold";
  readonly freshClients?: boolean;
}): Promise<SweptAccount> {
  const ground = await openGround(options);
  const targets = await ground.seed();
  const { sandbox, put } = ground;
  const events: EventBridgeEvent[] = [];
  sandbox.events.onEvent((event) => events.push(event));
  return {
    ...ground,
    targets,
    ecs: connect(new ECSClient({ region: sandbox.region }), sandbox),
    put: (document, name) => put(textOf(document), name),
    eventOf: (call) => events.findLast(({ detail }) => detail["eventName"] === call),
    keep: () => {
      const at = sandbox.clock.now();
      const restore = sandbox.snapshot();
      return () => {
        sandbox.faults.clear();
        restore();
        sandbox.clock.set(at);
      };
    },
  };
}
