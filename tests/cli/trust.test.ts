import { describe, expect, test } from "vitest";
import {
  audienceOnly,
  jobsOfProject,
  key,
  organization,
  policy,
  project,
  statement,
  subjects,
  user,
} from "../compare/documents.ts";
import { runTrust } from "./run-trust.ts";

const files = {
  "old.json": subjects(jobsOfProject),
  "new.json": audienceOnly,
  "bad.json": '{"Version":"2012-10-17","Version":"2012-10-17"}',
};
const pair = (before: string, after: string) => ["compare", "--before", before, "--after", after];

describe("trust compare", () => {
  test("exits with 3 for wider, 0 for not wider, 2 for refused", async () => {
    expect((await runTrust(pair("old.json", "new.json"), { files })).code).toBe(3);
    expect((await runTrust(pair("new.json", "old.json"), { files })).code).toBe(0);
    expect((await runTrust(pair("old.json", "old.json"), { files })).code).toBe(0);
    expect((await runTrust(pair("old.json", "bad.json"), { files })).code).toBe(2);
  });

  test("prints one JSON value with --json, with every member of the contract", async () => {
    const { stdout } = await runTrust([...pair("old.json", "new.json"), "--json"], { files });
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(answer)).toEqual([
      "verdict",
      "widens",
      "narrows",
      "possible",
      "admitted",
      "dropped",
      "undecided",
    ]);
    expect(answer).toMatchObject({
      verdict: "widened",
      widens: true,
      narrows: false,
      possible: { widens: true, narrows: false },
      dropped: null,
      undecided: [],
    });
    expect(Object.keys(answer["admitted"] as object)).toEqual([
      "principal",
      "action",
      "context",
      "reachable",
      "token",
    ]);
  });

  test("exits by the free verdict, and with --possible by what a caller can do", async () => {
    const tied = policy(
      statement({
        StringEquals: {
          [key("aud")]: organization,
          [key("oidc.circleci.com/project-id")]: project,
        },
        StringLike: { [key("sub")]: jobsOfProject },
      }),
    );
    const given = { files: { ...files, "tied.json": tied } };
    const free = await runTrust(pair("tied.json", "old.json"), given);
    expect(free.code).toBe(3);
    expect(free.stdout).toContain("No caller that can exist makes such a request.");
    const possible = await runTrust(
      [...pair("tied.json", "old.json"), "--possible", "--json"],
      given,
    );
    expect(possible.code).toBe(0);
    expect(JSON.parse(possible.stdout)).toMatchObject({
      verdict: "widened",
      widens: true,
      possible: { widens: false, narrows: false },
    });
    expect((await runTrust([...pair("tied.json", "new.json"), "--possible"], given)).code).toBe(3);
    expect((await runTrust([...pair("tied.json", "bad.json"), "--possible"], given)).code).toBe(2);
    const open = policy(
      statement({ StringLike: { [key("sub")]: `\${aws:PrincipalTag/subject}` } }),
    );
    const undecided = { files: { ...given.files, "open.json": open } };
    expect((await runTrust([...pair("old.json", "open.json"), "--possible"], undecided)).code).toBe(
      3,
    );
  });

  test("says in its help by what it exits", async () => {
    const { stdout } = await runTrust(["compare", "--help"]);
    expect(stdout).toContain("[--possible]");
    expect(stdout).toMatch(/--batch exits with 0 once all lines are answered/);
  });

  test("prints the refusal with --json", async () => {
    const { stdout } = await runTrust([...pair("old.json", "bad.json"), "--json"], { files });
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "duplicate-member", message: expect.any(String), where: "after.Version" },
    });
  });

  test("shows people the example, the statement and the condition that decide", async () => {
    const { stdout } = await runTrust(pair("old.json", "new.json"), { files });
    expect(stdout).toMatch(/^widened: /);
    expect(stdout).toContain("after: Statement[0] admits it.");
    expect(stdout).toMatch(/before: StringLike asks that .*:sub is org/);
  });

  test.each([
    ["no documents", ["compare"]],
    ["half of them", ["compare", "--before", "old.json"]],
    ["an option that there is not", ["compare", "--fast"]],
    ["an option without its value", ["compare", "--before"]],
    ["documents beside --batch", ["compare", "--batch", "--before", "old.json"]],
    ["--possible beside --batch", ["compare", "--batch", "--possible"]],
    ["no command", []],
    ["another command", ["contrast"]],
  ])("used with %s exits with 2 and says what is wrong", async (_, args) => {
    const { code, stdout, stderr } = await runTrust(args, { files });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage:");
  });
});

test("a file that is not there is named", async () => {
  const { code, stdout, stderr } = await runTrust(pair("old.json", "gone.json"), { files });
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: "",
    stderr: "There is no file gone.json.\n",
  });
});

