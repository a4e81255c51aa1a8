import type { AuditFinding } from "../../shared/audit/findings.ts";
import { type Line, line, type Tone } from "../../shared/report/layout.ts";
import { type AuditReport, audit as auditAccount } from "../../shared/runs/audit.ts";
import { failureOf, withFailure } from "../aws-failure.ts";
import { command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readyAsInstalled } from "../settings.ts";
import { callsLine, whileWorking } from "../while-working.ts";

export const audit = command({
  name: "audit",
  summary: "Find who else trusts CircleCI, and what is loose",
  usage: [""],
  description: [
    "Looks at the whole account: roles that trust CircleCI and are not managed, loose patterns, unused roles and permissions, old access keys. Sends no alert and remembers nothing.",
  ],
  options: {},
  examples: [{ line: "oidc-reconciler audit", does: "List the findings, the worst first" }],
  exits: {
    ok: "Nothing found",
    failed: "The account could not be read",
    usage: "The command line or a setting cannot be used",
    differs: "There are findings",
  },
  run: async (_, io) => {
    const { settings, invocation } = await readyAsInstalled(io);
    const says = callsLine(() => "looking at the account", invocation.clients);
    const { report } = await whileWorking(io, says, () =>
      auditAccount({
        ...invocation,
        installation: settings.installation,
        channels: settings.channels,
        trigger: "manual",
        ignored: null,
        dryRun: true,
        publish: null,
      }),
    );
    const { findings, errors } = report;
    const found = findings.length > 0 ? exitCodes.differs : exitCodes.ok;
    const [error] = errors;
    return {
      exit: error === undefined ? found : exitCodes.failed,
      json: error === undefined ? report : withFailure(report, failureOf(error)),
      view: [...findings.flatMap(findingLines), line(conclusionOf(report))],
      warnings: errors.map((each) => failureOf(each).message),
    };
  },
});

const tones = {
  critical: "bad",
  warning: "warning",
  info: "plain",
} as const satisfies Record<AuditFinding["severity"], Tone>;

function findingLines({ severity, subject, message, next }: AuditFinding): readonly Line[] {
  const mark = severity.padEnd(8);
  const indent = mark.length + 1;
  return [
    line(subject, { mark, tone: tones[severity] }),
    line(`${message}.`, { indent }),
    line(next, { indent }),
  ];
}

function conclusionOf({ findings, errors }: AuditReport): string {
  const count = findings.length === 1 ? "1 finding." : `${findings.length} findings.`;
  if (errors.length > 0) return `${count} Not everything could be read.`;
  return findings.length === 0 ? "Nothing is loose." : count;
}
