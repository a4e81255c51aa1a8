import type { Channels } from "../shared/loop/announce.ts";

/** What the functions read from their environment variables. */
export type FunctionSettings = {
  readonly prefix: string;
  readonly region: string;
  readonly channels: Channels;
};

const defaultPrefix = "/oidc-reconciler";

/** Reads the settings of DESIGN's contract; an unusable prefix is refused with what is allowed. */
export function settingsOf(environment: Readonly<NodeJS.ProcessEnv>): FunctionSettings {
  const prefix = (environment["OIDC_PARAMETER_PREFIX"] ?? "").replace(/\/+$/, "") || defaultPrefix;
  if (!/^(\/[A-Za-z0-9_.-]+){1,12}$/.test(prefix)) {
    throw new Error(
      "OIDC_PARAMETER_PREFIX must be a Parameter Store path such as /oidc-reconciler: levels of A-Z a-z 0-9 _ . - that each begin with a slash",
    );
  }
  return {
    prefix,
    region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1",
    channels: {
      topicArn: environment["OIDC_ALERT_TOPIC_ARN"] || null,
      bus: environment["OIDC_EVENT_BUS"] || "default",
    },
  };
}
