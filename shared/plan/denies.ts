import { parsePermissionPolicy } from "../policy/parse.ts";
import { digestOf } from "./digest.ts";
import type { ObservedRole } from "./observed.ts";
import { onlyDenies } from "./statements.ts";

/** IAM's longest session: after that nobody holds a token that a revocation is about. */
const longestSession = 12 * 60 * 60 * 1000;

/** A policy that only denies and is left where it is, for somebody revoked sessions with it. */
export type KeptDeny = {
  readonly kind: "inline" | "attached";
  /** An inline policy's name, or the ARN of an attached one. */
  readonly id: string;
  readonly document: string;
  /** The latest `aws:TokenIssueTime` that it names, ISO; `null` where it names none. */
  readonly issuedBefore: string | null;
  /** When it may go, ISO. */
  readonly until: string;
};

/** When a policy that only denies was first seen, ISO, by its `denyName`; by its id in records of earlier releases. */
export type FirstSeen = ReadonlyMap<string, string>;

/**
 * The policies of a role that are not ours and only deny, by whether their time is over.
 *
 * One is kept until 12 hours after the token issue time that it denies before, or, where a
 * statement of it names none, or one in the future, after it was first seen. A document that was
 * not read is not known to only deny.
 *
 * @param ours the ARN of the deploy policy
 * @param force takes them off at once
 */
export function deniesOf(input: {
  readonly role: ObservedRole;
  readonly ours: string;
  readonly documents: ReadonlyMap<string, string>;
  readonly denies: FirstSeen;
  readonly now: Date;
  readonly force: boolean;
}): { readonly kept: readonly KeptDeny[]; readonly over: readonly KeptDeny[] } {
  const { role, ours, documents, denies, now, force } = input;
  const inline = role.inline.flatMap(({ name, document }) =>
    document === null ? [] : [{ kind: "inline", id: name, document } as const],
  );
  const attached = role.attached.flatMap((id) => {
    const document = id === ours ? undefined : documents.get(id);
    return document === undefined ? [] : [{ kind: "attached", id, document } as const];
  });
  const all = [...inline, ...attached]
    .filter(({ document }) => onlyDenies(document))
    .map(
      (found): KeptDeny => ({
        ...found,
        ...timesOf(found.document, firstSeenOf(found, denies), now),
      }),
    );
  const isOver = ({ until }: KeptDeny) => force || Date.parse(until) <= now.getTime();
  return { kept: all.filter((deny) => !isOver(deny)), over: all.filter(isOver) };
}

type Named = Pick<KeptDeny, "id" | "document">;

/** What a record knows a policy that only denies by: another text under the same name is another one. */
export function denyName({ id, document }: Named): string {
  return `${id} ${digestOf(document).slice(0, 16)}`;
}

/** Does a record know a policy that only denies under this name, whatever it says? */
export function isDenyKnown(denies: Readonly<Record<string, string>>, id: string): boolean {
  return Object.keys(denies).some((known) => known === id || known.startsWith(`${id} `));
}

/** When it was first seen; undefined where no run has seen it. */
export function firstSeenOf(deny: Named, denies: FirstSeen): string | undefined {
  return denies.get(denyName(deny)) ?? denies.get(deny.id);
}

function timesOf(
  document: string,
  firstSeen: string | undefined,
  now: Date,
): Pick<KeptDeny, "issuedBefore" | "until"> {
  const present = now.getTime();
  const remembered = Date.parse(firstSeen ?? "");
  const seen = Number.isNaN(remembered) ? present : Math.min(remembered, present);
  const issues = issueTimes(document);
  const known = issues.filter((time) => time !== null);
  const starts = issues.map((time) => (time === null || time > present ? seen : time));
  return {
    issuedBefore: known.length === 0 ? null : isoOf(Math.max(...known)),
    until: isoOf(Math.max(...starts) + longestSession),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

/** For each statement the latest token issue time before which it denies, or `null`. */
function issueTimes(document: string): readonly (number | null)[] {
  const parsed = parsePermissionPolicy(document);
  if (parsed.kind === "refused") return [null];
  return parsed.policy.statements.map(({ conditions }) => {
    const times = conditions
      .filter(
        ({ key, test }) =>
          key === "aws:tokenissuetime" &&
          test.kind === "date" &&
          !test.negated &&
          (test.relation === "less" || test.relation === "less-or-equal"),
      )
      .flatMap(({ values }) => values.map(timeOf));
    return times.length === 0 || times.some(Number.isNaN) ? null : Math.max(...times);
  });
}

/** IAM takes a date as ISO 8601 or as seconds since 1970. */
function timeOf(value: string): number {
  const time = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return Math.abs(time) <= 8.64e15 - longestSession ? time : Number.NaN;
}
