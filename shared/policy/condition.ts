import { parseAddressRange } from "../language/address.ts";
import { type Decimal, parseDecimal } from "../language/decimal.ts";
import { parseInstant } from "../language/instant.ts";
import { literalPattern, type Pattern } from "../language/pattern.ts";
import type { ConditionTest, PolicyCondition, PolicyVersion, UnclearValue } from "./document.ts";
import type { JsonValue } from "./json.ts";
import { othersThan } from "./keys.ts";
import { type Operator, readOperator } from "./operators.ts";
import { elementPath, memberPath, variableProblem } from "./problem.ts";
import { Refusal } from "./refusal.ts";
import { oddLetter } from "./template.ts";
import { type ReadPattern, readArnPattern, readPattern } from "./value-text.ts";

/** Reads a statement's Condition element. Throws a Refusal for what IAM refuses. */
export function readConditions(
  element: JsonValue | undefined,
  version: PolicyVersion,
  where: string,
): readonly PolicyCondition[] {
  if (element === undefined) return [];
  if (element.kind !== "object") {
    throw malformed("Condition must be an object of operators.", where);
  }
  const conditions: PolicyCondition[] = [];
  for (const { name: operator, value: block } of element.members) {
    const blockPath = memberPath(where, operator);
    const read = readOperator(operator);
    if (read.kind === "unknown") {
      const message = `${JSON.stringify(operator)} is not a condition operator of IAM. See the IAM User Guide for the list.`;
      throw new Refusal("unknown-operator", message, blockPath);
    }
    if (block.kind !== "object") {
      throw malformed(`${operator} must be an object of condition keys.`, blockPath);
    }
    for (const { name: keyText, value } of block.members) {
      const path = memberPath(blockPath, keyText);
      checkKey(keyText, path);
      conditions.push(
        readCondition({ operator, read, keyText, values: readValues(value, path), version, path }),
      );
    }
  }
  return conditions;
}

function malformed(message: string, where: string): Refusal {
  return new Refusal("malformed-condition", message, where);
}

/** IAM: "Actions/Conditions must be prefaced by a vendor". */
function checkKey(text: string, path: string): void {
  if (/^[^:]*[^:\s][^:]*:./.test(text) && !oddLetter.test(text)) return;
  const message = `${JSON.stringify(text)} is not a condition key: a key begins with whose it is and a colon, such as aws:CurrentTime or HOST/PATH:sub with the provider's host and path.`;
  throw malformed(message, path);
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
          isOddNumber: /e/i.test(element.text) || String(Number(element.text)) !== element.text,
        };
      case "boolean":
        return { text: String(element.value), where, isOddNumber: false };
      default: {
        const message =
          "A condition value must be a string, a number or a boolean, or an array of them.";
        throw malformed(message, where);
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
  readonly read: Exclude<ReturnType<typeof readOperator>, { readonly kind: "unknown" }>;
  readonly keyText: string;
  readonly values: readonly Value[];
  readonly version: PolicyVersion;
  readonly path: string;
};

function readCondition(given: Given): PolicyCondition {
  const { read } = given;
  const common = {
    key: given.keyText.toLowerCase(),
    keyText: given.keyText,
    operator: given.operator,
    values: given.values.map((value) => value.text),
    where: given.path,
  };
  if (read.kind !== "known") {
    const message = `${given.operator} cannot be decided: ${read.why}.`;
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
  const operands = <Operand>(
    parse: (text: string) => Operand | null,
    allowed: string,
  ): readonly Operand[] => readOperands(given, unclear, parse, allowed);
  switch (operator.kind) {
    case "string": {
      const { wildcards, anyCase } = operator;
      const reading = { version: given.version, wildcards, anyCase };
      const patterns = readPatterns(given, unclear, (text) => readPattern(text, reading));
      return { ...operator, patterns };
    }
    case "arn": {
      const hasOthers = othersThan(["arn"], given.keyText.toLowerCase()) !== "none";
      const patterns = readPatterns(given, unclear, (text) =>
        readArnPattern(text, given.version, hasOthers),
      );
      return { ...operator, patterns };
    }
    case "binary": {
      const patterns = operands(parseBase64, "base64 as it is usually written");
      return { ...operator, negated: false, patterns };
    }
    case "bool":
    case "null": {
      const truths = operands(parseTruth, '"true" or "false"');
      return { ...operator, negated: false, operands: truths };
    }
    case "number":
      return { ...operator, operands: operands(parseDecimal, "a whole or decimal number") };
    case "date": {
      const allowed =
        "a day, a whole second with its zone (2026-01-31T12:00:00Z), or seconds since 1970";
      return { ...operator, operands: operands(parseWholeInstant, allowed) };
    }
    case "address": {
      const allowed = "an IPv4 or IPv6 address, with or without a prefix length";
      return { ...operator, operands: operands(parseAddressRange, allowed) };
    }
    default:
      return operator satisfies never;
  }
}

/** A value whose meaning is not documented, and the sentence that says so. */
function unclearValue(given: Given, value: Value, message: string): UnclearValue {
  const { text, where } = value;
  const problem = { code: "unclear-value", message, where };
  const name = distinctText(value, given.version);
  return { name, text, problem, variables: [], template: null };
}

function readPatterns(
  given: Given,
  unclear: UnclearValue[],
  read: (text: string) => ReadPattern,
): Pattern[] {
  const patterns: Pattern[] = [];
  for (const value of given.values) {
    const { text, where } = value;
    if (value.isOddNumber) {
      const message = `Which text IAM makes of the number ${text} is not documented. Write it as a string.`;
      unclear.push(unclearValue(given, value, message));
      continue;
    }
    const result = read(text);
    switch (result.kind) {
      case "pattern":
        patterns.push(result.pattern);
        break;
      case "variable": {
        const { names: variables, template } = result;
        const problem = variableProblem(text, where);
        unclear.push({ ...unclearValue(given, value, ""), problem, variables, template });
        break;
      }
      case "not-an-arn": {
        const message = `${JSON.stringify(text)} is not an ARN: it needs six fields, of which the first is arn. Whether ${given.operator} ever matches it is not documented. Write a whole ARN.`;
        unclear.push(unclearValue(given, value, message));
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
    const operand = parse(value.text);
    if (operand !== null) operands.push(operand);
    else {
      const message = `${JSON.stringify(value.text)} is not ${allowed}; what ${given.operator} does with it is not documented. Write one.`;
      unclear.push(unclearValue(given, value, message));
    }
  }
  return operands;
}

/** Whether the moment of a request has fractions of a second is not documented. */
function parseWholeInstant(text: string): Decimal | null {
  const instant = parseInstant(text);
  return instant?.scale === 0 ? instant : null;
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
