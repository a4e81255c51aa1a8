import { type RequestContext, valuesOf } from "./context.ts";
import { glob, literal, type Pattern } from "./glob.ts";

/** Whether `*` and `?` in a policy's text are wildcards or plain characters. */
export type Wildcards = "live" | "characters";

/** The two versions of the policy language. A document without one has the older. */
export type Version = "2008-10-17" | "2012-10-17";

/**
 * A policy's text as a pattern, with variables replaced by the request's values.
 *
 * In 2012-10-17, `${*}`, `${?}` and `${$}` are those characters, `${key}` is the single value of
 * that key, `${key, 'other'}` has a default. In 2008-10-17 all of this is plain text, and a `*`
 * inside it is still a wildcard. Null if a variable has no value.
 * Source: IAM User Guide, "Policy elements: variables and tags".
 */
export function patternOf(
  text: string,
  version: Version,
  wildcards: Wildcards,
  context: RequestContext,
): Pattern | null {
  const plain = wildcards === "live" ? glob : literal;
  if (version === "2008-10-17") return plain(text);
  const pieces: Pattern[number][] = [];
  let rest = text;
  for (;;) {
    const open = rest.indexOf("${");
    const close = open < 0 ? -1 : rest.indexOf("}", open);
    if (close < 0) return [...pieces, ...plain(rest)];
    const value = valueOfVariable(rest.slice(open + 2, close), context);
    if (value === null) return null;
    pieces.push(...plain(rest.slice(0, open)), ...literal(value));
    rest = rest.slice(close + 1);
  }
}

function valueOfVariable(inside: string, context: RequestContext): string | null {
  if (inside === "*" || inside === "?" || inside === "$") return inside;
  const withDefault = /^([^,]*),\s*'(.*)'\s*$/s.exec(inside);
  const key = (withDefault?.[1] ?? inside).trim();
  const values = valuesOf(context, key);
  if (values !== null && values.length === 1) return values[0] ?? null;
  return withDefault?.[2] ?? null;
}
