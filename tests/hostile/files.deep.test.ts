import fc from "fast-check";
import { describe, test } from "vitest";
import { say } from "../cli/shell.ts";
import { atDepth } from "../depth.ts";
import { mutatedJson } from "./json.ts";
import { expectSafeSaid } from "./oracles.ts";
import { hostileText } from "./texts.ts";

// A text has some thousand single changes: with so many cases each is there several times, alone and with others.
const numRuns = atDepth({ usual: 80, deep: 20_000 });

const organization = "11111111-2222-4333-8444-555555555555";
const issuer = `oidc.circleci.com/org/${organization}`;
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const subject = `org/${organization}/project/${project}/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`;
const federated = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;

const trust = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Jobs",
      Effect: "Allow",
      Principal: { Federated: federated },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: { [`${issuer}:aud`]: organization, [`${issuer}:project-id`]: [project] },
        StringLike: { [`${issuer}:sub`]: [subject, `org/${organization}/project/*`] },
        DateLessThan: { "aws:CurrentTime": "2026-12-31T00:00:00Z" },
        IpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] },
        NumericLessThanEquals: { "aws:MultiFactorAuthAge": "3600" },
        "ForAnyValue:StringLike": { "aws:TagKeys": ["a*", "${aws:username}"] },
      },
    },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "sts:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
};
const wider = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};
const claims = {
  iss: `https://${issuer}`,
  aud: organization,
  sub: subject,
  iat: 1_795_000_000,
  exp: 1_895_000_000,
  "oidc.circleci.com/project-id": project,
  "oidc.circleci.com/vcs-ref": "refs/heads/main",
};
const document = {
  circleci: { organizationId: organization, audiences: ["deploy"], thumbprints: ["a".repeat(40)] },
  trust: {
    projects: [
      {
        id: project,
        origin: "github.com/acme/shop",
        refs: ["refs/heads/main"],
        until: "2026-12-31T00:00:00Z",
      },
    ],
  },
  role: {
    name: "CI",
    path: "/ci/",
    maxSessionSeconds: 7200,
    permissionsBoundary: "arn:aws:iam::123456789012:policy/b",
    tags: { team: "a" },
  },
  policy: { name: "CI-Policy", readOutputs: true },
  deploy: {
    region: "us-east-1",
    ecr: ["a", { repository: "b", may: ["push"] }],
    ecsExpress: ["a/b"],
    appRunner: ["web"],
    ecs: ["a/b"],
    lambda: ["f"],
    amplify: [{ app: "x", branches: ["main"], may: ["release"] }],
  },
  mode: "enforce",
  onWiden: { trust: "hold", permissions: "apply" },
  onRemove: "retain",
};
const provider = { Url: issuer, ClientIDList: [organization], ThumbprintList: ["a".repeat(40)] };
const jwks = { keys: [{ kty: "RSA", kid: "1", alg: "RS256", use: "sig", n: "sXchw", e: "AQAB" }] };

const encoded = (text: string) => Buffer.from(text).toString("base64url");
/** A token whose header and claims are mutated, and sometimes one that is cut or joined wrongly. */
const token = fc
  .tuple(
    mutatedJson({ alg: "RS256", kid: "1", typ: "JWT" }),
    mutatedJson(claims),
    hostileText,
    fc.nat(5),
  )
  .map(([header, payload, odd, how]) => {
    const whole = `${encoded(header)}.${encoded(payload)}.c2ln`;
    return how === 0 ? `${whole}.${odd}` : how === 1 ? `${odd}${whole}` : whole;
  });

/** The pieces of YAML, good and bad, run together. */
const yaml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "circleci:\n",
        "  organizationId: ",
        organization,
        "\n",
        "trust:\n",
        "  projects: all\n",
        "deploy: {}\n",
        "  projects:\n    - id: ",
        project,
        "    refs: [refs/heads/main]\n",
        "role:\n",
        "  tags: {a: b}\n",
        "mode: observe\n",
        "&a ",
        "*a",
        "<<: *a\n",
        "!!binary ",
        "!<tag:x> ",
        "--- ",
        "...\n",
        "%YAML 1.1\n",
        "? ",
        ": ",
        "- ",
        "| \n  ",
        ">+2\n",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: [*b,*b,*b]\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        '"',
        "'",
        "#",
        "\t",
      ),
      hostileText,
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

type Call = { readonly line: string; readonly files: Readonly<Record<string, string>> };
const usual = {
  trust: JSON.stringify(trust),
  wider: JSON.stringify(wider),
  claims: JSON.stringify(claims),
  provider: JSON.stringify(provider),
};
const call = (line: string, name: string, content: fc.Arbitrary<string>): fc.Arbitrary<Call> =>
  content.map((text) => ({ line, files: { ...usual, [name]: text } }));

const request = {
  principal: { type: "Federated", id: federated },
  action: "sts:AssumeRoleWithWebIdentity",
  context: { [`${issuer}:aud`]: organization, [`${issuer}:sub`]: [subject] },
};

/** Every command that reads a file without asking an account. */
const calls: readonly (readonly [what: string, call: fc.Arbitrary<Call>])[] = [
  ["a document of JSON", call("validate f", "f", mutatedJson(document))],
  ["a document of YAML", call("validate f", "f", yaml)],
  ["a trust policy, explained", call("trust explain f", "f", mutatedJson(trust, wider))],
  [
    "two trust policies, compared",
    call("trust compare --before trust --after f", "f", mutatedJson(trust, wider)),
  ],
  [
    "two trust policies, the other way round",
    call("trust compare --before f --after trust", "f", mutatedJson(trust, wider)),
  ],
  [
    "a trust policy and a token",
    call("trust admits f --token claims", "f", mutatedJson(trust, wider)),
  ],
  ["a token", call("trust admits trust --token f", "f", token)],
  ["claims", call("trust admits trust --token f", "f", mutatedJson(claims))],
  ["a request", call("trust admits trust --request f", "f", mutatedJson(request))],
  ["doctor's token", call("doctor --trust trust --provider provider --token f", "f", token)],
  [
    "doctor's claims",
    call("doctor --trust trust --provider provider --token f", "f", mutatedJson(claims)),
  ],
  [
    "doctor's trust policy",
    call("doctor --trust f --provider provider --token claims", "f", mutatedJson(trust)),
  ],
  [
    "doctor's provider",
    call(
      "doctor --trust trust --provider f --token claims",
      "f",
      mutatedJson(provider, { OpenIDConnectProvider: provider }),
    ),
  ],
  [
    "doctor's keys",
    call(
      "doctor --trust trust --provider provider --token claims --jwks f",
      "f",
      mutatedJson(jwks),
    ),
  ],
  [
    "lines of a batch",
    call(
      "trust compare --batch f",
      "f",
      mutatedJson(
        { id: "1", before: trust, after: wider },
        { id: 2, before: JSON.stringify(trust), after: JSON.stringify(wider) },
      ),
    ),
  ],
];

describe("whatever is in a file, a command answers, and shows nothing hidden:", () => {
  test.each(calls)("%s", async (_, given) => {
    await fc.assert(
      fc.asyncProperty(given, fc.boolean(), async ({ line, files }, json) => {
        const args = [...line.split(" "), ...(json && !line.includes("--batch") ? ["--json"] : [])];
        expectSafeSaid(line, await say(args, { files }));
      }),
      { numRuns, seed: 20_261_126 },
    );
  });
});
