import type { EnvironmentDocument } from "../document/index.ts";
import type { ResolvedTargets } from "../targets/index.ts";
import {
  type Account,
  policyArn,
  providerArn,
  providerUrl,
  readableOutputs,
  roleArn,
  writeDeployPolicy,
  writeTrustPolicy,
} from "../trust/index.ts";
import type { EnvironmentOwner } from "./context.ts";
import type { Tags } from "./observed.ts";
import { ownershipTags } from "./ownership.ts";

/** What one environment asks of its organisation's provider. */
export type DesiredProvider = {
  readonly arn: string;
  readonly url: string;
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
};

export type DesiredRole = {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly trustPolicy: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly permissionsBoundary: string | null;
  readonly tags: Tags;
  /** Keys of tags that others may set, or how they begin, with a closing `*`. */
  readonly ignoreTags: readonly string[];
};

export type DesiredPolicy = {
  readonly name: string;
  readonly arn: string;
  /** `null`: nothing to deploy to resolves, and IAM knows no policy without statements. */
  readonly document: string | null;
  readonly tags: Tags;
};

/** What IAM must hold for one environment. */
export type DesiredIdentity = {
  readonly environment: string;
  readonly provider: DesiredProvider;
  readonly role: DesiredRole;
  readonly policy: DesiredPolicy;
};

export type DesiredResult =
  | { readonly kind: "desired"; readonly identity: DesiredIdentity }
  | {
      readonly kind: "refused";
      readonly problem: { readonly code: string; readonly message: string };
    };

/** The audiences of a document: the organisation id is always one. */
export function audiencesOf({
  circleci,
}: Pick<EnvironmentDocument, "circleci">): readonly string[] {
  return [...new Set([circleci.organizationId, ...circleci.audiences])];
}

/** Writes out what a document means in this account, or says why IAM cannot hold it. */
export function desiredOf(input: {
  readonly owner: EnvironmentOwner;
  readonly document: EnvironmentDocument;
  readonly targets: ResolvedTargets;
  readonly account: Account;
  readonly now: Date;
}): DesiredResult {
  const { document, account, owner } = input;
  const { prefix, environment } = owner;
  const outputs = readableOutputs(document, owner, account);
  const trust = writeTrustPolicy({ document, account, now: input.now });
  if (trust.kind === "refused") return trust;
  const deploy = writeDeployPolicy({ targets: input.targets, outputs });
  if (deploy.kind === "refused") return deploy;
  const ownership = ownershipTags(owner);
  const { organizationId, thumbprints } = document.circleci;
  return {
    kind: "desired",
    identity: {
      environment,
      provider: {
        arn: providerArn(account, organizationId),
        url: providerUrl(organizationId),
        audiences: audiencesOf(document),
        thumbprints,
      },
      role: {
        name: document.role.name,
        arn: roleArn(account, document.role.path, document.role.name),
        path: document.role.path,
        trustPolicy: JSON.stringify(trust.policy),
        description: `CircleCI jobs of environment ${environment} deploy with this role. Kept by oidc-reconciler, edit ${prefix}/environments/${environment} instead.`,
        maxSessionSeconds: document.role.maxSessionSeconds,
        permissionsBoundary: document.role.permissionsBoundary ?? null,
        tags: { ...document.role.tags, ...ownership },
        ignoreTags: document.role.ignoreTags ?? [],
      },
      policy: {
        name: document.policy.name,
        arn: policyArn(account, document.policy.name),
        document: deploy.kind === "empty" ? null : JSON.stringify(deploy.policy),
        tags: ownership,
      },
    },
  };
}
