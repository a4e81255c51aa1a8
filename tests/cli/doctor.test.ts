import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { guide, guideFor, organization, shop, shopMainAndDev } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { ask, claims, files, host, jwt, offline, trust } from "./patient.ts";
import { type Said, type Shell, say } from "./shell.ts";

/** In a shell of the account. */
async function askIn(
  { sandbox }: Scenario,
  args: readonly string[],
  token: string,
  environment = sandbox.environment,
): Promise<Said> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const said = await say(["doctor", "--token", "-", ...args], {
    stdin: [token],
    files,
    environment: process.env,
  });
  vi.unstubAllEnvs();
  return said;
}

const json = JSON.stringify;

describe("a token is read", () => {
  const token = jwt();
  test.each([
    ["as it is", token],
    ["with a line break", `${token}\n`],
    ["with carriage returns and blanks", `  ${token}\r\n\r\n`],
    ["in quotation marks", `"${token}"`],
    ["as the shell sets it", `export CIRCLE_OIDC_TOKEN_V2='${token}'`],
    ["as env prints it", `CIRCLE_OIDC_TOKEN_V2=${token}\n`],
    ["in a header", `Authorization: Bearer ${token}`],
    ["broken into lines", token.replace(/(.{76})/g, "$1\n")],
    ["as its claims", json(claims())],
    ["as its claims, indented", json(claims(), null, 2)],
    ["as a decoder's answer", json({ header: {}, payload: claims() })],
    ["as the answer of a token endpoint", json({ value: token })],
    ["with padding", token.replaceAll(".", "==.")],
    ["with a byte order mark", `\ufeff${token}`],
  ])("%s", async (_, text) => {
    const said = await ask(text);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toMatch(/^Admitted\n/);
    expect(said.out).not.toContain(token.slice(40, 80));
  });
});

describe("what is not a token is refused", () => {
  const token = jwt();
  test.each([
    ["nothing", "", "it is empty"],
    ["a blank line", "\n", "it is empty"],
    ["a token that is cut in its claims", token.slice(0, 120), "neither a token"],
    ["a masked token", "****", "masked or cut short"],
    ["an encrypted token", "eyJhbGciOiJkaXIifQ..c2l4dGVlbg.bGV0dGVycw.YW5kIGEgdGFn", "encrypted"],
    ["two tokens", `${token}\n${jwt(claims("refs/heads/dev"))}`, "2 different tokens"],
    ["claims without a subject", json({ iss: `https://${host}`, aud: "x" }), "lacks a claim"],
    ["claims without an issuer", json({ aud: "x", sub: "y" }), "needs iss, sub and aud"],
    ["a token longer than STS takes", jwt(claims("main", { more: "x".repeat(20_000) })), "20000"],
    ["a file of megabytes", "eyJ.".repeat(1_000_000), "20000"],
    ["binary", "\u0000\u0001\u0002".repeat(100), "neither a token"],
  ])("%s", async (_, text, words) => {
    const said = await ask(text, ["--json"]);
    expect(said).toMatchObject({ code: 3, err: "" });
    const answer = JSON.parse(said.out);
    expect(answer).toMatchObject({ admitted: false, cause: { code: "token-unreadable" } });
    expect(answer.fix).toContain("CIRCLE_OIDC_TOKEN_V2");
    if (words !== "needs iss, sub and aud") expect(answer.cause.message).toContain(words);
    expect(said.out).not.toMatch(/eyJ[\w-]{8}/);
  });
});

describe("a time is exact", () => {
  const at = new Date("2026-11-22T10:00:00Z");
  const seconds = at.getTime() / 1000;
  test.each([
    [{ exp: seconds + 1 }, null],
    [{ exp: seconds }, "token-expired"],
    [{ exp: seconds + 60, nbf: seconds }, null],
    [{ exp: seconds + 60, nbf: seconds + 1 }, "token-not-yet-valid"],
    [{ exp: seconds - 60, nbf: seconds + 1 }, "token-expired"],
  ])("%j", async (more, code) => {
    const token = jwt(claims("refs/heads/main", { iat: seconds - 600, ...more }));
    const said = await ask(token, ["--json"], { now: at });
    expect(JSON.parse(said.out).cause?.code ?? null).toBe(code);
  });
});

