import type { Reading } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readDocument, readHeldRole } from "../edge/held-role.ts";
import { readTargets } from "../edge/targets/readers.ts";
import type { ObservedTargets } from "../plan/observed.ts";
import { type Takeover, takeoverOf } from "../takeover/comparison.ts";
import { draftOf, type RoleDraft } from "../takeover/draft.ts";
import { proposedDeploy } from "../takeover/permissions.ts";
import type { HeldRole } from "../takeover/role.ts";
import { byKind, type KindName, type OfKind, targetKinds } from "../targets/index.ts";
import type { Account, ParameterPlace } from "../trust/index.ts";

type Where = {
  readonly clients: Clients;
  readonly account: Account;
  readonly place: ParameterPlace;
  readonly now: Date;
};

/** A role as it is, and what a document can say of it. */
export type TakenRole = { readonly held: HeldRole; readonly draft: RoleDraft };

/**
 * Reads a role, what its policies name, and makes a draft of a document.
 *
 * @param asked.organizationId the organisation that is meant; null: the first that the role trusts
 */
export async function takeRole(
  { clients, account, place, now }: Where,
  asked: { readonly role: string; readonly organizationId: string | null },
): Promise<Reading<TakenRole>> {
  const reading = await readHeldRole(clients, asked.role, account);
  if (reading.kind !== "found") return reading;
  const held = reading.value;
  const deploy = proposedDeploy(held.policies, { account, region: clients.region });
  const observed = await targetsOf(clients, deploy, account);
  const { organizationId } = asked;
  const draft = draftOf({ held, permissions: { account, place, observed }, organizationId, now });
  return { kind: "found", value: { held, draft } };
}

/** Compares the role with what a run would make of it by the document. */
export async function compareRole(
  { clients, account, place, now }: Where,
  held: HeldRole,
  document: EnvironmentDocument,
): Promise<Takeover> {
  const bound = document.role.permissionsBoundary ?? null;
  const [observed, boundary] = await Promise.all([
    targetsOf(clients, document.deploy, account),
    bound === null || bound === held.role.permissionsBoundary
      ? held.boundary
      : readDocument(clients, bound),
  ]);
  const permissions = { account, place, observed };
  return takeoverOf({
    held,
    document,
    permissions,
    boundary: bound === null ? null : boundary,
    now,
  });
}

function targetsOf(
  clients: Clients,
  deploy: EnvironmentDocument["deploy"],
  account: Account,
): Promise<ObservedTargets> {
  const question = byKind<"question">(<Name extends KindName>(name: Name) => {
    const entries: OfKind<Name>["entries"] = deploy[name];
    return targetKinds[name].ask([{ entries, last: [], outputs: {} }]);
  });
  return readTargets(clients, { region: deploy.region, ...question }, { account });
}
