import { parseArn } from "../aws/arn.ts";
import { isRecord } from "../json.ts";
import { type CallRecord, recordsIn } from "../trail/records.ts";
import { valuesInText } from "../trail/values.ts";
import { type AskedCall, type Outcome, tokenIn, tokenOfRecord } from "./call.ts";
import { shown } from "./causes.ts";
import { codeWithin } from "./sts-answer.ts";

/** What is to be diagnosed: one call or several, the newest first, or why nothing can be asked. */
type DiagnosisInput =
  | {
      readonly kind: "question";
      readonly calls: readonly [AskedCall, ...AskedCall[]];
      /** What was found, in one sentence, where several records were; else null. */
      readonly found: string | null;
    }
  | {
      readonly kind: "unclear";
      readonly error: { readonly code: "NoQuestion"; readonly message: string };
    };

export const operation = "AssumeRoleWithWebIdentity";

const allowed =
  'allowed: {"role": "NAME or ARN", "token": "the JWT"}, {"role": …, "claims": {"iss", "aud", "sub", …}}, ' +
  "both with roleSessionName, durationSeconds, errorCode and errorMessage where they are known, or CloudTrail's " +
  `records of ${operation}: one, an EventBridge event, the output of lookup-events, a log file`;

/** More calls than a person reads; each costs reads of IAM. */
const callsMax = 20;

/** Reads what is to be diagnosed. A token is decoded, never verified, kept or repeated. */
export function questionOf(input: unknown): DiagnosisInput {
  if (typeof input === "string") return questionOfText(input);
  if (isRecord(input) && ["role", "token", "claims"].some((name) => name in input)) {
    return questionByHand(input);
  }
  const records = recordsIn(input);
  if (records.length > 0) return questionOfRecords(records);
  const listed = isRecord(input) ? listedIn(input) : null;
  if (listed === 0) {
    return unclear(
      `it lists no event: the event history is kept for each Region, and for ninety days; ${allowed}`,
    );
  }
  if (listed !== null) {
    return unclear(
      `it lists ${counted(listed, "event")} without a record: lookup-events has it in CloudTrailEvent; ${allowed}`,
    );
  }
  if (!isRecord(input) && !Array.isArray(input)) return unclear(`it is not an object; ${allowed}`);
  return unclear(`it names no role and holds no record of CloudTrail; ${allowed}`);
}

function unclear(message: string): DiagnosisInput {
  return { kind: "unclear", error: { code: "NoQuestion", message } };
}

function questionOfText(text: string): DiagnosisInput {
  const read = valuesInText(text);
  if (read.kind === "unreadable") return unclear(`${read.why}; ${allowed}`);
  const [only, ...more] = read.values;
  return questionOf(more.length === 0 ? only : read.values);
}

/** How many events a listing has; null where it is not a listing. */
function listedIn(input: Readonly<Record<string, unknown>>): number | null {
  const listing = ["Events", "Records"].map((name) => input[name]).find(Array.isArray);
  return listing === undefined ? null : listing.length;
}

function questionByHand(input: Readonly<Record<string, unknown>>): DiagnosisInput {
  const role = input["role"];
  if (typeof role !== "string" || role === "") return unclear(`role is missing; ${allowed}`);
  const hasToken = "token" in input;
  const given = hasToken ? input["token"] : input["claims"];
  const seen = tokenIn(typeof given === "string" ? given : jsonOf(given));
  if (!hasToken && seen.token === null) {
    const why = isRecord(given)
      ? "the claims lack iss, aud or sub"
      : "neither token nor claims can be read";
    return unclear(`${why}; ${allowed}`);
  }
  return {
    kind: "question",
    found: null,
    calls: [
      {
        source: "question",
        role,
        ...seen,
        ...parametersOf(input),
        outcome: refusalIn(input) ?? { kind: "unknown" },
        at: null,
        sourceIp: null,
        userAgent: null,
        region: null,
      },
    ],
  };
}

/** The claims as text; nothing where values lie too deep in one another to be written. */
function jsonOf(claims: unknown): string {
  try {
    return JSON.stringify(claims) ?? "";
  } catch {
    return "";
  }
}

/** The members of the call beside role and token, as CloudTrail or the API names them. */
function parametersOf(
  given: Readonly<Record<string, unknown>>,
): Pick<AskedCall, "sessionName" | "durationSeconds" | "sessionPolicy" | "sessionPolicyArns"> {
  const name = given["roleSessionName"] ?? given["RoleSessionName"] ?? given["sessionName"];
  const seconds = given["durationSeconds"] ?? given["DurationSeconds"] ?? given["sessionSeconds"];
  const number = typeof seconds === "string" && /^-?\d+$/.test(seconds) ? Number(seconds) : seconds;
  const policy = given["policy"];
  const arns = given["policyArns"];
  return {
    sessionName: typeof name === "string" ? name : null,
    durationSeconds: typeof number === "number" ? number : null,
    sessionPolicy: typeof policy === "string" ? policy : null,
    sessionPolicyArns: Array.isArray(arns) ? arns.length : 0,
  };
}

