import type { Members } from "../input/members.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import { type Selector, selected } from "./name.ts";
import { labelsOn, newestOf, type Parameter, type Parameters, type Version } from "./parameter.ts";
import { shownPolicies } from "./policies.ts";

/** The parameter of that name or ARN. */
export function parameterAt(parameters: Parameters, nameOrArn: string): Parameter | null {
  const named = parameters.get(nameOrArn);
  if (named !== undefined) return named;
  if (!nameOrArn.startsWith("arn:")) return null;
  return parameters.values().find((parameter) => parameter.arn === nameOrArn) ?? null;
}

/** The same, or ParameterNotFound, which AWS sends without a message. */
export function existing(parameters: Parameters, name: string): Parameter {
  const parameter = parameterAt(parameters, name);
  if (parameter === null) throw refused("ParameterNotFound", "");
  return parameter;
}

export function noSuchVersion(name: string, version: number): Error {
  return refused(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

type Found =
  | { readonly kind: "found"; readonly answer: object }
  | { readonly kind: "missing"; readonly error: Error };

function find(parameters: Parameters, reference: string, decrypt: boolean): Found {
  const { name, selector } = selected(reference);
  const parameter = parameterAt(parameters, name);
  if (parameter === null) return { kind: "missing", error: refused("ParameterNotFound", "") };
  const version = versionFor(parameter, selector);
  if (version !== null) {
    return { kind: "found", answer: answerOf(parameter, version, selector, decrypt) };
  }
  const error =
    selector.kind === "version"
      ? noSuchVersion(parameter.name, selector.version)
      : refused(
          "ParameterVersionNotFound",
          `Systems Manager could not find label ${selector.kind === "label" ? selector.label : ""} for parameter ${parameter.name}. Verify the label and try again.`,
        );
  return { kind: "missing", error };
}

function versionFor(parameter: Parameter, selector: Selector): Version | null {
  switch (selector.kind) {
    case "newest":
      return newestOf(parameter);
    case "version":
      return numbered(parameter, selector.version);
    case "label": {
      const version = parameter.labels.get(selector.label);
      return version === undefined ? null : numbered(parameter, version);
    }
    default:
      return selector satisfies never;
  }
}

function numbered(parameter: Parameter, version: number): Version | null {
  return parameter.versions.find((kept) => kept.version === version) ?? null;
}

/** The value of a SecureString without decryption: a fixed text instead of ciphertext. */
function shownValue(version: Version, decrypt: boolean): string {
  if (version.type !== "SecureString" || decrypt) return version.value;
  return `AQICAH${Buffer.from(version.value, "utf8").toString("base64")}`;
}

export function answerOf(
  parameter: Parameter,
  version: Version,
  selector: Selector,
  decrypt: boolean,
): object {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: shownValue(version, decrypt),
    Version: version.version,
    ...(selector.kind === "newest" ? {} : { Selector: selector.text }),
    LastModifiedDate: version.modifiedAt,
    ARN: parameter.arn,
    DataType: version.dataType,
  };
}

export function getParameter(parameters: Parameters, members: Members): object {
  const reference = members.text("Name", { min: 1, max: 2048 });
  const found = find(parameters, reference, members.flag("WithDecryption", false));
  if (found.kind === "missing") throw found.error;
  return { Parameter: found.answer };
}

/** GetParameters: the answer has every name that is not found in `InvalidParameters`. */
export function getParameters(parameters: Parameters, members: Members): object {
  const references = members.texts("Names", { min: 1, max: 10, each: { min: 1, max: 2048 } });
  const decrypt = members.flag("WithDecryption", false);
  const all = [...new Set(references)].map((reference) => ({
    reference,
    found: find(parameters, reference, decrypt),
  }));
  return {
    Parameters: all.flatMap(({ found }) => (found.kind === "found" ? [found.answer] : [])),
    InvalidParameters: all.flatMap(({ reference, found }) =>
      found.kind === "missing" ? [reference] : [],
    ),
  };
}

/** GetParameterHistory: the oldest kept version first, each with its labels. */
export function getParameterHistory(
  parameters: Parameters,
  members: Members,
  paging: Paging,
): object {
  const parameter = existing(parameters, members.text("Name", { min: 1, max: 2048 }));
  const decrypt = members.flag("WithDecryption", false);
  const page = listingPage(members, {
    items: parameter.versions,
    keyOf: (version) => ordinalKey(version.version),
    limit: members.optionalCount("MaxResults", { min: 1, max: 50 }) ?? 50,
    tokenName: "NextToken",
    scope: `history ${parameter.name}`,
    paging,
    badToken,
  });
  return {
    Parameters: page.items.map((version) => historyEntry(parameter, version, decrypt)),
    ...page.next,
  };
}

function historyEntry(parameter: Parameter, version: Version, decrypt: boolean): object {
  return {
    Name: parameter.name,
    Type: version.type,
    ...(version.keyId === null ? {} : { KeyId: version.keyId }),
    LastModifiedDate: version.modifiedAt,
    LastModifiedUser: version.modifiedBy,
    ...(version.description === null ? {} : { Description: version.description }),
    Value: shownValue(version, decrypt),
    ...(version.allowedPattern === null ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Labels: labelsOn(parameter, version.version),
    Tier: version.tier,
    Policies: shownPolicies(version),
    DataType: version.dataType,
  };
}

export function badToken(): Error {
  return refused("InvalidNextToken", "The specified token is not valid.");
}
