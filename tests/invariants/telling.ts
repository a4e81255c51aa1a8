import type { PublishedMessage, RecordedCall } from "../../sandbox/index.ts";
import type { Scenario } from "../scenarios/harness.ts";

/** Who calls in a scenario's account as the deployed function. */
export const isOwn = (call: RecordedCall): boolean =>
  call.caller.includes("oidc-reconciler-prod-reconcile");

/** What a message told: `production trust-widened`. */
type ReportedLine = string;

/**
 * All that messages on the topic reported, one line for each environment and kind, as often as it was
 * reported. Of an interrupted run's alert counts what its text names, which is what readers learn.
 */
export function reportedBy(messages: readonly PublishedMessage[]): readonly ReportedLine[] {
  return messages.flatMap((message): readonly ReportedLine[] => {
    const kind = message.attributes.get("kind")?.value ?? "";
    const environments = environmentsOf(message);
    if (kind !== "run-interrupted") return environments.map((name) => `${name} ${kind}`);
    const named = [...descriptionOf(message).matchAll(/^([a-z-]+): /gm)].map(([, each]) => each);
    return environments.flatMap((name) => named.map((each) => `${name} ${each}`));
  });
}

/** A digest names every environment in an attribute of type `String.Array`. */
function environmentsOf({ attributes }: PublishedMessage): readonly string[] {
  const environment = attributes.get("environment");
  if (environment === undefined) return [];
  if (environment.type !== "String.Array") return [environment.value];
  const names: unknown = JSON.parse(environment.value);
  return Array.isArray(names) ? names.map(String) : [];
}

function descriptionOf({ message }: PublishedMessage): string {
  const body: { readonly content?: { readonly description?: string } } = JSON.parse(message);
  return body.content?.description ?? "";
}

/** What the topic took while a task ran. */
export async function reportedDuring(
  account: Scenario,
  task: () => Promise<unknown>,
): Promise<readonly ReportedLine[]> {
  const first = account.sandbox.messages.length;
  await task();
  return reportedBy(account.sandbox.messages.slice(first));
}
