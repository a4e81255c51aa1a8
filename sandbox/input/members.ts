/**
 * Reads the members of a request. Here is what an AWS service checks before anything else:
 * required, length, range, pattern, enum. The error's code and words differ by service, so each
 * service passes its own `Refuse`.
 */

/** One failed check: the member, what was sent, and the constraint in AWS's words. */
export type Violation = {
  readonly member: string;
  readonly value: unknown;
  readonly constraint: string;
};

/** Turns a violation into the service's own error. */
export type Refuse = (violation: Violation) => Error;

export type TextRule = {
  readonly min?: number;
  readonly max?: number;
  /** Must match the whole text. */
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
};

export type CountRule = { readonly min?: number; readonly max?: number };

export type Members = {
  text(name: string, rule?: TextRule): string;
  optionalText(name: string, rule?: TextRule): string | null;
  count(name: string, rule?: CountRule): number;
  optionalCount(name: string, rule?: CountRule): number | null;
  flag(name: string, otherwise: boolean): boolean;
  optionalFlag(name: string): boolean | null;
  optionalTime(name: string): Date | null;
  texts(name: string, rule?: CountRule & { readonly each?: TextRule }): readonly string[];
  optionalTexts(
    name: string,
    rule?: CountRule & { readonly each?: TextRule },
  ): readonly string[] | null;
  /** A list of structures; absent is empty unless the rule asks for a minimum. */
  structures(name: string, rule?: CountRule): readonly Members[];
  structure(name: string): Members;
  optionalStructure(name: string): Members | null;
  /** A map from text to text, in the order it was sent; absent is empty. */
  textMap(
    name: string,
    rule?: CountRule & { readonly each?: TextRule },
  ): ReadonlyMap<string, string>;
  /** A map from text to structures; absent is empty. */
  structureMap(name: string): ReadonlyMap<string, Members>;
  has(name: string): boolean;
  /** What was sent, for members that a service only stores and returns. */
  raw(name: string): unknown;
};

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(input: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  return value === null ? undefined : value;
}

function textViolation(text: string, rule: TextRule): string | null {
  if (rule.min !== undefined && text.length < rule.min) {
    return `Member must have length greater than or equal to ${rule.min}`;
  }
  if (rule.max !== undefined && text.length > rule.max) {
    return `Member must have length less than or equal to ${rule.max}`;
  }
  if (rule.oneOf !== undefined && !rule.oneOf.includes(text)) {
    return `Member must satisfy enum value set: [${rule.oneOf.join(", ")}]`;
  }
  if (rule.pattern !== undefined && !wholly(rule.pattern, text)) {
    return `Member must satisfy regular expression pattern: ${rule.pattern.source}`;
  }
  return null;
}

function wholly(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(text);
}

function sizeViolation(size: number, rule: CountRule): string | null {
  if (rule.min !== undefined && size < rule.min) {
    return `Member must have length greater than or equal to ${rule.min}`;
  }
  if (rule.max !== undefined && size > rule.max) {
    return `Member must have length less than or equal to ${rule.max}`;
  }
  return null;
}

function rangeViolation(value: number, rule: CountRule): string | null {
  if (rule.min !== undefined && value < rule.min) {
    return `Member must have value greater than or equal to ${rule.min}`;
  }
  if (rule.max !== undefined && value > rule.max) {
    return `Member must have value less than or equal to ${rule.max}`;
  }
  return null;
}

const absent = "Member must not be null";

/** Refuses a member: its name, what was sent, and the constraint that it breaks. */
type Fail = (name: string, value: unknown, constraint: string) => never;

/**
 * Reads a request's members and refuses them as the service does. `path` comes before a member's
 * name in a refusal ("tags.1.member."). The query protocol sends numbers and booleans as text, so
 * they are read from text as well.
 */
