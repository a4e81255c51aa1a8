import { type PartReading, type Reading, seenIn } from "../aws/reading.ts";
import { comparePermissions, compareTrust, isEquivalent } from "../compare/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readProvider, readRole } from "../edge/identity.ts";
import type { Change, Step } from "../plan/change.ts";
import type { Tags } from "../plan/observed.ts";

/**
 * Did a write happen whose answer was lost? Asked before it is reported as failed. Where it cannot be seen, nobody
 * knows: `null`, and the next run looks again.
 */
export async function isRealised(clients: Clients, { step }: Change): Promise<boolean | null> {
  switch (step.do) {
    case "update-trust-policy":
      return isSeen(await readRole(clients, step.name), ({ trustPolicy }) =>
        isEquivalent(compareTrust({ before: [trustPolicy], after: [step.trustPolicy] })),
      );
    case "attach":
      return isFound(await readRole(clients, step.name), ({ attached }) =>
        attached.includes(step.arn),
      );
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
    case "create-policy-version":
      return isFound(await readPolicy(clients, step.arn), ({ document }) =>
        isEquivalent(comparePermissions({ before: [document], after: [step.document] })),
      );
    default:
      return isShown(clients, step);
  }
}

/** The same of what changes nobody's permissions by itself, of providers and of what is made. */
async function isShown(clients: Clients, step: Step): Promise<boolean | null> {
  switch (step.do) {
    case "update-role":
      return isSeen(
        await readRole(clients, step.name),
        (role) =>
          role.description === step.description &&
          role.maxSessionSeconds === step.maxSessionSeconds,
      );
    case "put-boundary":
      return isSeen(
        await readRole(clients, step.name),
        ({ permissionsBoundary }) => permissionsBoundary === step.boundary,
      );
    case "tag-role":
      return isSeen(await readRole(clients, step.name), ({ tags }) => hasTags(tags, step.tags));
    case "untag-role": {
      const { keys } = step;
      return isWithout(await readRole(clients, step.name), ({ tags }) =>
        keys.some((key) => key in tags),
      );
    }
    case "tag-policy":
      return isSeen(await readPolicy(clients, step.arn), ({ tags }) => hasTags(tags, step.tags));
    case "tag-provider":
      return isFound(await readProvider(clients, step.arn), ({ tags }) => hasTags(tags, step.tags));
    case "set-thumbprints":
      return isFound(
        await readProvider(clients, step.arn),
        ({ thumbprints }) => folded(thumbprints) === folded(step.thumbprints),
      );
    case "add-audience":
      return isFound(await readProvider(clients, step.arn), ({ audiences }) =>
        audiences.includes(step.audience),
      );
    case "remove-audience":
      return isWithout(await readProvider(clients, step.arn), ({ audiences }) =>
        audiences.includes(step.audience),
      );
    default:
      // What is made: a second try, or the next run, finds what is there.
      return null;
  }
}

function hasTags(found: Tags | null, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => found?.[key] === value);
}

/** A text that is the same for the same thumbprints in any order: IAM ignores case. */
function folded(thumbprints: readonly string[]): string {
  return thumbprints
    .map((each) => each.toLowerCase())
    .toSorted()
    .join();
}

/** Is the resource so, as far as it was read? */
function isSeen<Resource>(
  reading: PartReading<Resource>,
  is: (resource: Resource) => boolean,
): boolean | null {
  const seen = seenIn(reading);
  if (seen !== null) return is(seen);
  return reading.kind === "absent" ? false : null;
}

/** Is it so, where all of it was read? */
function isFound<Resource>(
  reading: Reading<Resource>,
  is: (resource: Resource) => boolean,
): boolean | null {
  return reading.kind === "unreadable" ? null : isSeen(reading, is);
}

/** Is the resource gone, or there without that part? What cannot be read shows nothing. */
function isWithout<Resource>(
  reading: Reading<Resource>,
  has: (resource: Resource) => boolean,
): boolean | null {
  return reading.kind === "absent" ? true : isFound(reading, (resource) => !has(resource));
}
