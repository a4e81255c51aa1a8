import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { line } from "../../shared/report/layout.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import { command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { nameOf, textIn } from "../files.ts";
import { settingsIn } from "../settings.ts";

/** No account is asked: the trust policy is written for an example, whose id is as long. */
const anyAccount = { id: "123456789012", partition: "aws" } as const;

export const validate = command({
  name: "validate",
  summary: "Check an environment's document, without AWS",
  usage: ["FILE"],
  description: [
    "Reads FILE, or standard input for -, as a run would read the parameter. Each problem names the place in the document and what is allowed there.",
  ],
  operands: { name: "FILE", least: 1, most: 1 },
  options: {},
  examples: [
    {
      line: "oidc-reconciler validate production.yaml",
      does: "Check a document before you put it",
    },
  ],
  exits: { ok: "Valid", usage: "Not valid, or wrong usage" },
  page: "docs/reference.md",
  run: async ({ operands: [file = ""] }, io) => {
    const { region } = await settingsIn(io);
    const parameter = nameOf(file);
    const text = await textIn(io, file, "text");
    const parsed = parseEnvironment({ parameter, version: 0, text, region });
    const problems = parsed.kind === "invalid" ? parsed.problems : unwritable(parsed.document);
    const valid = problems.length === 0;
    return {
      exit: valid ? exitCodes.ok : exitCodes.usage,
      json: { valid, problems },
      view: valid ? [line(`${parameter} is valid`, { tone: "good" })] : [],
      warnings: problems.map(({ message }) => message),
    };
  },
});

type Problem = { readonly code: string; readonly message: string };

/** What IAM has no room for, though each field is right. */
function unwritable(document: EnvironmentDocument): readonly Problem[] {
  const written = writeTrustPolicy({ document, account: anyAccount, now: new Date(0) });
  return written.kind === "refused" ? [written.problem] : [];
}
