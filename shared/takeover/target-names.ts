import { type Arn, parseArn } from "../aws/arn.ts";
import type { KindName } from "../targets/index.ts";

/** A target that a policy's resource names. */
export type NamedTarget = {
  readonly kind: KindName;
  /** As a document names it; an Amplify app by its id. */
  readonly name: string;
  /** Of an Amplify app: one of its branches; null for every branch, and for other kinds. */
  readonly branch: string | null;
};

/** How each kind is found in a policy, and how a document writes a target of it. */
type KindForms = {
  /** The service of its ARNs and actions. */
  readonly service: string;
  /** What follows the account in an ARN. */
  readonly resource: RegExp;
  /** The words of `may`, the plain one first; empty where a kind has none. */
  readonly words: readonly string[];
  readonly entry: (target: Omit<NamedTarget, "kind">, may: readonly string[]) => unknown;
};

/**
 * Resources by https://docs.aws.amazon.com/service-authorization/latest/reference/, with what a
 * policy may have in place of an id that is new on each creation.
 */
export const kindForms: Readonly<Record<KindName, KindForms>> = {
  ecr: {
    service: "ecr",
    resource: /^repository\/(?<name>[^*?]+)$/,
    words: ["push", "read-images"],
    entry: ({ name }, may) => ({ repository: name, may }),
  },
  appRunner: {
    service: "apprunner",
    resource: /^service\/(?<name>[^/*?]+)(?:\/[^/]*)?$/,
    words: ["deploy", "watch", "update"],
    entry: ({ name }, may) => ({ service: name, may }),
  },
  ecsExpress: {
    service: "ecs",
    resource: /^service\/(?<name>[^/*?]+\/[^/*?]+)$/,
    words: [],
    entry: ({ name }) => name,
  },
  ecs: {
    service: "ecs",
    resource: /^service\/(?<name>[^/*?]+\/[^/*?]+)$/,
    words: [],
    entry: ({ name }) => name,
  },
  lambda: {
    service: "lambda",
    resource: /^function:(?<name>[^:*?]+)(?::.*)?$/,
    words: [],
    entry: ({ name }) => name,
  },
  amplify: {
    service: "amplify",
    resource:
      /^apps\/(?<name>[^/*?]+)(?:\/(?:\*|branches\/(?<branch>.+?)(?:\/jobs\/[^/]+|\/\*)?))?$/,
    words: ["release", "upload"],
    entry: ({ name, branch }, may) => ({
      app: name,
      ...(branch === null ? {} : { branches: [branch] }),
      may,
    }),
  },
};

const kinds = Object.entries(kindForms).flatMap(([name, forms]) =>
  isKindName(name) ? [{ kind: name, forms }] : [],
);

function isKindName(name: string): name is KindName {
  return Object.hasOwn(kindForms, name);
}

/** Every target that a resource may name: two kinds of ECS service have ARNs of one form. */
export function targetsNamedBy(resource: string): readonly NamedTarget[] {
  const arn = parseArn(resource);
  if (arn === null) return [];
  return kinds.flatMap(({ kind, forms }) => {
    if (forms.service !== arn.service) return [];
    const groups = forms.resource.exec(withoutEscapes(arn.resource))?.groups;
    const name = groups?.["name"];
    if (name === undefined) return [];
    const branch = groups?.["branch"] ?? null;
    return [{ kind, name, branch: branch === "*" ? null : branch }];
  });
}

/** The kinds of target that a service has. */
export function kindsOfService(service: string): readonly KindName[] {
  return kinds.flatMap(({ kind, forms }) => (forms.service === service ? [kind] : []));
}

/** `${*}` is the character in a policy. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\$\{([*?$])\}/g, "$1");
}

/** The Region of a resource; null where it names none, or any. */
export function regionOf(resource: string): string | null {
  const arn: Arn | null = parseArn(resource);
  return arn === null || arn.region === "" || /[*?]/.test(arn.region) ? null : arn.region;
}
