import { paginateListRoleTags, TagRoleCommand, UntagRoleCommand } from "@aws-sdk/client-iam";
import type { Tags } from "../plan/observed.ts";
import type { Clients } from "./clients.ts";
import { tagsOf } from "./iam-forms.ts";

/** Every tag of a role. */
export async function readRoleTags({ iam }: Clients, role: string): Promise<Tags> {
  const pages = await Array.fromAsync(paginateListRoleTags({ client: iam }, { RoleName: role }));
  return tagsOf(pages.flatMap(({ Tags = [] }) => Tags));
}

/** Puts one tag on a role, beside those that it has. */
export async function tagRole(
  { iam }: Clients,
  role: string,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<void> {
  await iam.send(new TagRoleCommand({ RoleName: role, Tags: [{ Key: key, Value: value }] }));
}

/** Takes one tag off a role, whether it is there or not. */
export async function untagRole({ iam }: Clients, role: string, key: string): Promise<void> {
  await iam.send(new UntagRoleCommand({ RoleName: role, TagKeys: [key] }));
}
