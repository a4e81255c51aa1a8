import type { Account } from "../aws/account.ts";
import {
  lengthWithoutWhitespace,
  type OneOrMore,
  oneOrMore,
  type PolicyConditions,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "../aws/policy-document.ts";
import { sendsProjectId } from "../circleci/tokens.ts";
import type { EnvironmentDocument, ProjectEntry } from "../document/index.ts";
import { providerArn, providerName } from "./arns.ts";
import { subjectOfEveryProject, subjectsOf, withoutCovered } from "./subjects.ts";
import { trustTooLong } from "./too-long.ts";

/**
 * The longest trust policy that any account may have; 2,048 unless the quota was raised.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const trustPolicyLengthMax = 8192;
export const trustPolicyLengthDefaultMax = 2048;

export type TrustWriting =
  | {
      readonly kind: "written";
      readonly policy: PolicyDocument;
      /** Characters as IAM counts them; over 2,048 needs a raised quota. */
      readonly lengthWithoutWhitespace: number;
    }
  | { readonly kind: "refused"; readonly problem: PolicyProblem };

/**
 * Writes the trust policy of an environment's role: which tokens may assume it. The same document
 * always gives the same policy, but for entries whose `until` has passed at `now`: they are left
 * out, unless nothing else remains (a policy needs a statement, and an ended one admits nobody).
 *
 * Projects that end at the same time share a statement: each subject names its own project, so no
 * token that CircleCI signs gets in by another project's id, three projects fit IAM's default quota
 * where statements of their own would not, and an edit that names a project more or less changes
 * one list.
 *
 * @param input.lengthMax the account's quota, where it is known; else what any account may have
 * @param input.audiences instead of the document's own, for comparing
 * @returns the policy, or a refusal where it is longer than that.
 */
export function writeTrustPolicy(input: {
  readonly document: EnvironmentDocument;
  readonly account: Account;
  readonly now: Date;
  readonly lengthMax?: number;
  readonly audiences?: readonly string[];
}): TrustWriting {
  const { document, lengthMax = trustPolicyLengthMax } = input;
  const policy = policyOf(input);
  const length = lengthWithoutWhitespace(policy);
  if (length > lengthMax) {
    return { kind: "refused", problem: tooLong(length, policy, { document, lengthMax }) };
  }
  return { kind: "written", policy, lengthWithoutWhitespace: length };
}

type Input = Parameters<typeof writeTrustPolicy>[0];

function policyOf(input: Input): PolicyDocument {
  const statements = groupsOf(input).map((group) => statementOf(group, input));
  return { Version: "2012-10-17", Statement: statements };
}

/** What one statement is about. */
type Group =
  | { readonly kind: "every-project" }
  | {
      readonly kind: "named-projects";
      readonly until: string | null;
      readonly entries: readonly ProjectEntry[];
    };

/** The entries that have not ended; all of them where each has, since a policy needs a statement. */
export function standingEntries(
  projects: readonly ProjectEntry[],
  now: Date,
): readonly ProjectEntry[] {
  const standing = projects.filter(
    ({ until }) => until === undefined || Date.parse(until) > now.getTime(),
  );
  return standing.length > 0 ? standing : projects;
}

function groupsOf({ document, now }: Input): readonly Group[] {
  const { projects } = document.trust;
  if (projects === "all") return [{ kind: "every-project" }];
  const byEnd = new Map<string, ProjectEntry[]>();
  for (const entry of standingEntries(projects, now)) {
    byEnd.set(entry.until ?? "", [...(byEnd.get(entry.until ?? "") ?? []), entry]);
  }
  return [...byEnd]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([until, entries]) => {
      return { kind: "named-projects", until: until === "" ? null : until, entries };
    });
}

function statementOf(group: Group, { document, account, audiences }: Input): PolicyStatement {
  const { circleci } = document;
  const { organizationId } = circleci;
  return {
    Effect: "Allow",
    Principal: { Federated: providerArn(account, organizationId) },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: conditionsOf(
      group,
      organizationId,
      audiences ?? [organizationId, ...circleci.audiences],
      account,
    ),
  };
}

function conditionsOf(
  group: Group,
  organizationId: string,
  audiences: readonly string[],
  account: Account,
): PolicyConditions {
  const provider = providerName(organizationId);
  const audience = { [`${provider}:aud`]: oneOrMore(audiences) };
  const subject = `${provider}:sub`;
  switch (group.kind) {
    case "every-project":
      return {
        StringEquals: audience,
        StringLike: { [subject]: subjectOfEveryProject(organizationId) },
      };
    case "named-projects": {
      const subjects = group.entries.flatMap((entry) => subjectsOf(organizationId, entry));
      return {
        StringEquals: {
          ...audience,
          ...projectIds(providerArn(account, organizationId), provider, group.entries),
        },
        StringLike: { [subject]: oneOrMore(withoutCovered(subjects)) },
        ...(group.until === null ? {} : { DateLessThan: { "aws:CurrentTime": group.until } }),
      };
    }
    default:
      return group satisfies never;
  }
}

/**
 * The one claim of CircleCI's own that STS knows, and it knows it in the partition `aws` alone;
 * elsewhere the key is always absent and the condition would lock everybody out.
 */
function projectIds(
  arn: string,
  provider: string,
  entries: readonly ProjectEntry[],
): Readonly<Record<string, OneOrMore>> {
  if (!sendsProjectId({ arn, keyPrefix: provider })) return {};
  return { [`${provider}:oidc.circleci.com/project-id`]: oneOrMore(entries.map(({ id }) => id)) };
}

function tooLong(
  length: number,
  policy: PolicyDocument,
  { document, lengthMax }: Pick<Input, "document"> & { readonly lengthMax: number },
): PolicyProblem {
  const { organizationId, audiences } = document.circleci;
  const { projects } = document.trust;
  const entries = projects === "all" ? [] : projects;
  const problem = trustTooLong({
    length,
    max: lengthMax,
    canBeRaised: lengthMax < trustPolicyLengthMax,
    statements: policy.Statement.length,
    // Every statement repeats them, each in quotes and with a comma.
    audiences: sizeOf(audiences) * policy.Statement.length,
    entries: entries.map((entry) => ({
      id: entry.id,
      refs: entry.refs?.length ?? 0,
      length: sizeOf(subjectsOf(organizationId, entry)),
    })),
  });
  return { code: "policy-too-long", ...problem };
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + JSON.stringify(text).length + 1, 0);
}
