import { textsOf } from "./elements.ts";
import { malformed, type PolicyProblem } from "./problem.ts";

/** The resources of an identity policy's statement: `*` or ARNs, the service spelt out. */
export function problemOfResources(resources: unknown): PolicyProblem | null {
  const texts = resources === undefined ? null : textsOf(resources);
  if (texts === null) return malformed("Policy statement must contain resources.");
  for (const text of texts) {
    if (text === "*") continue;
    const [arn, , vendor] = text.split(":");
    if (arn !== "arn" || vendor === undefined) {
      return malformed(`Resource ${text} must be in ARN format or "*".`);
    }
    if (vendor === "" || (/[*?]/.test(vendor) && vendor !== "*")) {
      return malformed("Resource vendor must be fully qualified and cannot contain regexes.");
    }
  }
  return null;
}
