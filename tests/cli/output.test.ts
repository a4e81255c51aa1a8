import { describe, expect, test } from "vitest";
import type { Io } from "../../cli/io.ts";
import { printAnswer } from "../../cli/output.ts";
import { secretsIn, withoutSecrets } from "../../cli/secrets.ts";
import { line } from "../../shared/report/layout.ts";
import {
  jobsOfProject,
  key,
  organization,
  policy,
  statement,
  subjects,
} from "../compare/documents.ts";
import { say } from "./shell.ts";

const json = JSON.stringify;

const ask = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
  say(args, { files });

/** What turns writing round, colours it, hides in it, or adds a line that looks like ours. */
const foreign = "a\u001b[31m\u009b1m\u202e\u200b\u00ad\r\nNo loose ends.\u0085";
/** The same as IAM takes it in a policy: nothing beyond Latin-1 as such, anything as an escape. */
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const trust = subjects(jobsOfProject);
const claims = { iss: `https://oidc.circleci.com/org/${organization}`, aud: organization };

function trustWith(change: object): string {
  return policy({ ...statement({ StringLike: { [key("sub")]: "x" } }), ...change });
}

describe("a secret of the environment", () => {
  const secret = "a.token+of(no)known-form";

  test.each([
    ["as it is", `it was ${secret}!`],
    ["in capitals", `it was ${secret.toUpperCase()}!`],
  ])("is not repeated %s", (_, text) => {
    for (const end of ["", "\n", "\r\n", "  "]) {
      expect(withoutSecrets(text, secretsIn({ CIRCLE_TOKEN: `${secret}${end}` }))).toBe(
        "it was (a secret)!",
      );
    }
  });

  test.each([
    ["of any length", "a".repeat(200_000), `x${"A".repeat(200_000)}y`, "x(a secret)y"],
    ["twice", "b-secret", "b-secretB-SECRET b-secre", "(a secret)(a secret) b-secre"],
    [
      "behind letters that change their length",
      "c-secret",
      "\u0130\u0130c-SECRETz",
      "\u0130\u0130(a secret)z",
    ],
  ])("is found %s", (_, CIRCLE_TOKEN, text, expected) => {
    expect(withoutSecrets(text, secretsIn({ CIRCLE_TOKEN }))).toBe(expected);
  });

  test("is not a pattern", () => {
    expect(withoutSecrets("aXtokenofknown", secretsIn({ CIRCLE_TOKEN: secret }))).toBe(
      "aXtokenofknown",
    );
  });
});

/** Policies in which a stranger wrote something, wherever the command shows it again. */
const policies: readonly (readonly [string, string])[] = [
  ["a condition's value", trustWith({ Condition: { StringLike: { [key("sub")]: foreign } } })],
  ["a condition's key", trustWith({ Condition: { StringLike: { [key(foreign)]: "x" } } })],
  ["an operator", trustWith({ Condition: { [foreign]: { "aws:x": "y" } } })],
  ["a variable", trustWith({ Condition: { StringLike: { [key("sub")]: `\${${foreign}}` } } })],
  ["a date", trustWith({ Condition: { DateLessThan: { "aws:CurrentTime": foreign } } })],
  ["an action", trustWith({ Action: `sts:${foreign.replaceAll(/\s/g, "")}` })],
  ["an effect", trustWith({ Effect: foreign })],
  ["an element", trustWith({ [foreign]: 1 })],
  ["a role", trustWith({ Principal: { AWS: `arn:aws:iam::123456789012:role/${foreign}` } })],
  ["a provider", trustWith({ Principal: { Federated: foreign } })],
  [
    "the name of one role of two",
    json([
      { RoleName: foreign, AssumeRolePolicyDocument: trust },
      { RoleName: "b", AssumeRolePolicyDocument: trustWith({}) },
    ]),
  ],
];

describe("nothing that a terminal would obey is shown", () => {
  const questions: readonly (readonly string[])[] = [
    ["trust", "explain", "p"],
    ["trust", "compare", "--before", "trust", "--after", "p"],
    ["trust", "compare", "--before", "p", "--after", "trust"],
    ["trust", "admits", "p", "--token", "token"],
  ];
  test.each(policies)("of %s", async (_, text) => {
    const files = { p: text, trust, token: json({ ...claims, sub: "org/x" }) };
    for (const question of questions) {
      for (const args of [question, [...question, "--json"]]) {
        const { out, err } = await ask(args, files);
        for (const line of `${out}${err}`.split("\n")) {
          expect(line).not.toMatch(obeyed);
          expect(line).not.toMatch(/^No loose ends\.\\u0085/);
        }
      }
    }
  });

  test.each<readonly [string, readonly string[]]>([
    ["a token's subject", ["trust", "admits", "trust", "--token", "token"]],
    ["a request", ["trust", "admits", "trust", "--request", "request"]],
    ["a file's name", ["trust", "explain", foreign]],
    ["a file's name, elsewhere", ["validate", foreign]],
    ["a file's name, elsewhere again", ["diagnose", foreign]],
    ["an option", ["trust", "explain", `--${foreign}`]],
    ["a command", [foreign]],
    ["a command of trust", ["trust", foreign]],
  ])("of %s", async (_, args) => {
    const files = {
      trust,
      token: json({ ...claims, sub: foreign }),
      request: json({
        principal: { type: "Federated", id: foreign },
        action: `sts:${foreign}`,
        context: { [foreign]: foreign },
      }),
    };
    const { out, err } = await ask(args, files);
    expect(`${out}${err}`).not.toBe("");
    for (const line of `${out}${err}`.split("\n")) {
      expect(line).not.toMatch(obeyed);
      expect(line).not.toMatch(/^No loose ends\./);
    }
  });
});

