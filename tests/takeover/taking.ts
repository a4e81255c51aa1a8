import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { writtenDocument } from "../../shared/document/written.ts";
import type { ObservedRole, ObservedTargets } from "../../shared/plan/observed.ts";
import { isWhole, type Takeover, takeoverOf } from "../../shared/takeover/comparison.ts";
import { draftOf, type RoleDraft } from "../../shared/takeover/draft.ts";
import type { HeldPolicy, HeldRole } from "../../shared/takeover/role.ts";
import { account, nothing, region, resolved, within } from "../plan/targets.ts";

export const organization = "11111111-2222-4333-8444-555555555555";
export const other = "66666666-7777-4888-8999-aaaaaaaaaaaa";
export const shop = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const blog = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const mask = "????????-????-????-????-????????????";
export const issuer = `oidc.circleci.com/org/${organization}`;
export const provider = `arn:aws:iam::${account.id}:oidc-provider/${issuer}`;
export const now = new Date("2026-11-22T10:00:00Z");

/** The targets of `tests/plan/targets.ts`, as AWS shows them. */
export const shown: ObservedTargets = {
  ...nothing,
  ecr: { kind: "found", value: new Map([["shop/web", resolved.ecr.arn]]) },
  appRunner: {
    services: { kind: "found", value: new Map([["shop", resolved.appRunner.arn]]) },
    roles: new Map([
      [
        "shop",
        { kind: "found", value: { instance: [`arn:aws:iam::${account.id}:role/run`], access: [] } },
      ],
    ]),
  },
  ecsExpress: {
    kind: "found",
    value: new Map([["web/api", { kind: "found", value: resolved.ecsExpress }]]),
  },
  ecs: {
    kind: "found",
    value: new Map([
      [
        "shop/web",
        {
          kind: "found",
          value: {
            arn: resolved.ecs.arn,
            isExpress: false,
            controller: "ECS",
            runs: {
              familyArn: resolved.ecs.taskFamilyArn.replace(/:\*$/, ""),
              roles: resolved.ecs.passRoles,
            },
          },
        },
      ],
    ]),
  },
  lambda: { kind: "found", value: new Map([["worker", { kind: "found", value: true }]]) },
  amplify: {
    kind: "found",
    value: [
      {
        id: "d1front",
        name: "front",
        arn: resolved.amplify.appArn,
        hasRepository: true,
        branches: { kind: "found", value: ["main", "feature/x"] },
      },
      {
        id: "d2bare",
        name: "bare",
        arn: `${within("amplify")}apps/d2bare`,
        hasRepository: false,
        branches: { kind: "found", value: ["main"] },
      },
    ],
  },
};

/** A statement of a trust policy for CircleCI's jobs, with its conditions. */
export function jobs(Condition: object, rest: object = {}): object {
  return {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition,
    ...rest,
  };
}

/** Conditions on audience and subject, as the guide writes them. */
export function condition(sub: string | readonly string[] | null, aud: unknown = organization) {
  return {
    StringEquals: { [`${issuer}:aud`]: aud },
    ...(sub === null ? {} : { StringLike: { [`${issuer}:sub`]: sub } }),
  };
}

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function managed(document: string | null, rest: Partial<HeldPolicy> = {}): HeldPolicy {
  const name = rest.name ?? "deploy";
  const id = `arn:aws:iam::${account.id}:policy/${name}`;
  return { id, name, kind: "managed", document, obstacle: null, owner: null, ...rest };
}

export function inline(name: string, document: string): HeldPolicy {
  return { id: name, name, kind: "inline", document, obstacle: null, owner: null };
}

type Given = {
  readonly trust: string;
  readonly policies?: readonly HeldPolicy[];
  readonly role?: Partial<ObservedRole>;
  readonly boundary?: string;
};

export function held({ trust, policies = [], role = {}, boundary }: Given): HeldRole {
  return {
    role: {
      name: "deploy",
      arn: `arn:aws:iam::${account.id}:role/deploy`,
      path: "/",
      trustPolicy: trust,
      description: "",
      maxSessionSeconds: 3600,
      permissionsBoundary: null,
      tags: {},
      attached: policies.flatMap(({ kind, id }) => (kind === "managed" ? [id] : [])),
      inline: policies.flatMap(({ kind, name, document }) =>
        kind === "inline" ? [{ name, document: document ?? "" }] : [],
      ),
      ...role,
    },
    policies,
    boundary: boundary ?? null,
  };
}

export type Taken = Takeover & {
  readonly draft: RoleDraft;
  readonly document: EnvironmentDocument;
  /** As it would be written. */
  readonly yaml: string;
  readonly whole: boolean;
};

export const permissions = {
  account,
  place: { prefix: "/oidc-reconciler", home: region, environment: "production" },
  observed: shown,
};

export function draftFor(given: Given): RoleDraft {
  return draftOf({ held: held(given), permissions, organizationId: null, now });
}

/** Takes a role over, through the text of a document and back. */
export function take(given: Given): Taken {
  const { projects } = draftFor(given).trust;
  if (projects === null) throw new Error("no document can say whose jobs get in");
  return takeWith(given, projects);
}

/** The same where somebody says whose jobs get in, and may add targets. */
export function takeWith(given: Given, projects: unknown, more: object = {}): Taken {
  const draft = draftFor(given);
  const { organizationId, audiences } = draft.trust;
  const parsed = parsedFrom(
    JSON.stringify({
      circleci: { organizationId, audiences },
      trust: { projects },
      role: draft.role,
      policy: draft.policy,
      deploy: { ...draft.deploy, ...more },
    }),
  );
  const yaml = writtenDocument(parsed, { head: [], region });
  const document = parsedFrom(yaml);
  const boundary = given.boundary ?? null;
  const takeover = takeoverOf({ held: held(given), document, permissions, boundary, now });
  return { ...takeover, draft, document, yaml, whole: isWhole(takeover) };
}

export function parsedFrom(text: string): EnvironmentDocument {
  const reading = parseEnvironment({ parameter: "p", version: 1, text, region });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}