/** CloudTrail writes an error's code and message where there was one, and only there. */
function refusalIn(given: Readonly<Record<string, unknown>>): Outcome | null {
  const { errorCode, errorMessage } = given;
  const message = typeof errorMessage === "string" ? errorMessage : "";
  const code = typeof errorCode === "string" && errorCode !== "" ? errorCode : codeWithin(message);
  return code === "" && message === "" ? null : { kind: "refused", code, message };
}

function questionOfRecords(records: readonly CallRecord[]): DiagnosisInput {
  const ours = records.filter((record) => record["eventName"] === operation);
  if (ours.length === 0) {
    return unclear(`no ${operation} is among ${namesOf(records)}; ${allowed}`);
  }
  const calls = ours.map(callOfRecord).toSorted(newestFirst);
  const refused = calls.filter(({ outcome }) => outcome.kind === "refused");
  const [first, ...more] = refused.length === 0 ? calls.slice(0, 1) : distinct(refused);
  if (first === undefined) return unclear(`it holds no record; ${allowed}`);
  return {
    kind: "question",
    calls: [first, ...more.slice(0, callsMax - 1)],
    found: records.length === 1 ? null : foundSentence(records.length, ours.length, refused, more),
  };
}

function foundSentence(
  all: number,
  ours: number,
  refused: readonly AskedCall[],
  more: readonly AskedCall[],
): string {
  const begin = `${counted(all, "record")}, ${ours} of ${operation}, ${refused.length} of them refused`;
  if (refused.length === 0) return `${begin}: the newest is looked at`;
  if (more.length === 0) return `${begin}: the newest is diagnosed`;
  const left = more.length + 1 - callsMax;
  const rest = left > 0 ? `; ${left} older ones are left out` : "";
  return `${begin}: those that differ are diagnosed, the newest first${rest}`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** `3 records (GetRole ×2, PutObject)` */
function namesOf(records: readonly CallRecord[]): string {
  const counts = new Map<string, number>();
  for (const record of records) {
    const name = shown(String(record["eventName"])).slice(0, 60);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`));
  const listed = names.slice(0, 5).join(", ");
  return `${counted(records.length, "record")} (${listed}${names.length > 5 ? ", …" : ""})`;
}

function newestFirst(one: AskedCall, other: AskedCall): number {
  const [first, second] = [one.at ?? "", other.at ?? ""];
  return first === second ? 0 : first < second ? 1 : -1;
}

/** A job that tries again is refused again: of the same refusal the newest record stands for all. */
function distinct(calls: readonly AskedCall[]): readonly AskedCall[] {
  const seen = new Map<string, AskedCall>();
  for (const call of calls) {
    const { role, token, sessionName, durationSeconds, outcome } = call;
    const refusal = outcome.kind === "refused" ? [outcome.code, outcome.message] : [];
    const name = JSON.stringify([
      role,
      token?.subject,
      token?.audiences,
      sessionName,
      durationSeconds,
      refusal,
    ]);
    if (!seen.has(name)) seen.set(name, call);
  }
  return [...seen.values()];
}

/** The call that a record of CloudTrail is about. */
export function callOfRecord(record: CallRecord): AskedCall {
  const parameters = isRecord(record["requestParameters"]) ? record["requestParameters"] : {};
  const token = tokenOfRecord(record);
  return {
    source: "record",
    role: roleOfRecord(record),
    token,
    noToken: token === null ? "the record does not say whose token it was" : null,
    ...parametersOf(parameters),
    outcome: refusalIn(record) ?? { kind: "not-refused" },
    at: textOf(record["eventTime"]),
    sourceIp: textOf(record["sourceIPAddress"]),
    userAgent: textOf(record["userAgent"]),
    region: textOf(record["awsRegion"]),
  };
}

/**
 * The role that a call asked for. Some refusals are recorded without parameters: then the resources
 * or the message may name it.
 */
export function roleOfRecord(record: CallRecord): string | null {
  const { requestParameters, resources, errorMessage } = record;
  const asked = isRecord(requestParameters) ? textOf(requestParameters["roleArn"]) : null;
  if (asked !== null) return asked;
  const listed: readonly unknown[] = Array.isArray(resources) ? resources : [];
  const arns = listed.filter(isRecord).flatMap((resource) => textOf(resource["ARN"]) ?? []);
  const role = arns.find(isRoleArn);
  const named = /on resource: (arn:[^\s:]*:iam::\d*:role\/[^\s"']+)/;
  return role ?? named.exec(textOf(errorMessage) ?? "")?.[1] ?? null;
}

function isRoleArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === "iam" && arn.resource.startsWith("role/");
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
