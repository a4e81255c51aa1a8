import type { Call } from "../server/operation.ts";

/**
 * CloudTrail records Lambda's calls under names with the API's version. Source: CloudTrail User
 * Guide, "Supported events in event history", AWS Lambda; those that read, as people see them.
 */
const lambdaNames: ReadonlyMap<string, string> = new Map([
  ["CreateFunction", "CreateFunction20150331"],
  ["ListFunctions", "ListFunctions20150331"],
  ["GetFunction", "GetFunction20150331v2"],
  ["GetFunctionConfiguration", "GetFunctionConfiguration20150331v2"],
  ["UpdateFunctionCode", "UpdateFunctionCode20150331v2"],
  ["DeleteFunction", "DeleteFunction20150331"],
  ["PublishVersion", "PublishVersion20150331"],
  ["ListVersionsByFunction", "ListVersionsByFunction20150331"],
  ["CreateAlias", "CreateAlias20150331"],
  ["ListAliases", "ListAliases20150331"],
  ["GetAlias", "GetAlias20150331"],
  ["UpdateAlias", "UpdateAlias20150331"],
  ["DeleteAlias", "DeleteAlias20150331"],
]);

/** An operation's name in a record: its own name, except for Lambda. */
export function recordedName({ service, operation }: Call): string {
  return service === "lambda" ? (lambdaNames.get(operation) ?? operation) : operation;
}
