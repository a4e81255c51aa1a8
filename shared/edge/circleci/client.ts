/**
 * CircleCI's API, with plain `fetch`: what it answers is parsed in this folder, each failure has a code,
 * and no token and no stored value is part of an error. Only the command talks to it: no function does.
 */

import { isRecord, parseJson } from "../../json.ts";
import { withoutEnd } from "../../language/ends.ts";
import { visible } from "../../language/visible.ts";
import { readJson } from "../../policy/json.ts";
import type { ApiAccess } from "../../projects/index.ts";
import { type CircleciCode, CircleciError } from "./error.ts";

export type CircleciClient = ApiAccess & {
  /** Waits, or ends early when the command is interrupted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Aborts when the command is interrupted. */
  readonly interrupted: AbortSignal;
  readonly now: () => Date;
  /** What the command has waited so far, all its requests together. */
  readonly waited: Waited;
  readonly limits?: Partial<ApiLimits>;
};

/** Requests that wait at the same time wait once. Once a request was given up for throttling, no other is made. */
type Waited = { ms: number; until: number; isGivenUp?: boolean };

type ApiLimits = {
  /** One try, from connecting to the last byte. */
  readonly tryMs: number;
  readonly tries: number;
  /** A longer wait than this is left to the person. */
  readonly waitMs: number;
  /** So are longer waits of a whole command: a log of a pipeline shows nothing of them. */
  readonly waitAllMs: number;
  /** What a refusal says may take this long; its status was there before. */
  readonly wordsMs: number;
};

const standardLimits: ApiLimits = {
  tryMs: 15_000,
  tries: 5,
  waitMs: 120_000,
  waitAllMs: 300_000,
  wordsMs: 2_000,
};

/** No answer that is read here comes near it. */
const answerBytesMax = 1024 * 1024;
/** Longer words of a refusal are not read. */
const wordsBytesMax = 64 * 1024;

export type CircleciRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly version: "v2" | "v3";
  /** Parts of the path, each of which is escaped. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
};

/** What a request asks for, in words for a person; it has no value of a variable. */
export function nameOfRequest({ method, path }: CircleciRequest): string {
  return visible(`${method} ${path.join("/")}`);
}

/**
 * Asks CircleCI and returns the answer's JSON; of a write, undefined where there is none. Every request that is made here may be made twice, so
 * it is tried again where CircleCI is busy or does not answer, after the time that CircleCI asks for.
 *
 * @throws CircleciError
 */
export async function callCircleci(
  client: CircleciClient,
  request: CircleciRequest,
): Promise<unknown> {
  const limits = { ...standardLimits, ...client.limits };
  if (client.waited.isGivenUp === true) throw failure("CircleciThrottled", request, notAsked);
  for (let tried = 1; ; tried += 1) {
    const outcome = await tryOnce(client, request, limits);
    if (outcome.kind === "answered") return outcome.json;
    const pause = outcome.askedMs || 1000 * 2 ** (tried - 1);
    // Who does not answer at all is rarely there a quarter of a minute later.
    const triesMax =
      outcome.error.failed.status === null ? Math.min(3, limits.tries) : limits.tries;
    const isHopeless = !outcome.isPassing || tried >= triesMax || pause > limits.waitMs;
    const isGivenUp = isHopeless || !mayWait(client, pause, limits);
    if (isGivenUp && outcome.error.failed.status === 429) client.waited.isGivenUp = true;
    if (isGivenUp) throw outcome.error;
    await client.wait(pause);
    if (client.interrupted.aborted) throw failure("Interrupted", request, null);
    // Another request of the command may have been, while this one waited.
    if (client.waited.isGivenUp === true) throw outcome.error;
  }
}

const notAsked = "it was not asked any more, after another request had to be given up";

/** Takes a wait from what the command may wait in all, unless that is too little. */
function mayWait(
  { waited, now }: CircleciClient,
  pause: number,
  { waitAllMs }: ApiLimits,
): boolean {
  const begin = Math.max(now().getTime(), waited.until);
  const end = Math.max(now().getTime() + pause, waited.until);
  if (waited.ms + end - begin > waitAllMs) return false;
  waited.ms += end - begin;
  waited.until = end;
  return true;
}

type Outcome =
  | { readonly kind: "answered"; readonly json: unknown }
  | {
      readonly kind: "failed";
      readonly error: CircleciError;
      /** Another try may end better. */
      readonly isPassing: boolean;
      /** How long CircleCI asks to wait; 0 where it did not say. */
      readonly askedMs: number;
    };