describe("trust compare --batch", () => {
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));

  test("answers line by line, in order, whatever a line holds", async () => {
    const stdin = [
      JSON.stringify({ id: 1, before: JSON.parse(files["old.json"]), after: files["new.json"] }),
      "no json",
      `{"id":"two","before":${files["bad.json"]},"after":{}}`,
      '{"id":{"a":[1.50]},"before":7,"after":{}}',
      "[]",
      "",
      JSON.stringify({ id: null, before: files["old.json"], after: files["old.json"] }),
    ].join("\n");
    const { code, stdout } = await runTrust(["compare", "--batch", "--json"], { stdin: [stdin] });
    expect(code).toBe(0);
    expect(lines(stdout)).toMatchObject([
      { id: 1, verdict: "widened", possible: { widens: true, narrows: false } },
      { id: null, error: { code: "not-json" } },
      { id: "two", error: { code: "duplicate-member", where: "before.Version" } },
      { id: { a: [1.5] }, error: { code: "bad-line", where: "before" } },
      { id: null, error: { code: "bad-line" } },
      { id: null, verdict: "equivalent" },
    ]);
  });

  test("repeats an id with what a terminal hides in JSON's own escapes, and numbers as they are", async () => {
    const same = { before: files["old.json"], after: files["old.json"] };
    const id = "a\u202eb\u2028c\u200bd";
    const stdin = `${JSON.stringify({ id, ...same })}\n{"id":[1.50,12345678901234567890]}\n`;
    const { stdout } = await runTrust(["compare", "--batch"], { stdin: [stdin] });
    expect(stdout).toContain('{"id":"a\\u202eb\\u2028c\\u200bd",');
    expect(stdout).toContain('{"id":[1.50,12345678901234567890],');
    expect(lines(stdout)[0]).toMatchObject({ id, verdict: "equivalent" });
  });

  test("ends when nobody reads any more", async () => {
    const line = `${JSON.stringify({ before: files["old.json"], after: files["old.json"] })}\n`;
    const endless = (function* () {
      for (;;) yield line;
    })();
    const shell = { stdin: endless, nobodyReads: true };
    const { code, stdout } = await runTrust(["compare", "--batch"], shell);
    expect({ code, answers: lines(stdout).length }).toEqual({ code: 0, answers: 1 });
  });

  test("leaves out a line that is longer than any two policies, and goes on", async () => {
    const line = `${JSON.stringify({ id: 1, before: files["old.json"], after: files["old.json"] })}\n`;
    let parts = 0;
    const stdin = (function* () {
      for (; parts < 20; parts += 1) yield "x".repeat(1_000_000);
      yield `\n${line}`;
    })();
    const { stdout } = await runTrust(["compare", "--batch"], { stdin });
    expect(lines(stdout)).toMatchObject([
      { id: null, error: { code: "bad-line", message: "The line is longer than 16 MB." } },
      { id: 1, verdict: "equivalent" },
    ]);
  });

  test("does not mind where the stream is cut, even inside a character", async () => {
    const line = `${JSON.stringify({ id: "é", before: files["old.json"], after: files["old.json"] })}\n`;
    const bytes = new TextEncoder().encode(line);
    const stdin = [...bytes].map((byte) => Uint8Array.of(byte));
    const { stdout } = await runTrust(["compare", "--batch"], { stdin });
    expect(lines(stdout)).toMatchObject([{ id: "é", verdict: "equivalent" }]);
  });
});

describe("trust explain and admits", () => {
  const claims = {
    iss: `https://oidc.circleci.com/org/${organization}`,
    sub: `org/${organization}/project/${project}/user/${user}`,
    aud: organization,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const given = {
    ...files,
    "claims.json": JSON.stringify(claims),
    "token.jwt": `${encode({ alg: "RS256" })}.${encode(claims)}.c2lnbmF0dXJl\n`,
    "request.json": JSON.stringify({
      principal: { type: "AWS", id: "arn:aws:iam::123456789012:role/x" },
      action: "sts:AssumeRole",
    }),
  };

  test("explain names the loose ends", async () => {
    const { code, stdout } = await runTrust(["explain", "new.json"], { files: given });
    expect(code).toBe(0);
    expect(stdout).toContain("no-subject");
    expect((await runTrust(["explain", "bad.json", "--json"], { files: given })).code).toBe(2);
  });

  test.each(["claims.json", "token.jwt"])("admits reads %s", async (path) => {
    const { code, stdout } = await runTrust(["admits", "old.json", "--token", path], {
      files: given,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^yes: Statement\[0\]/);
  });

  test("admits says no to a request, with the nearest statement", async () => {
    const { code, stdout } = await runTrust(
      ["admits", "old.json", "--request", "request.json", "--json"],
      { files: given },
    );
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      admitted: false,
      statement: "Statement[0]",
      obstacles: [{ part: "principal" }, { part: "action" }, {}, {}],
    });
  });

  test.each([
    ["neither", ["admits", "old.json"]],
    ["both", ["admits", "old.json", "--token", "claims.json", "--request", "request.json"]],
    ["a policy for a token", ["admits", "old.json", "--token", "old.json"]],
    ["a policy for a request", ["admits", "old.json", "--request", "old.json"]],
  ])("admits used with %s exits with 2", async (_, args) => {
    expect(await runTrust(args, { files: given })).toMatchObject({ code: 2, stdout: "" });
  });
});
