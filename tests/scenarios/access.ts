import {
  accessEvaluator,
  type RequestContext,
  trustEvaluator,
} from "../../sandbox/evaluate/index.ts";
import { blog, organization, otherOrganization, shop, somebody, wiki } from "./documents.ts";
import type { AccountState, RoleState } from "./state.ts";

/** Somebody who may try to assume a role, as STS would see the request. */
export type Caller = {
  readonly name: string;
  readonly principal: { readonly type: string; readonly id: string };
  readonly action: string;
  readonly context: RequestContext;
  /** The provider and audience that a token needs, beside the trust policy. */
  readonly token: { readonly provider: string; readonly audience: string } | null;
};

export type Operation = { readonly action: string; readonly resource: string };

const account = "123456789012";
const sessionLengths = [3600, 7200, 43200] as const;

function job(
  name: string,
  claims: {
    readonly project: string;
    readonly origin?: string;
    readonly ref?: string;
    readonly audience?: string;
    readonly organizationId?: string;
    readonly subject?: string;
  },
): Caller {
  const org = claims.organizationId ?? organization;
  const host = `oidc.circleci.com/org/${org}`;
  const provider = `arn:aws:iam::${account}:oidc-provider/${host}`;
  const audience = claims.audience ?? org;
  const job = `org/${org}/project/${claims.project}/user/${somebody}`;
  const full =
    claims.origin === undefined
      ? job
      : `${job}/vcs-origin/${claims.origin}/vcs-ref/${claims.ref ?? "refs/heads/main"}`;
  return {
    name,
    principal: { type: "Federated", id: provider },
    action: "sts:AssumeRoleWithWebIdentity",
    context: new Map([
      [`${host}:aud`, [audience]],
      [`${host}:sub`, [claims.subject ?? full]],
      [`${host}:oidc.circleci.com/project-id`, [claims.project]],
      ["aws:CurrentTime", ["2026-11-22T10:00:00Z"]],
    ]),
    token: { provider, audience },
  };
}

function identity(name: string, id: string): Caller {
  return {
    name,
    principal: { type: "AWS", id },
    action: "sts:AssumeRole",
    context: new Map([["aws:CurrentTime", ["2026-11-22T10:00:00Z"]]]),
    token: null,
  };
}

const origin = "github.com/acme/shop";

/** Tokens of every kind that the scenarios' documents and drifts tell apart, and some strangers. */
export const callers: readonly Caller[] = [
  job("shop main", { project: shop, origin }),
  job("shop dev", { project: shop, origin, ref: "refs/heads/dev" }),
  job("shop tag", { project: shop, origin, ref: "refs/tags/v1" }),
  job("shop fork", { project: shop, origin: "github.com/eve/shop" }),
  job("shop without a repository", { project: shop }),
  job("shop with another audience", { project: shop, origin, audience: "deploy" }),
  job("shop with a foreign audience", { project: shop, origin, audience: "sts.amazonaws.com" }),
  job("blog main", { project: blog, origin: "github.com/acme/blog" }),
  job("wiki main", { project: wiki, origin: "github.com/acme/wiki" }),
  job("another organisation's shop", { project: shop, origin, organizationId: otherOrganization }),
  job("the audit log", { project: "", subject: `org/${organization}/file-streaming/audit-logs` }),
  identity("an administrator of the account", `arn:aws:iam::${account}:user/alice`),
  identity("another account", "arn:aws:iam::210987654321:root"),
];

/** What a session may do where the scenarios' policies differ. */
export function operationsOn(arns: readonly string[]): readonly Operation[] {
  const elsewhere = [
    "arn:aws:ecr:us-east-1:123456789012:repository/other",
    "arn:aws:s3:::bucket/object",
  ];
  const actions = ["ecr:PutImage", "apprunner:StartDeployment", "amplify:StartJob", "s3:GetObject"];
  const on = [...arns, ...elsewhere].flatMap((resource) =>
    actions.map((action) => ({ action, resource })),
  );
  return [...on, { action: "ecr:GetAuthorizationToken", resource: "*" }];
}

/**
 * Everything that anybody of `callers` can do through any role, one line for each: who, by which
 * role, for how long a session, what. Read with the sandbox's own evaluator, which shares nothing
 * with the code that decides.
 */
export function accessIn(
  state: AccountState,
  operations: readonly Operation[],
): ReadonlySet<string> {
  const lines = new Set<string>();
  for (const [name, role] of Object.entries(state.roles)) {
    const allowed = operationsOf(state, role, operations);
    for (const caller of callersOf(state, role)) {
      for (const seconds of sessionLengths.filter((length) => length <= role.maxSessionSeconds)) {
        for (const operation of allowed)
          lines.add(`${caller} as ${name} for ${seconds} s: ${operation}`);
      }
    }
  }
  return lines;
}

/** The names of those who a role lets in. */
export function callersOf(state: AccountState, role: RoleState): readonly string[] {
  const admits = trustEvaluator(role.trust);
  return callers
    .filter(({ token }) => {
      if (token === null) return true;
      return state.providers[token.provider]?.audiences.includes(token.audience) === true;
    })
    .filter((caller) => admits(caller).decision === "allow")
    .map(({ name }) => name);
}

function operationsOf(
  state: AccountState,
  role: RoleState,
  operations: readonly Operation[],
): readonly string[] {
  const attached = role.attached.map((arn) => documentOf(state, arn));
  const grants = accessEvaluator([...attached, ...Object.values(role.inline)]);
  const bounds =
    role.boundary === null ? null : accessEvaluator([documentOf(state, role.boundary)]);
  return operations
    .map((operation) => ({ ...operation, context: new Map<string, readonly string[]>() }))
    .filter((request) => grants(request).decision === "allow")
    .filter((request) => bounds === null || bounds(request).decision === "allow")
    .map(({ action, resource }) => `${action} ${resource}`);
}

/** Only AWS's own policies are not in the state; those that the scenarios attach read everything. */
function documentOf(state: AccountState, arn: string): unknown {
  const known = state.policies[arn];
  if (known !== undefined) return known.document;
  const Statement = [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }];
  return { Version: "2012-10-17", Statement };
}
