/**
 * XML as AWS's query protocol writes it: a list's elements are `<member>`, a map's are
 * `<entry><key/><value/></entry>`, an instant is ISO 8601 in whole seconds, an absent member has no
 * element. Source: Smithy, "AWS query protocol".
 */
export function writeXmlMembers(members: object): string {
  return Object.entries(members)
    .map(([name, value]) => element(name, value))
    .join("");
}

/** One element with its value; an empty text for null or undefined. */
export function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
  if (Array.isArray(value)) return value.map((item) => element("member", item)).join("");
  if (value instanceof Map) {
    return [...value]
      .map(([key, item]) => `<entry>${element("key", key)}${element("value", item)}</entry>`)
      .join("");
  }
  if (typeof value === "object" && value !== null) return writeXmlMembers(value);
  return escapeXml(String(value));
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["\r", "&#xD;"],
]);

/** Text for an element's content. Control characters that XML 1.0 cannot carry are left out. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "")
      .replace(/[&<>"\r]/g, (character) => entities.get(character) ?? character)
  );
}
