import {
  type Admission,
  admitsTrust,
  type RequestPrincipal,
  type TokenClaims,
  type TrustRequest,
} from "../shared/compare/index.ts";
import { type CommandIo, exitCodes, type Options, readNamed, UsageError } from "./trust-io.ts";

/** Runs `trust admits`: exit 0 for yes, 3 for no or undecided, 2 for a refused policy. */
export async function admits(options: Options, io: CommandIo): Promise<number> {
  const requestPath = options.values.get("--request");
  const tokenPath = options.values.get("--token");
  if ((requestPath === undefined) === (tokenPath === undefined)) {
    throw new UsageError("admits needs either --request or --token.");
  }
  const policy = await readNamed(io, options.files[0] ?? "");
  const asked =
    requestPath === undefined
      ? readClaims(await readNamed(io, tokenPath ?? ""), tokenPath ?? "")
      : readRequest(await readNamed(io, requestPath), requestPath);
  const admission = admitsTrust(policy, asked);
  io.stdout.write(
    options.flags.has("--json")
      ? `${JSON.stringify(admissionJson(admission))}\n`
      : admissionText(admission),
  );
  if (admission.kind === "refused") return exitCodes.refused;
  return admission.kind === "admitted" ? exitCodes.notWider : exitCodes.wider;
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

/** A JSON Web Token as CircleCI hands it out, or its claims as JSON. The signature is not looked at. */
function readClaims(text: string, path: string): TokenClaims {
  const parts = text.trim().split(".");
  const isToken = parts.length === 3 && !text.trim().startsWith("{");
  const claims = parse(
    isToken ? Buffer.from(parts[1] ?? "", "base64url").toString("utf8") : text,
    path,
  );
  const project = "oidc.circleci.com/project-id";
  if (!isRecord(claims) || typeof claims["iss"] !== "string" || typeof claims["sub"] !== "string") {
    throw new UsageError(`${path} holds no token: it needs iss, sub and aud.`);
  }
  const { iss, sub, aud, azp } = claims;
  const audiences = Array.isArray(aud) ? aud.map(String) : typeof aud === "string" ? aud : null;
  if (audiences === null || audiences.length === 0)
    throw new UsageError(`${path} holds no token: it needs iss, sub and aud.`);
  return {
    iss,
    sub,
    aud: audiences,
    ...(typeof azp === "string" ? { azp } : {}),
    ...(typeof claims[project] === "string" ? { [project]: claims[project] } : {}),
  };
}

function admissionJson(admission: Admission): object {
  if (admission.kind === "refused") return { error: admission.error };
  const { request, kind, ...rest } = admission;
  return {
    admitted: kind === "admitted" ? true : kind === "undecided" ? null : false,
    ...rest,
    request: { ...request, context: Object.fromEntries(request.context) },
  };
}

function admissionText(admission: Admission): string {
  switch (admission.kind) {
    case "refused":
      return `IAM would refuse this policy: ${admission.error.message} (${admission.error.where})\n`;
    case "admitted":
      return `yes: ${admission.statement} admits the request.\n`;
    case "undecided":
      return `undecided: whether ${admission.statement} applies depends on what is not documented or not known.\n`;
    case "not-admitted": {
      const lines = [
        admission.statement === null
          ? "no: the policy has no Allow."
          : `no. The nearest statement is ${admission.statement}:`,
      ];
      for (const { message, where } of admission.obstacles) lines.push(`  - ${message} (${where})`);
      return `${lines.join("\n")}\n`;
    }
    default:
      return admission satisfies never;
  }
}
