import { comparePermissions, mayWiden } from "../compare/index.ts";
import { listOf, statementsOf } from "./statements.ts";

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

function sharedOf(statement: Statement, resource: unknown, observed: string): Statement[] {
  const { Sid: _, ...rest } = statement;
  const actions = listOf(statement["Action"]).filter((action) => {
    const piece = { ...rest, Action: action, Resource: resource };
    const after = [JSON.stringify({ Version: "2012-10-17", Statement: [piece] })];
    return !mayWiden(comparePermissions({ before: [observed], after }).widening);
  });
  return actions.length === 0 ? [] : [{ ...rest, Action: actions, Resource: resource }];
}
