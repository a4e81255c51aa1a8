import { describe, expect, test } from "vitest";
import { explanationLines } from "../../../cli/commands/trust/explain-view.ts";
import { explainTrust } from "../../../shared/explain/index.ts";
import { layOut } from "../../../shared/report/layout.ts";
import { type Block, key, organization, policy, statement } from "../../compare/documents.ts";
import { at, audience, base, codesOf, explained, jobs, main, mask, shop } from "./explained.ts";

describe("other issuers", () => {
  const github = "token.actions.githubusercontent.com";
  const gh = (name: string) => `${github}:${name}`;
  const trusting = (condition: Block, more: { partition?: string; issuer?: string } = {}) =>
    statement(condition, {
      Principal: {
        Federated: `arn:${more.partition ?? "aws"}:iam::123456789012:oidc-provider/${more.issuer ?? github}`,
      },
    });
  const aud = { [gh("aud")]: "sts.amazonaws.com" };

  test.each<[string, Block, readonly string[]]>([
    ["cloud-audit#17: the audience alone", { StringEquals: aud }, ["any-repository"]],
    [
      "aws-infra: repo:*",
      { StringEquals: aud, StringLike: { [gh("sub")]: "repo:*" } },
      ["any-repository"],
    ],
    ["any subject", { StringLike: { [gh("sub")]: "*" } }, ["any-repository"]],
    [
      "a branch of any repository",
      { StringLike: { [gh("sub")]: "repo:*/*:ref:refs/heads/main" } },
      ["any-repository"],
    ],
    [
      "a repository's name without its owner",
      { StringLike: { [gh("sub")]: "repo:*/shop:*" } },
      ["any-repository"],
    ],
    [
      "the newer form, of any repository",
      { StringLike: { [gh("sub")]: "repo:*@*/*@*:*" } },
      ["any-repository"],
    ],
    [
      "keys that any repository can have",
      { StringEquals: { [gh("ref")]: "refs/heads/main", [gh("environment")]: "prod" } },
      ["any-repository"],
    ],
    [
      "a part of an owner's name",
      { StringLike: { [gh("sub")]: "repo:acme*/shop:*" } },
      ["wild-owner"],
    ],
    [
      "a part of an owner's name, by the key",
      { StringLike: { [gh("repository")]: "acme*/shop" } },
      ["wild-owner", "no-subject"],
    ],
    ["an owner", { StringLike: { [gh("sub")]: "repo:acme/*" } }, []],
    ["an owner in the newer form", { StringLike: { [gh("sub")]: "repo:acme@123/shop@456:*" } }, []],
    ["an owner's id", { StringLike: { [gh("sub")]: "repo:*@123/*:ref:refs/heads/main" } }, []],
    ["a repository's id", { StringLike: { [gh("sub")]: "repo:*/*@456:*" } }, []],
    [
      "both forms",
      { StringLike: { [gh("sub")]: ["repo:acme/shop:*", "repo:acme@123/shop@456:*"] } },
      [],
    ],
    [
      "the repository's id",
      {
        StringEquals: { ...aud, [gh("repository_id")]: "555666777" },
        StringLike: { [gh("sub")]: "repo:acme/shop:*" },
      },
      [],
    ],
    [
      "the repository's id and no subject",
      { StringEquals: { ...aud, [gh("repository_id")]: "555666777" } },
      ["no-subject"],
    ],
    [
      "the repository by its key",
      { StringEquals: { [gh("repository")]: "acme/shop" }, StringLike: { [gh("sub")]: "repo:*" } },
      ["no-subject"],
    ],
    ["the enterprise", { StringEquals: { [gh("enterprise_id")]: "42" } }, ["no-subject"]],
    ["a person", { StringEquals: { [gh("actor")]: "octocat" } }, ["no-subject"]],
    [
      "a workflow that everybody may call",
      { StringLike: { [gh("job_workflow_ref")]: "acme/shop/.github/workflows/deploy.yml@*" } },
      ["no-subject"],
    ],
  ])("GitHub, %s", (_, condition, codes) => {
    const explanation = explained(policy(trusting(condition)));
    expect(explanation.looseEnds.map(({ code }) => code)).toEqual(codes);
    expect(explanation.beyondAws).toEqual([]);
    if (codes.includes("any-repository")) {
      expect(explanation.looseEnds[0]?.message).toContain("Any repository on GitHub may come");
    }
  });

  test("CircleCI's issuer of all organisations: its tokens are jobs' of any of them", () => {
    const issuer = "oidc.circleci.com";
    const like = (subject: string) =>
      policy(trusting({ StringLike: { [`${issuer}:sub`]: subject } }, { issuer }));
    const all = ["no-subject", "no-audience", "root-issuer", "any-project"];
    expect(codesOf(like("org/*/project/*"))).toEqual(all);
    expect(codesOf(like(`${jobs}*`))).toEqual(["no-audience", "root-issuer", "forks"]);
    expect(codesOf(like(`org/${organization}/file-streaming/*`))).toEqual(["nobody"]);
  });

  test("GitHub: a wildcard under StringEquals lets nobody in", () => {
    const text = policy(trusting({ StringEquals: { [gh("sub")]: "repo:acme/shop:*" } }));
    expect(codesOf(text)).toEqual(["nobody"]);
    expect(explained(text).statements[0]?.nobody).toContain("use StringLike");
  });

  test("GitHub's keys of 2026 are not sent outside the partition aws", () => {
    const shut = { StringEquals: { [gh("repository_id")]: "555666777" } };
    expect(codesOf(policy(trusting(shut, { partition: "aws-cn" })))).toEqual([
      "nobody",
      "key-never-sent",
    ]);
    const open = { StringEqualsIfExists: { [gh("repository_id")]: "555666777" } };
    expect(codesOf(policy(trusting(open, { partition: "aws-cn" })))).toEqual([
      "any-repository",
      "key-never-sent",
    ]);
  });

  test("an issuer of one enterprise is not all of GitHub", () => {
    const issuer = `${github}/acme-inc`;
    const text = policy(trusting({ StringEquals: { [`${issuer}:aud`]: "x" } }, { issuer }));
    expect(explained(text).looseEnds[0]?.message).toContain("of the enterprise acme-inc");
  });

  test.each([
    ["an issuer of one's own", "arn:aws:iam::123456789012:oidc-provider/sso.example.com"],
    ["Google", "accounts.google.com"],
    ["a SAML provider", "arn:aws:iam::123456789012:saml-provider/corporate"],
  ])("what is not known is said to be not examined: %s", (_, Federated) => {
    const text = policy(
      statement(
        { StringEquals: { "sts:RoleSessionName": "deploy" } },
        { Principal: { Federated } },
      ),
    );
    expect(codesOf(text)).toContain("not-examined");
    const shown = layOut(explanationLines(explainTrust(text, at), "trust.json"));
    expect(shown).toContain("Not examined");
    expect(shown).not.toContain("No loose ends");
    expect(shown).not.toContain("CircleCI");
  });

  test("each of several issuers is spoken of, and CircleCI's settings where it is one of them", () => {
    const text = policy(
      base(),
      trusting({ StringEquals: aud }),
      trusting({}, { issuer: "sso.example.com" }),
    );
    const explanation = explained(text);
    expect(codesOf(text)).toEqual(["any-repository", "forks", "not-examined"]);
    expect(explanation.issuers).toHaveLength(3);
    expect(explanation.beyondAws).not.toEqual([]);
    const shown = layOut(explanationLines(explanation, "trust.json"));
    for (const issuer of explanation.issuers) expect(shown).toContain(issuer);
  });
});

test("no loose ends are claimed where something could not be decided", () => {
  const text = policy(
    statement({
      StringEquals: audience,
      StringLike: { [key("sub")]: `${jobs}${mask}${shop}${main}` },
      "ForAnyValue:StringEqualsIfExists": { "aws:PrincipalOrgPaths": "o-1/*" },
    }),
  );
  expect(layOut(explanationLines(explainTrust(text, at), "trust.json"))).not.toContain(
    "No loose ends.",
  );
});