describe("with --json standard output is one JSON value, also where nothing was asked", () => {
  test.each<readonly [string, readonly string[], string]>([
    ["an unknown command", ["nothing"], "WrongUsage"],
    ["a wrong option", ["validate", "--wrong"], "WrongUsage"],
    ["no file", ["validate"], "WrongUsage"],
    ["a file that is not there", ["validate", "gone"], "WrongUsage"],
    ["no record", ["diagnose"], "WrongUsage"],
    ["a record that is not there", ["diagnose", "gone"], "WrongUsage"],
    ["a record that is not one", ["diagnose", "text"], "NoQuestion"],
    ["a wrong option of plan", ["plan", "--wrong"], "WrongUsage"],
    ["a name that is not one", ["plan", "a b"], "bad-environment-name"],
    ["nothing of trust", ["trust"], "WrongUsage"],
    ["a wrong option of trust", ["trust", "explain", "trust", "--wrong"], "WrongUsage"],
    ["a policy that is not there", ["trust", "explain", "gone"], "WrongUsage"],
    ["one side alone", ["trust", "compare", "--before", "trust"], "WrongUsage"],
    ["neither token nor request", ["trust", "admits", "trust"], "WrongUsage"],
    [
      "a token that is not one",
      ["trust", "admits", "trust", "--token", "text"],
      "token-unreadable",
    ],
    ["a request that is not one", ["trust", "admits", "trust", "--request", "text"], "WrongUsage"],
    ["a policy that is not one", ["trust", "explain", "text"], "not-json"],
  ])("%s", async (_, args, code) => {
    const { code: exit, out } = await ask([...args, "--json"], { trust, text: "no json" });
    expect(exit).toBe(2);
    const { error } = JSON.parse(out);
    expect(error).toMatchObject({ code, where: expect.any(String) });
    expect(error.message).not.toBe("");
  });
});

describe("the result goes to standard output, and everything else to standard error:", () => {
  /** What is printed on each of the two. */
  async function printed(form: "text" | "one-line" | "indented") {
    const said = { out: "", err: "" };
    const to = (where: keyof typeof said): Io["stdout"] => ({
      write: async (text) => {
        said[where] += text;
        return true;
      },
      layout: { width: null, colour: false },
      secrets: [],
      height: null,
    });
    const view = [line("the result")];
    const answer = { exit: 0, json: { is: "the result" }, view, warnings: ["a warning"] } as const;
    const io: Pick<Io, "stdout" | "stderr"> = { stdout: to("out"), stderr: to("err") };
    await printAnswer(answer, form, io);
    return said;
  }

  test.each([
    ["text", "the result\n"],
    ["one-line", '{"is":"the result"}\n'],
    ["indented", '{\n  "is": "the result"\n}\n'],
  ] as const)("%s", async (form, out) => {
    expect(await printed(form)).toEqual({ out, err: "a warning\n" });
  });

  test("an error without --json", async () => {
    const { out, err } = await ask(["validate"]);
    expect(out).toBe("");
    expect(err).not.toBe("");
  });
});

describe("on a terminal of 60 columns", () => {
  const files = { trust, wide: subjects("org/*"), token: json({ ...claims, sub: "org/x" }) };
  test.each([
    ["--help"],
    ["plan --help"],
    ["trust --help"],
    ["trust compare --help"],
    ["plan --nothing"],
    ["validate trust"],
    ["trust explain wide"],
    ["trust compare --before trust --after wide"],
    ["trust admits trust --token token"],
  ])("%s keeps to them, and says the same as in a pipe", async (call) => {
    const [narrow, piped] = await Promise.all([
      say(call.split(" "), { files, layout: { width: 60, colour: false } }),
      say(call.split(" "), { files }),
    ]);
    const rows = `${narrow.out}${narrow.err}`.split("\n");
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(60);
    const unwrapped = (text: string) => text.replaceAll(/\s+/g, "");
    expect(unwrapped(narrow.out + narrow.err)).toBe(unwrapped(piped.out + piped.err));
  });

  test("a token is taken out before a line is cut", async () => {
    const token = `eyJ${"hbGciOiJSUzI1NiJ9".repeat(9)}.${"e30".repeat(9)}`;
    const text = trust.replace("user/*", `user/${token}`);
    const { out } = await say(["trust", "explain", "f"], {
      files: { f: text },
      layout: { width: 60, colour: false },
    });
    expect(out.replaceAll(/\s+/g, "")).not.toContain("hbGciOiJSUzI1NiJ9");
  });
});
