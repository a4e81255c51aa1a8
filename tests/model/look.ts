import { gunzipSync } from "node:zlib";
import { GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import { accessEvaluator } from "../../sandbox/evaluate/index.ts";
import { admittedBy } from "./callers.ts";
import type { Ground } from "./ground.ts";
import { type Operation, shown } from "./targets.ts";

/** A role as it is in IAM, with who gets in and what they may then do. */
export type SeenRole = {
  readonly name: string;
  readonly path: string;
  readonly maxSessionSeconds: number;
  readonly boundary: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Names of its own managed policies, and of AWS's by their ARNs. */
  readonly attached: readonly string[];
  readonly inline: readonly string[];
  readonly who: readonly string[];
  readonly what: ReadonlySet<string>;
};

export type SeenProvider = {
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
};

/** IAM without what the stack and the account have beside the loop's own. */
export type Seen = {
  readonly roles: readonly SeenRole[];
  /** Names of customer managed policies, with their tags. */
  readonly policies: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** By ARN. */
  readonly providers: ReadonlyMap<string, SeenProvider>;
};

const others = /^(oidc-reconciler-|wide-boundary$|narrow-boundary$)/;

/** Looks at IAM without a call, and asks the sandbox's own evaluator who can do what. */
export function lookAt({ sandbox }: Ground, operations: readonly Operation[]): Seen {
  const { roles, policies, providers } = sandbox.directory();
  const now = sandbox.clock.now();
  const audiencesOf = (arn: string) => providers.get(arn)?.audiences ?? [];
  const documentOf = (arn: string): unknown => {
    const policy = policies.get(arn);
    const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
    return JSON.parse(version?.document ?? "null");
  };
  const own = [...roles.values()].filter(({ name }) => !others.test(name));
  return {
    roles: own.map((role) => ({
      name: role.name,
      path: role.path,
      maxSessionSeconds: role.maxSessionSeconds,
      boundary: role.boundary,
      tags: Object.fromEntries(role.tags),
      attached: role.attached.map((arn) => policies.get(arn)?.name ?? arn).toSorted(),
      inline: [...role.inline.keys()],
      who: admittedBy(JSON.parse(role.trust), audiencesOf, now),
      what: allowed(operations, {
        grants: [
          ...role.attached.map(documentOf),
          ...[...role.inline.values()].map((text): unknown => JSON.parse(text)),
        ],
        boundary: role.boundary === null ? null : documentOf(role.boundary),
      }),
    })),
    policies: new Map(
      [...policies.values()]
        .filter(({ owner, name }) => owner === "customer" && !others.test(name))
        .map(({ name, tags }) => [name, Object.fromEntries(tags)]),
    ),
    providers: new Map(
      [...providers.values()].map(({ arn, audiences, thumbprints, tags }) => [
        arn,
        { audiences, thumbprints, tags: Object.fromEntries(tags) },
      ]),
    ),
  };
}

/** What of these operations policies together allow. */
export function allowed(
  operations: readonly Operation[],
  by: { readonly grants: readonly unknown[]; readonly boundary: unknown },
): ReadonlySet<string> {
  const grants = accessEvaluator(by.grants);
  const bounds = by.boundary === null ? null : accessEvaluator([by.boundary]);
  return new Set(
    operations
      .filter((operation) => grants(operation).decision === "allow")
      .filter((operation) => bounds === null || bounds(operation).decision === "allow")
      .map(shown),
  );
}

/** What the loop keeps of an environment in Parameter Store. */
export type Kept = {
  readonly status: Fields | null;
  readonly record: Fields | null;
  readonly outputs: Fields | null;
};

type Fields = Readonly<Record<string, unknown>>;

/** Reads the loop's parameters of an environment. */
export async function keptOf({ ssm, prefix }: Ground, name = "production"): Promise<Kept> {
  const { Parameters = [] } = await ssm.send(
    new GetParametersByPathCommand({ Path: prefix, Recursive: true }),
  );
  const read = (kind: string): Fields | null => {
    const found = Parameters.find((each) => each.Name === `${prefix}/${kind}/${name}`);
    return found === undefined ? null : fieldsIn(found.Value ?? "");
  };
  return { status: read("status"), record: read("applied"), outputs: read("outputs") };
}

/** A record that is long is packed. */
function fieldsIn(text: string): Fields {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return {};
  const fields: Fields = { ...value };
  const { packing, data } = fields;
  return packing === "gzip+base64" && typeof data === "string"
    ? fieldsIn(gunzipSync(Buffer.from(data, "base64")).toString("utf8"))
    : fields;
}
