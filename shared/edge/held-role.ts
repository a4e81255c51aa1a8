import { foundIn, type Reading } from "../aws/reading.ts";
import { heldPolicyOf } from "../takeover/draft.ts";
import type { HeldPolicy, HeldRole } from "../takeover/role.ts";
import type { Account } from "../trust/index.ts";
import type { Clients } from "./clients.ts";
import { readPolicy, readRole } from "./identity.ts";

/** Reads a role with every policy that it holds and its boundary; a policy that is refused has no text. */
export async function readHeldRole(
  clients: Clients,
  name: string,
  account: Account,
): Promise<Reading<HeldRole>> {
  const reading = await readRole(clients, name);
  if (reading.kind !== "found") return reading;
  const role = reading.value;
  const { permissionsBoundary } = role;
  const [attached, boundary] = await Promise.all([
    Promise.all(role.attached.map((arn) => readManaged(clients, arn, account))),
    permissionsBoundary === null ? null : readDocument(clients, permissionsBoundary),
  ]);
  const inline = role.inline.map(({ name: own, document }): HeldPolicy => {
    return { id: own, name: own, kind: "inline", document, obstacle: null, owner: null };
  });
  return { kind: "found", value: { role, policies: [...attached, ...inline], boundary } };
}

async function readManaged(clients: Clients, arn: string, account: Account): Promise<HeldPolicy> {
  const found = foundIn(await readPolicy(clients, arn));
  if (found !== null) return heldPolicyOf(found, account);
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const unread = { document: null, obstacle: "could not be read", owner: null };
  return { id: arn, name, kind: "managed", ...unread };
}

/** The text that is in force of a managed policy; null where it could not be read. */
export async function readDocument(clients: Clients, arn: string): Promise<string | null> {
  return foundIn(await readPolicy(clients, arn))?.document ?? null;
}
