import { type RequestContext, trustEvaluator } from "../../sandbox/evaluate/index.ts";
import {
  blog,
  organization,
  otherOrganization,
  type Project,
  shop,
  somebody,
  type Written,
  wiki,
} from "../scenarios/documents.ts";

/** A job's token, or for `null` as its project CircleCI's audit log, as CircleCI makes it. */
type Token = {
  readonly organizationId: string;
  readonly audience: string;
  readonly project: string | null;
  readonly origin: string | null;
  readonly ref: string;
};

/** Somebody who may try to assume a role. */
export type Caller = { readonly name: string; readonly token: Token | null; readonly id: string };

const account = "123456789012";

export function providerArn(organizationId: string): string {
  return `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/${organizationId}`;
}

function job(name: string, changes: Partial<Token>): Caller {
  const organizationId = changes.organizationId ?? organization;
  const token: Token = {
    organizationId,
    audience: organizationId,
    project: shop,
    origin: "github.com/acme/shop",
    ref: "refs/heads/main",
    ...changes,
  };
  return { name, token, id: providerArn(organizationId) };
}

const identity = (name: string, id: string): Caller => ({ name, token: null, id });

/** Tokens of every kind that the documents tell apart, and strangers. */
export const callers: readonly Caller[] = [
  job("shop main", {}),
  job("shop dev", { ref: "refs/heads/dev" }),
  job("shop feature/x", { ref: "refs/heads/feature/x" }),
  job("shop tag", { ref: "refs/tags/v1" }),
  job("shop fork", { origin: "github.com/eve/shop" }),
  job("shop without a repository", { origin: null }),
  job("shop for deploy", { audience: "deploy" }),
  job("shop for release", { audience: "release" }),
  job("shop for AWS", { audience: "sts.amazonaws.com" }),
  job("blog main", { project: blog, origin: "github.com/acme/blog" }),
  job("wiki main", { project: wiki, origin: "github.com/acme/wiki" }),
  job("the other organisation's shop", { organizationId: otherOrganization }),
  job("the audit log", { project: null }),
  identity("an administrator", `arn:aws:iam::${account}:user/alice`),
  identity("another account", "arn:aws:iam::210987654321:root"),
];

function subjectOf({ organizationId, project, origin, ref }: Token): string {
  if (project === null) return `org/${organizationId}/file-streaming/audit-logs`;
  const job = `org/${organizationId}/project/${project}/user/${somebody}`;
  return origin === null ? job : `${job}/vcs-origin/${origin}/vcs-ref/${ref}`;
}

function contextOf({ token }: Caller, now: Date): RequestContext {
  const at = [["aws:CurrentTime", [now.toISOString()]]] as const;
  if (token === null) return new Map(at);
  const host = `oidc.circleci.com/org/${token.organizationId}`;
  return new Map<string, readonly string[]>([
    ...at,
    [`${host}:aud`, [token.audience]],
    [`${host}:sub`, [subjectOf(token)]],
    ...(token.project === null
      ? []
      : [[`${host}:oidc.circleci.com/project-id`, [token.project]] as const]),
  ]);
}

/** The names of those who a trust policy lets in, as the providers of the account are. */
export function admittedBy(
  trust: unknown,
  audiencesOf: (provider: string) => readonly string[],
  now: Date,
): readonly string[] {
  const admits = trustEvaluator(trust);
  return callers
    .filter((caller) => {
      const { token, id } = caller;
      if (token !== null && !audiencesOf(id).includes(token.audience)) return false;
      const action = token === null ? "sts:AssumeRole" : "sts:AssumeRoleWithWebIdentity";
      const principal = { type: token === null ? "AWS" : "Federated", id };
      return admits({ principal, action, context: contextOf(caller, now) }).decision === "allow";
    })
    .map(({ name }) => name);
}

/** The names of those who a document lets in, read by hand. */
export function namedBy({ circleci, trust }: Written, now: Date): readonly string[] {
  const organizationId = circleci?.organizationId;
  const audiences = [organizationId, ...(circleci?.audiences ?? [])];
  const { projects = [] } = trust ?? {};
  return callers
    .filter(({ token }) => {
      if (token === null || token.project === null) return false;
      if (token.organizationId !== organizationId || !audiences.includes(token.audience))
        return false;
      return projects === "all" || projects.some((project) => names(project, token, now));
    })
    .map(({ name }) => name);
}

function names({ id, origin, refs, until }: Project, token: Token, now: Date): boolean {
  if (until !== undefined && now.getTime() >= new Date(until).getTime()) return false;
  if (id !== token.project || (origin !== undefined && origin !== token.origin)) return false;
  if (refs === undefined) return true;
  return refs.some((ref) =>
    ref.endsWith("*") ? token.ref.startsWith(ref.slice(0, -1)) : ref === token.ref,
  );
}
