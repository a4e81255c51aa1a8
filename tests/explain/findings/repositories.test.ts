import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import { explainTrust } from "../../../shared/explain/index.ts";

/**
 * The findings about GitHub by their definitions in docs/trust-policy.md, over a bounded world of
 * repositories, judged by the sandbox's evaluator. FINDING_RUNS asks for more.
 */
const runs = Number(process.env["FINDING_RUNS"] ?? 150);

const issuer = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
const key = (name: string): string => `${issuer}:${name}`;

type Repository = {
  readonly owner: string;
  readonly ownerId: string;
  readonly name: string;
  readonly id: string;
};

const names = ["shop", "lib", "x"];
const owners = [
  { owner: "acme", ownerId: "123" },
  { owner: "acme-evil", ownerId: "901" },
  { owner: "acmex", ownerId: "902" },
  { owner: "other", ownerId: "903" },
  { owner: "axme", ownerId: "904" },
];
const repositories: readonly Repository[] = owners.flatMap((owner, at) =>
  names.map((name, number) => ({
    ...owner,
    name,
    id: owner.owner === "acme" && name === "shop" ? "456" : `70${at}${number}`,
  })),
);
const rests = ["ref:refs/heads/main", "environment:prod", "pull_request", "ref:refs/tags/v1"];

type Token = { readonly repository: Repository; readonly subject: string };

const tokens: readonly Token[] = repositories.flatMap((repository) => {
  const { owner, ownerId, name, id } = repository;
  return rests.flatMap((rest) => [
    { repository, subject: `repo:${owner}/${name}:${rest}` },
    { repository, subject: `repo:${owner}@${ownerId}/${name}@${id}:${rest}` },
  ]);
});

function admits(document: object, { repository, subject }: Token): boolean {
  const { owner, ownerId, name, id } = repository;
  const context = new Map([
    [key("aud"), ["sts.amazonaws.com"]],
    [key("sub"), [subject]],
    [key("repository"), [`${owner}/${name}`]],
    [key("repository_id"), [id]],
    [key("actor"), [owner]],
    [key("actor_id"), [ownerId]],
    [key("enterprise_id"), [ownerId]],
    [key("job_workflow_ref"), [`${owner}/${name}/.github/workflows/x`]],
    [key("workflow"), ["deploy"]],
  ]);
  const principal = { type: "Federated", id: provider } as const;
  const request = { principal, action: "sts:AssumeRoleWithWebIdentity", context };
  return evaluateTrust(document, request).decision === "allow";
}

const subject = fc.constantFrom(
  "repo:*",
  "*",
  "repo:*/*:ref:refs/heads/main",
  "repo:*/shop:*",
  "repo:*@*/*@*:*",
  "repo:*@123/*:*",
  "repo:acme/*",
  "repo:acme/shop:*",
  "repo:acme@123/shop@456:*",
  "repo:acme*/shop:*",
  "repo:a?me/*",
  "repo:acme*",
  "*/shop:environment:prod",
);

const conditions = fc.constantFrom<object>(
  {},
  {},
  { StringEquals: { [key("aud")]: "sts.amazonaws.com" } },
  { StringEquals: { [key("repository_id")]: "456" } },
  { StringEquals: { [key("repository")]: "acme/shop" } },
  { StringEquals: { [key("workflow")]: "deploy" } },
  { "ForAnyValue:StringEquals": { [key("actor")]: ["acme"] } },
  { StringNotEquals: { [key("repository")]: "acme/shop" } },
);

function documentOf(Condition: object) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition,
      },
    ],
  };
}

test("what is reported of GitHub's tokens is what its definition says over a world of them", () => {
  fc.assert(
    fc.property(fc.array(subject, { minLength: 1, maxLength: 2 }), conditions, (subjects, more) => {
      const document = documentOf({ ...more, StringLike: { [key("sub")]: subjects } });
      const explanation = explainTrust(JSON.stringify(document));
      if (explanation.kind === "refused") throw new Error(explanation.error.message);
      const admitted = tokens.filter((token) => admits(document, token));
      const isStranger = ({ repository }: Token) => repository.owner === "other";
      const isOther = ({ repository }: Token) => repository.owner !== "acme";
      const bySubject = documentOf({ StringLike: { [key("sub")]: subjects } });
      const isLoose = tokens.some((token) => isStranger(token) && admits(bySubject, token));
      const expected = admitted.some(isStranger)
        ? ["any-repository"]
        : [...(admitted.some(isOther) ? ["wild-owner"] : []), ...(isLoose ? ["no-subject"] : [])];
      // An organisation may choose what its subjects hold, so that few of them are called dead.
      const codes = explanation.looseEnds.map(({ code }) => code);
      expect(codes.filter((code) => code !== "nobody")).toEqual(expected);
      if (codes.includes("nobody")) expect(admitted).toEqual([]);
      for (const { example } of explanation.looseEnds) {
        if (example !== undefined) expect(admits(document, tokenOf(example)), example).toBe(true);
      }
    }),
    { numRuns: runs, seed: 20261126 },
  );
});

function tokenOf(text: string): Token {
  const [, owner = "", , name = ""] = /^repo:([^/@]+)(@\d+)?\/([^:@]+)/.exec(text) ?? [];
  return {
    subject: text,
    repository: { owner, ownerId: "987654321", name, id: "987654322" },
  };
}
