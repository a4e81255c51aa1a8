import { describe, expect, test } from "vitest";
import { type Issuer, issuerOf } from "../../shared/issuers/issuer.ts";
import { keysOfClaims, type Sending, sendingOf } from "../../shared/issuers/keys.ts";

const organization = "11111111-2222-4333-8444-555555555555";
const circleci = `oidc.circleci.com/org/${organization}`;

function provider(name: string, partition = "aws"): Issuer {
  const issuer = issuerOf(`arn:${partition}:iam::123456789012:oidc-provider/${name}`);
  if (issuer === null) throw new Error(`${name} is not an issuer`);
  return issuer;
}

function bare(name: string): Issuer {
  const issuer = issuerOf(name);
  if (issuer === null) throw new Error(`${name} is not an issuer`);
  return issuer;
}

const github = "token.actions.githubusercontent.com";

describe("which keys STS makes of a token", () => {
  // IAM User Guide, IAM and AWS STS condition context keys, keys for AWS OIDC federation.
  test.each<[Issuer, string, Sending]>([
    [provider(circleci), `${circleci}:aud`, "always"],
    [provider(circleci), `${circleci}:SUB`, "always"],
    [provider(circleci), `${circleci}:oidc.circleci.com/project-id`, "sometimes"],
    [provider(circleci), `${circleci}:oidc.circleci.com/vcs-ref`, "never"],
    [provider(circleci), `${circleci}:email`, "never"],
    [provider(circleci), "oidc.circleci.com/org/other:sub", "never"],
    [provider(circleci), "aws:SourceIp", "unknown"],
    [provider(github), `${github}:repository_id`, "sometimes"],
    [provider(github), `${github}:enterprise_id`, "sometimes"],
    [provider(github), `${github}:repository_owner`, "never"],
    [provider(github), `${github}:job_workflow_sha`, "never"],
    [provider(github), `${github}:repository_owner_id`, "unknown"],
    [provider(`${github}/acme`), `${github}/acme:ref`, "sometimes"],
    [provider(`${github}/acme`), `${github}:ref`, "never"],
    [provider("gitlab.com"), "gitlab.com:project_id", "sometimes"],
    [bare("accounts.google.com"), "accounts.google.com:oaud", "always"],
    [bare("graph.facebook.com"), "graph.facebook.com:id", "always"],
    [bare("graph.facebook.com"), "graph.facebook.com:sub", "never"],
    [bare("www.amazon.com"), "www.amazon.com:user_id", "always"],
    [bare("cognito-identity.amazonaws.com"), "cognito-identity.amazonaws.com:amr", "sometimes"],
    [provider("idp.example.com"), "idp.example.com:sub", "always"],
    [provider("idp.example.com"), "idp.example.com:tenant", "unknown"],
  ])("$0.name in $0.partition: %s", (issuer, key, sending) => {
    expect(sendingOf(issuer, key)).toBe(sending);
  });

  // AWS announced the issuers' own claims for the commercial Regions in January 2026.
  test.each(["aws-us-gov", "aws-cn", "aws-iso", "aws-iso-b", "aws-eusc"])(
    "an issuer's own claims are not keys in %s, the standard ones are",
    (partition) => {
      const project = `${circleci}:oidc.circleci.com/project-id`;
      expect(sendingOf(provider(circleci, partition), project)).toBe("never");
      expect(sendingOf(provider(circleci, partition), `${circleci}:sub`)).toBe("always");
      expect(sendingOf(provider(github, partition), `${github}:repository_id`)).toBe("never");
      expect(sendingOf(provider(github, partition), `${github}:repository_owner_id`)).toBe("never");
      expect(sendingOf(provider("gitlab.com", partition), "gitlab.com:project_id")).toBe("never");
    },
  );

  test.each([
    "arn:aws:iam::123456789012:saml-provider/Acme",
    "arn:aws:iam::123456789012:role/ci",
    "idp.example.com",
    "*",
  ])("%s is not an issuer of tokens", (principal) => {
    expect(issuerOf(principal)).toBeNull();
  });
});

describe("the keys of a token's claims", () => {
  test("Google: aud is the authorized party, oaud the audience", () => {
    const issuer = bare("accounts.google.com");
    const claims = { aud: "https://svc.acme.example", azp: "112233", sub: "112233" };
    expect(Object.fromEntries(keysOfClaims(issuer, claims))).toEqual({
      "accounts.google.com:aud": ["112233"],
      "accounts.google.com:oaud": ["https://svc.acme.example"],
      "accounts.google.com:sub": ["112233"],
    });
    expect(keysOfClaims(issuer, { aud: "x", sub: "1" }).get("accounts.google.com:aud")).toEqual([
      "x",
    ]);
  });

  test("GitHub: the mapped claims, and no other", () => {
    const claims = { aud: "a", sub: "s", repository_id: 5, repository_owner: "acme", run_id: "7" };
    expect(Object.fromEntries(keysOfClaims(provider(github), claims))).toEqual({
      [`${github}:aud`]: ["a"],
      [`${github}:oaud`]: ["a"],
      [`${github}:sub`]: ["s"],
      [`${github}:repository_id`]: ["5"],
    });
    expect(keysOfClaims(provider(github, "aws-cn"), claims).has(`${github}:repository_id`)).toBe(
      false,
    );
  });

  test("Cognito: amr holds several values", () => {
    const issuer = bare("cognito-identity.amazonaws.com");
    const keys = keysOfClaims(issuer, { aud: "pool", sub: "s", amr: ["authenticated", "x"] });
    expect(keys.get("cognito-identity.amazonaws.com:amr")).toEqual(["authenticated", "x"]);
  });
});
