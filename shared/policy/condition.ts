import { parseAddressRange } from "../language/address.ts";
import { parseDecimal } from "../language/decimal.ts";
import { parseInstant } from "../language/instant.ts";
import { literalPattern, type Pattern } from "../language/pattern.ts";
import type { ConditionTest, PolicyCondition, PolicyVersion, UnclearValue } from "./document.ts";
import type { JsonValue } from "./json.ts";
import { type Operator, readOperator } from "./operators.ts";
import { elementPath, memberPath } from "./problem.ts";
import { Refusal } from "./refusal.ts";
import { type ReadPattern, readArnPattern, readPattern } from "./value-text.ts";

/** Reads a statement's Condition element. Throws a Refusal for what IAM refuses. */
export function readConditions(
  element: JsonValue | undefined,
  version: PolicyVersion,
  where: string,
): readonly PolicyCondition[] {
  if (element === undefined) return [];
  if (element.kind !== "object") {
    throw new Refusal("malformed-condition", "Condition must be an object of operators.", where);
  }
  const conditions: PolicyCondition[] = [];
  for (const { name: operator, value: block } of element.members) {
    const blockPath = memberPath(where, operator);
    if (readOperator(operator).kind === "unknown") {
      const message = `${JSON.stringify(operator)} is no condition operator of IAM. See the IAM User Guide for the list.`;
      throw new Refusal("unknown-operator", message, blockPath);
    }
    if (block.kind !== "object") {
      throw new Refusal(
        "malformed-condition",
        `${operator} must be an object of condition keys.`,
        blockPath,
      );
    }
    for (const { name: keyText, value } of block.members) {
      const path = memberPath(blockPath, keyText);
      if (keyText.trim() === "") {
        throw new Refusal("malformed-condition", "A condition key must have a name.", path);
      }
      conditions.push(
        readCondition({ operator, keyText, values: readValues(value, path), version, path }),
      );
    }
  }
  return conditions;
}

type Value = {
  readonly text: string;
  readonly where: string;
  /** A JSON number in a spelling that readers of JSON do not keep, such as 1.0 or 1e3. */
  readonly isOddNumber: boolean;
};

function readValues(value: JsonValue, path: string): readonly Value[] {
  const elements = value.kind === "array" ? value.elements : [value];
  return elements.map((element, index) => {
    const where = value.kind === "array" ? elementPath(path, index) : path;
    switch (element.kind) {
      case "string":
        return { text: element.text, where, isOddNumber: false };
      case "number":
        return {
          text: element.text,
          where,
          isOddNumber: String(Number(element.text)) !== element.text,
        };
      case "boolean":
        return { text: String(element.value), where, isOddNumber: false };
      default: {
        const message =
          "A condition value must be a string, a number or a boolean, or an array of them.";
        throw new Refusal("malformed-condition", message, where);
      }
    }
  });
}

/** The text of a value as no other value has it, whichever version of the language it is read in. */
function distinctText(value: Value, version: PolicyVersion): string {
  if (value.isOddNumber) return `number ${value.text}`;
  return `${value.text.includes("${") ? version : "text"} ${value.text}`;
}

type Given = {
  readonly operator: string;
  readonly keyText: string;
  readonly values: readonly Value[];
  readonly version: PolicyVersion;
  readonly path: string;
};

function readCondition(given: Given): PolicyCondition {
  const read = readOperator(given.operator);
  const common = {
    key: given.keyText.toLowerCase(),
    keyText: given.keyText,
    operator: given.operator,
    values: given.values.map((value) => value.text),
    where: given.path,
  };
  if (read.kind !== "known") {
    const why = read.kind === "unclear" ? read.why : "the operator is unknown";
    const message = `${given.operator} cannot be decided: ${why}.`;
    const problem = { code: "unclear-operator", message, where: given.path };
    const operands = given.values.map((value) => distinctText(value, given.version));
    return {
      ...common,
      quantifier: "none",
      ifExists: false,
      test: { kind: "unclear", negated: false, operands, problem },
      unclear: [],
    };
  }
  const unclear: UnclearValue[] = [];
  const test = readTest(read.operator, given, unclear);
  return { ...common, quantifier: read.quantifier, ifExists: read.ifExists, test, unclear };
}

