import { foundIn, type Reading, seenIn } from "../aws/reading.ts";
import { comparePermissions, compareTrust, isEquivalent } from "../compare/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readProvider, readRole } from "../edge/identity.ts";
import type { Change } from "../plan/change.ts";

/**
 * Did a write happen whose answer was lost? Asked before it is reported as failed. Where it cannot be
 * seen, it is taken for not done, and the next run looks again.
 */
export async function isRealised(clients: Clients, { step }: Change): Promise<boolean> {
  switch (step.do) {
    case "update-trust-policy": {
      const role = seenIn(await readRole(clients, step.name));
      if (role === null) return false;
      return isEquivalent(compareTrust({ before: [role.trustPolicy], after: [step.trustPolicy] }));
    }
    case "attach":
      return foundIn(await readRole(clients, step.name))?.attached.includes(step.arn) ?? false;
    case "detach":
      return isWithout(await readRole(clients, step.name), (role) =>
        role.attached.includes(step.arn),
      );
    case "delete-inline-policy":
      return isWithout(await readRole(clients, step.name), ({ inline }) =>
        inline.some(({ name }) => name === step.policy),
      );
    case "delete-boundary":
      return isWithout(
        await readRole(clients, step.name),
        ({ permissionsBoundary }) => permissionsBoundary !== null,
      );
    case "delete-role":
      return isWithout(await readRole(clients, step.name), () => true);
    case "delete-policy":
      return isWithout(await readPolicy(clients, step.arn), () => true);
    case "delete-policy-version":
      return isWithout(
        await readPolicy(clients, step.arn, [], { withVersions: true }),
        ({ versions }) => versions?.some(({ id }) => id === step.version) ?? true,
      );
    case "delete-provider":
      return isWithout(await readProvider(clients, step.arn), () => true);
    case "create-policy-version": {
      const policy = foundIn(await readPolicy(clients, step.arn));
      if (policy === null) return false;
      return isEquivalent(
        comparePermissions({ before: [policy.document], after: [step.document] }),
      );
    }
    default:
      return false;
  }
}

/** Is the resource gone, or there without that part? What cannot be read shows nothing. */
function isWithout<Resource>(
  reading: Reading<Resource>,
  has: (resource: Resource) => boolean,
): boolean {
  return reading.kind === "absent" || (reading.kind === "found" && !has(reading.value));
}
