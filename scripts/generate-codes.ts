/**
 * Writes the page of all codes from `shared/codes.ts` and `shared/policy/codes.ts`. After a change there:
 * `npx node scripts/generate-codes.ts`, or run its test with UPDATE_DOCS=1.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  auditCodes,
  conditionReasons,
  documentCodes,
  inputCodes,
  reportCodes,
} from "../shared/codes.ts";
import { policyCodes, undecidedCodes } from "../shared/policy/codes.ts";

export const codesFile = fileURLToPath(new URL("../docs/codes.md", import.meta.url));

type Codes = Readonly<Record<string, { readonly means: string; readonly next: string }>>;

type Group = { readonly title: string; readonly about: string; readonly codes: Codes };

const groups: readonly Group[] = [
  {
    title: "Errors of a run",
    about:
      "`errors` of the report and of each environment in it. A code that is not in this table is AWS's own name of an error, such as `AccessDenied`, and the message names the call. An invalid document has the codes of [a document](#documents), a policy that cannot be read those of [a policy](#policies).",
    codes: reportCodes,
  },
  {
    title: "Reasons of conditions",
    about:
      "`reason` of the conditions `SpecValid`, `ResourcesResolved`, `InSync`, `TrustAsIntended` and `Ready`, in the status and in the report.",
    codes: conditionReasons,
  },
  {
    title: "Documents",
    about: "What is wrong with an environment's document: `errors`, and `validate`.",
    codes: documentCodes,
  },
  {
    title: "Input of commands and functions",
    about:
      "`error.code` of a command with `--json`, and the beginning of the message with which a function refuses its payload. A payload can also have `unknown-field` and `wrong-type`, as a document can.",
    codes: inputCodes,
  },
  {
    title: "Policies",
    about:
      "Why `trust compare`, `explain` and `admits` give no verdict: IAM would refuse the policy.",
    codes: policyCodes,
  },
  {
    title: "Undecided comparisons",
    about:
      "`undecided` of a comparison: why a direction stays open. The loop treats an open direction [as a widening](decisions/0007-undecided-widens.md).",
    codes: undecidedCodes,
  },
  { title: "Findings of the audit", about: "`findings` of an audit.", codes: auditCodes },
];

/** The text of the page. */
export function codesText(): string {
  const parts = groups.map(({ title, about, codes }) => {
    const rows = Object.entries(codes).toSorted(byCode);
    return [
      `## ${title}`,
      "",
      about,
      "",
      "| code | what it means | what to do |",
      "|---|---|---|",
      ...rows.map(([code, { means, next }]) => `| \`${code}\` | ${means} | ${next} |`),
      "",
    ].join("\n");
  });
  return [
    "# Codes",
    "",
    "Programs can rely on these words. The messages beside them may change. This page is generated from",
    "`shared/codes.ts` and `shared/policy/codes.ts`. The kinds of alerts are in the",
    "[runbook](runbook.md#alerts), the causes of a diagnosis on [its page](diagnosis.md#what-it-answers), the loose",
    "ends of a trust policy on [its page](trust-policy.md#what-explain-and-the-audit-find).",
    "",
    parts.join("\n"),
  ].join("\n");
}

function byCode([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one.toLowerCase() < other.toLowerCase() ? -1 : 1;
}

if (import.meta.main) writeFileSync(codesFile, codesText());
