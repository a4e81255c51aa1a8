import { compareTrust, isImpossible, mayWiden } from "../../../shared/compare/index.ts";
import { type Answer, command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { comparisonJson } from "../../comparison-json.ts";
import { exitCodes } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { answerLines } from "./batch.ts";
import { comparisonLines } from "./compare-view.ts";
import { readPolicy, roleOption } from "./policy-file.ts";

export const compare = command({
  name: "compare",
  summary: "Decide whether a trust policy admits more than another, with an example",
  usage: ["--before FILE --after FILE [--role NAME] [--possible]", "--batch < PAIRS.jsonl"],
  description: [
    "Every request counts, also one that nobody can make, such as a role's session with another role's aws:PrincipalArn, or a token whose project-id is not the project of its sub. With --possible the exit code says whether a caller that can exist makes such a request (possible.widens in the JSON): 0 when that is disproved, 3 when it is so or undecided.",
    'With --batch each line of standard input is {"id", "before", "after"} and gets its own answer on one line. --batch exits with 0 once all lines are answered.',
  ],
  options: {
    before: { value: "FILE", summary: "The old trust policy" },
    after: { value: "FILE", summary: "The new trust policy" },
    role: roleOption,
    possible: { summary: "Exit by the requests that a caller can make" },
    batch: { summary: "Read pairs from standard input" },
  },
  examples: [
    {
      line: "oidc-reconciler trust compare --before old.json --after new.json",
      does: "Say what the new policy admits that the old one does not",
    },
  ],
  exits: {
    ok: "The new policy admits nothing new",
    usage: "A policy is refused, or wrong usage",
    differs: "It admits something new, or that is undecided",
  },
  page: "docs/trust-policy.md#what-the-commands-read",
  oneLine: true,
  run: async (input, io) => {
    const before = input.value("before");
    const after = input.value("after");
    if (input.has("batch")) {
      if (before !== null || after !== null) {
        throw new CommandError("Leave out --before and --after: --batch reads standard input.");
      }
      if (input.has("possible")) {
        throw new CommandError(
          "--possible chooses the exit code; --batch exits with 0, and each line has possible.",
        );
      }
      await answerLines(io);
      return exitCodes.ok;
    }
    if (before === null || after === null) {
      throw new CommandError("compare needs --before and --after.");
    }
    return answerOf({ before, after, role: input.value("role") }, input.has("possible"), io);
  },
});

type Asked = { readonly before: string; readonly after: string; readonly role: string | null };

async function answerOf(
  { before, after, role }: Asked,
  onlyPossible: boolean,
  io: Io,
): Promise<Answer> {
  const read = {
    before: await readPolicy(io, before, { role, side: "before" }),
    after: await readPolicy(io, after, { role, side: "after" }),
  };
  const compared = compareTrust({ before: [read.before.text], after: [read.after.text] });
  const comparison =
    compared.kind === "refused"
      ? { ...compared, error: read[compared.side].advised(compared.error) }
      : compared;
  const view = comparisonLines(comparison, read);
  if (comparison.kind === "refused") {
    return { exit: exitCodes.usage, json: { error: comparison.error }, view };
  }
  const { widening } = comparison;
  const isWider = onlyPossible ? !isImpossible(widening) : mayWiden(widening);
  const json = comparisonJson(comparison);
  return { exit: isWider ? exitCodes.differs : exitCodes.ok, json, view };
}
