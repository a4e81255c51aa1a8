/**
 * What is loose in the whole account: roles that trust CircleCI and that nobody manages, loose
 * trust policies, unused roles, old access keys, gaps in CloudTrail. `audited-account.ts` is what was
 * read, and this file decides. `shared/runs/audit.ts` reads, alerts and remembers.
 */

import { createHash } from "node:crypto";
import type { AuditCode } from "../codes.ts";
import type { CircleciAccess, LooseEnd } from "../explain/index.ts";
import { safeText } from "../language/visible.ts";
import { type ControlEntry, evidenceOf, watchedNames } from "../plan/control.ts";
import { environmentTag, prefixTag } from "../plan/ownership.ts";
import type { AuditedAccount, AuditedKey, AuditedRole } from "./audited-account.ts";
import { type Watch, watchOf } from "./trails.ts";

/** Something that an audit wants somebody to look at. */
export type AuditFinding = {
  readonly code: AuditCode;
  readonly severity: "critical" | "warning" | "info";
  /** The ARN, or the name where there is none. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
};

type AuditInput = {
  readonly account: AuditedAccount;
  readonly entries: readonly ControlEntry[];
  readonly prefix: string;
  /** The loose ends of a trust policy, as `explain` names them. */
  readonly looseEnds: (trustPolicy: string) => readonly LooseEnd[];
  /** Whether a CircleCI token can get past a trust policy, with the account's providers. */
  readonly access: (trustPolicy: string, providers: readonly string[]) => CircleciAccess;
  readonly now: Date;
};

const day = 24 * 3600 * 1000;
/** A role that nobody has used for so long is a door that nobody watches. */
const unusedAfterMs = 90 * day;
/** A new role may wait for its first pipeline. */
const newForMs = 14 * day;

/** Every finding, most severe first. The same account gives the same order. */
export function findingsOf(input: AuditInput): readonly AuditFinding[] {
  const findings = [
    ...rootIssuers(input.account),
    ...input.account.roles.flatMap((role) => roleFindings(role, input)),
    ...input.account.keys.flatMap(keyFindings),
    ...trailFindings(input.account),
    ...input.account.faults.map(({ message }): AuditFinding => {
      const next = "Give the audit's role the right to read it, or run it again.";
      return { code: "unreadable", severity: "warning", subject: "account", message, next };
    }),
  ];
  const rank = { critical: 0, warning: 1, info: 2 };
  return findings
    .map(inSafeWords)
    .toSorted((left, right) => rank[left.severity] - rank[right.severity]);
}

/** Names and policies of anybody are repeated in a finding. */
function inSafeWords(finding: AuditFinding): AuditFinding {
  return { ...finding, message: safeText(finding.message), next: safeText(finding.next) };
}

/** What a role that names CircleCI leaves open; nothing for any other role. */
function roleFindings(role: AuditedRole, input: AuditInput): readonly AuditFinding[] {
  const providers = input.account.providers.map(({ arn }) => arn);
  const access = input.access(role.trustPolicy, providers);
  switch (access.kind) {
    case "untrusting":
      return [];
    case "nobody":
      return [
        shutOut(role, access.why),
        ...looseFindings(role, withoutNobody(input), { severity: "info", next: correct }),
        ...unusedFinding(role, input.now),
      ];
    case "admits": {
      const managed = isManaged(role, input);
      return [
        ...(managed ? [] : [unmanaged(role)]),
        ...looseFindings(role, input, managed ? keptLoose : loose),
        ...unusedFinding(role, input.now),
      ];
    }
    default:
      return access satisfies never;
  }
}

const correct = "Correct its trust policy if a pipeline should use it, or remove the role.";
const loose = {
  severity: "warning",
  next: "Narrow its trust policy, or bring the role under an environment.",
} as const;
const keptLoose = {
  severity: "info",
  next: "Narrow trust.projects in the environment's document.",
} as const;

/** A role that no token can assume is a mistake or no longer needed, and no reason for an alarm. */
function shutOut(role: AuditedRole, why: string): AuditFinding {
  return {
    code: "no-token",
    severity: "info",
    subject: role.arn,
    message: `${role.name} names CircleCI in its trust policy, and no CircleCI token can assume it: ${why}`,
    next: correct,
  };
}

/** Without the loose ends that only repeat why no token can assume the role. */
function withoutNobody(input: AuditInput): AuditInput {
  return {
    ...input,
    looseEnds: (text) => input.looseEnds(text).filter(({ code }) => code !== "nobody"),
  };
}

/** Loose ends that open nothing: a statement that no token fits, an issuer that was not examined. */
const openNothing: ReadonlySet<string> = new Set(["nobody", "not-examined"]);

function looseFindings(
  role: AuditedRole,
  { looseEnds }: AuditInput,
  as: Pick<AuditFinding, "severity" | "next">,
): readonly AuditFinding[] {
  return looseEnds(role.trustPolicy).map(({ code, message }): AuditFinding => {
    return {
      code: "loose-end",
      severity: openNothing.has(code) ? "info" : as.severity,
      subject: role.arn,
      message: `${role.name}: ${message.replace(/\.$/, "")} (${code})`,
      next: as.next,
    };
  });
}

