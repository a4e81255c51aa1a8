import type { RequestPrincipal, TrustRequest } from "../shared/compare/index.ts";
import { type Admission, admitsTrust } from "../shared/explain/index.ts";
import { issuerNamed, issuerNameOf } from "../shared/issuers/issuer.ts";
import {
  readToken,
  type TokenContent,
  type TokenNote,
  timesOfToken,
} from "../shared/issuers/token.ts";
import { visible } from "../shared/language/visible.ts";
import { jsonText } from "./json-output.ts";
import { type Document, readDocument } from "./trust-document.ts";
import {
  answer,
  type CommandIo,
  exitCodes,
  type Options,
  readNamed,
  UsageError,
} from "./trust-io.ts";

/** Runs `trust admits`: exit 0 for yes, 3 for no or undecided, 2 for a refused policy. */
export async function admits(options: Options, io: CommandIo): Promise<number> {
  const requestPath = options.values.get("--request");
  const tokenPath = options.values.get("--token");
  if ((requestPath === undefined) === (tokenPath === undefined)) {
    throw new UsageError("admits needs either --request or --token.");
  }
  const document = await readDocument(io, options.files[0] ?? "", options);
  const now = io.clock?.() ?? new Date();
  const asked =
    requestPath === undefined
      ? claimsIn(await readNamed(io, tokenPath ?? ""), tokenPath ?? "")
      : readRequest(await readNamed(io, requestPath), requestPath);
  const admission = answerOf(document, asked, now);
  const notes = isRequest(asked) ? [] : timesOfToken(asked, now);
  answer(
    io,
    options.flags.has("--json")
      ? jsonText(admissionJson(admission, notes))
      : admissionText(admission, notes),
  );
  if (admission.kind === "refused") return exitCodes.refused;
  return admission.kind === "admitted" ? exitCodes.notWider : exitCodes.wider;
}

function isRequest(asked: TrustRequest | TokenContent): asked is TrustRequest {
  return !("iss" in asked);
}

/** A token is asked about at this moment; a request says itself what time it is. */
function answerOf(document: Document, asked: TrustRequest | TokenContent, now: Date): Admission {
  const moment = new Map([
    ["aws:currenttime", `${now.toISOString().slice(0, 19)}Z`],
    ["aws:epochtime", String(Math.floor(now.getTime() / 1000))],
  ]);
  const admission = admitsTrust(document.text, asked, moment);
  return admission.kind === "refused"
    ? { ...admission, error: document.told(admission.error) }
    : admission;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON.`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrincipalType(value: unknown): value is RequestPrincipal["type"] {
  return (
    value === "AWS" || value === "Federated" || value === "Service" || value === "CanonicalUser"
  );
}

const requestShape =
  '{"principal": {"type": "Federated", "id": "arn:…"}, "action": "sts:…", "context": {"key": ["value"]}}';

function readRequest(text: string, path: string): TrustRequest {
  const value = parse(text, path);
  const principal = isRecord(value) ? value["principal"] : null;
  const action = isRecord(value) ? value["action"] : null;
  const context = isRecord(value) ? (value["context"] ?? {}) : null;
  if (
    !isRecord(principal) ||
    !isPrincipalType(principal["type"]) ||
    typeof principal["id"] !== "string"
  ) {
    throw new UsageError(`${path} names no principal. A request looks like ${requestShape}.`);
  }
  if (typeof action !== "string" || !isRecord(context)) {
    throw new UsageError(`${path} is no request. A request looks like ${requestShape}.`);
  }
  return {
    principal: { type: principal["type"], id: principal["id"] },
    action,
    context: readContext(context, path),
  };
}

function readContext(context: Record<string, unknown>, path: string): TrustRequest["context"] {
  const read = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    if (values.length === 0 || values.includes("")) {
      throw new UsageError(
        `${path}: ${key} needs at least one value, none of them empty. Leave an absent key out.`,
      );
    }
    if (read.has(key.toLowerCase()))
      throw new UsageError(`${path}: ${key} is given twice; case does not matter.`);
    read.set(key.toLowerCase(), values);
  }
  return read;
}

/** What AWS reads of a token; Facebook's and Amazon's claims have no `aud` and no `sub`. */
function claimsIn(text: string, path: string): TokenContent {
  const read = readToken(text);
  if (read.kind === "unreadable")
    throw new UsageError(
      `${path} holds no token that can be read: ${read.reason}.`,
      "token-unreadable",
    );
  const { claims } = read;
  const issuer = issuerNamed(issuerNameOf(claims.iss), null).kind;
  if (issuer === "facebook" || issuer === "amazon") return claims;
  const missing = ["sub", "aud"].filter((name) => !isTextOrTexts(claims[name]));
  if (missing.length === 0) return claims;
  throw new UsageError(
    `${path} holds no token: it needs iss, sub and aud, and has no ${missing.join(" and no ")}.`,
    "token-unreadable",
  );
}

function isTextOrTexts(claim: unknown): boolean {
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return texts.length > 0 && texts.every((text) => typeof text === "string");
}

/** `notes`, on what STS itself will say of the token, is there only where there is something to say. */
function admissionJson(admission: Admission, notes: readonly TokenNote[]): object {
  if (admission.kind === "refused") return { error: admission.error };
  const { request, kind, ...rest } = admission;
  return {
    admitted: kind === "admitted" ? true : kind === "undecided" ? null : false,
    ...rest,
    request: { ...request, context: Object.fromEntries(request.context) },
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function admissionText(admission: Admission, notes: readonly TokenNote[]): string {
  if (admission.kind === "refused") return answerText(admission);
  return [answerText(admission), ...notes.map(({ message }) => `but: ${message}\n`)].join("");
}

function answerText(admission: Admission): string {
  switch (admission.kind) {
    case "refused":
      return `${visible(`IAM would refuse this policy: ${admission.error.message} (${admission.error.where})`)}\n`;
    case "admitted":
      return `yes: ${visible(admission.statement)} admits the request.\n`;
    case "undecided":
      return `undecided: whether ${visible(admission.statement)} applies depends on what is not documented or not known.\n`;
    case "not-admitted": {
      const lines = [
        admission.statement === null
          ? "no: the policy has no Allow."
          : `no. The nearest statement is ${admission.statement}:`,
      ];
      for (const { message, where } of admission.obstacles) lines.push(`  - ${message} (${where})`);
      return `${lines.map(visible).join("\n")}\n`;
    }
    default:
      return admission satisfies never;
  }
}
