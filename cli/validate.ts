import { parseArgs } from "node:util";
import { parseEnvironment } from "../shared/document/index.ts";
import { visible } from "../shared/language/visible.ts";
import { settingsOf } from "../shared/settings.ts";
import { writeTrustPolicy } from "../shared/trust/index.ts";
import type { Io } from "./io.ts";
import { errorJson, jsonText } from "./json-output.ts";

/** No account is asked: the trust policy is written for a stand-in, of the same length. */
const anyAccount = { id: "123456789012", partition: "aws" } as const;

export const validateUsage = `usage: oidc-reconciler validate FILE [--json]
Reads an environment's document as a run would, without AWS.

Exit codes: 0 valid, 2 not valid or wrong usage.
`;

/**
 * `validate FILE`: reads a document as a run would, without AWS.
 *
 * @returns 0 valid, 2 not valid or wrong usage
 */
export async function validateCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) {
    if (values.json) io.stdout.write(errorJson("WrongUsage", "Name one file."));
    io.stderr.write(validateUsage);
    return 2;
  }
  const text = await io.readFile(file);
  const { region } = settingsOf(io.environment);
  const parsed = parseEnvironment({ parameter: file, version: 0, text, region });
  const problems = parsed.kind === "invalid" ? parsed.problems : unwritable(parsed.document);
  if (values.json) {
    io.stdout.write(jsonText({ valid: problems.length === 0, problems }, "indented"));
  } else if (problems.length === 0) io.stdout.write(`${visible(file)} is valid\n`);
  for (const { message } of values.json ? [] : problems) io.stderr.write(`${visible(message)}\n`);
  return problems.length === 0 ? 0 : 2;
}

function unwritable(
  document: Parameters<typeof writeTrustPolicy>[0]["document"],
): readonly { readonly code: string; readonly message: string }[] {
  const written = writeTrustPolicy({ document, account: anyAccount, now: new Date(0) });
  return written.kind === "refused" ? [written.problem] : [];
}
