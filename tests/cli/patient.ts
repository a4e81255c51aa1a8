import { organization, shop } from "../scenarios/documents.ts";
import { type Said, type Shell, say } from "./shell.ts";

export const host = `oidc.circleci.com/org/${organization}`;
const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";

export function claims(ref = "refs/heads/main", more: object = {}): object {
  return {
    iss: `https://${host}`,
    aud: organization,
    sub: `org/${organization}/project/${shop}/user/${user}/vcs-origin/github.com/acme/shop/vcs-ref/${ref}`,
    iat: Math.floor(Date.now() / 1000) - 600,
    exp: Math.floor(Date.now() / 1000) + 3000,
    "oidc.circleci.com/project-id": shop,
    ...more,
  };
}

export const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringLike: { [`${host}:sub`]: `org/${organization}/project/${shop}/*refs/heads/main` },
      },
    },
  ],
});
const provider = JSON.stringify({ Url: host, ClientIDList: [organization], ThumbprintList: [] });
export const files = { "trust.json": trust, "provider.json": provider };
export const offline = ["--trust", "trust.json", "--provider", "provider.json", "--token", "-"];

/** In a shell without AWS: a token on standard input. */
export function ask(token: string, more: readonly string[] = [], shell: Shell = {}): Promise<Said> {
  return say(["doctor", ...offline, ...more], { files, stdin: [token], ...shell });
}

/** A token as a job holds it, and no part of it that could be repeated. */
export function jwt(payload: object = claims()): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT", kid: "a" })}.${part(payload)}.${"Sig_".repeat(80)}`;
}