/** By its tags and by a document that names it: anybody can put a tag on a role. */
function isManaged(role: AuditedRole, { entries, prefix }: AuditInput): boolean {
  if (role.tags[prefixTag] !== prefix) return false;
  return entries.some((entry) => {
    if (entry.name !== role.tags[environmentTag] || entry.newest === null) return false;
    const written = watchedNames(evidenceOf(entry), entry).roles;
    const names: (string | undefined)[] = [...written, entry.status?.applied?.role];
    if (entry.newest.parsed.kind === "valid") names.push(entry.newest.parsed.document.role.name);
    return names.some((name) => name?.toLowerCase() === role.name.toLowerCase());
  });
}

function unmanaged(role: AuditedRole): AuditFinding {
  return {
    code: "unmanaged-trust",
    severity: "critical",
    subject: role.arn,
    message: `${role.name} admits CircleCI tokens and no environment manages it`,
    next: `Bring it under an environment, for which "oidc-reconciler init NAME --from-role ${role.name}" makes the document, or remove it.`,
  };
}

function unusedFinding(role: AuditedRole, now: Date): readonly AuditFinding[] {
  const since = role.lastUsedAt ?? role.createdAt;
  if (since === null) return [];
  const idleMs = now.getTime() - Date.parse(since);
  const limit = role.lastUsedAt === null ? newForMs : unusedAfterMs;
  if (Number.isNaN(idleMs) || idleMs < limit) return [];
  const days = Math.floor(idleMs / day);
  const message =
    role.lastUsedAt === null
      ? `${role.name} was never used in the ${days} days since it was created`
      : `${role.name} was last used ${days} days ago`;
  const next = "If no pipeline needs it, remove its environment (onRemove: delete) or the role.";
  return [{ code: "unused-role", severity: "info", subject: role.arn, message, next }];
}

/** One issuer for all organisations: anyone who trusts it and tests no more trusts everybody. */
function rootIssuers(account: AuditedAccount): readonly AuditFinding[] {
  return account.providers
    .filter(({ arn }) => arn.endsWith(":oidc-provider/oidc.circleci.com"))
    .map(({ arn }): AuditFinding => {
      return {
        code: "root-issuer",
        severity: "critical",
        subject: arn,
        message:
          "the provider is CircleCI's root issuer, which signs the tokens of every organisation",
        next: "Delete it and use the provider of your organisation, oidc.circleci.com/org/ORG.",
      };
    });
}

/** Names that people give to the users whose keys OIDC has replaced. */
export function isCiUserName(name: string): boolean {
  return /(^|[^a-z])(circle ?ci|circle|ci|cd|cicd|ci-cd|deploy(er|ment)?|pipeline|build)([^a-z]|$)/i.test(
    name.replaceAll(/([a-z])([A-Z])/g, "$1-$2"),
  );
}

function keyFindings(key: AuditedKey): readonly AuditFinding[] {
  if (!key.active) return [];
  const used =
    key.lastUsedAt === null
      ? "never used"
      : `last used ${key.lastUsedAt.slice(0, 10)}${key.lastUsedService === null ? "" : ` for ${key.lastUsedService}`}`;
  return [
    {
      code: "ci-access-key",
      severity: "warning",
      subject: `user/${key.user}`,
      message: `user ${key.user} has an active access key ending in ${key.ending} (${used}): it looks like a key that OIDC has replaced`,
      next: "Remove AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from CircleCI, then deactivate and delete the key.",
    },
  ];
}

function trailFindings({ trails }: AuditedAccount): readonly AuditFinding[] {
  const gap = trails === null ? null : gapIn(watchOf(trails));
  if (gap === null) return [];
  return [{ code: "no-trail", severity: "warning", subject: "account", ...gap }];
}

/** What the watch misses, and what to do; `null` where nothing. */
function gapIn(watch: Watch): Pick<AuditFinding, "message" | "next"> | null {
  const next =
    "Let one trail log write management events of every Region. Until then the schedule finds the rest.";
  switch (watch.kind) {
    case "whole":
      return null;
    case "none":
      return {
        message: "no CloudTrail trail is logging, so no event about a change in IAM arrives",
        next: "Turn a trail on. Until then only the schedule finds changes.",
      };
    case "no-writes":
      return {
        message:
          "no CloudTrail trail that is logging takes writes of management events, so no event about a change in IAM arrives",
        next,
      };
    case "part":
      return {
        message:
          watch.why === "no-iam"
            ? "no CloudTrail trail that is logging takes the events of IAM, a global service, so none of them arrives"
            : "the CloudTrail trails that are logging are each of one Region, so no event about deploy targets and parameters in other Regions arrives",
        next,
      };
    default:
      return watch satisfies never;
  }
}

/** Codes that one subject may have several times: the message is what differs. */
const byMessage: ReadonlySet<AuditCode> = new Set(["loose-end", "unreadable", "no-trail"]);

/**
 * A finding's name in the memory of the last audit. Days and dates in a message move on by themselves and
 * make no news.
 */
export function fingerprintOf({ code, subject, message }: AuditFinding): string {
  return fingerprint(`${code}\n${subject}\n${byMessage.has(code) ? message : ""}`);
}

/**
 * Twelve bytes of a digest. Anyone who may make a role chooses its name, and could try names until a shorter
 * one is that of something which was reported.
 */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
