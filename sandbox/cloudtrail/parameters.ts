import { isRecord } from "../input/members.ts";
import type { FinishedCall } from "../server/record.ts";

/** Never in a record: tokens, keys, the code of a function and its environment. */
const left = new Set([
  "WebIdentityToken",
  "SecretAccessKey",
  "SessionToken",
  "authorizationToken",
  "accessToken",
  "oauthToken",
  "ZipFile",
  "Variables",
]);

/** Maps whose keys are the user's own names, which keep their case. */
const maps = new Set(["Attributes", "environmentVariables", "RuntimeEnvironmentVariables"]);

/** Members that the query protocol sends as text, and a record shows with their real type. */
const numbers = new Set(["DurationSeconds", "MaxSessionDuration", "MaxItems"]);
const flags = new Set(["SetAsDefault"]);

/**
 * `requestParameters`: the request's members with their first letter in lower case, without secrets
 * and without the value of a parameter.
 */
export function requestParameters({ call }: FinishedCall): object | null {
  const input =
    call.service === "ssm" && "Value" in call.input
      ? { ...call.input, Value: "HIDDEN_DUE_TO_SECURITY_REASONS" }
      : call.input;
  return Object.keys(input).length === 0 ? null : lowered(input);
}

/** `responseElements`: only for calls that change something and for STS; null if empty. */
export function responseElements(finished: FinishedCall): object | null {
  const { call, outcome, readOnly } = finished;
  if (outcome.kind === "refused" || (readOnly && call.service !== "sts")) return null;
  const output = outcome.output;
  if (!isRecord(output) || Object.keys(output).length === 0) return null;
  return lowered(output);
}

function lowered(record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      left.has(name) || value === undefined || value === null
        ? []
        : [[name.charAt(0).toLowerCase() + name.slice(1), shown(name, value)]],
    ),
  );
}

function shown(name: string, value: unknown): unknown {
  if (numbers.has(name)) return Number(value);
  if (flags.has(name)) return value === true || value === "true";
  if (value instanceof Date) return longDate(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.map((item: unknown) => shown("", item));
  return isRecord(value) && !maps.has(name) ? lowered(value) : value;
}

const dayFormat = new Intl.DateTimeFormat("en-US", {
  timeZone: "UTC",
  month: "short",
  day: "numeric",
  year: "numeric",
});

/** "Nov 22, 2026 10:00:00 AM": how records write a time of an answer. */
function longDate(at: Date): string {
  const day = dayFormat.format(at);
  const hours = at.getUTCHours();
  const two = (part: number): string => String(part).padStart(2, "0");
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${day} ${clock} ${hours < 12 ? "AM" : "PM"}`;
}
