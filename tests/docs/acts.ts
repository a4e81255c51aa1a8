import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { clientOptions } from "../../sandbox/seed.ts";
import { deployLoop } from "./loop.ts";
import type { Stage } from "./stage.ts";

/** Something that happens off the page. */
export type Act = (stage: Stage) => Promise<void>;

/** What pages may say after `act:`. */
export const acts: Readonly<Record<string, Act>> = {
  "deploy the stack": async (stage) => {
    stage.loop = await deployLoop(stage.sandbox);
    await stage.loop();
  },
  "a trail logs": async ({ sandbox }) => {
    const trail = new CloudTrailClient(clientOptions(sandbox));
    const Name = "management-events";
    await trail.send(
      new CreateTrailCommand({ Name, S3BucketName: "acme-trail", IsMultiRegionTrail: true }),
    );
    await trail.send(new StartLoggingCommand({ Name }));
    trail.destroy();
  },
  "the schedule runs": async (stage) => {
    stage.sandbox.clock.advance(15 * 60_000);
    await stage.loop?.();
  },
};
