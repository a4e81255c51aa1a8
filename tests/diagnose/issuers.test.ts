import { describe, expect, test } from "vitest";
import { type Diagnosis, diagnosisOf } from "../../shared/diagnose/cause.ts";
import { checkNames } from "../../shared/diagnose/causes.ts";
import { questionOf } from "../../shared/diagnose/question.ts";
import {
  claimsWith,
  conditions,
  host,
  otherProject,
  project,
  provider,
  recordWith,
  roleArn,
  subjectOf,
  trustWith,
} from "./job.ts";

type Place = {
  readonly trust: object;
  readonly partition?: string;
  /** The audiences of the token's provider; without them the account has none. */
  readonly audiences?: readonly string[];
  readonly longest?: number;
};

/** What is reported of a question in a place that the account in the process does not play. */
function diagnosisIn(place: Place, input: unknown): Diagnosis {
  const question = questionOf(input);
  if (question.kind === "unclear") throw new Error(question.error.message);
  const partition = place.partition ?? "aws";
  const { audiences } = place;
  return diagnosisOf({
    call: question.calls[0],
    account: { id: "123456789012", partition },
    role: {
      kind: "found",
      value: {
        arn: roleArn.replace("arn:aws:", `arn:${partition}:`),
        trustPolicy: JSON.stringify(place.trust).replaceAll("arn:aws:", `arn:${partition}:`),
        maxSessionSeconds: place.longest ?? 3600,
        tags: {},
      },
    },
    provider:
      audiences === undefined ? { kind: "absent" } : { kind: "found", value: { audiences } },
    now: new Date("2026-11-22T12:00:00Z"),
  });
}

const [organization = ""] = [host.split("/")[2]];

describe("in a partition where STS does not know CircleCI's project-id", () => {
  const place = (trust: object): Place => ({
    trust,
    partition: "aws-us-gov",
    audiences: [organization],
  });
  const key = `${host}:oidc.circleci.com/project-id`;
  const inGov = JSON.parse(JSON.stringify(recordWith()).replaceAll("arn:aws:", "arn:aws-us-gov:"));
  const questions = [
    ["by hand", { role: "Acme-CI", claims: claimsWith() }],
    ["in a record", inGov],
  ] as const;

  test.each(questions)("a condition on it refuses everybody, %s", (_, input) => {
    const { cause, admitted } = diagnosisIn(place(trustWith(conditions)), input);
    expect({ code: cause?.code, admitted }).toEqual({ code: "condition-refused", admitted: false });
    expect(cause?.message).toContain("in aws-us-gov no request ever has it");
  });

  test.each(questions)(
    "one that is negated or for where it exists restricts nothing, %s",
    (_, input) => {
      for (const operator of ["StringNotEquals", "StringEqualsIfExists"]) {
        const trust = trustWith({
          [operator]: { [key]: operator === "StringNotEquals" ? project : otherProject },
        });
        expect(diagnosisIn(place(trust), input)).toMatchObject({ admitted: true, cause: null });
      }
    },
  );

  test("what the product writes there is diagnosed as elsewhere", () => {
    const { StringLike } = conditions;
    const dev = {
      role: "Acme-CI",
      claims: claimsWith({ sub: subjectOf({ ref: "refs/heads/dev" }) }),
    };
    expect(diagnosisIn(place(trustWith({ StringLike })), dev).cause?.code).toBe("ref-refused");
  });

  test("a provider of the other partition in the trust policy is another one", () => {
    const trust = JSON.parse(
      JSON.stringify(trustWith(conditions)).replace(provider, provider.replace("aws:", "aws-cn:")),
    );
    const { cause } = diagnosisIn(place(trust), { role: "Acme-CI", claims: claimsWith() });
    expect(cause?.code).toBe("trust-other-provider");
    expect(cause?.message).toContain("arn:aws-cn:");
  });
});