function readTest(operator: Operator, given: Given, unclear: UnclearValue[]): ConditionTest {
  switch (operator.kind) {
    case "string": {
      const { negated, wildcards, anyCase } = operator;
      const reading = { version: given.version, wildcards, anyCase };
      const patterns = readPatterns(given, unclear, (text) => readPattern(text, reading));
      return { kind: "string", negated, patterns };
    }
    case "arn": {
      const patterns = readPatterns(given, unclear, (text) => readArnPattern(text, given.version));
      return { kind: "arn", negated: operator.negated, patterns };
    }
    case "binary":
      return {
        kind: "binary",
        negated: false,
        patterns: readOperands(given, unclear, parseBase64, "base64 as it is usually written"),
      };
    case "bool":
      return {
        kind: "bool",
        negated: false,
        operands: readOperands(given, unclear, parseTruth, '"true" or "false"'),
      };
    case "null":
      return {
        kind: "null",
        negated: false,
        operands: readOperands(given, unclear, parseTruth, '"true" or "false"'),
      };
    case "number": {
      const operands = readOperands(given, unclear, parseDecimal, "a whole or decimal number");
      return { kind: "number", negated: operator.negated, relation: operator.relation, operands };
    }
    case "date": {
      const operands = readOperands(
        given,
        unclear,
        parseInstant,
        "a day, an instant with its zone (2026-01-31T12:00:00Z), or seconds since 1970",
      );
      return { kind: "date", negated: operator.negated, relation: operator.relation, operands };
    }
    case "address": {
      const operands = readOperands(
        given,
        unclear,
        parseAddressRange,
        "an IPv4 or IPv6 address, with or without a prefix length",
      );
      return { kind: "address", negated: operator.negated, operands };
    }
    default:
      return operator satisfies never;
  }
}

function readPatterns(
  given: Given,
  unclear: UnclearValue[],
  read: (text: string) => ReadPattern,
): Pattern[] {
  const patterns: Pattern[] = [];
  for (const value of given.values) {
    const { text, where } = value;
    const name = distinctText(value, given.version);
    if (value.isOddNumber) {
      const message = `Which text IAM makes of the number ${text} is not documented. Write it as a string.`;
      unclear.push({
        name,
        text,
        problem: { code: "unclear-value", message, where },
        variables: [],
      });
      continue;
    }
    const result = read(text);
    switch (result.kind) {
      case "pattern":
        patterns.push(result.pattern);
        break;
      case "variable": {
        const message = `${JSON.stringify(text)} holds a variable: what it matches depends on the request.`;
        const variables = result.names.filter((name) => name !== "");
        unclear.push({ name, text, problem: { code: "variable", message, where }, variables });
        break;
      }
      case "not-an-arn": {
        const message = `${JSON.stringify(text)} does not have the six fields of an ARN; whether ${given.operator} ever matches it is not documented.`;
        unclear.push({
          name,
          text,
          problem: { code: "unclear-value", message, where },
          variables: [],
        });
        break;
      }
      default:
        result satisfies never;
    }
  }
  return patterns;
}

function readOperands<Operand>(
  given: Given,
  unclear: UnclearValue[],
  parse: (text: string) => Operand | null,
  allowed: string,
): Operand[] {
  const operands: Operand[] = [];
  for (const value of given.values) {
    const { text, where } = value;
    const operand = parse(text);
    if (operand !== null) {
      operands.push(operand);
      continue;
    }
    const message = `${JSON.stringify(text)} is not ${allowed}; what ${given.operator} does with it is not documented.`;
    const name = distinctText(value, given.version);
    unclear.push({ name, text, problem: { code: "unclear-value", message, where }, variables: [] });
  }
  return operands;
}

function parseTruth(text: string): boolean | null {
  return text === "true" ? true : text === "false" ? false : null;
}

const base64Grammar =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Only the canonical spelling: then equal bytes are equal text. */
function parseBase64(text: string): Pattern | null {
  return text !== "" && base64Grammar.test(text) ? literalPattern(text) : null;
}
