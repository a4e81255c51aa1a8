import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { organization as organizationId, project as projectId } from "../iam/documents.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const userId = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const origin = "github.com/acme/shop";
const ref = "refs/heads/main";
const claim = (name: string) => `oidc.circleci.com/${name}`;
const base = { organizationId, projectId, userId };
const v1 = `org/${organizationId}/project/${projectId}/user/${userId}`;

describe("CircleCI's issuer", () => {
  it("publishes discovery and keys that verify its tokens", async () => {
    const token = await sandbox.circleci.issueToken({ ...base, origin, ref });
    const place = `${sandbox.endpoint}/circleci/org/${organizationId}`;
    const discovery = await (await fetch(`${place}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({
      issuer: `https://oidc.circleci.com/org/${organizationId}`,
      jwks_uri: `${place}/.well-known/jwks-pub.json`,
      id_token_signing_alg_values_supported: ["RS256"],
    });
    const keys = createRemoteJWKSet(new URL(`${place}/.well-known/jwks-pub.json`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: `https://oidc.circleci.com/org/${organizationId}`,
      audience: organizationId,
    });
    expect(protectedHeader.alg).toBe("RS256");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
  });

  it("publishes no private key", async () => {
    const place = `${sandbox.endpoint}/circleci/.well-known/jwks-pub.json`;
    const text = await (await fetch(place)).text();
    const keys: unknown = JSON.parse(text);
    expect(keys).toMatchObject({ keys: [{ kty: "RSA", use: "sig" }] });
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it.each([
    ["version 2", { origin, ref }, `${v1}/vcs-origin/${origin}/vcs-ref/${ref}`],
    ["version 1", { origin, ref, version: 1 as const }, v1],
    ["a custom webhook", {}, v1],
    [
      "the audit-log stream",
      { shape: "audit-log-stream" as const },
      `org/${organizationId}/file-streaming/audit-logs`,
    ],
    ["a made-up subject", { subject: "anything" }, "anything"],
  ])("gives %s its subject", async (_, more, subject) => {
    expect(decodeJwt(await sandbox.circleci.issueToken({ ...base, ...more })).sub).toBe(subject);
  });

  it("has a job's claims with CircleCI's names, in both versions", async () => {
    for (const version of [1, 2] as const) {
      const request = { ...base, origin, ref, version, contextIds: [projectId] };
      const claims = decodeJwt(await sandbox.circleci.issueToken(request));
      expect(claims).toMatchObject({
        aud: organizationId,
        [claim("org-id")]: organizationId,
        [claim("project-id")]: projectId,
        [claim("context-ids")]: [projectId],
        [claim("ssh-rerun")]: false,
        [claim("vcs-origin")]: origin,
        [claim("vcs-ref")]: ref,
      });
      for (const name of ["job-id", "pipeline-id", "workflow-id", "pipeline-definition-id"]) {
        expect(claims[claim(name)]).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(claims).not.toHaveProperty("azp");
    }
  });

  it("leaves the repository out for a custom webhook, and every job claim for the stream", async () => {
    const webhook = decodeJwt(await sandbox.circleci.issueToken(base));
    expect(webhook).not.toHaveProperty([claim("vcs-ref")]);
    const stream = decodeJwt(
      await sandbox.circleci.issueToken({ ...base, shape: "audit-log-stream" }),
    );
    expect(Object.keys(stream).sort()).toEqual(["aud", "exp", "iat", "iss", "sub"]);
  });

  it("has the root issuer if the request asks for it", async () => {
    const token = await sandbox.circleci.issueToken({ ...base, shape: "root-issuer" });
    expect(decodeJwt(token).iss).toBe("https://oidc.circleci.com");
  });

  it("returns a token to a shell, and says what is missing", async () => {
    const place = `${sandbox.endpoint}/circleci/token`;
    const query = new URLSearchParams({ ...base, origin, ref, audience: "mine" });
    const token = await (await fetch(`${place}?${query}`)).text();
    expect(decodeJwt(token)).toMatchObject({ aud: "mine" });
    expect((await fetch(place)).status).toBe(400);
  });
});
