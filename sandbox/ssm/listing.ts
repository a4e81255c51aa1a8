import type { Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import { labelsOn, newestOf, type Parameter, type Parameters, type Version } from "./parameter.ts";
import { shownPolicies } from "./policies.ts";
import { answerOf, badToken } from "./read.ts";

type Filter = {
  readonly key: string;
  readonly option: string;
  readonly values: readonly string[];
};

const nameOf = (parameter: Parameter): string => parameter.name;

/** GetParametersByPath: the parameters under a path, one level deep unless recursive. */
export function getParametersByPath(
  parameters: Parameters,
  members: Members,
  paging: Paging,
): object {
  const path = members.text("Path", { min: 1, max: 2048 });
  const recursive = members.flag("Recursive", false);
  const filters = filtersOf(members, ["Type", "KeyId", "Label"]);
  const decrypt = members.flag("WithDecryption", false);
  if (!/^\/[A-Za-z0-9_.\-/]*$/.test(path)) throw refused("ValidationException", pathRule);
  const page = listingPage(members, {
    items: sorted(
      parameters,
      (parameter) => isUnder(parameter.name, path, recursive) && filters.every(matches(parameter)),
    ),
    keyOf: nameOf,
    limit: members.optionalCount("MaxResults", { min: 1, max: 10 }) ?? 10,
    tokenName: "NextToken",
    scope: `path ${path} ${recursive} ${JSON.stringify(filters)}`,
    paging,
    badToken,
  });
  return {
    Parameters: page.items.map((parameter) =>
      answerOf(parameter, versionUnder(parameter, filters), { kind: "newest" }, decrypt),
    ),
    ...page.next,
  };
}

const pathRule =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). All sub-paths, if specified, must use the forward slash symbol "/".';

/** With a filter on a label, the answer has the version with that label. */
function versionUnder(parameter: Parameter, filters: readonly Filter[]): Version {
  const label = filters.find((filter) => filter.key === "Label");
  if (label === undefined) return newestOf(parameter);
  const at = label.values.map((value) => parameter.labels.get(value)).find(Number.isInteger);
  return parameter.versions.find((kept) => kept.version === at) ?? newestOf(parameter);
}

function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (!name.startsWith(prefix)) return prefix === "/" && !name.includes("/");
  return recursive || !name.slice(prefix.length).includes("/");
}

/** DescribeParameters: everything except the values. */
export function describeParameters(
  parameters: Parameters,
  members: Members,
  paging: Paging,
): object {
  const filters = [...filtersOf(members, null), ...oldFiltersOf(members)];
  const page = listingPage(members, {
    items: sorted(parameters, (parameter) => filters.every(matches(parameter))),
    keyOf: nameOf,
    limit: members.optionalCount("MaxResults", { min: 1, max: 50 }) ?? 10,
    tokenName: "NextToken",
    scope: `describe ${JSON.stringify(filters)}`,
    paging,
    badToken,
  });
  return { Parameters: page.items.map(described), ...page.next };
}

function described(parameter: Parameter): object {
  const newest = newestOf(parameter);
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: newest.type,
    ...(newest.keyId === null ? {} : { KeyId: newest.keyId }),
    LastModifiedDate: newest.modifiedAt,
    LastModifiedUser: newest.modifiedBy,
    ...(newest.description === null ? {} : { Description: newest.description }),
    ...(newest.allowedPattern === null ? {} : { AllowedPattern: newest.allowedPattern }),
    Version: newest.version,
    Tier: newest.tier,
    Policies: shownPolicies(newest),
    DataType: newest.dataType,
  };
}

function sorted(
  parameters: Parameters,
  isListed: (parameter: Parameter) => boolean,
): readonly Parameter[] {
  return [...parameters.values()].filter(isListed).sort(byKey(nameOf));
}

function filtersOf(members: Members, allowed: readonly string[] | null): readonly Filter[] {
  return members.structures("ParameterFilters").map((filter) => {
    const key = filter.text("Key", { min: 1, max: 132 });
    if (allowed !== null && !allowed.includes(key)) {
      throw refused(
        "InvalidFilterKey",
        `The following filter key is not valid: ${key}. Valid filter keys include: [${allowed.join(", ")}].`,
      );
    }
    return {
      key,
      option: filter.optionalText("Option") ?? (key === "Path" ? "OneLevel" : "Equals"),
      values: filter.optionalTexts("Values", { min: 1, max: 50 }) ?? [],
    };
  });
}

/** The older `Filters` member: Name by prefix, the others by equality. */
function oldFiltersOf(members: Members): readonly Filter[] {
  return members.structures("Filters").map((filter) => {
    const key = filter.text("Key", { oneOf: ["Name", "Type", "KeyId"] });
    const values = filter.texts("Values", { min: 1, max: 50 });
    return { key, option: key === "Name" ? "BeginsWith" : "Equals", values };
  });
}

function matches(parameter: Parameter): (filter: Filter) => boolean {
  return (filter) => {
    if (filter.key === "Path") {
      const recursive = filter.option === "Recursive";
      return filter.values.some((path) => isUnder(parameter.name, path, recursive));
    }
    const held = heldValues(parameter, filter.key);
    if (filter.values.length === 0) return held.length > 0;
    return filter.values.some((value) => held.some((text) => compares(filter.option, text, value)));
  };
}

function compares(option: string, text: string, value: string): boolean {
  switch (option) {
    case "Equals":
      return text === value || text === `/${value}`;
    case "BeginsWith":
      return text.startsWith(value) || text.startsWith(`/${value}`);
    case "Contains":
      return text.includes(value);
    default:
      throw refused("InvalidFilterOption", `The filter option ${option} is not valid.`);
  }
}

function heldValues(parameter: Parameter, key: string): readonly string[] {
  const newest = newestOf(parameter);
  if (key.startsWith("tag:")) {
    const value = parameter.tags.get(key.slice("tag:".length));
    return value === undefined ? [] : [value];
  }
  switch (key) {
    case "Name":
      return [parameter.name];
    case "Type":
      return [newest.type];
    case "KeyId":
      return newest.keyId === null ? [] : [newest.keyId];
    case "Tier":
      return [newest.tier];
    case "DataType":
      return [newest.dataType];
    case "Label":
      return parameter.versions.flatMap((version) => labelsOn(parameter, version.version));
    default:
      throw refused("InvalidFilterKey", `The following filter key is not valid: ${key}.`);
  }
}