describe("a GitHub job", () => {
  const github = "token.actions.githubusercontent.com";
  const arn = `arn:aws:iam::123456789012:oidc-provider/${github}`;
  const subject = "repo:quux-inc/widget:ref:refs/heads/main";
  const trust = (condition: object) =>
    trustWith(
      { StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" }, ...condition },
      { Principal: { Federated: arn } },
    );
  const sub = (pattern: string) => trust({ StringLike: { [`${github}:sub`]: pattern } });
  const place = (policy: object): Place => ({ trust: policy, audiences: ["sts.amazonaws.com"] });
  const record = (userName = subject) =>
    recordWith({
      userIdentity: {
        type: "WebIdentityUser",
        principalId: `${arn}:sts.amazonaws.com:${userName}`,
        userName,
        identityProvider: arn,
      },
    });
  const claims = (more: object = {}) => ({
    role: "Acme-CI",
    claims: { iss: `https://${github}`, aud: "sts.amazonaws.com", sub: subject, ...more },
  });

  // configure-aws-credentials#306
  const also = trust({
    StringEquals: {
      [`${github}:aud`]: "sts.amazonaws.com",
      [`${github}:repository_id`]: "555666777",
      [`${github}:ref`]: "refs/heads/main",
    },
    StringLike: { [`${github}:sub`]: "repo:quux-inc/widget:*" },
  });

  test("is undecided from a record where the role asks for claims that no record holds", () => {
    const diagnosis = diagnosisIn(place(also), record());
    expect(diagnosis).toMatchObject({ admitted: null, cause: null, obstacles: [] });
    expect(diagnosis.message).toMatch(/undecided.*repository_id.*ref.*subject and audience/);
    expect(JSON.stringify(diagnosis)).not.toMatch(/is absent|trust\.projects/);
  });

  test("is decided by the subject all the same, where that does not fit", () => {
    const { cause, next } = diagnosisIn(
      place(also),
      record("repo:quux-inc/other:ref:refs/heads/main"),
    );
    expect(cause?.code).toBe("origin-refused");
    expect(next).not.toContain("trust.projects");
  });

  test("is decided by its claims", () => {
    const whole = claims({ repository_id: "555666777", ref: "refs/heads/main" });
    expect(diagnosisIn(place(also), whole)).toMatchObject({ admitted: true, cause: null });
    const other = claims({ repository_id: "555666777", ref: "refs/heads/dev" });
    expect(diagnosisIn(place(also), other).cause?.code).toBe("condition-refused");
    expect(diagnosisIn(place(also), claims()).cause?.message).toContain("no token.actions");
  });

  test.each([
    ["another repository", "repo:quux-inc/other:*", "origin-refused", "quux-inc/other"],
    ["another owner", "repo:acme/*", "origin-refused", "acme/*"],
    ["the repository in another case", "repo:Quux-Inc/widget:*", "origin-refused", "only the case"],
    ["another branch", "repo:quux-inc/widget:ref:refs/heads/dev", "ref-refused", "refs/heads/dev"],
    ["an environment", "repo:quux-inc/widget:environment:prod", "condition-refused", "environment"],
    // modernisation-platform#3909
    ["nothing behind the repository", "repo:quux-inc/widget", "ref-refused", "ends after"],
    ["a CircleCI subject", "org/x/project/*", "condition-refused", "org/x/project/*"],
  ])("where the role asks for %s", (_, pattern, code, word) => {
    const { cause } = diagnosisIn(place(sub(pattern)), record());
    expect(cause?.code).toBe(code);
    expect(cause?.message).toContain(word);
  });

  test("of a repository whose subject has ids is reported so", () => {
    const { cause } = diagnosisIn(
      place(sub("repo:quux-inc/widget:*")),
      record("repo:quux-inc@4217/widget@555666777:ref:refs/heads/main"),
    );
    expect(cause).toMatchObject({ code: "origin-refused" });
    expect(cause?.message).toContain("ids");
  });

  test("on a role for CircleCI alone is another issuer's, whether the account knows it or not", () => {
    const circleci = trustWith(conditions);
    expect(diagnosisIn(place(circleci), claims()).cause?.code).toBe("trust-other-provider");
    expect(diagnosisIn({ trust: circleci }, claims()).cause?.code).toBe("issuer-unknown");
  });
});

describe("a token of Google's", () => {
  // litellm#3499: the key aud is the token's azp, oaud its aud, and the principal is the bare name.
  const google = "accounts.google.com";
  const trust = trustWith(
    {
      StringEquals: {
        [`${google}:aud`]: "112233",
        [`${google}:oaud`]: "https://svc.acme.example",
        [`${google}:sub`]: "112233",
      },
    },
    { Principal: { Federated: google } },
  );
  const claims = {
    iss: `https://${google}`,
    aud: "https://svc.acme.example",
    azp: "112233",
    sub: "112233",
  };

  test("needs no provider in the account", () => {
    const diagnosis = diagnosisIn({ trust }, { role: "Acme-CI", claims });
    expect(diagnosis).toMatchObject({ admitted: true, cause: null });
  });

  test("in a record has no audience of its own, for CloudTrail keeps the authorized party", () => {
    const recorded = recordWith({
      userIdentity: {
        type: "WebIdentityUser",
        principalId: `${google}:112233:112233`,
        userName: "112233",
        identityProvider: google,
      },
    });
    const asks = { StringEquals: { [`${google}:oaud`]: "112233" } };
    for (const place of [{ trust }, { trust: trustWith(asks, { Principal: "*" }) }]) {
      const diagnosis = diagnosisIn(place, recorded);
      expect(diagnosis).toMatchObject({ admitted: null, cause: null });
      expect(diagnosis.message).toContain(`${google}:oaud`);
    }
  });

  test("is refused by its audience like any other", () => {
    const question = { role: "Acme-CI", claims: { ...claims, azp: "445566" } };
    expect(diagnosisIn({ trust }, question).cause?.code).toBe("audience-refused");
  });
});

test("every check is reported of every call, whatever there is to look at", () => {
  const trust = trustWith(conditions);
  const unknown = { userIdentity: { type: "Unknown" }, requestParameters: null };
  for (const input of [recordWith(), recordWith(unknown), { role: "Acme-CI", token: "x" }]) {
    const { checks } = diagnosisIn({ trust, audiences: [organization] }, input);
    expect(checks.map(({ check }) => check)).toEqual([...checkNames]);
    for (const { detail } of checks) expect(detail).not.toBe("");
  }
});

describe("a record", () => {
  const place: Place = { trust: trustWith(conditions), audiences: [organization] };
  const dev = subjectOf({ ref: "refs/heads/dev" });

  test("without a provider is read by its subject, as AWS's own articles show one", () => {
    const record = recordWith({ userIdentity: { type: "WebIdentityUser", userName: dev } });
    expect(diagnosisIn(place, record).cause?.code).toBe("ref-refused");
  });

  test("with the provider in principalId alone is read by it", () => {
    const principalId = `${provider}:sts.amazonaws.com:${dev}`;
    const record = recordWith({
      userIdentity: { type: "WebIdentityUser", userName: dev, principalId },
    });
    expect(diagnosisIn(place, record).checks).toContainEqual(
      expect.objectContaining({ check: "provider-audience", ok: false }),
    );
  });

  test("without parameters is diagnosed by what STS said", () => {
    const record = recordWith({
      requestParameters: null,
      errorCode: "InvalidIdentityTokenException",
      errorMessage: "Incorrect token audience",
    });
    expect(diagnosisIn(place, record)).toMatchObject({
      role: null,
      cause: { code: "audience-not-at-provider" },
    });
  });

  test("without anything of the caller is undecided, unless STS said why", () => {
    const unknown = { userIdentity: { type: "Unknown", principalId: "" } };
    expect(diagnosisIn(place, recordWith(unknown))).toMatchObject({ admitted: null, cause: null });
    const said = recordWith({ ...unknown, errorCode: "ExpiredTokenException" });
    expect(diagnosisIn(place, said).cause?.code).toBe("token-expired");
  });

  test("of a GitHub job that does not say its audience leaves the audience open", () => {
    const github = "token.actions.githubusercontent.com";
    const trust = trustWith(
      { StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" } },
      { Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${github}` } },
    );
    const userIdentity = { type: "WebIdentityUser", userName: "repo:a/b:ref:refs/heads/main" };
    const diagnosis = diagnosisIn({ trust, audiences: ["x"] }, recordWith({ userIdentity }));
    expect(diagnosis).toMatchObject({ admitted: null, cause: null });
    expect(diagnosis.message).toContain(`${github}:aud`);
  });
});

describe("where STS said AccessDenied and no more", () => {
  const trust = trustWith(conditions);
  const dev = recordWith({ userName: subjectOf({ ref: "refs/heads/dev" }) });

  test("what the role refuses goes before what would have been refused in other words", () => {
    expect(diagnosisIn({ trust, audiences: ["other"] }, dev).cause?.code).toBe("ref-refused");
    expect(diagnosisIn({ trust }, dev).cause?.code).toBe("ref-refused");
  });

  test("what else refuses it now is reported, where the role admits it", () => {
    expect(diagnosisIn({ trust }, recordWith()).cause?.code).toBe("provider-missing");
    const long = recordWith({}, { durationSeconds: 7200 });
    expect(diagnosisIn({ trust, audiences: [organization] }, long).cause?.code).toBe(
      "session-too-long",
    );
  });

  test("and not, while the role's own answer is open", () => {
    const open = trustWith({ StringEquals: { "aws:SourceVpc": "vpc-1" } });
    expect(diagnosisIn({ trust: open }, recordWith())).toMatchObject({
      admitted: null,
      cause: null,
    });
  });
});

test("a role that trusts anyone who has a token knows every issuer of the account", () => {
  const trust = trustWith({}, { Principal: "*" });
  const claims = { ...claimsWith(), iss: "https://idp.example.com", aud: "x" };
  const question = { role: "Acme-CI", claims };
  expect(diagnosisIn({ trust, audiences: ["x"] }, question).admitted).toBe(true);
  expect(diagnosisIn({ trust }, question).cause?.code).toBe("provider-missing");
});

describe("claims by hand", () => {
  const place: Place = {
    trust: trustWith(conditions),
    audiences: [organization, "sts.amazonaws.com"],
  };
  const { "oidc.circleci.com/project-id": _, ...short } = claimsWith();

  test("may leave the project out, which the subject names", () => {
    expect(diagnosisIn(place, { role: "Acme-CI", claims: short }).admitted).toBe(true);
  });

  test("may name several audiences, and which of them STS takes is not documented", () => {
    const aud = ["elsewhere", organization];
    const { admitted, next } = diagnosisIn(place, { role: "Acme-CI", claims: { ...short, aud } });
    expect(admitted).toBe(null);
    expect(next).toContain("a token with one audience");
    const both = { ...short, aud, azp: organization };
    expect(diagnosisIn(place, { role: "Acme-CI", claims: both }).admitted).toBe(true);
  });

  test("are held against the role's own longest session: an hour limits nothing without a chain", () => {
    const question = { role: "Acme-CI", claims: short, durationSeconds: 43_200 };
    expect(diagnosisIn({ ...place, longest: 43_200 }, question).admitted).toBe(true);
    expect(diagnosisIn({ ...place, longest: 7200 }, question).cause?.code).toBe("session-too-long");
  });

  test("with what STS said to the job are diagnosed by it", () => {
    const question = {
      role: "Acme-CI",
      claims: short,
      errorCode: "AccessDenied",
      errorMessage: "Not authorized to perform sts:TagSession",
    };
    expect(diagnosisIn(place, question).cause?.code).toBe("action-refused");
  });
});

test("a token in the place of anything else is repeated nowhere", () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${encode({ alg: "RS256" })}.${encode({ iss: "x" })}.${encode({ a: 1 })}`;
  const place = { trust: trustWith(conditions), audiences: [organization] };
  const claims = (more: object) => ({ role: "Acme-CI", claims: claimsWith(more) });
  for (const input of [
    claims({ sub: token }),
    claims({ iss: `https://${token}` }),
    claims({ aud: token }),
    claims({ "oidc.circleci.com/project-id": token }),
    { ...claims({}), role: `role/${token}` },
    { ...claims({}), roleSessionName: token },
    { ...claims({}), errorCode: token, errorMessage: token },
    recordWith({ userName: token }),
    recordWith({
      userIdentity: { type: "WebIdentityUser", userName: token, identityProvider: token },
    }),
    recordWith({}, { roleArn: token, roleSessionName: token }),
  ]) {
    const text = JSON.stringify(diagnosisIn(place, input));
    for (const part of token.split(".")) expect(text).not.toContain(part);
  }
});
