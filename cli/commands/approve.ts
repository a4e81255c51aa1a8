import { approveHeld } from "../approval.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkNames } from "../environment-names.ts";
import { readyAsInstalled } from "../settings.ts";

export const approve = command({
  name: "approve",
  summary: "Show what a held version changes and newly admits, and approve it",
  usage: ["NAME [--version N] [--yes]"],
  description: [
    "Shows how the held document differs from the one in force, the whole of what it newly admits and grants, and an example. After a yes it puts the label approved on exactly that version. The version must have the content that was announced.",
    "It needs ssm:GetParameters and ssm:LabelParameterVersion. Where it may read the account as plan does, it compares with the account too; otherwise it says that it compared the documents alone. Where it may read the role and CloudTrail's event history, it says who was seen for the role in the last 30 days, and what the version changes for them.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {
    version: { value: "N", summary: "Approve only if N is the held version" },
    yes: { summary: "Approve without asking" },
  },
  examples: [
    { line: "oidc-reconciler approve production", does: "Look at what is held, and decide" },
    {
      line: "oidc-reconciler approve production --version 7 --yes",
      does: "Approve the version that was reviewed, and no other",
    },
  ],
  exits: {
    ok: "The version is labelled",
    failed: "AWS refused or did not answer",
    usage: "Nothing is held, another version is, or wrong usage",
    differs: "Not labelled: the answer was no, or the document has changed since it was announced",
  },
  run: async (input, io) => {
    const [name = ""] = input.operands;
    checkNames([name]);
    const asked = { name, version: numberIn(input.value("version")), yes: input.has("yes") };
    return approveHeld(asked, io, await readyAsInstalled(io));
  },
});

function numberIn(text: string | null): number | null {
  if (text === null) return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CommandError(`--version is the number of a version, such as 7; there is no "${text}".`);
}
