import type { InForce } from "../plan/in-force.ts";
import { policyArn, providerArn, writeTrustPolicy } from "../trust/index.ts";
import {
  type HistoryInput,
  type JudgedVersion,
  historyOf as judge,
  type KeptVersion,
} from "../versions/history.ts";
import type { RecordedCall } from "../wake/index.ts";
import type { PageApproval, PageHistory, PageVerdict, PageVersion } from "./data.ts";
import { openingsOf } from "./openings.ts";

/** What is known of an environment's past. */
type KnownPast = {
  /** Newest first; or why they could not be read. */
  readonly versions: readonly KeptVersion[] | { readonly unread: string };
  /** The parameter of its document. */
  readonly parameter: string;
  /** What CloudTrail recorded of the whole account. */
  readonly calls: readonly RecordedCall[];
  readonly judging: Omit<HistoryInput, "versions">;
  readonly inForce: InForce;
  /** So many versions are judged: each is a comparison. */
  readonly versionsMax: number;
};

/** The label that releases a held version, and the call that puts it. */
const approvalLabel = "approved";
export const approvalCall = "LabelParameterVersion";

/** What happened to an environment, as far as Parameter Store and CloudTrail keep it. */
export function pastOf(past: KnownPast): PageHistory {
  const { versions, judging, versionsMax } = past;
  const openings = openingsIn(past);
  if ("unread" in versions) {
    return { versions: [], olderVersions: 0, unread: versions.unread, openings };
  }
  // One more than is shown, for the last one to be compared with.
  const judged = judge({ ...judging, versions: versions.slice(0, versionsMax + 1) });
  return {
    versions: judged.slice(0, versionsMax).map((each) => versionIn(each, past)),
    olderVersions: Math.max(0, versions.length - versionsMax),
    unread: null,
    openings,
  };
}

function versionIn(
  { read, by, labels, state, change }: JudgedVersion,
  past: KnownPast,
): PageVersion {
  const { gained = [], lost = [], other = [] } = change ?? {};
  const problems = read.parsed.kind === "invalid" ? read.parsed.problems : [];
  return {
    version: read.version,
    at: read.modifiedAt,
    by,
    state,
    verdict: verdictOf(read.version, change),
    gained,
    lost,
    other,
    problems: problems.map(({ message }) => message),
    approval: approvalOf(read.version, read.modifiedAt, labels.includes(approvalLabel), past),
  };
}

function verdictOf(version: number, change: JudgedVersion["change"]): PageVerdict {
  if (change === null) return version === 1 ? "first" : "unknown";
  const { gained, lost } = change;
  if (gained.length > 0) return lost.length > 0 ? "changed" : "widened";
  return lost.length > 0 ? "narrowed" : "same";
}

/** A label that is still there, or one that CloudTrail saw somebody put on this version. */
function approvalOf(
  version: number,
  putAt: string | null,
  isLabelled: boolean,
  { parameter, calls }: KnownPast,
): PageApproval | null {
  const labelling = calls.find(
    ({ eventName, parameters, at }) =>
      eventName === approvalCall &&
      namesParameter(parameters["name"], parameter) &&
      parameters["parameterVersion"] === version &&
      Array.isArray(parameters["labels"]) &&
      parameters["labels"].includes(approvalLabel) &&
      // A parameter that was deleted and put again counts from 1.
      (putAt === null || at === null || Date.parse(at) >= Date.parse(putAt) - 1000),
  );
  if (labelling !== undefined) return { at: labelling.at, by: labelling.actor };
  return isLabelled ? { at: null, by: null } : null;
}

/** A caller may give a parameter's ARN in place of its name. */
function namesParameter(given: unknown, parameter: string): boolean {
  return (
    typeof given === "string" && (given === parameter || given.endsWith(`:parameter${parameter}`))
  );
}

function openingsIn({ inForce, calls, versions, judging }: KnownPast): PageHistory["openings"] {
  if (inForce.kind === "nothing") return [];
  const { account, status } = judging;
  const { document } = inForce;
  const kept = "unread" in versions ? [] : versions;
  const known = kept
    .filter(({ read }) => read.version !== status?.heldVersion)
    .flatMap(({ read }) => (read.parsed.kind === "valid" ? [read.parsed.document] : []));
  const documents = [document, ...known];
  const asked = documents.flatMap((each) => {
    // By the time when it was put, what has ended since was still to be admitted.
    const writing = writeTrustPolicy({ document: each, account, now: new Date(0) });
    return writing.kind === "written" ? [JSON.stringify(writing.policy)] : [];
  });
  const openings = openingsOf(
    {
      role: document.role.name,
      asked: [...new Set(asked)],
      policyArns: documents.map(({ policy }) => policyArn(account, policy.name)),
      boundary: document.role.permissionsBoundary ?? null,
      providerArn: providerArn(account, document.circleci.organizationId),
      audiences: documents.flatMap(({ circleci }) => [
        circleci.organizationId,
        ...circleci.audiences,
      ]),
    },
    calls,
  );
  // What was open before there was a document is what it took over.
  const first = kept.find(({ read }) => read.version === 1)?.read.modifiedAt ?? null;
  return openings.filter(
    ({ openedAt, closedAt }) =>
      closedAt === null || first === null || Date.parse(openedAt) >= Date.parse(first) - 1000,
  );
}
