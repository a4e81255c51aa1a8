/** The condition keys of a request with their values. Key names ignore case. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** The values of a key; null if the request does not have it, or has it with an empty list. */
export function valuesOf(context: RequestContext, key: string): readonly string[] | null {
  const exact = context.get(key);
  if (exact !== undefined) return exact.length === 0 ? null : exact;
  const wanted = key.toLowerCase();
  for (const [name, values] of context) {
    if (name.toLowerCase() === wanted) return values.length === 0 ? null : values;
  }
  return null;
}
