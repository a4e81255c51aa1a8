import { describe, expect, test } from "vitest";
import { type AnyClaims, admitsTrust, explainTrust } from "../../shared/explain/index.ts";
import { trustAnswer } from "../compare/answers.ts";
import { organization, project, user } from "../compare/documents.ts";

const github = "token.actions.githubusercontent.com";
const circleci = `oidc.circleci.com/org/${organization}`;
const projectKey = `${circleci}:oidc.circleci.com/project-id`;

function arn(issuer: string, partition = "aws"): string {
  return `arn:${partition}:iam::123456789012:oidc-provider/${issuer}`;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function allow(Federated: unknown, Condition: Conditions, more: object = {}): object {
  const Action = "sts:AssumeRoleWithWebIdentity";
  return { Effect: "Allow", Principal: { Federated }, Action, Condition, ...more };
}

function policy(...Statement: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function answer(text: string, claims: AnyClaims): string {
  return admitsTrust(text, claims).kind;
}

const githubClaims = {
  iss: `https://${github}`,
  aud: "sts.amazonaws.com",
  sub: "repo:quux-inc/widget:ref:refs/heads/main",
  ref: "refs/heads/main",
  repository: "quux-inc/widget",
  repository_id: "555666777",
  repository_owner: "quux-inc",
  actor: "dana",
  actor_id: "4242",
  workflow: "deploy",
  job_workflow_ref: "quux-inc/ci/.github/workflows/deploy.yml@refs/heads/main",
  environment: "production",
  enterprise_id: "99",
  run_id: "1000",
};

describe("GitHub's tokens", () => {
  // configure-aws-credentials#306; AWS, IAM and STS condition keys, GitHub.
  const pinned = (more: Readonly<Record<string, string>>, partition = "aws") =>
    policy(
      allow(arn(github, partition), {
        StringEquals: { [`${github}:aud`]: "sts.amazonaws.com", ...more },
        StringLike: { [`${github}:sub`]: "repo:quux-inc/widget:*" },
      }),
    );

  test("are admitted by repository_id and ref", () => {
    const text = pinned({
      [`${github}:repository_id`]: "555666777",
      [`${github}:ref`]: "refs/heads/main",
    });
    expect(answer(text, githubClaims)).toBe("admitted");
    expect(answer(text, { ...githubClaims, ref: "refs/heads/x" })).toBe("not-admitted");
  });

  test.each([
    "actor",
    "actor_id",
    "job_workflow_ref",
    "repository",
    "repository_id",
    "workflow",
    "ref",
    "environment",
    "enterprise_id",
  ] as const)("have the key %s, and only in the partition aws", (claim) => {
    const condition = { [`${github}:${claim}`]: githubClaims[claim] };
    expect(answer(pinned(condition), githubClaims)).toBe("admitted");
    expect(answer(pinned(condition, "aws-us-gov"), githubClaims)).toBe("not-admitted");
    const { [claim]: _, ...without } = githubClaims;
    expect(answer(pinned(condition), without)).toBe("not-admitted");
  });

  test.each(["repository_owner", "run_id"] as const)("have no key of their claim %s", (claim) => {
    const text = pinned({ [`${github}:${claim}`]: githubClaims[claim] });
    expect(admitsTrust(text, githubClaims)).toMatchObject({
      kind: "not-admitted",
      obstacles: [
        {
          part: "condition",
          given: "absent",
          message: expect.stringContaining("STS makes no such key of this provider's tokens."),
        },
      ],
    });
  });

  test("of an enterprise have its issuer's own keys", () => {
    const name = `${github}/quux`;
    const text = policy(
      allow(arn(name), { StringEquals: { [`${name}:repository_id`]: "555666777" } }),
    );
    expect(answer(text, { ...githubClaims, iss: `https://${name}` })).toBe("admitted");
    expect(answer(text, githubClaims)).toBe("not-admitted");
  });
});

describe("tokens of the names that STS knows by itself", () => {
  // litellm#3499: aud is azp, oaud is aud, and the principal is the bare name.
  const google = policy(
    allow("accounts.google.com", {
      StringEquals: {
        "accounts.google.com:aud": "112233",
        "accounts.google.com:oaud": "https://svc.acme.example",
        "accounts.google.com:sub": "112233",
      },
    }),
  );
  const googleClaims = {
    iss: "https://accounts.google.com",
    aud: "https://svc.acme.example",
    azp: "112233",
    sub: "112233",
  };

  test("Google, with and without an authorized party, with and without a scheme", () => {
    expect(answer(google, googleClaims)).toBe("admitted");
    expect(answer(google, { ...googleClaims, iss: "accounts.google.com" })).toBe("admitted");
    const { azp: _, ...without } = googleClaims;
    expect(answer(google, without)).toBe("not-admitted");
    const plain = policy(
      allow("accounts.google.com", { StringEquals: { "accounts.google.com:aud": "app" } }),
    );
    expect(answer(plain, { ...without, aud: "app" })).toBe("admitted");
  });

  test.each<[string, Readonly<Record<string, string>>, AnyClaims]>([
    [
      "graph.facebook.com",
      { "graph.facebook.com:app_id": "app", "graph.facebook.com:id": "7" },
      { iss: "https://graph.facebook.com", app_id: "app", user_id: "7" },
    ],
    [
      "www.amazon.com",
      { "www.amazon.com:app_id": "app", "www.amazon.com:user_id": "amzn1.account.X" },
      { iss: "https://www.amazon.com", aud: "app", user_id: "amzn1.account.X" },
    ],
    [
      "cognito-identity.amazonaws.com",
      {
        "cognito-identity.amazonaws.com:aud": "us-east-1:pool",
        "cognito-identity.amazonaws.com:sub": "s",
      },
      { iss: "https://cognito-identity.amazonaws.com", aud: "us-east-1:pool", sub: "s" },
    ],
  ])("%s", (name, keys, claims) => {
    const text = policy(allow(name, { StringEquals: keys }));
    expect(answer(text, claims)).toBe("admitted");
    for (const key of Object.keys(keys)) {
      const other = policy(allow(name, { StringEquals: { ...keys, [key]: "other" } }));
      expect(answer(other, claims), key).toBe("not-admitted");
    }
  });

  test("Cognito's amr, of which any value may match", () => {
    const amr = "cognito-identity.amazonaws.com:amr";
    const text = policy(
      allow("cognito-identity.amazonaws.com", {
        "ForAnyValue:StringLike": { [amr]: "authenticated" },
      }),
    );
    const claims = { iss: "https://cognito-identity.amazonaws.com", aud: "p", sub: "s" };
    expect(answer(text, { ...claims, amr: ["authenticated", "graph.facebook.com"] })).toBe(
      "admitted",
    );
    expect(answer(text, { ...claims, amr: ["unauthenticated"] })).toBe("not-admitted");
  });

  test("have the keys of the moment, as CircleCI's have", () => {
    const text = policy(
      allow("accounts.google.com", {
        Bool: { "aws:SecureTransport": "true" },
        StringEquals: { "aws:FederatedProvider": "accounts.google.com" },
      }),
    );
    expect(answer(text, googleClaims)).toBe("admitted");
  });
});

describe("project-id outside the partition aws", () => {
  const claims = {
    iss: `https://${circleci}`,
    aud: organization,
    sub: `org/${organization}/project/${project}/user/${user}`,
    "oidc.circleci.com/project-id": project,
  };
  const asks = (partition: string, operator: string, value: unknown) =>
    policy(allow(arn(circleci, partition), { [operator]: { [projectKey]: value } }));

  test.each<[string, unknown, "admitted" | "not-admitted", "admitted" | "not-admitted"]>([
    ["StringEquals", project, "admitted", "not-admitted"],
    ["StringLike", "*", "admitted", "not-admitted"],
    ["ForAnyValue:StringEquals", project, "admitted", "not-admitted"],
    ["StringNotEquals", project, "not-admitted", "admitted"],
    ["StringEqualsIfExists", "other", "not-admitted", "admitted"],
    ["ForAllValues:StringEquals", "other", "not-admitted", "admitted"],
    ["Null", "true", "not-admitted", "admitted"],
    ["Null", "false", "admitted", "not-admitted"],
  ])("%s %s: %s in aws, %s elsewhere", (operator, value, commercial, elsewhere) => {
    expect(answer(asks("aws", operator, value), claims)).toBe(commercial);
    for (const partition of ["aws-us-gov", "aws-cn"])
      expect(answer(asks(partition, operator, value), claims), partition).toBe(elsewhere);
  });

  test("is reported as a key that is never sent", () => {
    const codes = (partition: string) => {
      const explained = explainTrust(asks(partition, "StringEquals", project));
      return explained.kind === "explained" ? explained.looseEnds.map(({ code }) => code) : [];
    };
    expect(codes("aws-us-gov")).toContain("key-never-sent");
    expect(codes("aws-cn")).toContain("key-never-sent");
    expect(codes("aws")).not.toContain("key-never-sent");
  });

  test("two partitions in one document: a token comes by the one that lets it in", () => {
    const both = policy(
      allow(arn(circleci, "aws-us-gov"), { StringEquals: { [projectKey]: project } }),
      allow(arn(circleci), { StringEquals: { [projectKey]: project } }),
    );
    expect(admitsTrust(both, claims)).toMatchObject({
      kind: "admitted",
      statement: "Statement[1]",
      request: { principal: { id: arn(circleci) } },
    });
    const neither = policy(
      allow(arn(circleci, "aws-us-gov"), { StringEquals: { [projectKey]: project } }),
      allow(arn(circleci), { StringEquals: { [projectKey]: "other" } }),
    );
    expect(answer(neither, claims)).toBe("not-admitted");
  });

  test("no witness of a token holds it there", () => {
    const before = policy(allow(arn(circleci, "aws-us-gov"), { StringEquals: { "aws:x": "1" } }));
    const after = asks("aws-us-gov", "StringNotEquals", project);
    const compared = trustAnswer({ before, after });
    if (compared.kind === "refused") throw new Error(compared.error.message);
    expect(compared.admitted?.token).not.toBeNull();
    expect(compared.admitted?.context).not.toHaveProperty([projectKey]);
    const locked = trustAnswer({ before, after: asks("aws-us-gov", "StringEquals", project) });
    expect(locked).toMatchObject({ widens: true, admitted: { reachable: false } });
  });
});
