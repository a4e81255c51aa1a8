import { isRecord } from "../stack/template.ts";

/** Values as CloudFormation compares them: numbers and booleans are text to it. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (!isRecord(value)) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asText(each)]));
}

/** A packaged template without the bucket of Serverless and what belongs to it. */
export function withoutBucket(packaged: unknown): unknown {
  if (!isRecord(packaged)) throw new Error("no template");
  const own = (parts: unknown) =>
    Object.entries(Object(parts)).filter(([name]) => !name.startsWith("ServerlessDeployment"));
  return asText({
    ...packaged,
    Resources: Object.fromEntries(own(packaged["Resources"]).map(withoutCode)),
    Outputs: Object.fromEntries(own(packaged["Outputs"])),
  });
}

function withoutCode([name, resource]: [string, unknown]): [string, unknown] {
  if (!isRecord(resource) || !isRecord(resource["Properties"])) return [name, resource];
  const { Code: _, ...Properties } = resource["Properties"];
  return [name, { ...resource, Properties }];
}
