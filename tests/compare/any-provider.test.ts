import { expect, test } from "vitest";
import { trustAnswer } from "./answers.ts";
import { key, organization, policy, provider, statement } from "./documents.ts";

// A role takes tokens of its own account's providers, and nobody says which account that is.

const foreign = provider.replace("123456789012", "444455556666");
const github = (account: string) =>
  `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
const admits = (id: string) => statement({}, { Principal: { Federated: id } });
const denies = (id: string) => ({ ...admits(id), Effect: "Deny" });
const ofCircleci = { StringLike: { [key("sub")]: `org/${organization}/*` } };
const ofGithub = { StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" } };
const inAccount = (glob: string) => ({
  ...ofCircleci,
  ArnLike: { "aws:FederatedProvider": glob },
});

test.each([
  ["CircleCI's is denied in another", [admits(github("123456789012")), denies(foreign)], true],
  ["CircleCI's is denied in one", [denies(provider)], true],
  ["CircleCI's are denied in two", [denies(provider), denies(foreign)], true],
  ["GitHub's is let in in another", [admits(github("444455556666"))], true],
  ["CircleCI's is let in", [admits(provider)], false],
])("any provider lets CircleCI's jobs in: %s", (_, before, possible) => {
  const any = statement(ofCircleci, { Principal: { Federated: "*" } });
  const answer = trustAnswer({ before: policy(...before), after: policy(...before, any) });
  expect(answer).toMatchObject({ possible: { widens: possible } });
});

test.each([
  ["GitHub's, denied in one account", [denies(github("444455556666"))], ofGithub],
  ["that of another account", [admits(github("444455556666"))], inAccount("arn:aws:iam::1*:*")],
  ["that of an account", [denies(foreign)], inAccount("arn:aws:iam::111122223333:*")],
  ["that of some accounts", [denies(provider)], inAccount("arn:aws:iam::2*:*")],
])("which provider it is stays open: %s", (_, before, condition) => {
  const any = statement(condition, { Principal: { Federated: "*" } });
  const answer = trustAnswer({ before: policy(...before), after: policy(...before, any) });
  expect(answer).toMatchObject({ widens: true, possible: { widens: null } });
});
