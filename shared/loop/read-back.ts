import { foundIn } from "../aws/reading.ts";
import { comparePermissions, compareTrust, isEquivalent } from "../compare/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readRole } from "../edge/identity.ts";
import type { Change } from "../plan/change.ts";

/**
 * Did a write happen whose answer was lost? Asked before it is reported as failed. Where it cannot be
 * seen, it is taken for not done, and the next run looks again.
 */
export async function isRealised(clients: Clients, { step }: Change): Promise<boolean> {
  switch (step.do) {
    case "update-trust-policy": {
      const role = foundIn(await readRole(clients, step.name));
      if (role === null) return false;
      return isEquivalent(compareTrust({ before: [role.trustPolicy], after: [step.trustPolicy] }));
    }
    case "attach":
    case "detach": {
      const role = foundIn(await readRole(clients, step.name));
      return role !== null && role.attached.includes(step.arn) === (step.do === "attach");
    }
    case "delete-inline-policy": {
      const role = foundIn(await readRole(clients, step.name));
      return role?.inline.every(({ name }) => name !== step.policy) ?? false;
    }
    case "create-policy-version": {
      const policy = foundIn(await readPolicy(clients, step.arn, null));
      if (policy === null) return false;
      return isEquivalent(
        comparePermissions({ before: [policy.document], after: [step.document] }),
      );
    }
    default:
      return false;
  }
}
