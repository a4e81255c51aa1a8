import { foundIn, type Reading, seenIn } from "../aws/reading.ts";
import { comparePermissions, compareTrust, isEquivalent } from "../compare/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readProvider, readRole } from "../edge/identity.ts";
import type { Change, Step } from "../plan/change.ts";
import type { Tags } from "../plan/observed.ts";

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
      return isShown(clients, step);
  }
}

/** The same of what changes nobody's permissions by itself, of providers and of what is made. */
async function isShown(clients: Clients, step: Step): Promise<boolean> {
  switch (step.do) {
    case "update-role": {
      const role = seenIn(await readRole(clients, step.name));
      return (
        role?.description === step.description && role.maxSessionSeconds === step.maxSessionSeconds
      );
    }
    case "put-boundary":
      return seenIn(await readRole(clients, step.name))?.permissionsBoundary === step.boundary;
    case "tag-role":
      return hasTags(seenIn(await readRole(clients, step.name))?.tags, step.tags);
    case "untag-role": {
      const { keys } = step;
      return isWithout(await readRole(clients, step.name), ({ tags }) =>
        keys.some((key) => key in tags),
      );
    }
    case "tag-policy":
      return hasTags(seenIn(await readPolicy(clients, step.arn))?.tags, step.tags);
    case "tag-provider":
      return hasTags(foundIn(await readProvider(clients, step.arn))?.tags, step.tags);
    case "set-thumbprints":
      return (
        folded(foundIn(await readProvider(clients, step.arn))?.thumbprints ?? []) ===
        folded(step.thumbprints)
      );
    case "add-audience":
      return (
        foundIn(await readProvider(clients, step.arn))?.audiences.includes(step.audience) ?? false
      );
    case "remove-audience":
      return isWithout(await readProvider(clients, step.arn), ({ audiences }) =>
        audiences.includes(step.audience),
      );
    default:
      // What is made: a second try, or the next run, finds what is there.
      return false;
  }
}

function hasTags(found: Tags | null | undefined, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => found?.[key] === value);
}

/** A text that is the same for the same thumbprints in any order: IAM ignores case. */
function folded(thumbprints: readonly string[]): string {
  return thumbprints
    .map((each) => each.toLowerCase())
    .toSorted()
    .join();
}

/** Is the resource gone, or there without that part? What cannot be read shows nothing. */
function isWithout<Resource>(
  reading: Reading<Resource>,
  has: (resource: Resource) => boolean,
): boolean {
  return reading.kind === "absent" || (reading.kind === "found" && !has(reading.value));
}
