import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import type { EventBridgeEvent } from "../../sandbox/index.ts";
import { type Ground, openGround } from "../model/ground.ts";
import { connect } from "../model/wire.ts";
import { textOf, type Written } from "../scenarios/documents.ts";
import { everything } from "./shut.ts";

const minute = 60_000;

export type Watched = Ground & {
  /** Events of IAM since the last time that it was asked. */
  news(): readonly EventBridgeEvent[];
};

/** An account in sync with CloudTrail's events; with a mode that corrects nothing from then on, if one is given. */
export async function watchedGround(
  document: Written,
  mode?: "observe" | "suspend",
): Promise<Watched> {
  const ground = await openGround();
  await ground.seed();
  const trail = connect(new CloudTrailClient({ region: "us-east-1" }), ground.sandbox);
  const Name = "management-events";
  await trail.send(new CreateTrailCommand({ Name, S3BucketName: "trail-bucket" }));
  await trail.send(new StartLoggingCommand({ Name }));
  const events: EventBridgeEvent[] = [];
  ground.sandbox.events.onEvent((event) => events.push(event));
  await ground.iam.send(
    new CreatePolicyCommand({ PolicyName: "bound", PolicyDocument: everything }),
  );
  await ground.put(textOf(document));
  await ground.run();
  if (mode !== undefined) await ground.put(textOf({ ...document, mode }));
  ground.wait(5 * minute);
  await ground.run();
  ground.wait(5 * minute);
  events.length = 0;
  return { ...ground, news: () => events.splice(0).filter(({ source }) => source === "aws.iam") };
}
