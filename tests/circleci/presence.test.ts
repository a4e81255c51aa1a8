import { describe, expect, test } from "vitest";
import { circleciProviderOf, keyPresence } from "../../shared/circleci/tokens.ts";
import { explainTrust } from "../../shared/explain/index.ts";
import { trustAnswer } from "../compare/answers.ts";
import { key, organization, policy, project, provider, statement } from "../compare/documents.ts";

const propagated = [
  "aws:OriginIdentity/Subject",
  "aws:OriginIdentity/FederatedProviderArn",
  "aws:TransactionContext/IdentityProvider/team",
] as const;

describe("a key that a context provider would fill", () => {
  test.each(propagated)("%s may be there and may not", (name) => {
    const circleci = circleciProviderOf(provider);
    if (circleci === null) throw new Error("the provider is not CircleCI's");
    expect(keyPresence(circleci, name.toLowerCase()).kind).toBe("either");
  });

  const job = {
    StringEquals: { [key("aud")]: organization },
    StringLike: { [key("sub")]: `org/${organization}/project/${project}/user/*` },
  };

  test.each(propagated)("%s is not reported as never sent", (name) => {
    const asked = { ...job, StringEquals: { ...job.StringEquals, [name]: "x" } };
    const explained = explainTrust(policy(statement(asked)));
    if (explained.kind !== "explained") throw new Error("the policy is refused");
    const codes = explained.looseEnds.map(({ code }) => code);
    expect(codes).not.toContain("key-never-sent");
  });

  test("proves a widening by a request that can exist", () => {
    const more = statement({
      StringEquals: { [key("aud")]: organization, "aws:OriginIdentity/Subject": "alice" },
      StringLike: { [key("sub")]: `org/${organization}/project/*` },
    });
    const compared = trustAnswer({
      before: policy(statement(job)),
      after: policy(statement(job), more),
    });
    expect(compared).toMatchObject({
      kind: "compared",
      widens: true,
      admitted: { reachable: true, context: { "aws:OriginIdentity/Subject": ["alice"] } },
    });
  });
});

describe("the caller's address", () => {
  const job = {
    StringEquals: { [key("aud")]: organization },
    StringLike: { [key("sub")]: `org/${organization}/project/${project}/user/*` },
  };

  test.each([
    ["absent, as through a VPC endpoint", { Null: { "aws:SourceIp": "true" } }],
    ["there, as from the internet", { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }],
  ])("may be %s: neither statement is reported to admit nobody", (_, condition) => {
    const explained = explainTrust(policy(statement({ ...job, ...condition })));
    if (explained.kind !== "explained") throw new Error("the policy is refused");
    expect(explained.looseEnds.map(({ code }) => code)).toEqual(["forks"]);
  });
});
