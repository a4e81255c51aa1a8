/** What is known of a request: condition key to values. Key names are compared ignoring case. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** The values of a key, or null where the request does not carry it (an empty list counts as that). */
export function valuesOf(context: RequestContext, key: string): readonly string[] | null {
  const exact = context.get(key);
  if (exact !== undefined) return exact.length === 0 ? null : exact;
  const wanted = key.toLowerCase();
  for (const [name, values] of context) {
    if (name.toLowerCase() === wanted) return values.length === 0 ? null : values;
  }
  return null;
}
