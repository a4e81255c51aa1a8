import { describe, expect, test } from "vitest";
import {
  key,
  organization,
  policy,
  project,
  statement,
  subjects,
  user,
} from "../compare/documents.ts";
import { runTrust } from "./run-trust.ts";
import { say } from "./shell.ts";

const claims = {
  iss: `https://oidc.circleci.com/org/${organization}`,
  sub: `org/${organization}/project/${project}/user/${user}`,
  aud: organization,
  exp: 1_900_000_000,
};
const now = new Date("2026-11-26T00:00:00Z");
const json = JSON.stringify;
const encode = (value: object) => Buffer.from(json(value)).toString("base64url");
const header = { alg: "RS256", typ: "JWT", kid: "a" };
const signature = Buffer.from("the signature of a token").toString("base64url");
const unsigned = `${encode(header)}.${encode(claims)}`;
const token = `${unsigned}.${signature}`;

const trust = subjects(`org/${organization}/project/${project}/user/*`);

function admits(text: string, document = trust) {
  const files = { "p.json": document, t: text };
  return runTrust(["admits", "p.json", "--token", "t"], { files, now });
}

describe("a token is read from what people have", () => {
  test.each<[string, string]>([
    ["the token", token],
    ["with a line break behind", `${token}\r\n`],
    ["with its signature cut off", unsigned],
    ["with its signature cut off, the dot left", `${unsigned}.`],
    ["with its signature cut short", `${token.slice(0, -9)}...`],
    ["with its signature left out", `${unsigned}.<signature>`],
    ["its claims alone, in base64", encode(claims)],
    ["padded base64", `${encode(header)}.${Buffer.from(json(claims)).toString("base64")}.x`],
    ["after Bearer", `Bearer ${token}`],
    ["as a header", `Authorization: bearer ${token}`],
    ["in quotes", `"${token}"\n`],
    ["in a shell's quotes", `'${token}'`],
    ["as a variable", `export CIRCLE_OIDC_TOKEN_V2="${token}"\n`],
    ["as a line of env", `CIRCLE_OIDC_TOKEN=${token}`],
    ["broken into lines", token.replace(/.{64}/g, "$&\n")],
    ["broken by a shell", token.replace(/.{64}/g, "$&\\\n  ")],
    ["with a byte order mark", `\ufeff${token}`],
    ["broken by PowerShell", token.replace(/.{64}/g, "$&`\n")],
    ["behind a prompt", `$ echo $CIRCLE_OIDC_TOKEN_V2\n${token}\n`],
    ["in a command", `curl -H "Authorization: Bearer ${token}" https://sts.example.com`],
    [
      "in the form that STS is sent",
      `Action=AssumeRoleWithWebIdentity&WebIdentityToken=${token}&x=1`,
    ],
    ["in a decoder's address", `https://jwt.example.com/#id_token=${token}`],
    [
      "in an answer that nests it",
      json({ status: { token: { deep: [{ deeper: { it: token } }] } } }),
    ],
    ["in a log that shows it twice", `first ${token}\nthen ${unsigned}.other\n`],
    ["its claims as JSON", json(claims, null, 2)],
    ["a decoder's page", json({ header, payload: claims })],
    ["a decoder's page with the signature", json({ header, payload: claims, signature })],
    ["a decoder that leaves the payload a string", json({ header, payload: json(claims) })],
    [
      "a token in JSON's form",
      json({ protected: encode(header), payload: encode(claims), signature }),
    ],
    ["header and payload, one by one", `${json(header)}\n${json(claims)}\n`],
    [
      "a decoder in a terminal",
      `Token header\n------\n${json(header, null, 2)}\n\nToken claims\n------\n${json(claims, null, 2)}`,
    ],
    ["a list of both", json([header, claims])],
    ["a token endpoint's answer", json({ count: 1, value: token })],
    ["another's", json({ id_token: token, expires_in: 3600 })],
    [
      "STS's parameters",
      json({ RoleArn: "arn:aws:iam::123456789012:role/x", WebIdentityToken: token }),
    ],
  ])("%s", async (_, text) => {
    const { code, stdout, stderr } = await admits(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("yes: Statement[0] admits the request.\n");
  });

  test("letters beyond ASCII in a claim are read as such", async () => {
    const text = policy(statement({ StringEquals: { [key("sub")]: "org/é" } }));
    expect((await admits(`x.${encode({ ...claims, sub: "org/é" })}.y`, text)).code).toBe(0);
  });

  test("all the claims that STS knows of an issuer", async () => {
    const github = "token.actions.githubusercontent.com";
    const text = policy({
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${github}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${github}:repository_id`]: "5", [`${github}:aud`]: "a" } },
    });
    const given = { iss: `https://${github}`, sub: "s", aud: "a", repository_id: "5" };
    expect((await admits(json(given), text)).code).toBe(0);
    expect((await admits(json({ ...given, repository_id: "6" }), text)).code).toBe(3);
  });
});

describe("what cannot be read", () => {
  const secret = `${encode(header)}.${Buffer.from("no json at all").toString("base64url")}.${signature}`;
  test.each<[string, string, string]>([
    ["nothing", " ", "is empty"],
    ["a token whose payload is not JSON", secret, "neither a token"],
    ["a token that lost its beginning", token.slice(9, 40), "neither a token"],
    ["a token cut short", `${token.slice(0, 60)}...`, "cut short"],
    ["a masked one", "*************wxyz", "masked"],
    ["an encrypted one", `${encode(header)}${`.${signature}`.repeat(4)}`, "encrypted"],
    ["JSON without claims", json({ token: "none", secret }), "no claims"],
    ["two tokens", `${token}\n${encode(header)}.${encode({ ...claims, jti: 1 })}\n`, "2 different"],
    ["a text that opens a string and never closes it", `{"${'\\"'.repeat(150_000)}`, "no claims"],
    ["claims without a subject", json({ iss: claims.iss, aud: "a" }), "has no sub"],
    ["claims without an audience", json({ iss: claims.iss, sub: "s", aud: [] }), "has no aud"],
  ])("%s is said so, and not repeated", async (_, text, reason) => {
    const { code, stdout, stderr } = await admits(text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(reason);
    for (const part of [signature, encode(header), encode(claims).slice(0, 12), "wxyz"])
      expect(stderr).not.toContain(part);
  });
});

describe("a token is never printed back", () => {
  test.each<[string, readonly string[]]>([
    ["in place of its file", ["admits", "p.json", "--token", token]],
    ["with an equals sign", ["admits", "p.json", `--token=${unsigned}`]],
    ["in place of the policy", ["explain", token]],
    ["as an option", ["explain", "p.json", `--${token}`]],
    ["as a command", [token]],
    ["too many", ["compare", token]],
  ])("%s", async (_, args) => {
    const files = { "p.json": trust };
    for (const more of [[], ["--json"]]) {
      const { code, stdout, stderr } = await runTrust([...args, ...more], { files });
      expect(code).toBe(2);
      for (const part of token.split(".")) expect(stdout + stderr).not.toContain(part);
    }
  });

  test.each([
    ["Effect", trust.replace('"Allow"', json(token))],
    ["an operator", trust.replace("StringLike", token)],
    ["a condition's value", trust.replace("user/*", `user/${token}`)],
    ["an action", trust.replace("sts:AssumeRoleWithWebIdentity", token)],
    ["a role's name", json([token, "b"].map((RoleName) => ({ RoleName, Statement: [RoleName] })))],
  ])("out of a policy that has one for %s", async (_, text) => {
    const files = { "p.json": text, plain: trust, t: token };
    for (const args of [
      ["explain", "p.json"],
      ["compare", "--before", "plain", "--after", "p.json"],
      ["admits", "p.json", "--token", "t"],
    ]) {
      for (const more of [[], ["--json"]]) {
        const { stdout, stderr } = await runTrust([...args, ...more], { files });
        for (const part of token.split(".")) expect(stdout + stderr).not.toContain(part);
      }
    }
  });

  test("nor is anything else taken for one", async () => {
    const names = ["KeyAdministrators", "ewok-deployments", "MonkeyJungle123", "eyJungleBook"];
    for (const name of names) {
      const text = subjects(`repo:acme/${name}:*`);
      const { stdout } = await runTrust(["explain", "p.json"], { files: { "p.json": text } });
      expect(stdout).toContain(name);
    }
  });

  test("by any command, as its name or as a file", async () => {
    for (const args of [
      [token],
      ["validate", token],
      ["diagnose", token],
      ["plan", `--${token}`],
      ["plan", token],
      ["reconcile", `x/${token}`],
    ]) {
      const { code, out, err } = await say(args);
      expect(code).toBe(2);
      for (const part of token.split(".")) expect(out + err).not.toContain(part);
    }
  });

  test("nor in an answer", async () => {
    for (const document of [trust, subjects("other")]) {
      const files = { "p.json": document, t: token };
      const { stdout, stderr } = await runTrust(["admits", "p.json", "--token", "t", "--json"], {
        files,
        now,
      });
      for (const part of token.split(".")) expect(stdout + stderr).not.toContain(part);
    }
  });
});

describe("a token's times are reported beside the answer", () => {
  // aws-cli-orb#104; STS API, AssumeRoleWithWebIdentity: ExpiredTokenException.
  const ask = async (more: object, document = trust) => {
    const files = { "p.json": document, t: json({ ...claims, ...more }) };
    const args = ["admits", "p.json", "--token", "t"];
    const { code, stdout } = await runTrust(args, { files, now });
    const reported = JSON.parse((await runTrust([...args, "--json"], { files, now })).stdout);
    return { code, stdout, reported };
  };

  test("expired, and the policy admits it", async () => {
    const { code, stdout, reported } = await ask({ exp: 1_600_000_000 });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^yes: .*\nbut: STS refuses this token as expired .*2020-09-13T12:26:40Z/,
    );
    expect(reported).toMatchObject({ admitted: true, notes: [{ code: "token-expired" }] });
  });

  test("expired, and the policy does not admit it either", async () => {
    const { code, reported } = await ask({ exp: 1_600_000_000 }, subjects("other"));
    expect(code).toBe(3);
    expect(reported).toMatchObject({ admitted: false, notes: [{ code: "token-expired" }] });
  });

  test("not yet valid", async () => {
    const { code, stdout, reported } = await ask({ nbf: 1_890_000_000 });
    expect(code).toBe(0);
    expect(stdout).toContain("not yet valid");
    expect(reported).toMatchObject({ notes: [{ code: "token-not-yet-valid" }] });
  });

  test.each<[string, object, boolean]>([
    ["to the second", { exp: now.getTime() / 1000 }, true],
    ["a second before", { exp: now.getTime() / 1000 + 1 }, false],
    ["as text", { exp: "1600000000" }, true],
    ["begun this second", { nbf: now.getTime() / 1000 }, false],
    ["no times at all", { exp: undefined }, false],
    ["no moment", { exp: "soon", nbf: null }, false],
  ])("%s", async (_, more, isTold) => {
    const { reported } = await ask(more);
    expect("notes" in reported).toBe(isTold);
  });

  test("a condition on the time is asked of this moment", async () => {
    const until = (end: string) =>
      policy(
        statement({ DateLessThan: { "aws:CurrentTime": end }, StringLike: { [key("sub")]: "*" } }),
      );
    expect((await ask({}, until("2026-11-26T00:00:01Z"))).code).toBe(0);
    expect((await ask({}, until("2026-11-26T00:00:00Z"))).code).toBe(3);
  });
});
