import * as z from "zod/mini";
import { type Fields, fieldsAt, textAt } from "../../aws/event-fields.ts";
import type { TargetKind, TouchedTarget } from "../kind.ts";
import { collect } from "../missing.ts";
import { onePart } from "../policy-part.ts";
import { type FoundFunctions, functionNamed, resolveFunction } from "./resolve.ts";
import { functions } from "./schema.ts";
import { functionStatements, type ResolvedFunction } from "./statements.ts";

/** Functions of Lambda. */
export const lambda: TargetKind<string, readonly string[], FoundFunctions, ResolvedFunction> = {
  noun: "Lambda function",
  schema: functions,
  written: (entries) => entries,
  pieces: (entry) => [{ entry, target: entry, says: "" }],
  regions: null,
  memory: z.object({ function: z.string(), arn: z.string() }),
  writtenWhenEmpty: false,
  ask: (documents) => [...new Set(documents.flatMap(({ entries }) => entries))],
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveFunction(entry, found, memory))),
    granted: [],
  }),
  named: (entries, _, { place }) => entries.map((entry) => functionNamed(entry, place)),
  statements: functionStatements,
  parts: (targets) => onePart(targets.length, functionStatements(targets)),
  outputs: (_, targets) => [
    {
      variable: "AWS_LAMBDA_FUNCTION",
      values: targets.map((target) => [target.function, target.function] as const),
    },
  ],
  events: {
    service: "lambda",
    // A function has the same ARN after each update, and jobs pass none of its roles. CloudTrail names
    // the calls with the version of the API.
    calls: ["CreateFunction20150331", "DeleteFunction20150331"],
    // Lambda sends no events of its own.
    detailTypes: [],
    ofCall: functionOfCall,
    ofEvent: () => null,
    says: ({ name }) => `Lambda function ${name}`,
    names: ({ name }, { entries }) => entries.some((entry) => entry === name),
  },
};

/** Source: the request and response members of the Lambda API reference, with a small first letter. */
function functionOfCall(record: Fields): TouchedTarget | null {
  const asked = textAt(fieldsAt(record, "requestParameters"), "functionName");
  const made = textAt(fieldsAt(record, "responseElements"), "functionName");
  const name = functionName(asked ?? made ?? "");
  return name === null ? null : { service: "lambda", name };
}

/** A call takes a name, an ARN or the end of one, each with a version or an alias or without. */
function functionName(text: string): string | null {
  const form =
    /^(?:(?:arn:[a-z-]+:lambda:[a-z0-9-]+:)?\d{12}:)?(?:function:)?([\w-]+)(?::[\w$-]+)?$/;
  return form.exec(text)?.[1] ?? null;
}