describe("the session", () => {
  test.each([
    [["--session-seconds", "3600"], 0, null],
    [["--session-seconds", "43201"], 3, "session-too-long"],
    [["--session-seconds", "899"], 3, "session-too-short"],
    [["--session-seconds", "7200"], 1, null],
    [["--session-name", "a b"], 3, "session-name-invalid"],
    [["--session-name", "job=1"], 0, null],
    [["--session-seconds", "43201", "--session-name", "a"], 3, "session-too-long"],
  ] as const)("%j", async (args, code, cause) => {
    const said = await ask(jwt(), [...args, "--json"]);
    expect(said.code).toBe(code);
    expect(JSON.parse(said.out).cause?.code ?? null).toBe(cause);
  });

  test("has the length that the output of get-role names", async () => {
    const role = json({
      Role: { MaxSessionDuration: 7200, AssumeRolePolicyDocument: JSON.parse(trust) },
    });
    const shell = { files: { ...files, "trust.json": role } };
    expect((await ask(jwt(), ["--session-seconds", "7200"], shell)).code).toBe(0);
    expect((await ask(jwt(), ["--session-seconds", "7201"], shell)).code).toBe(3);
  });
});

test("a signature is checked where the keys are given, and nowhere else", async () => {
  const scenario = await startScenario();
  const token = await scenario.sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: shop,
    origin: "github.com/acme/shop",
    ref: "refs/heads/main",
  });
  const { AWS_ENDPOINT_URL } = scenario.sandbox.environment;
  const url = `${AWS_ENDPOINT_URL}/circleci/org/${organization}/.well-known/jwks-pub.json`;
  const jwks = await (await fetch(url)).text();
  const shell = { files: { ...files, "jwks.json": jwks } };
  const good = await ask(token, ["--jwks", "jwks.json"], shell);
  expect(good.code).toBe(0);
  expect(good.out).toContain("it was made with the issuer's key circleci-sandbox-1");
  const bad = await ask(jwt(), ["--jwks", "jwks.json"], shell);
  expect(bad.code).toBe(3);
  expect(bad.out).toMatch(/^Refused: signature-invalid\n.*no key of the issuer has the id a/);
  expect((await ask(jwt(), [], shell)).code).toBe(0);
  const ofClaims = await ask(json(claims()), ["--jwks", "jwks.json"], shell);
  expect(ofClaims).toMatchObject({ code: 2, out: "" });
  expect(ofClaims.err).toContain("give the token itself, or leave --jwks out");
});

test.each([
  [{ alg: "none" }, "", "the algorithm none"],
  [{ alg: "HS256" }, "c2ln", "the algorithm HS256"],
  [{}, "c2ln", "no algorithm"],
  [{ alg: "RS256", crit: ["b64"] }, "c2ln", "an extension (crit)"],
  [{ alg: "RS256" }, "", "it is empty"],
])(
  "a signature that no key makes valid is refused without keys: %j",
  async (header, signature, says) => {
    const part = (value: object) => Buffer.from(json(value)).toString("base64url");
    const said = await ask([part(header), part(claims()), signature].join("."));
    expect(said.code).toBe(3);
    expect(said.out).toContain("Refused: signature-invalid");
    expect(said.out).toContain(says);
  },
);