async function tryOnce(
  client: CircleciClient,
  request: CircleciRequest,
  limits: ApiLimits,
): Promise<Outcome> {
  let answer: Answer;
  try {
    answer = await exchange(client, request, limits);
  } catch (thrown) {
    if (client.interrupted.aborted) throw failure("Interrupted", request, null);
    if (thrown instanceof CircleciError) throw thrown;
    const error = failure("CircleciUnavailable", request, reasonOf(thrown));
    return { kind: "failed", error, isPassing: true, askedMs: 0 };
  }
  const { status, headers, text } = answer;
  if (status >= 200 && status < 300) {
    const json = parseJson(text);
    const odd = whyNoAnswer(request, answer, json) ?? whyFailure(client, request, json);
    if (odd !== null) throw failure("CircleciAnswerUnreadable", request, odd);
    return { kind: "answered", json };
  }
  const askedMs = retryAfter(headers.get("retry-after"), client.now());
  const own = ownDetail(answer, askedMs);
  const detail =
    own === null ? wordsOf(client, request, parseJson(text)) : shownOf(own, client.token);
  const error = failure(codeOf(status), request, detail, status);
  return { kind: "failed", error, isPassing: status === 429 || status >= 500, askedMs };
}

/**
 * Why an answer of success is not one of the API; null where it is. What follows a write is only a word about it,
 * or nothing; a page, an error, or the promise to do it later does not show that it was done.
 */
function whyNoAnswer({ method }: CircleciRequest, answer: Answer, json: unknown): string | null {
  const twofold = whyTwofold(answer.text);
  if (json !== undefined && twofold !== null) return twofold;
  if (method === "GET") return json === undefined ? "it is not JSON" : null;
  if (answer.status === 202) return "it does not say that this was done";
  if (answer.text.trim() === "") return null;
  if (!isRecord(json)) return json === undefined ? "it is not JSON" : "it is not an object";
  return (json["error"] ?? false) === false ? null : "it has an error";
}

/** Nothing of what is read here has these members alone. */
const membersOfFailure: readonly string[] = ["message", "error", "errors", "code", "status"];

/** What is read may be a failure in an answer of success, as a proxy has it: its words say more than its form. */
function whyFailure(
  client: CircleciClient,
  request: CircleciRequest,
  json: unknown,
): string | null {
  if (request.method !== "GET" || !isRecord(json)) return null;
  const members = Object.keys(json);
  const isFailure = members.length > 0 && members.every((each) => membersOfFailure.includes(each));
  if (!isFailure) return null;
  const words = wordsOf(client, request, json);
  return `it reports a failure${words === null ? "" : `: ${words}`}`;
}

/** Of a member that is there twice nobody knows which counts; what is read for that does not go to any depth. */
function whyTwofold(text: string): string | null {
  const read = readJson(text);
  if (read.kind === "refused") return "its values lie too deep in one another";
  return read.twice === null ? null : "it has a member twice";
}

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

