import type { EnvironmentDocument, ProjectEntry } from "../spec/index.ts";
import { type Account, providerArn, providerName } from "./arns.ts";
import {
  lengthWithoutWhitespace,
  oneOrMore,
  type PolicyConditions,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "./policy-document.ts";
import { subjectOfEveryProject, subjectsOf, withoutCovered } from "./subjects.ts";

/**
 * The longest trust policy that any account may have; 2,048 unless the quota was raised.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const trustPolicyLengthMax = 8192;
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
 * @returns the policy, or a refusal where it is longer than IAM takes in any account.
 */
export function writeTrustPolicy(input: {
  readonly document: EnvironmentDocument;
  readonly account: Account;
  readonly now: Date;
}): TrustWriting {
  const { document, account, now } = input;
  const policy: PolicyDocument = {
    Version: "2012-10-17",
    Statement: groupsOf(document, now).map((group) => statementOf(group, document, account)),
  };
  const length = lengthWithoutWhitespace(policy);
  if (length > trustPolicyLengthMax) {
    return { kind: "refused", problem: tooLong(length, policy, document) };
  }
  return { kind: "written", policy, lengthWithoutWhitespace: length };
}

/** What one statement is about: no project's id is ever combined with another project's subject. */
type Group =
  | { readonly kind: "every-project" }
  | {
      readonly kind: "project";
      readonly id: string;
      readonly until: string | null;
      readonly entries: readonly ProjectEntry[];
    };

function groupsOf(document: EnvironmentDocument, now: Date): readonly Group[] {
  const { projects } = document.trust;
  if (projects === "all") return [{ kind: "every-project" }];
  const standing = projects.filter(
    ({ until }) => until === undefined || Date.parse(until) > now.getTime(),
  );
  const entries = standing.length > 0 ? standing : projects;
  // Open-ended entries first, then by the instant at which they end; each by project.
  const byKey = Map.groupBy(entries, ({ id, until }) => `${until ?? ""} ${id}`);
  return [...byKey.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, members]): Group[] => {
      const [first] = members;
      if (first === undefined) return [];
      return [{ kind: "project", id: first.id, until: first.until ?? null, entries: members }];
    });
}

function statementOf(
  group: Group,
  document: EnvironmentDocument,
  account: Account,
): PolicyStatement {
  const { organizationId, audiences } = document.circleci;
  return {
    Effect: "Allow",
    Principal: { Federated: providerArn(account, organizationId) },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: conditionsOf(group, organizationId, [organizationId, ...audiences], account),
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
    case "project": {
      const subjects = group.entries.flatMap((entry) => subjectsOf(organizationId, entry));
      return {
        StringEquals: { ...audience, ...projectId(provider, group.id, account) },
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
function projectId(
  provider: string,
  id: string,
  account: Account,
): Readonly<Record<string, string>> {
  if (account.partition !== "aws") return {};
  return { [`${provider}:oidc.circleci.com/project-id`]: id };
}

function tooLong(
  length: number,
  policy: PolicyDocument,
  document: EnvironmentDocument,
): PolicyProblem {
  const { projects } = document.trust;
  const entries = projects === "all" ? 1 : projects.length;
  const statements = policy.Statement.length;
  return {
    code: "policy-too-long",
    message:
      `The trust policy would have ${length} characters, ${length - trustPolicyLengthMax} more than the ` +
      `${trustPolicyLengthMax} that IAM takes at most (${entries} entries in ${statements} statements). ` +
      "Shorten it by naming fewer projects, by one until for several entries of a project, " +
      "by a closing * in place of several refs, by fewer audiences, or split the projects over two environments with a role each.",
  };
}