export function membersOf(
  input: Readonly<Record<string, unknown>>,
  refuse: Refuse,
  path = "",
): Members {
  const fail: Fail = (name, value, constraint) => {
    throw refuse({ member: `${path}${name}`, value, constraint });
  };
  const optional = <Value>(name: string, read: (value: unknown) => Value): Value | null => {
    const value = own(input, name);
    return value === undefined ? null : read(value);
  };
  const required = <Value>(name: string, read: (value: unknown) => Value): Value =>
    optional(name, read) ?? fail(name, null, absent);
  const structure = (name: string, value: unknown): Members =>
    membersOf(readRecord(fail, name, value), refuse, `${path}${name}.`);
  const entries = (name: string): readonly [string, unknown][] =>
    Object.entries(optional(name, (value) => readRecord(fail, name, value)) ?? {});
  const members: Members = {
    text: (name, rule = {}) => required(name, (value) => readText(fail, name, value, rule)),
    optionalText: (name, rule = {}) => optional(name, (value) => readText(fail, name, value, rule)),
    count: (name, rule = {}) => required(name, (value) => readCount(fail, name, value, rule)),
    optionalCount: (name, rule = {}) =>
      optional(name, (value) => readCount(fail, name, value, rule)),
    flag: (name, otherwise) => members.optionalFlag(name) ?? otherwise,
    optionalFlag: (name) => optional(name, (value) => readFlag(fail, name, value)),
    optionalTime: (name) =>
      optional(
        name,
        (value) => instantOf(value) ?? fail(name, value, "Member must be a timestamp"),
      ),
    texts: (name, rule = {}) => members.optionalTexts(name, rule) ?? fail(name, null, absent),
    optionalTexts: (name, { each = {}, ...rule } = {}) =>
      optional(name, (value) =>
        readList(fail, name, value, rule).map((item, i) =>
          readText(fail, `${name}.${i + 1}.member`, item, each),
        ),
      ),
    structures: (name, rule = {}) => {
      const items = optional(name, (value) => readList(fail, name, value, rule));
      if (items === null && (rule.min ?? 0) > 0) return fail(name, null, absent);
      return (items ?? []).map((item, i) => structure(`${name}.${i + 1}.member`, item));
    },
    structure: (name) => required(name, (value) => structure(name, value)),
    optionalStructure: (name) => optional(name, (value) => structure(name, value)),
    textMap: (name, { each = {}, ...rule } = {}) => {
      const violation = sizeViolation(entries(name).length, rule);
      if (violation !== null) return fail(name, own(input, name), violation);
      return new Map(
        entries(name).map(([key, value]) => [key, readText(fail, `${name}.${key}`, value, each)]),
      );
    },
    structureMap: (name) =>
      new Map(entries(name).map(([key, value]) => [key, structure(`${name}.${key}`, value)])),
    has: (name) => own(input, name) !== undefined,
    raw: (name) => own(input, name),
  };
  return members;
}

function readText(fail: Fail, name: string, value: unknown, rule: TextRule): string {
  if (typeof value !== "string") return fail(name, value, "Member must be a string");
  const violation = textViolation(value, rule);
  return violation === null ? value : fail(name, value, violation);
}

function readCount(fail: Fail, name: string, value: unknown, rule: CountRule): number {
  const read = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof read !== "number" || !Number.isInteger(read)) {
    return fail(name, value, "Member must be an integer");
  }
  const violation = rangeViolation(read, rule);
  return violation === null ? read : fail(name, value, violation);
}

function readFlag(fail: Fail, name: string, value: unknown): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  return fail(name, value, "Member must be a boolean");
}

function readList(fail: Fail, name: string, value: unknown, rule: CountRule): readonly unknown[] {
  // The query protocol sends an empty list as the member's name with no value.
  const list = value === "" ? [] : value;
  if (!Array.isArray(list)) return fail(name, list, "Member must be a list");
  const violation = sizeViolation(list.length, rule);
  return violation === null ? list : fail(name, list, violation);
}

function readRecord(fail: Fail, name: string, value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : fail(name, value, "Member must be a structure");
}

/** JSON protocols send seconds since 1970, REST-JSON and query send ISO 8601 text. */
function instantOf(value: unknown): Date | null {
  if (value instanceof Date) return value;
  if (typeof value === "number") return new Date(value * 1000);
  if (typeof value !== "string") return null;
  const time = new Date(/^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : value);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** How most JSON services word it: "1 validation error detected: Value '…' at 'name' failed …". */
export function validationSentence(violation: Violation): string {
  const shown = violation.value === null ? "null" : `'${shortly(violation.value)}'`;
  const member = violation.member.replace(/(^|\.)[A-Z]/g, (start) => start.toLowerCase());
  return `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${violation.constraint}`;
}

function shortly(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
