import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { writeText } from "../../cli/files.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { leaves } from "./leaves.ts";
import { type Shell, say } from "./shell.ts";

/** Every way to name a file on the command line, with `FILE` in its place. */
const calls: readonly (readonly [call: string, ofJunk: 2 | 3])[] = [
  ["validate FILE", 2],
  ["plan production --document FILE", 2],
  ["diagnose FILE", 2],
  ["trust explain FILE", 2],
  ["trust compare --before FILE --after ok", 2],
  ["trust compare --before ok --after FILE", 2],
  ["trust admits FILE --token ok", 2],
  ["trust admits ok --token FILE", 2],
  ["trust admits ok --request FILE", 2],
  ["trust replay --role CI --trust FILE", 2],
  ["trust replay --role CI --document FILE", 2],
  ["doctor --trust FILE --provider provider --token ok", 2],
  ["doctor --trust ok --provider FILE --token ok", 2],
  ["doctor --trust ok --provider provider --token ok --jwks FILE", 2],
  // A token that cannot be read is refused: that is an answer.
  ["doctor --trust ok --provider provider --token FILE", 3],
];

const ok = JSON.stringify({
  Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
});

const provider = JSON.stringify({ Url: "oidc.circleci.com/org/x", ClientIDList: ["x"] });

function ask(call: string, file: string, shell: Shell = {}) {
  const args = call.split(" ").map((word) => (word === "FILE" ? file : word));
  return say(args, { ...shell, files: { ok, provider, ...shell.files } });
}

// Some ask an account before they have read the file.
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

test("every command that takes a file is here", () => {
  const takers = leaves.filter(
    ({ command: { operands, options } }) =>
      operands?.name === "FILE" ||
      // What is written is not read.
      Object.entries(options).some(
        ([name, { value }]) => value === "FILE" && name !== "out" && name !== "data",
      ),
  );
  for (const { path } of takers) {
    expect(calls.some(([call]) => call.startsWith(`${path} `))).toBe(true);
  }
});

/** JSON of which each value lies in another one: what calls itself for each level runs out of stack. */
const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

describe.each(calls)("%s", (call, ofJunk) => {
  const brokenBy = (code: string) => ({
    f: Object.assign(new Error(`${code}: it fails, read`), { code }),
  });

  test.each([
    ["that is not there", {}, "There is no file f."],
    ["that is a folder", brokenBy("EISDIR"), "f is a folder, not a file."],
    ["that nobody may read", brokenBy("EACCES"), "You are not allowed to read f."],
    ["on a broken disk", brokenBy("EIO"), "f cannot be read: EIO: it fails, read."],
  ])("a file %s ends with 2 and one sentence", async (_, files, sentence) => {
    const shell = { files };
    expect(await ask(call, "f", shell)).toEqual({ code: 2, out: "", err: `${sentence}\n` });
    const asJson = await ask(`${call} --json`, "f", shell);
    const error = { code: "WrongUsage", message: sentence, where: "f" };
    expect(asJson).toMatchObject({ code: 2, err: `${sentence}\n` });
    expect(JSON.parse(asJson.out)).toEqual({ error });
  });

  test.each([
    ["empty", ""],
    ["binary", Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256)],
    ["JSON of something else", "[1]"],
    ["two values", "{}\n{}"],
    ["deep", "[".repeat(50_000)],
    ["deep and whole", deep],
    ["deep in its claims", `{"role":"r","claims":${deep}}`],
    ["long", "x".repeat(3_000_000)],
  ])("a file that is %s ends without a stack", async (_, content) => {
    for (const [file, shell] of [
      ["f", { files: { f: content } }],
      ["-", { stdin: [content] }],
    ] as const) {
      const { code, out, err } = await ask(call, file, shell);
      expect(code).toBe(ofJunk);
      expect(out + err).not.toMatch(/\.(ts|m?js):\d+|in a way that it should not/);
      expect(out + err).not.toBe("");
      const asJson = await ask(`${call} --json`, file, shell);
      expect(asJson.code).toBe(ofJunk);
      expect(JSON.parse(asJson.out)).toBeTypeOf("object");
    }
  });
});

describe.each(calls.filter(([, ofJunk]) => ofJunk === 2))("%s", (call) => {
  const isToken = call.includes("--token FILE");
  const claims = JSON.stringify({ iss: "x", sub: "x", aud: "x" });
  const files = call.startsWith("trust admits FILE") ? { ok: claims } : {};
  const asked = (content: string) =>
    ask(call, "given/x.json", { files: { ...files, "given/x.json": content } });

  test.each([
    ["is empty", ""],
    ["holds another thing", "[1]"],
    ["lists nothing", '{"Records": []}'],
    ["names nobody", '{"role": "CI", "claims": {}}'],
  ])("names the file as it was given where it %s", async (_, content) => {
    const { out, err } = await asked(content);
    expect(out + err).toContain("given/x.json");
  });

  test.skipIf(isToken)("says where its JSON is broken", async () => {
    const { out, err } = await asked('{"role": "CI",\n "Statement" []}');
    expect(out + err).toContain("given/x.json");
    expect(out + err).toMatch(/\bline 2, column 14\b/);
  });
});

