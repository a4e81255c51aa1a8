import type { readAccount } from "../edge/account-listing.ts";
import type { Change } from "../plan/change.ts";
import type { Blocked } from "../plan/resource-claims.ts";

/** Who has the names that could not be created, as the account's listing shows it. */
export async function namesTaken(
  listed: () => ReturnType<typeof readAccount>,
  refused: readonly Change[],
): Promise<readonly Blocked[]> {
  const account = await listed();
  if (account.kind !== "found") return [];
  const { roles, policies } = account.value;
  return refused.flatMap((change): readonly Blocked[] => {
    if (change.resource === "role") return takenBy(change, "role", [...roles.values()]);
    return change.resource === "policy" ? takenBy(change, "policy", [...policies.values()]) : [];
  });
}

function takenBy(
  { id }: Change,
  resource: "role" | "policy",
  held: readonly { readonly name: string; readonly arn: string }[],
): readonly Blocked[] {
  const name = id.slice(id.lastIndexOf("/") + 1).toLowerCase();
  const other = held.find((each) => each.name.toLowerCase() === name);
  if (other === undefined || other.arn === id) return [];
  const message = `${id} does not exist, and its name is taken by ${other.arn} (IAM ignores path and case in names). Choose another ${resource}.name in the document, or remove the other`;
  return [{ code: "NameTaken", resource, message }];
}
