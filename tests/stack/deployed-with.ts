import { isRecord, isTemplate, type Template } from "./template.ts";

/** What CloudFormation knows of a template when it begins: its parameters' values, and its tables. */
type Known = {
  readonly values: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, unknown>>;
};

type Fields = Readonly<Record<string, unknown>>;

const leftOut = Symbol("AWS::NoValue");

/**
 * What is left of a template once CloudFormation has put in the values of its parameters: no
 * conditions, no mappings, and no function that a parameter alone decides. References to resources
 * and to the account stay.
 *
 * Source: CloudFormation User Guide, "Intrinsic functions", "Condition functions". Lists are split and
 * picked from as JavaScript does it; an index that is not there is an error there, and here.
 *
 * @throws an error when a value is not allowed, as CloudFormation would refuse it
 */
export function deployedWith(template: unknown, given: Fields): Template {
  if (!isRecord(template)) throw new Error("no template");
  const known: Known = {
    values: valuesOf(recordIn(template, "Parameters"), given),
    conditions: recordIn(template, "Conditions"),
    mappings: recordIn(template, "Mappings"),
  };
  const { Parameters: _p, Conditions: _c, Mappings: _m, Metadata: _d, ...rest } = template;
  const Resources = Object.fromEntries(
    Object.entries(recordIn(template, "Resources")).flatMap(([name, resource]) => {
      if (!isRecord(resource)) throw new Error(`${name} is not a resource.`);
      const { Condition, ...own } = resource;
      return Condition === undefined || holds({ Condition }, known)
        ? [[name, putIn(own, known)] as const]
        : [];
    }),
  );
  const deployed = putIn({ ...rest, Resources }, known);
  if (!isTemplate(deployed)) throw new Error("The template has no resources.");
  return deployed;
}

/** A part of a template, or of a part, that is an object. */
export function recordIn(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (!isRecord(value)) throw new Error(`The template has no ${name}.`);
  return value;
}

function valuesOf(parameters: Fields, given: Fields): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !(name in parameters));
  if (unknown.length > 0) throw new Error(`no parameter ${unknown.join(", ")}`);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      if (!isRecord(parameter)) throw new Error(`${name} is not a parameter.`);
      const value = given[name] ?? parameter["Default"];
      if (value === undefined) throw new Error(`${name} has no value.`);
      return [name, allowed(name, String(value), parameter)];
    }),
  );
}

function allowed(name: string, value: string, parameter: Fields): string {
  const { AllowedValues, AllowedPattern, MaxLength } = parameter;
  const isListed = !Array.isArray(AllowedValues) || AllowedValues.map(String).includes(value);
  const fits = AllowedPattern === undefined || new RegExp(`^${AllowedPattern}$`).test(value);
  const isShort = MaxLength === undefined || value.length <= Number(MaxLength);
  if (!isListed || !fits || !isShort) throw new Error(`${name} may not be "${value}"`);
  return value;
}

/** Whether a condition holds: `Condition`, `Fn::Not`, `Fn::Equals`. */
function holds(condition: unknown, known: Known): boolean {
  if (!isRecord(condition)) throw new Error("no condition");
  const [[name, argument] = [""]] = Object.entries(condition);
  if (name === "Condition") {
    const named = known.conditions[String(argument)];
    if (named === undefined) throw new Error(`There is no condition ${String(argument)}.`);
    return holds(named, known);
  }
  if (!Array.isArray(argument)) throw new Error(`${name} has no list.`);
  if (name === "Fn::Not") return !holds(argument[0], known);
  if (name !== "Fn::Equals") throw new Error(`${name} is not understood here.`);
  const [left, right] = argument.map((each) => putIn(each, known));
  return left === right;
}

function putIn(value: unknown, known: Known): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => putIn(item, known)).filter((item) => item !== leftOut);
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  const [[name, argument] = [""]] = entries;
  if (entries.length === 1) {
    const decided = functionOf(name, argument, known);
    if (decided !== undefined) return decided.value;
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, putIn(item, known)]).filter(([, item]) => item !== leftOut),
  );
}

/** What a function comes to, where parameters decide it; nothing where it is about the account. */
function functionOf(
  name: string,
  argument: unknown,
  known: Known,
): { readonly value: unknown } | undefined {
  if (name === "Ref") {
    if (argument === "AWS::NoValue") return { value: leftOut };
    const value = known.values[String(argument)];
    return value === undefined ? undefined : { value };
  }
  if (name === "Fn::Sub") return { value: substituted(argument, known) };
  if (!Array.isArray(argument)) return undefined;
  switch (name) {
    case "Fn::If": {
      const [condition, yes, no] = argument;
      return { value: putIn(holds({ Condition: condition }, known) ? yes : no, known) };
    }
    case "Fn::FindInMap": {
      const [map, key, field] = argument.map((each) => putIn(each, known));
      const row = recordIn(recordIn(known.mappings, String(map)), String(key));
      return { value: row[String(field)] };
    }
    case "Fn::Join": {
      const items = putIn(argument[1], known);
      if (!Array.isArray(items)) return undefined;
      return { value: asText(items.map(patternOf).join(String(argument[0]))) };
    }
    case "Fn::Split": {
      const parts = patternOf(putIn(argument[1], known)).split(String(argument[0]));
      return { value: parts.map(asText) };
    }
    case "Fn::Select": {
      const items = putIn(argument[1], known);
      const item: unknown = Array.isArray(items) ? items[Number(argument[0])] : undefined;
      if (item === undefined) throw new Error(`There is no item ${String(argument[0])}.`);
      return { value: item };
    }
    default:
      return undefined;
  }
}

/** Text with the values that are known; what is left refers to resources or the account. */
function substituted(argument: unknown, known: Known): unknown {
  const [pattern, own] = Array.isArray(argument) ? argument : [argument, {}];
  const values = { ...known.values, ...(isRecord(own) ? Object(putIn(own, known)) : {}) };
  const text = String(pattern).replaceAll(/\$\{([\w.:]+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
  return asText(text);
}

/** Text, or what is still to be put together from references to resources or the account. */
function asText(pattern: string): unknown {
  return pattern.includes("${") ? { "Fn::Sub": pattern } : pattern;
}

function patternOf(text: unknown): string {
  if (typeof text === "string") return text;
  if (isRecord(text) && typeof text["Fn::Sub"] === "string") return text["Fn::Sub"];
  throw new Error(`${JSON.stringify(text)} is not text.`);
}
