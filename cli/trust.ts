import { compareTrust } from "../shared/compare/index.ts";
import { explainTrust, renderExplanation } from "../shared/explain/index.ts";
import { withoutTokens } from "../shared/issuers/token.ts";
import { visible } from "../shared/language/visible.ts";
import type { Problem } from "../shared/policy/problem.ts";
import { errorJson, jsonText } from "./json-output.ts";
import { admits } from "./trust-admits.ts";
import { batch } from "./trust-batch.ts";
import { DocumentError, readDocument } from "./trust-document.ts";
import { answer, type CommandIo, exitCodes, type Options, UsageError } from "./trust-io.ts";
import { comparisonJson, comparisonText } from "./trust-text.ts";

export type { CommandIo } from "./trust-io.ts";

export const trustUsage = `Usage:
  oidc-reconciler trust compare --before OLD.json --after NEW.json [--possible] [--json]
  oidc-reconciler trust compare --batch [--json] < pairs.jsonl
  oidc-reconciler trust explain FILE [--json]
  oidc-reconciler trust admits FILE --request REQUEST.json [--json]
  oidc-reconciler trust admits FILE --token TOKEN_OR_CLAIMS.json [--json]

compare exits with 0 when NEW admits nothing that OLD does not, with 3 when it does or that is
undecided (widens in the JSON), and with 2 when a document is refused. Every request counts there, also
one that nobody can make, such as a role's session with another role's aws:PrincipalArn, or a token
whose project-id is not the project of its sub. With --possible it exits by whether a caller that can
exist makes such a request (possible.widens): 0 when that is disproved, 3 when it is so or undecided.
compare --batch exits with 0 once all lines are answered: each line holds its own answer.
admits exits with 0 when the request gets in, with
3 when it does not or that is undecided.

A trust policy is read from the document itself, from what aws iam get-role, list-roles or
get-account-authorization-details print (--role NAME where there are several), percent-encoded as the
API gives it, and from the JSON of Terraform and CloudFormation. A token is read with or without its
signature, after Bearer, as claims in JSON, and from a decoder's page; none is ever printed. A file
named - is standard input.
`;

/** Runs `oidc-reconciler trust …`; gives the exit code. */
export async function trustCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (error instanceof DocumentError) return refuse(error.problem, args, io);
    if (!(error instanceof UsageError)) throw error;
    if (args.includes("--json")) io.stdout.write(errorJson(error.code, error.message));
    io.stderr.write(`${error.message}\n\n${trustUsage}`);
    return exitCodes.refused;
  }
}

/** Says why there is no answer, on standard output where a program reads it. */
function refuse(problem: Problem, args: readonly string[], io: CommandIo): number {
  if (args.includes("--json")) answer(io, jsonText({ error: problem }));
  else io.stderr.write(`${visible(withoutTokens(problem.message))}\n`);
  return exitCodes.refused;
}

async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "compare":
      return compare(
        optionsOf(rest, {
          flags: ["--json", "--batch", "--possible"],
          values: ["--before", "--after", "--role"],
          files: 0,
        }),
        io,
      );
    case "explain":
      return explain(optionsOf(rest, { flags: ["--json"], values: ["--role"], files: 1 }), io);
    case "admits":
      return admits(
        optionsOf(rest, {
          flags: ["--json"],
          values: ["--request", "--token", "--role"],
          files: 1,
        }),
        io,
      );
    case "help":
      io.stdout.write(trustUsage);
      return 0;
    default:
      throw new UsageError(
        command === undefined ? "Say what to do." : `There is no command "trust ${command}".`,
      );
  }
}

function optionsOf(
  args: readonly string[],
  allowed: {
    readonly flags: readonly string[];
    readonly values: readonly string[];
    readonly files: number;
  },
): Options {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const files: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name, ...inline] = (args[at] ?? "").split("=");
    const arg = args[at] ?? "";
    if (allowed.flags.includes(arg)) {
      flags.add(arg);
    } else if (name !== undefined && allowed.values.includes(name)) {
      if (inline.length === 0) at += 1;
      const value = inline.length > 0 ? inline.join("=") : args[at];
      if (value === undefined) throw new UsageError(`${name} needs a value.`);
      if (values.has(name)) throw new UsageError(`${name} is given twice.`);
      values.set(name, value);
    } else if (arg.startsWith("--")) {
      throw new UsageError(`There is no option ${arg}.`);
    } else {
      files.push(arg);
    }
  }
  if (files.length !== allowed.files) {
    throw new UsageError(
      allowed.files === 0 ? `Unexpected: ${files.join(" ")}.` : "Name one file.",
    );
  }
  return { flags, values, files };
}

async function compare(options: Options, io: CommandIo): Promise<number> {
  const before = options.values.get("--before");
  const after = options.values.get("--after");
  if (options.flags.has("--batch")) {
    if (before !== undefined || after !== undefined) {
      throw new UsageError(
        "--batch reads its pairs from standard input; leave out --before and --after.",
      );
    }
    if (options.flags.has("--possible")) {
      throw new UsageError(
        "--possible chooses by what compare exits; --batch exits with 0, and every line has possible.",
      );
    }
    await batch(io);
    return exitCodes.notWider;
  }
  if (before === undefined || after === undefined)
    throw new UsageError("compare needs --before and --after.");
  const read = {
    before: await readDocument(io, before, options, "before"),
    after: await readDocument(io, after, options, "after"),
  };
  const documents = { before: read.before.text, after: read.after.text };
  const compared = compareTrust(documents);
  const comparison =
    compared.kind === "refused"
      ? { ...compared, error: read[compared.side].told(compared.error) }
      : compared;
  answer(
    io,
    options.flags.has("--json")
      ? jsonText(comparisonJson(comparison))
      : comparisonText(comparison, documents),
  );
  if (comparison.kind === "refused") return exitCodes.refused;
  const { widens } = options.flags.has("--possible") ? comparison.possible : comparison;
  return widens === false ? exitCodes.notWider : exitCodes.wider;
}

async function explain(options: Options, io: CommandIo): Promise<number> {
  const document = await readDocument(io, options.files[0] ?? "", options);
  const explained = explainTrust(document.text, new Date());
  const explanation =
    explained.kind === "refused"
      ? { ...explained, error: document.told(explained.error) }
      : explained;
  if (!options.flags.has("--json")) {
    answer(io, renderExplanation(explanation));
  } else if (explanation.kind === "refused") {
    answer(io, jsonText({ error: explanation.error }));
  } else {
    const { kind: _, ...shown } = explanation;
    answer(io, jsonText(shown));
  }
  return explanation.kind === "refused" ? exitCodes.refused : exitCodes.notWider;
}
