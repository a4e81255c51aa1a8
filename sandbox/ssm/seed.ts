import { parameterArn } from "./name.ts";
import { newestOf, type Parameters, type ParameterType, type Version } from "./parameter.ts";

/** A version of a parameter that a test puts into the account without the API. */
export type NewParameter = {
  readonly name: string;
  readonly value: string;
  /** When it was put; default: now. */
  readonly at?: Date;
  /** ARN of the author; default: the root user. */
  readonly by?: string;
  /** Default: the account's own Region. */
  readonly region?: string;
  readonly type?: ParameterType;
};

/**
 * Puts a parameter into the store without any check, event or record. A parameter that exists gets
 * a new version. Returns the version's number.
 */
export function seedParameter(
  parameters: Parameters,
  place: { readonly account: string; readonly region: string; readonly now: Date },
  { name, value, at, by, type }: NewParameter,
): number {
  const before = parameters.get(name);
  const newest = before === undefined ? null : newestOf(before);
  const advanced = newest?.tier === "Advanced" || Buffer.byteLength(value, "utf8") > 4096;
  const version: Version = {
    version: (newest?.version ?? 0) + 1,
    value,
    type: type ?? newest?.type ?? "String",
    tier: advanced ? "Advanced" : "Standard",
    description: newest?.description ?? null,
    allowedPattern: newest?.allowedPattern ?? null,
    keyId: newest?.keyId ?? null,
    dataType: "text",
    modifiedAt: at ?? place.now,
    modifiedBy: by ?? `arn:aws:iam::${place.account}:root`,
    policies: newest?.policies ?? [],
  };
  const [first = version, ...rest] = [...(before?.versions ?? []), version].slice(-100);
  parameters.set(name, {
    arn: parameterArn(place, name),
    labels: new Map(),
    tags: new Map(),
    ...before,
    name,
    versions: [first, ...rest],
  });
  return version.version;
}