test.each([
  ["trust explain FILE", "the policy in f"],
  ["trust admits FILE --token ok", "the policy in f"],
  ["trust compare --before FILE --after ok", "the old policy, f"],
  ["trust compare --before ok --after FILE", "the new policy, f"],
  ["doctor --trust FILE --provider provider --token ok", "f cannot be used: at Statement[0]"],
])("%s names the place in a policy, and the file: %s", async (call, says) => {
  const f = ok.replace("Allow", "allow");
  const token = JSON.stringify({ iss: "x", sub: "x", aud: "x" });
  const { out, err } = await ask(call, "f", {
    files: { f, ok: call.includes("--token") ? token : ok },
  });
  expect(out + err).toContain(says);
  expect(out + err).toContain("Statement[0].Effect");
  // The sentence has the side already, and its place in the JSON is for programs.
  expect(out + err).not.toMatch(/at (?:before|after)\b/);
});

test.each([
  ["one after the other", '{"a": 1}\n{"b": 2,}\n', "line 2, column 9"],
  ["spelled like one before", '{"a": {"b": 2}}\n\n{"b": 2]', "line 3, column 8"],
])("diagnose says which of several values is broken: %s", async (_, f, place) => {
  expect((await ask("diagnose FILE", "f", { files: { f } })).err).toContain(place);
});

test("what is whole has its file for a place with --json, where no other says which it is", async () => {
  const where = async (call: string) => {
    const { out } = await ask(`${call} --json`, "f", { files: { f: "[1]" } });
    return JSON.parse(out).error.where;
  };
  expect(await where("trust explain FILE")).toBe("f");
  expect(await where("diagnose FILE")).toBe("f");
  expect(await where("trust compare --before FILE --after ok")).toBe("before");
});

test("a file without end is given up", async () => {
  const chunk = new Uint8Array(4 * 1024 * 1024);
  let read = 0;
  const endless = (function* () {
    for (;;) {
      read += 1;
      yield chunk;
    }
  })();
  const { code, err } = await say(["validate", "-"], { stdin: endless });
  expect({ code, err, read }).toEqual({
    code: 2,
    err: "standard input is larger than 16 MB.\n",
    read: 5,
  });
});

test.each(["trust explain FILE", "trust compare --before FILE --after ok --json"])(
  "a file named - is standard input: %s",
  async (call) => {
    const wide = ok.replace('"*"', '{"AWS":"123456789012"}');
    const files = { ok, wide };
    const named = await say(call.replace("FILE", "wide").split(" "), { files });
    const piped = await say(call.replace("FILE", "-").split(" "), { files, stdin: [wide] });
    expect(named).toMatchObject({ code: call.startsWith("trust explain") ? 0 : 3, err: "" });
    expect(named.out).not.toBe("");
    expect(piped).toEqual(named);
  },
);

test("a file's byte order mark is not part of it, in UTF-16 too", async () => {
  const { out } = await say(["trust", "explain", "ok"], { files: { ok } });
  for (const bytes of [Buffer.from(`\ufeff${ok}`), Buffer.from(`\ufeff${ok}`, "utf16le")]) {
    expect((await say(["trust", "explain", "f"], { files: { f: bytes } })).out).toBe(out);
  }
});

describe("a file that a command writes", () => {
  test("and that is there already is wrong input, named", async () => {
    await expect(
      writeText({ writeFile: async () => false }, "a.yaml", "x", "new"),
    ).rejects.toMatchObject({
      message: "There is a file a.yaml already, and it stays as it is: name another one.",
      details: { exit: 2, code: "FileExists", where: "a.yaml" },
    });
  });

  test.each([
    ["ENOENT", "There is no folder for the file a.yaml."],
    ["EISDIR", "a.yaml is a folder, not a file."],
    ["EACCES", "You are not allowed to write a.yaml."],
    ["ENOSPC", "a.yaml cannot be written: no space left."],
  ])("ends with one sentence for %s", async (code, message) => {
    const writeFile = async () => {
      throw Object.assign(new Error("no space left"), { code });
    };
    await expect(writeText({ writeFile }, "a.yaml", "x", "new")).rejects.toMatchObject({ message });
  });
});
