import { gunzipSync } from "node:zlib";
import { GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import { accessEvaluator } from "../../sandbox/evaluate/index.ts";
import { organization, otherOrganization } from "../scenarios/documents.ts";
import { admittedBy, providerArn } from "./callers.ts";
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

const organizations = [organization, otherOrganization];
const others = /^(oidc-reconciler-|wide-boundary$|narrow-boundary$)/;

/** Looks at IAM without a call, and asks the sandbox's own evaluator who can do what. */
export function lookAt({ sandbox }: Ground, operations: readonly Operation[]): Seen {
  const { roles, policies, providers } = sandbox.directory();
  const now = sandbox.clock.now();
  const audiencesOf = (arn: string) => providers.get(arn)?.audiences ?? [];
  const textOf = (arn: string): string => {
    const policy = policies.get(arn);
    return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? noPolicy;
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
      who: whoGetsIn(role.trust, audiencesOf, now),
      what: whatIsAllowed(operations, {
        grants: [...role.attached.map(textOf), ...role.inline.values()],
        boundary: role.boundary === null ? null : textOf(role.boundary),
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

const noPolicy = '{"Version":"2012-10-17","Statement":[]}';

/** Answers by what they were asked of: most looks see what the last one saw. */
const answers = { who: new Map<string, readonly string[]>(), what: new Map<string, Access>() };
const answersMax = 2_000;

type Access = ReadonlySet<string>;

function known<Answer>(
  answered: Map<string, Answer>,
  question: string,
  answer: () => Answer,
): Answer {
  const last = answered.get(question);
  if (last !== undefined) return last;
  if (answered.size >= answersMax) answered.clear();
  const fresh = answer();
  answered.set(question, fresh);
  return fresh;
}

function whoGetsIn(
  trust: string,
  audiencesOf: (provider: string) => readonly string[],
  now: Date,
): readonly string[] {
  const audiences = organizations.map((each) => audiencesOf(providerArn(each)));
  const at = trust.includes("aws:CurrentTime") ? now : null;
  return known(answers.who, JSON.stringify([trust, audiences, at]), () =>
    admittedBy(JSON.parse(trust), audiencesOf, now),
  );
}

function whatIsAllowed(
  operations: readonly Operation[],
  texts: { readonly grants: readonly string[]; readonly boundary: string | null },
): Access {
  return known(answers.what, JSON.stringify([texts, operations.map(shown)]), () =>
    allowed(operations, texts),
  );
}

/** What of these operations policies together allow. */
function allowed(
  operations: readonly Operation[],
  texts: { readonly grants: readonly string[]; readonly boundary: string | null },
): Access {
  const evaluator = (all: readonly string[]) =>
    accessEvaluator(all.map((text): unknown => JSON.parse(text)));
  const grants = evaluator(texts.grants);
  const bounds = texts.boundary === null ? null : evaluator([texts.boundary]);
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
