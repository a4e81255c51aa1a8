import { type CauseCode, causeCodes } from "../../shared/diagnose/causes.ts";

/** Three organisations: one with its provider, one whose provider has another audience, one without. */
export const organizations = {
  known: "11111111-2222-4333-8444-555555555555",
  otherAudience: "22222222-3333-4444-8555-666666666666",
  withoutProvider: "33333333-4444-4555-8666-777777777777",
} as const;

const stranger = "66666666-7777-4888-8999-aaaaaaaaaaaa";
const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const mask = "????????-????-????-????-????????????";

/** The audiences of each provider that the account has. */
export const providers: ReadonlyMap<string, readonly string[]> = new Map([
  [organizations.known, [organizations.known, "second"]],
  [organizations.otherAudience, ["other"]],
]);

/** A job that asks for a role, and the role that it asks for. */
export type Situation = {
  readonly token: string;
  readonly organization: string;
  readonly roleName: string;
  readonly trust: object;
  readonly sessionName: string;
  readonly sessionSeconds: number;
};

type Fault = Exclude<CauseCode, (typeof beyond)[number]>;

/** What only STS or the call itself shows; `doctor` has no word for it. */
const beyond = [
  "session-too-short",
  "session-policy-invalid",
  "session-policy-too-large",
  "parameter-invalid",
  "token-rejected",
  "thumbprint-mismatch",
  "issuer-unreachable",
  "region-disabled",
  "sts-unavailable",
] as const;

/** Everything that can be wrong with a token, in the order of the contract. */
export const faults: readonly Fault[] = causeCodes.filter(isFault);

function isFault(code: CauseCode): code is Fault {
  return !beyond.some((other) => other === code);
}

/** A situation with these faults and no other. */
export function situationWith(wrong: readonly Fault[], now: Date): Situation {
  const has = (fault: Fault) => wrong.includes(fault);
  const organization = has("provider-missing")
    ? organizations.withoutProvider
    : has("audience-not-at-provider")
      ? organizations.otherAudience
      : organizations.known;
  return {
    organization,
    token: has("token-unreadable") ? "eyJ-cut" : jwtOf(claimsOf(organization, has, now)),
    roleName: has("role-missing") ? "Nobody" : "Patient",
    trust: trustOf(organization, has),
    sessionName: has("session-name-invalid") ? "a b" : "job-1",
    sessionSeconds: has("session-too-long") ? 7200 : 3600,
  };
}

type Has = (fault: Fault) => boolean;

function claimsOf(organization: string, has: Has, now: Date): object {
  const seconds = Math.floor(now.getTime() / 1000);
  const issuer = has("issuer-unknown")
    ? "https://ci.example.com"
    : has("issuer-root")
      ? "https://oidc.circleci.com"
      : `https://oidc.circleci.com/org/${has("issuer-other-organisation") ? stranger : organization}`;
  const short = `org/${organization}/project/${project}/user/${user}`;
  return {
    iss: issuer,
    aud: organization,
    sub: has("token-version")
      ? short
      : `${short}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev`,
    iat: seconds - 60,
    exp: has("token-expired") ? seconds : seconds + 3540,
    ...(has("token-not-yet-valid") ? { nbf: seconds + 1 } : {}),
    "oidc.circleci.com/project-id": project,
  };
}

function trustOf(organization: string, has: Has): object {
  const name = `oidc.circleci.com/org/${organization}`;
  const account = has("trust-other-provider") ? "999988887777" : "123456789012";
  const Principal = { Federated: `arn:aws:iam::${account}:oidc-provider/${name}` };
  const origin = has("origin-refused") ? "github.com/acme/other" : "github.com/acme/shop";
  const ref = has("ref-refused") ? "refs/heads/main" : "refs/heads/dev";
  const who = has("user-refused") ? otherProject : mask;
  const Action = "sts:AssumeRoleWithWebIdentity";
  const allow = {
    Effect: "Allow",
    Principal,
    Action: has("action-refused") ? "sts:TagSession" : Action,
    Condition: {
      StringLike: {
        [`${name}:sub`]: `org/${organization}/project/*/user/${who}/vcs-origin/${origin}/vcs-ref/${ref}`,
      },
      StringEquals: {
        [`${name}:aud`]: has("audience-refused") ? "second" : organization,
        [`${name}:oidc.circleci.com/project-id`]: has("project-refused") ? otherProject : project,
      },
      ...(has("condition-refused") ? { Bool: { "aws:SecureTransport": "false" } } : {}),
      ...(has("entry-ended")
        ? { DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }
        : {}),
    },
  };
  const deny = { Effect: "Deny", Principal: "*", Action: "sts:*" };
  return { Version: "2012-10-17", Statement: has("denied") ? [allow, deny] : [allow] };
}

/** The keys that the signature of `jwtOf` is not made with. */
export const otherKeys = {
  keys: [
    {
      kty: "RSA",
      kid: "circleci-1",
      alg: "RS256",
      use: "sig",
      e: "AQAB",
      n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    },
  ],
} as const;

/** A token as a job holds it; nobody signed it. */
function jwtOf(claims: object): string {
  const header = { alg: "RS256", typ: "JWT", kid: "circleci-1" };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${"A".repeat(342)}`;
}

/** Faults of which one cannot be seen beside the other. */
const apart: readonly (readonly [Fault, Fault, string])[] = [
  [
    "issuer-other-organisation",
    "role-missing",
    "without a role nothing says which organisation is right",
  ],
  ["token-version", "origin-refused", "a short subject has no origin"],
  ["token-version", "ref-refused", "a short subject has no ref"],
];

const issuers: readonly Fault[] = ["issuer-unknown", "issuer-root", "issuer-other-organisation"];

/** Every two faults that can be there at once, the first cause first. */
export const pairs: readonly (readonly [Fault, Fault])[] = faults.flatMap((first, index) =>
  faults.slice(index + 1).flatMap((second): readonly (readonly [Fault, Fault])[] => {
    const isOneOf = issuers.includes(first) && issuers.includes(second);
    const isApart = apart.some(
      ([one, other]) => [first, second].includes(one) && [first, second].includes(other),
    );
    return isOneOf || isApart ? [] : [[first, second]];
  }),
);
