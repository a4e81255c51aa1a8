import { GetRoleCommand } from "@aws-sdk/client-iam";
import type { LastUse } from "../projects/index.ts";
import type { Clients } from "./clients.ts";
import { faultOf, isNamed } from "./faults.ts";

/** When a role was used last. IAM keeps it for 400 days and shows it some hours later. */
export async function readLastUse({ iam }: Clients, role: string): Promise<LastUse> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    const at = Role?.RoleLastUsed?.LastUsedDate;
    return at === undefined ? { kind: "never" } : { kind: "used", at: at.toISOString() };
  } catch (thrown) {
    if (isNamed(thrown, "NoSuchEntity")) return { kind: "absent" };
    return { kind: "unreadable", why: faultOf(`iam:GetRole ${role}`, thrown).message };
  }
}
