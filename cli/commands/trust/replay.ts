import { startReplay } from "../../../shared/replay/replay.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { checkNames } from "../../environment-names.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { readRole } from "../../role.ts";
import { ready } from "../../settings.ts";
import { sinceOf } from "../../since.ts";
import { type Proposal, proposedPolicy, readProposal } from "./replay-proposal.ts";
import { isCutShort, recordsFrom, warningsOf } from "./replay-records.ts";
import { type Replayed, replayJson, replayLines } from "./replay-view.ts";
import { readEnvironment } from "./replayed-documents.ts";

export const replay = command({
  name: "replay",
  summary: "Say who of those really seen for a role a proposed trust policy would refuse or admit",
  usage: [
    "NAME [--document FILE | --version N | --trust FILE] [--events FILE…] [--since TIME]",
    "--role ROLE [--document FILE | --trust FILE] [--events FILE…] [--since TIME]",
  ],
  description: [
    "Takes every AssumeRoleWithWebIdentity on the role, successful or refused, from CloudTrail and puts its token's audience and subject to the role's current trust policy and to the proposed one. Without a proposal it says who gets in today, and which of its patterns nobody needed.",
    "The event history goes back 90 days and gives a hundred events a second, those of all roles. It is read in the Region of the documents, in deploy.region, and in us-east-1, where STS's global endpoint is recorded. Ctrl-C ends the reading; the answer is then about what was read.",
    "With --events it reads files instead: CloudTrail's log files, packed by gzip or not, records or EventBridge's events on lines, and the output of aws cloudtrail lookup-events --output json. They may be of any length.",
    "A condition on the time is asked as of now. What a record does not hold, such as a claim that only STS saw, leaves an identity undecided: it counts as refused, and is listed where it may change.",
  ],
  operands: { name: "NAME", least: 0, most: 1 },
  options: {
    document: { value: "FILE", summary: "Propose what this document would write" },
    version: { value: "N", summary: "Propose what this version of NAME's document would write" },
    trust: { value: "FILE", summary: "Propose this trust policy" },
    role: { value: "ROLE", summary: "A role of the account, by name or ARN, instead of NAME" },
    events: { value: "FILE", list: true, summary: "Read CloudTrail's events from these files" },
    since: { value: "TIME", summary: "Leave out what is older: a day, an instant, or 30d" },
  },
  examples: [
    {
      line: "oidc-reconciler trust replay production --version 7",
      does: "See who would be refused by a held version, before you approve it",
    },
    {
      line: "oidc-reconciler trust replay --role CI --trust narrow.json --events *.json.gz",
      does: "Try a narrower policy on the log files of a trail",
    },
  ],
  exits: {
    ok: "Nobody is newly refused or admitted, or nothing is proposed",
    failed: "AWS refused or did not answer, or the reading was ended early",
    usage: "Wrong usage or input: a policy, a document or a file of events that cannot be used",
    differs: "Somebody is newly refused or newly admitted",
  },
  page: "docs/trust-policy.md#who-was-really-seen",
  run: async ({ operands: [name = null], value, values }, io) => {
    const subject = subjectOf(name, value("role"));
    const [document, version, trust] = [value("document"), value("version"), value("trust")];
    const text = value("since");
    const now = io.clock();
    const since = text === null ? null : sinceOf(text, now);
    const proposal = await readProposal({ name, document, version, trust }, io);
    const asked = { subject, proposal, since, now, events: values("events") };
    const replayed = await replayOf(asked, io);
    return {
      exit: exitOf(replayed),
      json: replayJson(replayed),
      view: replayLines(replayed),
      warnings: warningsOf(replayed, since, now),
    };
  },
});

/** Whose records are meant: an environment's role, or a role by its own name. */
type Subject =
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "role"; readonly role: string };

function subjectOf(name: string | null, role: string | null): Subject {
  if (name !== null && role !== null) {
    throw new CommandError("Leave out NAME or --role: each says which role is meant.");
  }
  if (role !== null) return { kind: "role", role };
  if (name === null) throw new CommandError("Name an environment, or a role with --role.");
  checkNames([name]);
  return { kind: "environment", name };
}

type Question = {
  readonly subject: Subject;
  readonly proposal: Proposal;
  /** Files; empty: the event history. */
  readonly events: readonly string[];
  readonly since: Date | null;
  /** One instant for all: 12 hours ago is 12 hours before the end of what is read. */
  readonly now: Date;
};

async function replayOf(question: Question, io: Io): Promise<Replayed> {
  const { subject, proposal, events, since, now } = question;
  const { settings, invocation } = await ready(io);
  const { prefix, region } = settings;
  const { clients } = invocation;
  const documents = { clients, prefix, region };
  const inForce =
    subject.kind === "environment" ? await readEnvironment(documents, subject.name) : null;
  const asked = subject.kind === "role" ? subject.role : (inForce?.role.name ?? subject.name);
  const {
    arn,
    account,
    tags,
    trust: current,
  } = await readRole(clients, asked).catch((thrown: unknown) => {
    throw subject.kind === "environment" ? ofEnvironment(thrown, subject.name) : thrown;
  });
  const proposed = await proposedPolicy(proposal, documents, { account, now });
  const running = startReplay({ role: arn, account, tags, current, proposed, now, since });
  const regions = [region, ...(inForce === null ? [] : [inForce.deploy.region])];
  const source = await recordsFrom(io, clients, { events, regions, since, now, running });
  return { role: arn, source, replay: running.result() };
}

/** A role that is not there yet is named by a document that waits. */
function ofEnvironment(thrown: unknown, name: string): unknown {
  if (!(thrown instanceof CommandError) || thrown.details.code !== "RoleNotFound") return thrown;
  const message = `${thrown.message} Environment ${name} names it: oidc-reconciler status ${name} shows whether its document is in force.`;
  return new CommandError(message, thrown.details);
}

function exitOf(replayed: Replayed): ExitCode {
  const { newlyRefused, newlyAdmitted } = replayed.replay;
  if (newlyRefused.length + newlyAdmitted.length > 0) return exitCodes.differs;
  return isCutShort(replayed.source) ? exitCodes.failed : exitCodes.ok;
}
