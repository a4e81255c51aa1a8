import { describe, expect, test } from "vitest";
import { withoutTokens } from "../../shared/language/without-tokens.ts";

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";
const github = "ghp_PlantedGithubTokenOf36LettersAndMor";
const session = "IQoJb3JpZ2luX2VjPlantedSessionToken";

describe("nothing that is a token is left of", () => {
  test.each([
    ["a token alone", jwt, "(a token)"],
    ["a token in a sentence", `it said ${jwt}, and ended`, "it said (a token), and ended"],
    // `eyA` begins like base64 of `{ `, and the letters run on into the token.
    ["one behind a word that begins alike", `KeyAdmin/${jwt}`, "KeyAdmin/(a token)"],
    ["one behind a word and a dash", `KeyAdministrators-${jwt}`, "KeyAdministrators-(a token)"],
    ["two that touch", `${jwt} ${jwt}`, "(a token) (a token)"],
    ["a service's token", `with ${github}`, "with (a token)"],
    ["two of a service that run on", `${github}${github}`, "(a token)"],
    ["one behind an underscore", `TOKEN_${github}`, "TOKEN_(a token)"],
    ["one behind a line break in JSON", JSON.stringify(`a\n${github}`), '"a\\n(a token)"'],
    ["one behind a control in JSON", JSON.stringify(`a\u001b${github}`), '"a\\u001b(a token)"'],
    ["one behind letters", `us-east-1${github}`, "us-east-1(a token)"],
    ["a session token of AWS", `as ${session}`, "as (a token)"],
  ])("%s", (_, text, rest) => {
    expect(withoutTokens(text)).toBe(rest);
  });
});

test.each([
  "KeyAdministrator",
  "arn:aws:iam::123456789012:role/KeyAdministratorAccess",
  "ewoewoewoewo",
  "it weighs_in_on_everything",
])("%s is not a token", (text) => {
  expect(withoutTokens(text)).toBe(text);
});

test("a text of beginnings alone is looked at once", () => {
  const text = "eyA".repeat(200_000);
  expect(withoutTokens(text)).toBe(text);
});
