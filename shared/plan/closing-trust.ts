import { compareTrust, isEquivalent, mayWiden } from "../compare/index.ts";
import { trustPolicyLengthDefaultMax } from "../trust/index.ts";
import { lengthOf, listOf, statementsOf } from "./statements.ts";

/** The texts that are written one after the other, each one or none; see `trustTexts`. */
type TrustTexts = { readonly first: readonly string[]; readonly last: readonly string[] };

/**
 * The texts of the trust policy that are written one after the other: none where what is there
 * means what is desired.
 *
 * Deny statements that are there stay in the first text, so that nobody they keep out gets
 * access while other things still change; the second takes them off when all else is closed. `first`
 * is empty where it would mean what is there; `last` is empty where there is nothing to take off,
 * or where IAM has no room for both: the desired text alone never admits a stranger.
 */
export function trustTexts(observed: string, desired: string): TrustTexts {
  if (isEquivalent(compareTrust({ before: [observed], after: [desired] }))) {
    return { first: [], last: [] };
  }
  const guarded = withDeniesOf(observed, desired);
  if (guarded === null || isEquivalent(compareTrust({ before: [guarded], after: [desired] }))) {
    return { first: [desired], last: [] };
  }
  const isThere = isEquivalent(compareTrust({ before: [observed], after: [guarded] }));
  return { first: isThere ? [] : [guarded], last: [desired] };
}

/**
 * What of the observed trust policy may stay while the rest of a run is waited for: its Deny
 * statements, each Allow that admits only what the desired one admits, and each of the desired ones
 * that admits nobody new. It lets in no more than either of the two.
 *
 * @returns `null` where all may stay, so that there is nothing to close
 */
export function closedTrust(observed: string, desired: string): string | null {
  const data: unknown = JSON.parse(observed);
  const statements = statementsOf(observed);
  if (typeof data !== "object" || data === null || statements === null) return nobodysTrust;
  const textOf = (all: readonly unknown[]) => JSON.stringify({ ...data, Statement: all });
  const denies = statements.filter(({ Effect }) => Effect === "Deny");
  const isIn = (statement: unknown, outer: string) =>
    isTrustWithin(textOf([...denies, statement]), outer);
  const kept = statements.filter((each) => each["Effect"] === "Deny" || isIn(each, desired));
  if (kept.length === statements.length) return null;
  const left = kept.length === denies.length ? nobodysTrust : textOf(kept);
  const shared = (statementsOf(desired) ?? []).flatMap(({ Sid: _, ...statement }) =>
    statement["Effect"] === "Allow" && isIn(statement, observed) && !isIn(statement, left)
      ? [statement]
      : [],
  );
  if (shared.length === 0) return left;
  const both = textOf([...kept, ...shared]);
  const room = Math.max(trustPolicyLengthDefaultMax, lengthOf(observed), lengthOf(desired));
  const isNarrow = isTrustWithin(both, observed) && isTrustWithin(both, desired);
  return isNarrow && lengthOf(both) <= room ? both : left;
}

/** Is it proved that `inner` admits nothing that `outer` does not? */
function isTrustWithin(inner: string, outer: string): boolean {
  return !mayWiden(compareTrust({ before: [outer], after: [inner] }).widening);
}

/** `desired` and the Deny statements of `observed`; `null` where there are none, or no room. */
function withDeniesOf(observed: string, desired: string): string | null {
  const denies = (statementsOf(observed) ?? []).filter(({ Effect }) => Effect === "Deny");
  const data: unknown = JSON.parse(desired);
  if (denies.length === 0 || typeof data !== "object" || data === null) return null;
  const own = "Statement" in data ? listOf(data.Statement) : [];
  const sids = own.map(sidOf);
  const taken = new Set([...sids, ...denies.map(sidOf)]);
  const renamed = denies.map((statement, index) => {
    const clashes = statement["Sid"] !== undefined && sids.includes(statement["Sid"]);
    return clashes ? { ...statement, Sid: freeSid(taken, index) } : statement;
  });
  const text = JSON.stringify({ ...data, Statement: [...own, ...renamed] });
  return lengthOf(text) <= Math.max(trustPolicyLengthDefaultMax, lengthOf(desired)) ? text : null;
}

function sidOf(statement: unknown): unknown {
  return typeof statement === "object" && statement !== null && "Sid" in statement
    ? statement.Sid
    : undefined;
}

/** A Sid must be unique within its document, and is letters and digits only. */
function freeSid(taken: ReadonlySet<unknown>, index: number): string {
  let sid = `KeptDeny${index + 1}`;
  while (taken.has(sid)) sid = `${sid}x`;
  return sid;
}

/** A trust policy that lets nobody in, spelled with actions that every trust policy may name. */
export const nobodysTrust: string = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
    },
  ],
});
