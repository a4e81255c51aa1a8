import { explainTrust } from "../../../shared/explain/index.ts";
import { command } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { explanationLines } from "./explain-view.ts";
import { readPolicy, refusalJson, roleOption } from "./policy-file.ts";

export const explain = command({
  name: "explain",
  summary: "Say who can assume a role, in words, and what is loose",
  usage: ["FILE [--role NAME]"],
  description: [
    'FILE holds the trust policy, in any of the forms that "oidc-reconciler trust --help" lists.',
  ],
  operands: { name: "FILE", least: 1, most: 1 },
  options: { role: roleOption },
  examples: [
    {
      line: "aws iam get-role --role-name CI | oidc-reconciler trust explain -",
      does: "Explain a role of the account",
    },
  ],
  exits: { ok: "Explained", usage: "The policy is refused, or wrong usage" },
  page: "docs/trust-policy.md#what-explain-and-the-audit-find",
  oneLine: true,
  run: async ({ operands: [file = ""], value }, io) => {
    const policy = await readPolicy(io, file, { role: value("role") });
    const explained = explainTrust(policy.text, io.clock());
    if (explained.kind === "refused") {
      const error = policy.advised(explained.error);
      const view = explanationLines({ ...explained, error }, file);
      return { exit: exitCodes.usage, json: refusalJson(error, file), view };
    }
    const { kind: _, ...json } = explained;
    return { exit: exitCodes.ok, json, view: explanationLines(explained, file) };
  },
});