async function exchange(
  { base, token, interrupted }: CircleciClient,
  request: CircleciRequest,
  { tryMs, wordsMs }: ApiLimits,
): Promise<Answer> {
  const { method, body } = request;
  const left = new AbortController();
  const inTime = AbortSignal.any([AbortSignal.timeout(tryMs), left.signal]);
  const response = await fetch(addressOf(base, request), {
    method,
    // To another host the token would go along.
    redirect: "manual",
    // Of a write that is cut short nobody knows whether it was done.
    signal: method === "GET" ? AbortSignal.any([interrupted, inTime]) : inTime,
    headers: {
      accept: "application/json",
      ...credentials(request, token),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  if (response.ok) {
    return { status, headers, text: await textOf(response, request, answerBytesMax) };
  }
  const timer = setTimeout(() => left.abort(), wordsMs);
  try {
    // Where it leads is in its headers.
    const text = status < 400 ? "" : await textOf(response, request, wordsBytesMax);
    return { status, headers, text };
  } catch {
    return { status, headers, text: "" };
  } finally {
    clearTimeout(timer);
    left.abort();
  }
}

/**
 * CircleCI documents `Circle-Token` for v2 and `Bearer` for v3 (circleci.com/auth.md), and takes `Bearer` for v2 as
 * well: docs/believed-circleci.md.
 */
function credentials({ version }: CircleciRequest, token: string): Record<string, string> {
  const authorization = `Bearer ${token}`;
  return version === "v2" ? { authorization, "circle-token": token } : { authorization };
}

function addressOf(base: string, { version, path, query = {} }: CircleciRequest): string {
  const place = path.map(encodeURIComponent).join("/");
  const asked = new URLSearchParams(query).toString();
  return `${base}/api/${version}/${place}${asked === "" ? "" : `?${asked}`}`;
}

async function textOf(
  response: Response,
  request: CircleciRequest,
  bytesMax: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) {
      throw failure("CircleciAnswerUnreadable", request, "it is longer than any answer should be");
    }
    chunks.push(chunk);
  }
  // A byte order mark may begin it.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Milliseconds to wait by `Retry-After`: seconds, or a date (RFC 9110); 0 where there is none. */
function retryAfter(header: string | null, now: Date): number {
  const given = header?.trim() ?? "";
  // Some servers write fractions. What no clock reaches is a long wait too.
  if (/^\d+(\.\d+)?$/.test(given)) return Math.min(Number(given) * 1000, Number.MAX_SAFE_INTEGER);
  const at = Date.parse(given);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}

function codeOf(status: number): CircleciCode {
  if (status === 401) return "LoginExpired";
  if (status === 403) return "AccessDenied";
  if (status === 404) return "CircleciNotFound";
  if (status === 429) return "CircleciThrottled";
  return status >= 500 ? "CircleciUnavailable" : "CircleciRefused";
}

/** What we say of an answer beside its status; null where its own words say more. */
function ownDetail({ status, headers }: Answer, askedMs: number): string | null {
  if (status >= 300 && status < 400) return `it leads to ${hostOf(headers.get("location"))}`;
  if (askedMs === 0 || (status !== 429 && status < 500)) return null;
  const seconds = Math.ceil(askedMs / 1000);
  return `it asks to come again in ${seconds === 1 ? "a second" : `${seconds} seconds`}`;
}

/** Such an answer could repeat what is stored: its words are nobody's. */
function isOfVariables({ path }: CircleciRequest): boolean {
  return path.some((each) => /^(envvar|environment-variable)$/.test(each));
}

function hostOf(location: string | null): string {
  return location !== null && URL.canParse(location)
    ? `another address, at ${new URL(location).host}`
    : "another address";
}

/** So many letters of a token in a row are too many to show. */
const lettersMax = 12;

/** Does a text repeat a part of the token, in its letters, in other ones, or with others between them? */
function repeats(text: string, token: string): boolean {
  const said = lettersOf(text);
  return spellingsOf(token)
    .map(lettersOf)
    .filter((letters, at) => at === 0 || letters.length >= lettersMax)
    .some((letters) => {
      const length = Math.min(lettersMax, letters.length);
      const parts = Array.from({ length: letters.length - length + 1 }, (_, at) =>
        letters.slice(at, at + length),
      );
      return parts.some((part) => said.includes(part));
    });
}

function lettersOf(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase();
}

/** A token as it is, in an address, in hexadecimal digits, and in Base64, after any other bytes. */
function spellingsOf(token: string): readonly string[] {
  const inBase64 = ["", "..", "."].map((before) => {
    const bytes = Buffer.from(before + token);
    // Three bytes are four letters; those of the first and the last ones are others' too.
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return whole.slice(before === "" ? 0 : 4);
  });
  return [token, encodeURIComponent(token), Buffer.from(token).toString("hex"), ...inBase64];
}

const detailMax = 200;

/** Cut only once it is known that no token is in it: the rest of one would not be found any more. */
function shortened(detail: string): string {
  return withoutEnd(visible(detail.slice(0, detailMax)), ".!");
}

/** The words of an answer, as far as they may be shown. */
function wordsOf(
  { token }: CircleciClient,
  request: CircleciRequest,
  body: unknown,
): string | null {
  const words = isOfVariables(request) ? null : said(body);
  return words === null ? null : shownOf(words, token);
}

/** Null for a text that has a part of the token. */
function shownOf(text: string, token: string): string | null {
  return repeats(text, token) ? null : shortened(text);
}

/** The words of an answer: `{"message"}`, `{"error"}` or v3's envelope. */
function said(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const { message, error } = body;
  const nested = isRecord(error) ? (error["detail"] ?? error["title"]) : error;
  const text = [message, nested].find((each) => typeof each === "string" && each !== "");
  if (typeof text !== "string") return null;
  return text.replaceAll(/\s+/g, " ");
}

/** Of what `fetch` throws only its code is shown: its message repeats headers, and so the token. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "the connection failed";
  if (thrown.name === "TimeoutError") return "no answer in time";
  const { cause } = thrown;
  const name = cause instanceof Error && "code" in cause ? cause.code : null;
  return typeof name === "string" && /^[A-Z_]+$/.test(name) ? name : "the connection failed";
}

function failure(
  code: CircleciCode,
  request: CircleciRequest,
  detail: string | null,
  status: number | null = null,
): CircleciError {
  return new CircleciError({ code, status, request: nameOfRequest(request), detail });
}
