/**
 * What AWS shows, as plain data: the one snapshot that a run decides from. Every part is one of
 * three values, never a guess: found, absent, or unreadable.
 */

import { type ByKind, byKind, targetKinds, type Unseen } from "../targets/index.ts";

/** The code of a fault that says that IAM has no room for what the document asks for. */
export const tooLongCode = "PolicyTooLong";

export type Tags = Readonly<Record<string, string>>;

export type ObservedProvider = {
  readonly arn: string;
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
  readonly settings: readonly ProviderSetting[];
};

/** Something that is set on a provider and that no document asks for, as the wire spells it. */
export type ProviderSetting = {
  readonly name: string;
  /** Text, or JSON of what is in it; long ones are cut. */
  readonly content: string;
};

export type ObservedRole = {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  /** The trust policy as raw JSON text, percent-decoded. */
  readonly trustPolicy: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly permissionsBoundary: string | null;
  readonly tags: Tags;
  readonly attached: readonly string[];
  /** Inline policies by name; the document is raw JSON text, `null` where it could not be read. */
  readonly inline: readonly { readonly name: string; readonly document: string | null }[];
  /** ARN of the role template of an AWS service that it was made from; left out: not read. */
  readonly template?: string | null;
};

export type ObservedPolicyVersion = {
  readonly id: string;
  readonly isDefault: boolean;
  readonly createdAt: string;
  /** Raw JSON text; `null`: not read, so that it counts as granting more than is desired. */
  readonly document: string | null;
  /** It was not read again, for it is remembered to grant no more than is desired. */
  readonly knownSafe?: true;
};

export type ObservedPolicy = {
  readonly arn: string;
  readonly name: string;
  readonly defaultVersion: string;
  /** The default version's document as raw JSON text. */
  readonly document: string;
  /** To how many users, groups and roles it is attached. */
  readonly attachmentCount: number;
  /** Of how many users and roles it is the permissions boundary. */
  readonly boundaryUsageCount: number;
  /** Could neither be read? Both are 0 then. */
  readonly uncounted?: true;
  /** `null`: not read, since reading them for every policy would not grow with pages. */
  readonly tags: Tags | null;
  /** `null`: not read; a plan that writes a version asks for them first. */
  readonly versions: readonly ObservedPolicyVersion[] | null;
};

/** The deploy targets that exist in one Region; only what some document asks for is read. */
export type ObservedTargets = { readonly region: string } & ByKind<"found">;

/** Of targets that were not waited for, or are looked for no more. */
export const pending: Unseen = {
  kind: "unreadable",
  fault: {
    code: "Pending",
    message: "the deploy targets did not answer yet",
    kind: "transient",
  },
};

/** The targets of a Region as if nothing existed in it: what is asked then comes from elsewhere. */
export function nothingObserved(
  region: string,
  unseen: Unseen = { kind: "absent" },
): ObservedTargets {
  return { region, ...byKind<"found">((name) => targetKinds[name].unseen(unseen)) };
}
