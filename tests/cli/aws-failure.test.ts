import { describe, expect, test } from "vitest";
import { failureOf, unknownEnvironment, withoutCredentials } from "../../cli/aws-failure.ts";
import { CommandError } from "../../cli/command-error.ts";

function thrown(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const denial =
  "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/x";

describe("what AWS or the SDK says, and how the command ends", () => {
  test.each([
    [
      "CredentialsProviderError",
      "Could not load credentials from any providers",
      "CredentialsMissing",
      "",
    ],
    [
      "CredentialsProviderError",
      "The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login",
      "LoginExpired",
      "",
    ],
    ["TokenProviderError", "Token is expired. To refresh run 'aws sso login'", "LoginExpired", ""],
    ["ExpiredToken", "The security token included in the request is expired", "LoginExpired", ""],
    [
      "ExpiredTokenException",
      "The security token included in the request is expired",
      "LoginExpired",
      "",
    ],
    [
      "InvalidClientTokenId",
      "The security token included in the request is invalid",
      "LoginExpired",
      "",
    ],
    ["UnrecognizedClientException", "The security token is invalid", "LoginExpired", ""],
    ["AccessDeniedException", denial, "AccessDenied", "ssm:GetParameter"],
    ["AccessDenied", denial, "AccessDenied", "ssm:GetParameter"],
    ["AccessDenied", "iam:GetRole CI failed: no", "AccessDenied", "iam:GetRole"],
    ["AccessDenied", "no", "AccessDenied", "iam:GetRole"],
    ["Error", "connect ECONNREFUSED 127.0.0.1:1", "NetworkError", ""],
    ["TimeoutError", "connect ETIMEDOUT 10.0.0.1:443", "TimeoutError", ""],
    ["UnknownError", "UnknownError", "AnswerUnreadable", ""],
    ["Unknown", "ssm:GetParametersByPath failed: UnknownError", "AnswerUnreadable", ""],
    ["ThrottlingException", "Rate exceeded", "ThrottlingException", ""],
    [
      "SyntaxError",
      "Unexpected token '<', \"<!doctype \"... is not valid JSON\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.",
      "AnswerUnreadable",
      "",
    ],
  ])("%s, %s: %s", (name, message, code, where) => {
    const ended = failureOf(thrown(name, message), "iam:GetRole");
    expect(ended).toBeInstanceOf(CommandError);
    expect(ended.details).toEqual({ exit: 1, code, where });
    expect(ended.message).toMatch(/\.$/);
    expect(failureOf({ code: name, message }, "iam:GetRole").details).toEqual(ended.details);
  });

  test.each([
    ["Error", "connect ECONNREFUSED 127.0.0.1:1"],
    ["NetworkError", "getaddrinfo ENOTFOUND iam.example"],
    ["TimeoutError", "connect ETIMEDOUT 10.0.0.1:443"],
  ])("%s, %s: says what to look at", (name, message) => {
    const ended = failureOf(thrown(name, message), "iam:GetRole");
    expect(ended.message).toContain("Check the network, a proxy, AWS_ENDPOINT_URL");
    expect(failureOf(thrown("ThrottlingException", "Rate exceeded")).message).not.toContain(
      "Check",
    );
  });

  test("what already ends the command goes on as it is", () => {
    const error = new CommandError("No.");
    expect(failureOf(error)).toBe(error);
  });
});

describe("no credentials", () => {
  const none = thrown("CredentialsProviderError", "Could not load credentials from any providers");

  test("names the profile that somebody chose, and where the others are", () => {
    const { message, details } = withoutCredentials(none, "nobody");
    expect(message).toContain('The profile "nobody"');
    expect(message).toContain("aws configure list-profiles");
    expect(details).toEqual({ exit: 1, code: "CredentialsMissing", where: "" });
  });

  test("says how to choose one where nobody did, and leaves other failures as they are", () => {
    expect(withoutCredentials(none, "")).toEqual(failureOf(none));
    const ended = thrown("TokenProviderError", "Token is expired. To refresh run 'aws sso login'");
    expect(withoutCredentials(ended, "ci")).toEqual(failureOf(ended));
  });
});

describe("a name that no environment has", () => {
  test.each([
    ["prodution", ["production", "staging"], 'Did you mean "production"?'],
    ["x", ["production", "staging"], "There are: production, staging."],
    ["x", [], "There is none yet."],
    ["x", [], "make it: oidc-reconciler init x"],
  ])("%s, where there are %j: %s", (name, existing, advice) => {
    const { message, details } = unknownEnvironment(name, existing);
    expect(message).toContain(`"${name}"`);
    expect(message).toContain(advice);
    expect(details).toEqual({ exit: 2, code: "UnknownEnvironment", where: name });
  });
});
