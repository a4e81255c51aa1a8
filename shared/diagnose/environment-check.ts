import type { EnvironmentDocument } from "../document/index.ts";
import { type ControlEntry, evidenceOf, knownVersions, newestValid } from "../plan/control.ts";
import type { ValidVersion } from "../plan/record.ts";
import { type Account, providerName, writeTrustPolicy } from "../trust/index.ts";
import type { Check } from "./causes.ts";
import type { Scene } from "./examine.ts";

/** What an environment's documents say of a role, as far as the control surface shows it. */
export type EnvironmentSeen = {
  readonly name: string;
  /** The version in force; null where none ever was, or nothing shows which. */
  readonly inForce: ValidVersion | null;
  /** The newest version, where it is valid and waits for an approval or for the next run. */
  readonly waiting: (ValidVersion & { readonly isHeld: boolean }) | null;
  /** The same in one sentence, and whether the role is as the newest document asks. */
  readonly check: Omit<Check, "check"> & { readonly check: "environment" };
};

/** Which version of a document counts for the role, and what is to be known of it first. */
export function environmentSeen(entry: ControlEntry): EnvironmentSeen {
  const { name, newest, status } = entry;
  const [inForce = null] = knownVersions(evidenceOf(entry), entry);
  const valid = newestValid(entry);
  const isSame = valid?.version === inForce?.version && valid?.digest === inForce?.digest;
  const isHeld = valid !== null && !isSame && status?.heldVersion === valid.version;
  const waiting = valid === null || isSame ? null : { ...valid, isHeld };
  const check = (ok: boolean | null, detail: string) =>
    ({ check: "environment", ok, detail }) as const;
  const force =
    inForce === null
      ? `no version of environment ${name} is in force`
      : `version ${inForce.version} of environment ${name} is in force`;
  if (newest === null) {
    return { name, inForce, waiting, check: check(null, `${force}, and its document was removed`) };
  }
  if (newest.parsed.kind === "invalid") {
    const detail = `${force}, and version ${newest.version} is not valid`;
    return { name, inForce, waiting, check: check(null, detail) };
  }
  if (waiting === null) return { name, inForce, waiting, check: check(true, force) };
  const why = isHeld ? "is held until it is approved" : "waits for the next run";
  const detail = `${force}, and version ${waiting.version} ${why}`;
  return { name, inForce, waiting, check: check(null, detail) };
}

/**
 * The same scene as it will be once a version of the document is written: who is refused now and
 * admitted then waits for that write.
 *
 * @returns null where this version cannot be written
 */
export function sceneUnder(
  scene: Scene,
  document: EnvironmentDocument,
  place: { readonly account: Account; readonly arn: string },
): Scene | null {
  const { account, arn } = place;
  const { token } = scene.call;
  const written = writeTrustPolicy({ document, account, now: scene.now });
  if (written.kind === "refused") return null;
  const { organizationId, audiences } = document.circleci;
  const isItsProvider = token?.issuer === `https://${providerName(organizationId)}`;
  return {
    ...scene,
    role: {
      kind: "found",
      value: {
        arn,
        trustPolicy: JSON.stringify(written.policy),
        maxSessionSeconds: document.role.maxSessionSeconds,
        tags: null,
      },
    },
    provider: isItsProvider
      ? { kind: "found", value: { audiences: [organizationId, ...audiences] } }
      : scene.provider,
  };
}
