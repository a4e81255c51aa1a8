import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { checkNewName, parameterArn } from "./name.ts";
import {
  labelsOn,
  newestOf,
  type Parameter,
  type ParameterPolicy,
  type Parameters,
  type ParameterType,
  type Tier,
  type Version,
} from "./parameter.ts";
import { requestedPolicies } from "./policies.ts";
import { tagsOf } from "./tags.ts";

const versionsMax = 100;
const parametersMax = 10_000;
const valueBytesMax = { Standard: 4096, Advanced: 8192 } as const;

type Put = {
  readonly name: string;
  readonly value: string;
  readonly type: ParameterType | null;
  readonly tier: Tier | "Intelligent-Tiering" | null;
  readonly description: string | null;
  readonly allowedPattern: string | null;
  readonly keyId: string | null;
  readonly dataType: string;
  readonly overwrite: boolean;
  readonly tags: ReadonlyMap<string, string>;
  /** Null: the same as before. */
  readonly policies: readonly ParameterPolicy[] | null;
};

/**
 * PutParameter: a new parameter, or a new version of one. Returns the parameter and which of the
 * two happened. Rules: Systems Manager API reference, PutParameter.
 */
export function putParameter(
  parameters: Parameters,
  call: Call,
  members: Members,
): { readonly parameter: Parameter; readonly operation: "Create" | "Update" } {
  const put = readPut(members, call.now);
  checkNewName(call, put.name);
  const before = parameters.get(put.name);
  const parameter =
    before === undefined ? created(parameters, call, put) : updated(before, call, put);
  parameters.set(put.name, parameter);
  return { parameter, operation: before === undefined ? "Create" : "Update" };
}

function readPut(members: Members, now: Date): Put {
  return {
    name: members.text("Name", { min: 1, max: 2048 }),
    value: members.text("Value", { min: 1 }),
    type: typeOf(members.optionalText("Type", { oneOf: ["String", "StringList", "SecureString"] })),
    tier: tierOf(
      members.optionalText("Tier", { oneOf: ["Standard", "Advanced", "Intelligent-Tiering"] }),
    ),
    description: members.optionalText("Description", { max: 1024 }),
    allowedPattern: members.optionalText("AllowedPattern", { max: 1024 }),
    keyId: members.optionalText("KeyId", { min: 1, max: 256 }),
    dataType: members.optionalText("DataType", { max: 128 }) ?? "text",
    overwrite: members.flag("Overwrite", false),
    tags: tagsOf(members, "Tags"),
    policies: requestedPolicies(members.optionalText("Policies", { max: 4096 }), now),
  };
}

function typeOf(text: string | null): ParameterType | null {
  return text === "String" || text === "StringList" || text === "SecureString" ? text : null;
}

function tierOf(text: string | null): Put["tier"] {
  return text === "Standard" || text === "Advanced" || text === "Intelligent-Tiering" ? text : null;
}

function created(parameters: Parameters, call: Call, put: Put): Parameter {
  if (put.type === null) {
    const message = "A parameter type is required when you create a parameter.";
    throw refused("ValidationException", message);
  }
  if (put.overwrite && put.tags.size > 0) throw refused("ValidationException", tagsRule);
  if (parameters.size >= parametersMax) {
    throw refused(
      "ParameterLimitExceeded",
      `You can have ${parametersMax} parameters in a Region.`,
    );
  }
  const version = versionOf(call, put, { number: 1, type: put.type, tier: "Standard" });
  return {
    name: put.name,
    arn: parameterArn(call, put.name),
    versions: [version],
    labels: new Map(),
    tags: put.tags,
  };
}

function updated(before: Parameter, call: Call, put: Put): Parameter {
  if (!put.overwrite) {
    throw refused(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (put.tags.size > 0) throw refused("ValidationException", tagsRule);
  const newest = newestOf(before);
  if (put.type !== null && put.type !== newest.type) {
    throw refused(
      "HierarchyTypeMismatchException",
      `A parameter's type cannot change: ${put.name} is a ${newest.type}, not a ${put.type}.`,
    );
  }
  if (put.tier === "Standard" && newest.tier === "Advanced") {
    throw refused("ValidationException", downgradeRule);
  }
  const version = versionOf(call, put, {
    number: newest.version + 1,
    type: newest.type,
    tier: newest.tier,
    newest,
  });
  const kept = before.versions.length < versionsMax ? before.versions : withoutOldest(before);
  const [first = version, ...rest] = [...kept, version];
  return { ...before, versions: [first, ...rest] };
}

function withoutOldest(parameter: Parameter): readonly Version[] {
  const [oldest, ...newer] = parameter.versions;
  if (labelsOn(parameter, oldest.version).length > 0) {
    throw refused(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return newer;
}

function versionOf(
  call: Call,
  put: Put,
  at: {
    readonly number: number;
    readonly type: ParameterType;
    readonly tier: Tier;
    readonly newest?: Version;
  },
): Version {
  const allowedPattern = put.allowedPattern ?? at.newest?.allowedPattern ?? null;
  checkValue(put.value);
  checkPattern(put.value, allowedPattern);
  const policies = put.policies ?? at.newest?.policies ?? [];
  const tier = tierFor(put, at.tier, policies);
  const secureKey = put.keyId ?? at.newest?.keyId ?? "alias/aws/ssm";
  return {
    version: at.number,
    value: put.value,
    type: at.type,
    tier,
    description: put.description ?? at.newest?.description ?? null,
    allowedPattern,
    keyId: at.type === "SecureString" ? secureKey : null,
    dataType: put.dataType,
    modifiedAt: call.now,
    modifiedBy: call.caller.arn,
    policies,
  };
}

/** Intelligent tiering moves to the advanced tier if the value needs it, and stays there. */
function tierFor(put: Put, tierBefore: Tier, policies: readonly ParameterPolicy[]): Tier {
  const bytes = Buffer.byteLength(put.value, "utf8");
  const needed = bytes > valueBytesMax.Standard || policies.length > 0;
  const asked = put.tier === "Intelligent-Tiering" ? (needed ? "Advanced" : tierBefore) : put.tier;
  const tier = asked ?? tierBefore;
  if (tier === "Standard" && policies.length > 0) throw refused("ValidationException", policyRule);
  if (bytes > valueBytesMax[tier]) {
    throw refused(
      "ValidationException",
      tier === "Standard"
        ? `Standard tier parameters support a maximum parameter value of ${valueBytesMax.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`
        : `Advanced tier parameters support a maximum parameter value of ${valueBytesMax.Advanced} characters.`,
    );
  }
  return tier;
}

/** A value cannot refer to another parameter: `{{…}}` is refused anywhere in it. */
function checkValue(value: string): void {
  if (/\{\{[\s\S]*?\}\}/.test(value)) {
    throw refused(
      "ValidationException",
      'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
    );
  }
}

function checkPattern(value: string, allowedPattern: string | null): void {
  if (allowedPattern === null || allowedPattern === "") return;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${allowedPattern})$`, "u");
  } catch {
    const message = `The pattern is not a regular expression: ${allowedPattern}`;
    throw refused("InvalidAllowedPatternException", message);
  }
  if (!pattern.test(value)) {
    throw refused(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
    );
  }
}

const tagsRule =
  "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";

const downgradeRule =
  "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.";

const policyRule =
  "Parameter policies are supported only for parameters of the advanced-parameter tier.";