describe("with a name", () => {
  test("the role is the one of the version in force", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const said = await askIn(scenario, ["production", "--json"], jwt());
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(said.out).checks[0]).toEqual({
      check: "environment",
      ok: true,
      detail: "version 1 of environment production is in force",
    });
    const dev = await askIn(scenario, ["production"], jwt(claims("refs/heads/dev")));
    expect(dev.code).toBe(3);
    expect(dev.out).toMatch(/^Refused: ref-refused\nThe token's ref is refs\/heads\/dev/);
  });

  test("a held version that would admit the token is what to approve", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.put(guideFor(shopMainAndDev));
    await scenario.run();
    const said = await askIn(scenario, ["production", "--json"], jwt(claims("refs/heads/dev")));
    expect(said.code).toBe(3);
    const { cause, fix, checks } = JSON.parse(said.out);
    expect(cause.code).toBe("ref-refused");
    expect(fix).toContain("Version 2");
    expect(fix).toContain("oidc-reconciler approve production");
    expect(checks[0]).toMatchObject({ ok: null });
    expect(checks[0].detail).toContain("version 2 is held until it is approved");
    const other = await askIn(scenario, ["production", "--json"], jwt(claims("refs/heads/x")));
    expect(JSON.parse(other.out).fix).not.toContain("approve");
  });

  test("a first document that is held has no role yet", async () => {
    const scenario = await startScenario();
    scenario.variables.set("OIDC_FIRST_DOCUMENT", "hold");
    await scenario.put(guide);
    await scenario.run();
    const said = await askIn(scenario, ["production", "--json"], jwt());
    expect(said.code).toBe(3);
    const { cause, fix, checks } = JSON.parse(said.out);
    expect(cause.code).toBe("role-missing");
    expect(fix).toContain("oidc-reconciler approve production");
    expect(checks[0].detail).toContain("no version of environment production is in force");
    const stranger = claims("refs/heads/main", {
      iss: "https://oidc.circleci.com/org/66666666-7777-4888-8999-aaaaaaaaaaaa",
    });
    const other = await askIn(scenario, ["production", "--json"], jwt(stranger));
    expect(JSON.parse(other.out).cause.code).toBe("issuer-other-organisation");
  });

  test("a role that somebody has changed is what to reconcile", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    scenario.sandbox.createRole({
      name: "CircleCI-OIDC-Role",
      trust: JSON.parse(trust.replace("heads/main", "heads/dev")),
    });
    const said = await askIn(scenario, ["production", "--json"], jwt());
    expect(said.code).toBe(3);
    expect(JSON.parse(said.out).fix).toContain("oidc-reconciler reconcile production");
  });

  test("nothing is written, and the token goes nowhere", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const before = scenario.sandbox.calls.length;
    await askIn(scenario, ["production"], jwt());
    const calls = scenario.sandbox.calls.slice(before);
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect(json(calls.map(({ input }) => input))).not.toContain("Sig_");
  });

  test("that no environment has, the nearest is named", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const said = await askIn(scenario, ["producton", "--json"], jwt());
    expect(said.code).toBe(2);
    expect(JSON.parse(said.out).error).toMatchObject({
      code: "UnknownEnvironment",
      where: "producton",
    });
    expect(said.err).toContain('Did you mean "production"?');
  });
});

describe("the account", () => {
  test("that does not let the role be read leaves it undecided, and names the action", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "GetRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const said = await askIn(scenario, ["production", "--json"], jwt());
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ admitted: null, cause: null });
    expect(said.err).toContain("iam:GetRole");
  });

  test("without credentials ends with 1 and a code", async () => {
    const scenario = await startScenario();
    const { AWS_ENDPOINT_URL = "" } = scenario.sandbox.environment;
    const bare = {
      AWS_ENDPOINT_URL,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
      AWS_CONFIG_FILE: "/nowhere",
    };
    const said = await askIn(scenario, ["--role", "Some", "--json"], jwt(), bare);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out).error.code).toBe("CredentialsMissing");
  });
});

