import { fits, type KeyType } from "./documents.ts";

/** Values worth trying for a key: what the documents list, and what lies just beside it. */
export function candidatesOf(
  types: ReadonlySet<KeyType>,
  listed: readonly string[],
): readonly string[] {
  const found = new Set<string>();
  for (const type of types) {
    for (const value of [...ofType(type, listed), ...listed]) found.add(value);
  }
  // A key that operators of two types ask about holds what is of both.
  return [...found].filter(
    (value) => value !== "" && [...types].every((type) => fits(value, type)),
  );
}

function ofType(type: KeyType, listed: readonly string[]): readonly string[] {
  switch (type) {
    case "text":
      return texts(listed);
    case "bool":
      return ["true", "false"];
    case "number":
      return numbers(listed);
    case "date":
      return dates(listed);
    case "address":
      return addresses(listed);
    case "arn":
      return arns(listed);
    default:
      throw new Error(`no such type: ${type satisfies never}`);
  }
}

/** Texts of up to four characters of a small alphabet, all of them. */
function allShortTexts(alphabet: readonly string[]): readonly string[] {
  let level = [""];
  const all: string[] = [];
  for (let length = 1; length <= 4; length += 1) {
    level = level.flatMap((text) => alphabet.map((character) => text + character));
    all.push(...level);
  }
  return all;
}

/** Texts that match patterns or nearly do. */
export function texts(listed: readonly string[]): readonly string[] {
  const patterns = [...new Set(listed.flatMap((value) => [value, unescaped(value)]))];
  const characters = [...new Set(patterns.join(""))];
  const short = patterns.every((pattern) => pattern.length <= 5) && characters.length <= 6;
  return [
    "z",
    ...patterns.flatMap((pattern) => {
      const own = [...new Set(instances(pattern, patterns))];
      return short ? own.flatMap(nearMisses) : [...own, ...own.slice(1, 3).flatMap(nearMisses)];
    }),
    ...(short ? allShortTexts([...new Set([...characters, "z"])].slice(0, 5)) : []),
  ];
}

function unescaped(text: string): string {
  return text.replace(/\$\{([*?$])\}/g, "$1");
}

/** A glob with its stars filled in several ways, among them with what other patterns hold. */
function instances(pattern: string, patterns: readonly string[]): readonly string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  const bare = patterns.map((other) => other.replace(/\*/g, "").replace(/\?/g, "q"));
  const fillings = ["q", "", "/", ":", "a:b/c", ...bare.slice(0, 8)];
  const ends = patterns.filter((other) => other !== pattern && other.includes("*")).slice(0, 8);
  return [
    pattern,
    ...fillings.map((filling) => pattern.replace(/\?/g, "q").replace(/\*/g, filling)),
    ...fillings.map((filling) =>
      pattern.replace(/\?/g, "a").replace("*", filling).replace(/\*/g, ""),
    ),
    ...ends.flatMap((other) => [
      pattern.slice(0, pattern.indexOf("*")) + other.slice(other.lastIndexOf("*") + 1),
      other.slice(0, other.indexOf("*")) + pattern.slice(pattern.lastIndexOf("*") + 1),
    ]),
  ];
}

function nearMisses(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  return [
    text,
    `${text}q`,
    `q${text}`,
    text.slice(0, -1),
    text.slice(1),
    text.toUpperCase(),
    text.toLowerCase(),
    `${text.slice(0, middle)}q${text.slice(middle + 1)}`,
    `${text.slice(0, middle)}q${text.slice(middle)}`,
  ];
}

function numbers(listed: readonly string[]): readonly string[] {
  const limits = listed.map(Number).filter(Number.isFinite);
  const around = limits.flatMap((limit) => [limit - 1, limit - 0.5, limit, limit + 0.5, limit + 1]);
  return [-1_000_000, 0, 1_000_000, ...around].map(String);
}

function dates(listed: readonly string[]): readonly string[] {
  const limits = listed
    .map((value) => (/^\d+$/.test(value) ? Number(value) : Date.parse(value) / 1000))
    .filter(Number.isFinite)
    .map(Math.floor);
  const around = limits.flatMap((limit) => [limit - 1, limit, limit + 1]);
  return [0, 4_000_000_000, ...around].map((seconds) =>
    new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
  );
}

function addresses(listed: readonly string[]): readonly string[] {
  const around = listed.flatMap((block) => {
    const [base = "", prefix] = block.split("/");
    return base.includes(":")
      ? [base, base.replace(/[0-9a-f]*$/i, "9"), base.replace(/^[0-9a-f]+/i, "3fff")]
      : v4Around(base, prefix === undefined ? 32 : Number(prefix));
  });
  return ["8.8.8.8", "0.0.0.0", "255.255.255.255", "2001:db8::9", "::1", "fe80::1", ...around];
}

function v4Around(base: string, length: number): readonly string[] {
  const bits = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  const first = Math.floor(bits / size) * size;
  return [first - 1, first, first + 1, first + size / 2, first + size - 1, first + size]
    .map(Math.floor)
    .filter((address) => address >= 0 && address < 2 ** 32)
    .map((address) =>
      [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join("."),
    );
}

function arns(listed: readonly string[]): readonly string[] {
  return texts(listed)
    .concat(
      "arn:aws:iam::123456789012:role/other",
      "arn:aws:iam::1:2:role/x",
      "arn:aws:s3:::bucket",
      "arn:aws-cn:iam::210987654321:user/u:v",
    )
    .filter((text) => text.startsWith("arn:") && text.split(":").length >= 6);
}
