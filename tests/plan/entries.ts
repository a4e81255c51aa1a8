import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { anyNames, type Installation } from "../../shared/document/installation.ts";
import type { ControlEntry, DocumentVersion } from "../../shared/plan/control.ts";
import { digestOf } from "../../shared/plan/digest.ts";
import type { AppliedRecord, ValidVersion } from "../../shared/plan/record.ts";
import type { Status } from "../../shared/plan/status.ts";

export const account = { id: "123456789012", partition: "aws" };
/** Where the outputs of `production` are. */
export const place = { prefix: "/oidc-reconciler", home: "us-east-1", environment: "production" };
export const installation: Installation = {
  ...anyNames,
  prefix: place.prefix,
  home: place.home,
  firstDocument: "hold",
  periodMinutes: 15,
  permissionsBoundary: null,
};
export const organization = "11111111-2222-4333-8444-555555555555";
export const project = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const parameter = "/oidc-reconciler/environments/production";
export const roleArn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";

/** Members of a document that differ from the plainest one. */
export type Members = Readonly<Record<string, unknown>>;

const plain: Members = {
  circleci: { organizationId: organization },
  trust: { projects: [{ id: project, origin: "github.com/acme/shop", refs: ["refs/heads/main"] }] },
  deploy: { ecr: ["demo-backend"] },
};

/** The same project from another branch too. */
export const wider: Members = {
  trust: {
    projects: [
      {
        id: project,
        origin: "github.com/acme/shop",
        refs: ["refs/heads/main", "refs/heads/dev"],
      },
    ],
  },
};

export function documentWith(members: Members = {}): EnvironmentDocument {
  return versionWith(1, members).document;
}

/** A version of the document, put a minute after the one before. */
export function versionWith(version: number, members: Members = {}): ValidVersion {
  const text = JSON.stringify({ ...plain, ...members });
  const parsed = parseEnvironment({ parameter, version, text, region: "us-east-1" });
  if (parsed.kind === "invalid") throw new Error(parsed.problems[0].message);
  const modifiedAt = new Date(Date.UTC(2026, 0, 1, 0, version)).toISOString();
  return { version, digest: digestOf(text), modifiedAt, text, document: parsed.document };
}

/** The version as Parameter Store shows it. */
export function read({ document, ...known }: ValidVersion): DocumentVersion {
  return { ...known, parsed: { kind: "valid", document } };
}

export const noNames = { roles: [], policies: [], organizations: [] };

/** A record that names what the given versions do. */
export function recordWith(given: Partial<AppliedRecord> = {}): AppliedRecord {
  const versions = [given.applied ?? null, given.begun ?? null].flatMap((each) => each ?? []);
  return {
    environment: "production",
    serial: 3,
    applied: null,
    begun: null,
    names: {
      roles: [...new Set(versions.map(({ document }) => document.role.name))],
      policies: [...new Set(versions.map(({ document }) => document.policy.name))],
      organizations: [...new Set(versions.map(({ document }) => document.circleci.organizationId))],
    },
    former: [],
    mode: "enforce",
    targets: null,
    replaced: { trust: null, policy: null },
    denies: {},
    quarrels: [],
    last: null,
    released: [],
    ...given,
  };
}

export function statusWith(given: Partial<Status> = {}): Status {
  return {
    appliedVersion: null,
    appliedDigest: null,
    heldVersion: null,
    heldDigest: null,
    conditions: {},
    outputs: {},
    applied: null,
    seen: {
      record: 0,
      foundBy: null,
      policyVersion: null,
      harmlessVersions: [],
      outputs: null,
      roles: [],
      policies: [],
      organizations: [],
      labelled: false,
      announced: 0,
      told: [],
    },
    ...given,
  };
}

export function entryWith(given: Partial<ControlEntry> = {}): ControlEntry {
  return {
    name: "production",
    parameter,
    newest: null,
    status: null,
    statusDigest: null,
    record: { kind: "absent" },
    older: null,
    approvedVersion: null,
    ...given,
  };
}
