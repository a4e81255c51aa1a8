/**
 * CircleCI's language of context restrictions, as far as one question goes: what is certain about an
 * expression of which some variables are known. Source: CircleCI docs, "Using contexts", Expression
 * restrictions: operators, precedence, and that everything but `false` counts as true.
 */

type Known = ReadonlyMap<string, boolean>;

/** What is certain: a value, or `unknown` where it depends on what is not known here. */
type Value =
  | { readonly kind: "known"; readonly value: boolean | string | number }
  | { readonly kind: "unknown" };

const unknown: Value = { kind: "unknown" };

/** Weakest first; each level is left-associative. */
const levels: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["==", "!="],
  ["starts-with", "matches"],
  [">=", ">", "<=", "<"],
];

const tokenGrammar =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\/(?:[^/\\\n]|\\.)+\/)|(==|!=|>=|<=|>|<|!|\(|\))|(-?\d+(?![\w.-]))|([A-Za-z_][\w.-]*))/y;

/** An expression is short; a longer one is not read. */
const lengthMax = 4096;
const depthMax = 50;

/** Does an expression refuse every SSH rerun, whatever else is the case? */
export function refusesSshReruns(expression: string): boolean {
  const value = evaluate(expression, new Map([["job.ssh.enabled", true]]));
  return value?.kind === "known" && value.value === false;
}

/** Null where the text is not an expression that is understood here. */
function evaluate(expression: string, known: Known): Value | null {
  const tokens = tokensOf(expression);
  if (tokens === null) return null;
  const reader: Reader = { tokens, at: 0, known };
  const value = binary(reader, 0, 0);
  return reader.at === tokens.length ? value : null;
}

type Reader = { readonly tokens: readonly string[]; at: number; readonly known: Known };

function tokensOf(text: string): readonly string[] | null {
  if (text.length > lengthMax) return null;
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  tokenGrammar.lastIndex = 0;
  while (tokenGrammar.lastIndex < end) {
    const found = tokenGrammar.exec(text)?.[0];
    if (found === undefined) return null;
    tokens.push(found.trim());
  }
  return tokens;
}

function binary(reader: Reader, level: number, depth: number): Value | null {
  const operators = levels[level];
  if (operators === undefined) return unary(reader, depth);
  let left = binary(reader, level + 1, depth);
  for (;;) {
    const operator = reader.tokens[reader.at] ?? "";
    if (left === null || !operators.includes(operator)) return left;
    reader.at += 1;
    const right = binary(reader, level + 1, depth);
    left = right === null ? null : combined(operator, left, right);
  }
}

function unary(reader: Reader, depth: number): Value | null {
  const token = reader.tokens[reader.at];
  if (token === undefined || depth > depthMax) return null;
  reader.at += 1;
  if (token === "not" || token === "!") {
    const operand = unary(reader, depth + 1);
    if (operand?.kind !== "known") return operand;
    return { kind: "known", value: !isTrue(operand.value) };
  }
  if (token === "(") {
    const inner = binary(reader, 0, depth + 1);
    if (reader.tokens[reader.at] !== ")") return null;
    reader.at += 1;
    return inner;
  }
  return operandOf(token, reader.known);
}

function operandOf(token: string, known: Known): Value | null {
  if (token.startsWith('"')) {
    return { kind: "known", value: token.slice(1, -1).replaceAll(/\\(.)/gs, "$1") };
  }
  if (/^-?\d+$/.test(token)) return { kind: "known", value: Number(token) };
  if (token === "true" || token === "false") return { kind: "known", value: token === "true" };
  if (token.startsWith("/")) return unknown;
  if (!/^[A-Za-z_]/.test(token) || levels.flat().includes(token)) return null;
  const value = known.get(token);
  return value === undefined ? unknown : { kind: "known", value };
}

function combined(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "and":
      return decided([left, right], false);
    case "or":
      return decided([left, right], true);
    case "==":
    case "!=":
      if (left.kind === "unknown" || right.kind === "unknown") return unknown;
      // How a text equals a boolean is not documented.
      if (typeof left.value !== typeof right.value) return unknown;
      return { kind: "known", value: (left.value === right.value) === (operator === "==") };
    // Texts and numbers hang on the pipeline: nothing is certain about them here.
    default:
      return unknown;
  }
}

/** One value decides `and` and `or`; the other one needs both. */
function decided(values: readonly Value[], by: boolean): Value {
  const known = values.flatMap((each) => (each.kind === "known" ? [isTrue(each.value)] : []));
  if (known.includes(by)) return { kind: "known", value: by };
  return known.length === values.length ? { kind: "known", value: !by } : unknown;
}

function isTrue(value: boolean | string | number): boolean {
  return value !== false;
}
