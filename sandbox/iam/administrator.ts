import { newId, newSecret } from "./ids.ts";
import { type Directory, withUser } from "./state.ts";

/** The user of the sandbox's environment variables: an ordinary user with AdministratorAccess. */
export function administrator(
  directory: Directory,
  at: Date,
): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  const name = "administrator";
  withUser(directory, {
    name,
    path: "/",
    arn: `arn:aws:iam::${directory.account}:user/${name}`,
    id: newId("AIDA"),
    createdAt: at,
    tags: new Map(),
    inline: new Map(),
    attached: ["arn:aws:iam::aws:policy/AdministratorAccess"],
    boundary: null,
  });
  const id = newId("AKIA");
  directory.accessKeys.set(id, {
    id,
    userName: name,
    status: "Active",
    createdAt: at,
    lastUsed: null,
  });
  return { accessKeyId: id, secretAccessKey: newSecret() };
}
