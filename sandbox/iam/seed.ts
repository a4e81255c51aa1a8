import { newId } from "./ids.ts";
import { type Directory, withPolicy, withProvider, withRole } from "./state.ts";

/** A role that a test puts into the account without the API. */
export type NewRole = {
  readonly name: string;
  readonly path?: string;
  /** The trust policy, as an object; default: AWS Lambda may assume the role. */
  readonly trust?: object;
  /** Inline policies by name, as objects. */
  readonly policies?: Readonly<Record<string, object>>;
  /** ARNs of managed policies. */
  readonly attached?: readonly string[];
  readonly boundary?: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
};

/** A customer managed policy that a test puts into the account without the API. */
export type NewPolicy = {
  readonly name: string;
  readonly path?: string;
  /** Its only version, as an object. */
  readonly document: object;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
};

const lambdaTrust = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
};

/**
 * Puts a role into the directory without any check; replaces one of the same name. Returns its ARN.
 */
export function seedRole(directory: Directory, role: NewRole, at: Date): string {
  const path = role.path ?? "/";
  const seeded = withRole(directory, {
    name: role.name,
    path,
    arn: `arn:aws:iam::${directory.account}:role${path}${role.name}`,
    id: newId("AROA"),
    createdAt: at,
    trust: JSON.stringify(role.trust ?? lambdaTrust),
    description: role.description ?? null,
    maxSessionSeconds: 3600,
    boundary: role.boundary ?? null,
    tags: new Map(Object.entries(role.tags ?? {})),
    inline: new Map(
      Object.entries(role.policies ?? {}).map(([name, policy]) => [name, JSON.stringify(policy)]),
    ),
    attached: role.attached ?? [],
    lastUsed: null,
    template: null,
  });
  return seeded.arn;
}

/**
 * Puts a policy into the directory without any check; replaces one of the same name. Returns its ARN.
 */
export function seedPolicy(directory: Directory, policy: NewPolicy, at: Date): string {
  const path = policy.path ?? "/";
  const seeded = withPolicy(directory, {
    owner: "customer",
    name: policy.name,
    path,
    arn: `arn:aws:iam::${directory.account}:policy${path}${policy.name}`,
    id: newId("ANPA"),
    description: policy.description ?? null,
    createdAt: at,
    updatedAt: at,
    tags: new Map(Object.entries(policy.tags ?? {})),
    versions: [{ id: "v1", document: JSON.stringify(policy.document), createdAt: at }],
    defaultVersion: "v1",
    nextVersion: 2,
  });
  return seeded.arn;
}

/** Replaces the tags of a role, policy or provider. Throws if the ARN names none of them. */
export function seedTags(
  directory: Directory,
  arn: string,
  given: Readonly<Record<string, string>>,
): void {
  const tags = new Map(Object.entries(given));
  const role = [...directory.roles.values()].find((other) => other.arn === arn);
  const policy = directory.policies.get(arn);
  const provider = directory.providers.get(arn);
  if (role !== undefined) withRole(directory, { ...role, tags });
  else if (policy !== undefined) withPolicy(directory, { ...policy, tags });
  else if (provider !== undefined) withProvider(directory, { ...provider, tags });
  else throw new Error(`The sandbox has nothing with the ARN ${arn}.`);
}
