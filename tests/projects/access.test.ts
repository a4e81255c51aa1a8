import { describe, expect, test } from "vitest";
import { apiAccess, contextId, projectSlug, variableTarget } from "../../shared/projects/index.ts";

const token = "CCIPAT_secret";

describe("the address of CircleCI's API", () => {
  test.each([
    [undefined, "https://circleci.com"],
    ["", "https://circleci.com"],
    ["https://circleci.example.com/", "https://circleci.example.com"],
    ["https://ci.example.com/base//", "https://ci.example.com/base"],
    ["http://127.0.0.1:8080/circleci", "http://127.0.0.1:8080/circleci"],
    ["http://localhost:1", "http://localhost:1"],
    ["http://[::1]:1", "http://[::1]:1"],
  ])("%j is %s", (host, base) => {
    const read = apiAccess({ CIRCLE_TOKEN: token, CIRCLECI_CLI_HOST: host });
    expect(read).toEqual({ kind: "ready", access: { base, token } });
  });

  test.each([
    "http://circleci.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "ftp://circleci.com",
    "circleci.com",
    "https://name:word@circleci.com",
    "https://circleci.com?x=1",
    "https://circleci.com#x",
    "javascript:alert(1)",
  ])("%s is refused, before the token is looked at", (host) => {
    for (const CIRCLE_TOKEN of [token, ""]) {
      const read = apiAccess({ CIRCLE_TOKEN, CIRCLECI_CLI_HOST: host });
      expect(read).toMatchObject({
        kind: "refused",
        code: "BadSetting",
        where: "CIRCLECI_CLI_HOST",
      });
      expect(JSON.stringify(read)).not.toContain(token);
    }
  });
});

describe("the token", () => {
  test.each([
    [{ CIRCLE_TOKEN: "a", CIRCLECI_CLI_TOKEN: "b" }, "a"],
    [{ CIRCLE_TOKEN: "", CIRCLECI_CLI_TOKEN: "b" }, "b"],
    [{ CIRCLECI_CLI_TOKEN: " b\n" }, "b"],
  ])("of %j is %s", (variables, expected) => {
    expect(apiAccess(variables)).toMatchObject({ access: { token: expected } });
  });

  test.each([{}, { CIRCLE_TOKEN: " " }])("is missing in %j", (variables) => {
    expect(apiAccess(variables)).toMatchObject({
      kind: "refused",
      code: "CredentialsMissing",
      where: "CIRCLE_TOKEN",
      message: expect.stringContaining("personal API token"),
    });
  });

  test.each(["CIRCLE_TOKEN", "CIRCLECI_CLI_TOKEN"])(
    "with a line break in %s is refused, and not repeated",
    (where) => {
      const read = apiAccess({ [where]: `${token}\nx-other: y` });
      expect(read).toMatchObject({ kind: "refused", code: "BadSetting", where });
      expect(read).toMatchObject({ message: expect.stringContaining("copy the token alone") });
      expect(JSON.stringify(read)).not.toContain(token);
    },
  );
});

describe("a place of variables", () => {
  const id = "cccccccc-dddd-4eee-8fff-000000000000";

  test.each([
    ["gh/acme/shop", null, { kind: "project", id: "gh/acme/shop" }],
    ["circleci/8e4z1Akd/V29Cenkg8", null, { kind: "project", id: "circleci/8e4z1Akd/V29Cenkg8" }],
    [null, id.toUpperCase(), { kind: "context", id }],
  ])("project %j, context %j", (project, context, value) => {
    expect(variableTarget(project, context)).toEqual({ kind: "named", value });
  });

  test.each([
    [null, null, "--project SLUG"],
    ["gh/acme/shop", id, "--context ID"],
    ["shop", null, "gh/ORGANISATION/REPOSITORY"],
    [null, "deploy", "the id of a CircleCI context"],
  ])("project %j, context %j is refused", (project, context, message) => {
    const named = variableTarget(project, context);
    expect(named).toMatchObject({ kind: "refused", message: expect.stringContaining(message) });
  });

  test.each([
    "gh/acme",
    "gh/acme/shop/more",
    "gh//shop",
    "gh/../shop",
    "gh/acme/.",
    "gh/acme/shop?x",
    "gh/acme/%2e%2e",
    "gh/acme/sh op",
    "gh/acme/shop\u001b",
    "https://github.com/acme/shop",
    "",
  ])("%j is not a slug", (text) => {
    expect(projectSlug(text)).toMatchObject({ kind: "refused" });
  });

  test.each(["", "..", `${id}/restrictions`, "cccccccc"])("%j is not an id", (text) => {
    expect(contextId(text)).toMatchObject({ kind: "refused" });
  });
});
