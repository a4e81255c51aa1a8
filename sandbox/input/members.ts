/**
 * Reading the members of a request. What an AWS service checks before it does anything (required,
 * length, range, pattern, enum) is checked here in one place; how the refusal is worded and which
 * error code it carries differs by service, so each hands in its own `Refuse`.
 */

/** One failed check: which member, what was sent, and the constraint in the words of the AWS APIs. */
export type Violation = {
  readonly member: string;
  readonly value: unknown;
  readonly constraint: string;
};

/** Makes the service's own error out of a violation. */
export type Refuse = (violation: Violation) => Error;

export type TextRule = {
  readonly min?: number;
  readonly max?: number;
  /** Has to match the whole text. */
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
  /** What was sent, for members that a service only keeps and gives back. */
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

/**
 * Reads a request's members under the service's own way to refuse. `path` is what stands before a
 * member's name in a refusal ("tags.1.member."). The query protocol sends numbers and booleans as
 * text: they are read from text as well.
 */
export function membersOf(
  input: Readonly<Record<string, unknown>>,
  refuse: Refuse,
  path = "",
): Members {
  const fail = (name: string, value: unknown, constraint: string): never => {
    throw refuse({ member: `${path}${name}`, value, constraint });
  };
  const checked = (name: string, value: unknown, rule: TextRule): string => {
    if (typeof value !== "string") return fail(name, value, "Member must be a string");
    const violation = textViolation(value, rule);
    return violation === null ? value : fail(name, value, violation);
  };
  const number = (name: string, value: unknown, rule: CountRule): number => {
    const read = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof read !== "number" || !Number.isInteger(read)) {
      return fail(name, value, "Member must be an integer");
    }
    const violation = rangeViolation(read, rule);
    return violation === null ? read : fail(name, value, violation);
  };
  const boolean = (name: string, value: unknown): boolean => {
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    return fail(name, value, "Member must be a boolean");
  };
  const list = (
    name: string,
    rule: CountRule,
    value: unknown = own(input, name),
  ): readonly unknown[] | null => {
    if (value === undefined) return null;
    // The query protocol sends an empty list as the member's name with no value.
    if (value === "") return list(name, rule, []);
    if (!Array.isArray(value)) return fail(name, value, "Member must be a list");
    const violation = sizeViolation(value.length, rule);
    return violation === null ? value : fail(name, value, violation);
  };
  const record = (name: string): Readonly<Record<string, unknown>> | null => {
    const value = own(input, name);
    if (value === undefined) return null;
    return isRecord(value) ? value : fail(name, value, "Member must be a structure");
  };
  const structureAt = (name: string, value: unknown): Members =>
    isRecord(value)
      ? membersOf(value, refuse, `${path}${name}.`)
      : fail(name, value, "Member must be a structure");
  const members: Members = {
    text: (name, rule = {}) => {
      const value = own(input, name);
      return value === undefined ? fail(name, null, absent) : checked(name, value, rule);
    },
    optionalText: (name, rule = {}) => {
      const value = own(input, name);
      return value === undefined ? null : checked(name, value, rule);
    },
    count: (name, rule = {}) => {
      const value = own(input, name);
      return value === undefined ? fail(name, null, absent) : number(name, value, rule);
    },
    optionalCount: (name, rule = {}) => {
      const value = own(input, name);
      return value === undefined ? null : number(name, value, rule);
    },
    flag: (name, otherwise) => members.optionalFlag(name) ?? otherwise,
    optionalFlag: (name) => {
      const value = own(input, name);
      return value === undefined ? null : boolean(name, value);
    },
    optionalTime: (name) => {
      const value = own(input, name);
      if (value === undefined) return null;
      const time = instantOf(value);
      return time ?? fail(name, value, "Member must be a timestamp");
    },
    texts: (name, rule = {}) => members.optionalTexts(name, rule) ?? fail(name, null, absent),
    optionalTexts: (name, rule = {}) => {
      const values = list(name, rule);
      if (values === null) return null;
      return values.map((value, i) => checked(`${name}.${i + 1}.member`, value, rule.each ?? {}));
    },
    structures: (name, rule = {}) => {
      const values = list(name, rule);
      if (values === null) return (rule.min ?? 0) > 0 ? fail(name, null, absent) : [];
      return values.map((value, i) => structureAt(`${name}.${i + 1}.member`, value));
    },
    structure: (name) => members.optionalStructure(name) ?? fail(name, null, absent),
    optionalStructure: (name) => {
      const value = own(input, name);
      return value === undefined ? null : structureAt(name, value);
    },
    textMap: (name, rule = {}) => {
      const entries = Object.entries(record(name) ?? {});
      const violation = sizeViolation(entries.length, rule);
      if (violation !== null) return fail(name, own(input, name), violation);
      return new Map(
        entries.map(([key, value]) => [key, checked(`${name}.${key}`, value, rule.each ?? {})]),
      );
    },
    structureMap: (name) =>
      new Map(
        Object.entries(record(name) ?? {}).map(([key, value]) => [
          key,
          structureAt(`${name}.${key}`, value),
        ]),
      ),
    has: (name) => own(input, name) !== undefined,
    raw: (name) => own(input, name),
  };
  return members;
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
