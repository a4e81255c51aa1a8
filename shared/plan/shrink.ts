import { comparePermissions, mayWiden } from "../compare/index.ts";
import { isRecord, parseJson } from "../json.ts";
import { managedPolicyLengthMax } from "../trust/index.ts";
import { lengthOf, listOf, statementsOf } from "./statements.ts";

type Statement = Readonly<Record<string, unknown>>;

/**
 * What both documents grant, as far as it can be said in pieces of the desired one: each pair of
 * an action and a resource that the observed document grants whole. It grants no more than
 * either. `null` where no piece is shared.
 *
 * @param desired a document that we wrote: statements of plain Allow with actions and resources
 */
export function sharedPermissions(desired: string, observed: string): string | null {
  const kept = (statementsOf(desired) ?? []).flatMap((statement) =>
    listOf(statement["Resource"]).flatMap((resource) => sharedOf(statement, resource, observed)),
  );
  if (kept.length === 0) return null;
  return JSON.stringify({ Version: "2012-10-17", Statement: kept });
}

/**
 * What of the observed document may stay while the rest of a run is waited for: what both documents
 * grant, and whatever it denies, for that may keep shut what another policy allows. It grants no
 * more than either, whichever other policies there are.
 *
 * @returns `null` where all of it is granted by the desired one, so that there is nothing to close
 */
export function closedPermissions(observed: string, desired: string): string | null {
  if (isGrantedBy(observed, desired)) return null;
  const data = parseJson(observed);
  const denies = (statementsOf(observed) ?? []).filter(({ Effect }) => Effect === "Deny");
  const shared = statementsOf(sharedPermissions(desired, observed) ?? "") ?? [];
  const top = isRecord(data) ? data : {};
  const both = JSON.stringify({ ...top, Statement: [...denies, ...shared] });
  const isNarrow = isGrantedBy(both, observed) && isGrantedBy(both, desired);
  if (shared.length > 0 && isNarrow && lengthOf(both) <= managedPolicyLengthMax) return both;
  return denies.length === 0 ? nothing : JSON.stringify({ ...top, Statement: denies });
}

/** Is it proved that `inner` grants nothing that `outer` does not? */
function isGrantedBy(inner: string, outer: string): boolean {
  return !mayWiden(comparePermissions({ before: [outer], after: [inner] }).widening);
}

/**
 * A policy that grants nothing, and takes nothing from anybody else who holds it: this call needs no
 * permission, and a Deny does not stop it. Source: STS API Reference, GetCallerIdentity.
 */
const nothing: string = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "sts:GetCallerIdentity", Resource: "*" }],
});

function sharedOf(statement: Statement, resource: unknown, observed: string): Statement[] {
  const { Sid: _, ...rest } = statement;
  const actions = listOf(statement["Action"]).filter((action) => {
    const piece = { ...rest, Action: action, Resource: resource };
    const after = [JSON.stringify({ Version: "2012-10-17", Statement: [piece] })];
    return !mayWiden(comparePermissions({ before: [observed], after }).widening);
  });
  return actions.length === 0 ? [] : [{ ...rest, Action: actions, Resource: resource }];
}