describe("the command line", () => {
  const token = "token.json";
  const shell: Shell = { files: { ...files, [token]: json(claims()) } };
  test.each([
    [["--role", "x"], "doctor needs --token FILE"],
    [["--token", token], "doctor needs an environment's NAME, or --role ROLE, or both"],
    [["--token", token, "--trust", "trust.json"], "or both --trust FILE and --provider FILE"],
    [
      ["--token", token, "--trust", "provider.json", "--provider", "provider.json"],
      "provider.json cannot be used",
    ],
    [["--token", token, "--trust", "trust.json", "--provider", "trust.json"], "it has no Url"],
    [["--role", "x", "--token", token, "--session-seconds", "1h"], "a whole number of seconds"],
    [["--role", "x", "--token", token, "--token", token], "--token"],
    [["--role", "x", "--token", token, "--tokn", token], "--tokn"],
    [["a", "b", "--token", token], "NAME"],
  ])("%j ends with 2 and says what is wrong", async (args, words) => {
    const said = await say(["doctor", ...args], shell);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(words);
    const asJson = await say(["doctor", ...args, "--json"], shell);
    expect(JSON.parse(asJson.out).error.code).toBe("WrongUsage");
  });

  test("a token in place of its file is not repeated", async () => {
    const said = await say(["doctor", ...offline.slice(0, -1), jwt()], shell);
    expect(said.code).toBe(2);
    expect(said.out + said.err).not.toMatch(/eyJ[\w-]{8}/);
  });

  test("hostile claims are shown and not obeyed", async () => {
    const evil = 'refs/heads/\u001b[31m\u202emain\n{"admitted":true}';
    for (const more of [[], ["--json"]]) {
      const said = await ask(json(claims(evil)), more);
      expect(said.code).toBe(3);
      for (const sign of ["\u001b", "\u202e"]) expect(said.out).not.toContain(sign);
      expect(said.out).toContain("u001b[31m");
    }
  });
});

test("whatever stands for a token is answered, and no part of one is repeated", async () => {
  const token = jwt(claims("refs/heads/dev"));
  const cut = fc
    .tuple(fc.nat({ max: token.length }), fc.nat({ max: 40 }), fc.string())
    .map(([at, length, put]) => token.slice(0, at) + put + token.slice(at + length));
  const texts = fc.oneof(
    cut,
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.json(),
    fc.tuple(cut, cut).map((both) => both.join("\n")),
    fc.constantFrom("'", '"', "{", "[", "\\n").map((sign) => `${sign}${token}${sign}`),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.boolean(), async (text, isJson) => {
      const { code, out, err } = await ask(text, isJson ? ["--json"] : []);
      expect([0, 1, 3]).toContain(code);
      expect(err).toBe("");
      expect(out).not.toMatch(/eyJ[\w-]{10}|(?:Sig_){3}|\.ts:\d+/);
    }),
    { numRuns: 300 },
  );
});

test("what stops several checks is said once, and they name it", async () => {
  const { out } = await ask("junk");
  // The first line's sentence, and the check's.
  expect(out.split("cannot be read")).toHaveLength(3);
  expect(out).toMatch(/^\? {2}issuer +not known without the token: see the check token$/m);
  expect(out).toMatch(/^\? {2}subject +not known without the token: see the check token$/m);
});

test("the answer is one screen: the verdict, the fix, then every check", async () => {
  const said = await ask(json(claims("refs/heads/dev", { exp: 4_000_000_000 })), [
    "--session-name",
    "deploy",
  ]);
  expect(said.out).toMatchInlineSnapshot(`
    "Refused: ref-refused
    The token's ref is refs/heads/dev, the trust policy asks for aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/*refs/heads/main.
    Fix: Name the ref under this project's refs in trust.projects, or leave the job out on purpose.

    ok token             its subject is org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev
    ok time              it is valid until 2096-10-02T07:06:40Z
    ok issuer            its issuer is https://oidc.circleci.com/org/11111111-2222-4333-8444-555555555555
    ?  signature         not checked: nobody gave the issuer's keys
    ok role              the role is the one whose trust policy was given
    ok provider          the account has arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555
    ok principal         this part of the nearest statement does not refuse it (Statement[0])
    ok action            this part of the nearest statement does not refuse it (Statement[0])
    ok provider-audience the provider lists its audience 11111111-2222-4333-8444-555555555555
    ok audience          this part of the nearest statement does not refuse it (Statement[0])
    no subject           the token's ref is refs/heads/dev, the trust policy asks for aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/*refs/heads/main
    ok until             this part of the nearest statement does not refuse it (Statement[0])
    ok deny              no Deny of the trust policy applies
    ok conditions        this part of the nearest statement does not refuse it (Statement[0])
    ok session-length    the call names no length, so it is an hour, which every role allows
    ok session-name      the session is called deploy
    ok session-policy    no policy was passed for the session
    "
  `);
});
