import { type Admission, admitsTrust, momentOf } from "../../../shared/explain/index.ts";
import { type TokenContent, timesOfToken } from "../../../shared/issuers/token.ts";
import type { TrustRequest } from "../../../shared/policy/request.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { admissionJson, admissionLines } from "./admits-view.ts";
import { type PolicyFile, readPolicy, roleOption } from "./policy-file.ts";
import { readClaims, readRequest } from "./request.ts";

export const admits = command({
  name: "admits",
  summary: "Say whether a token can assume a role, and if not, which condition stops it",
  usage: ["FILE --token FILE [--role NAME]", "FILE --request FILE [--role NAME]"],
  description: [
    'Instead of a token it takes any request: {"principal": {"type": "Federated", "id": "arn:…"}, "action": "sts:…", "context": {"key": ["value"]}}. For a token the answer holds at this moment; its signature is not checked.',
  ],
  operands: { name: "FILE", least: 1, most: 1 },
  options: {
    token: { value: "FILE", summary: "A token, or its claims as JSON" },
    request: { value: "FILE", summary: "A request as JSON" },
    role: roleOption,
  },
  examples: [
    {
      line: "oidc-reconciler trust admits trust.json --token claims.json",
      does: "Say whether this token can assume the role",
    },
  ],
  exits: {
    ok: "Admitted",
    usage: "The policy is refused, or wrong usage",
    differs: "Not admitted, or that is undecided",
  },
  page: "docs/trust-policy.md#what-the-commands-read",
  oneLine: true,
  run: async ({ operands: [file = ""], value }, io) => {
    const request = value("request");
    const token = value("token");
    if ((request === null) === (token === null)) {
      throw new CommandError("admits needs either --request or --token.");
    }
    const policy = await readPolicy(io, file, { role: value("role") });
    const now = io.clock();
    const asked =
      request === null ? await readClaims(io, token ?? "") : await readRequest(io, request);
    const admission = answerOf(policy, asked, now);
    const notes = isRequest(asked) ? [] : timesOfToken(asked, now);
    return {
      exit: exitOf(admission),
      json: admissionJson(admission, notes, file),
      view: admissionLines(admission, notes, file),
    };
  },
});

function exitOf({ kind }: Admission): ExitCode {
  if (kind === "refused") return exitCodes.usage;
  return kind === "admitted" ? exitCodes.ok : exitCodes.differs;
}

function isRequest(asked: TrustRequest | TokenContent): asked is TrustRequest {
  return !("iss" in asked);
}

/** A token is asked about at this moment; a request says itself what time it is. */
function answerOf(policy: PolicyFile, asked: TrustRequest | TokenContent, now: Date): Admission {
  const admission = admitsTrust(policy.text, asked, momentOf(now));
  return admission.kind === "refused"
    ? { ...admission, error: policy.advised(admission.error) }
    : admission;
}
