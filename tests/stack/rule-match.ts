import { matchesPattern, readPattern } from "../../sandbox/eventbridge/pattern.ts";
import { resolved, resourcesOfType, type Template } from "./template.ts";

export const rulesPlace = { account: "123456789012", region: "us-east-1" };

/** The rules of a template whose patterns an event fits, by their logical ids. */
export function rulesMatching(event: unknown, template: Template): readonly string[] {
  return resourcesOfType(template, "AWS::Events::Rule")
    .filter(([, { Properties }]) => Properties["EventPattern"] !== undefined)
    .filter(([logicalId, { Properties }]) => {
      const read = readPattern(resolved(Properties["EventPattern"], template, rulesPlace));
      if (read.kind === "invalid") throw new Error(`${logicalId}: ${read.reason}`);
      return matchesPattern(read.pattern, event);
    })
    .map(([logicalId]) => logicalId);
}
