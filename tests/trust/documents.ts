import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import {
  type Account,
  type PolicyDocument,
  type TrustWriting,
  writeTrustPolicy,
} from "../../shared/trust/index.ts";

export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectA = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const projectB = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const account: Account = { id: "123456789012", partition: "aws" };
export const now = new Date("2026-11-22T10:00:00Z");
export const provider = `oidc.circleci.com/org/${organizationId}`;

export type Entry = {
  readonly id: string;
  readonly origin?: string;
  readonly refs?: readonly string[];
  readonly until?: string;
};

/** The document with these projects, through the parser, so that nothing impossible is written. */
export function documentWith(
  projects: "all" | readonly Entry[],
  audiences: readonly string[] = [],
): EnvironmentDocument {
  const text = JSON.stringify({
    circleci: { organizationId, audiences },
    trust: { projects },
    deploy: {},
  });
  const reading = parseEnvironment({
    parameter: "/oidc-reconciler/environments/test",
    version: 1,
    text,
    region: "us-east-1",
  });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}

export function writing(
  projects: "all" | readonly Entry[],
  change: {
    readonly account?: Account;
    readonly now?: Date;
    readonly audiences?: readonly string[];
  } = {},
): TrustWriting {
  const document = documentWith(projects, change.audiences);
  return writeTrustPolicy({ document, account: change.account ?? account, now: change.now ?? now });
}

/** The policy for these projects, which must not be too long. */
export function policyFor(...input: Parameters<typeof writing>): PolicyDocument {
  const written = writing(...input);
  if (written.kind === "refused") throw new Error(written.problem.message);
  return written.policy;
}
