import { addressPlaces, addressText, parseAddress } from "../language/address.ts";
import type { Budget } from "../language/budget.ts";
import { decimalText, floorDecimal, parseDecimal } from "../language/decimal.ts";
import { instantBounds, instantText, parseInstant } from "../language/instant.ts";
import { characterClass, grammarMachine } from "../language/machine.ts";
import { placesOf } from "../language/ordered.ts";
import { type Found, none, spent } from "../language/search.ts";
import { fewestLiterals, findMember, includesText, type StringSet } from "../language/strings.ts";
import type { ConditionTest } from "../policy/document.ts";
import { othersThan, sampleOf, type ValueType } from "../policy/keys.ts";
import { fits } from "../policy/match.ts";

/** A set of values of one key: all of them, a set of strings, or what a typed operator fits. */
export type ValueSet =
  | { readonly kind: "all" }
  /** `arn`: what an ARN operator fits, and not a text that a string operator names. */
  | { readonly kind: "text"; readonly set: StringSet; readonly arn?: { readonly negated: boolean } }
  | { readonly kind: "typed"; readonly test: ConditionTest }
  /** Some of the listed values of a dimension that has no more than those. */
  | { readonly kind: "listed"; readonly texts: ReadonlySet<string> };

/** The values that a key can have, and how to find one in some sets and not in others. */
export type ValueSpace = {
  readonly find: (question: {
    readonly included: readonly ValueSet[];
    readonly excluded: readonly ValueSet[];
    readonly budget: Budget;
  }) => Found;
  /** All its values, where they are few; the order is that of preference. */
  readonly values?: readonly string[];
};

/** Is the value in the set? The value must be one of its space. */
export function inSet(set: ValueSet, value: string): boolean {
  switch (set.kind) {
    case "all":
      return true;
    case "text":
      return includesText(set.set, value);
    case "typed":
      return fits(set.test, value);
    case "listed":
      return set.texts.has(value);
    default:
      return set satisfies never;
  }
}

/** A space of a few values, each of which is tried; the order is that of preference. */
export function listedSpace(values: readonly string[]): ValueSpace {
  return {
    values,
    find: ({ included, excluded }) => {
      for (const value of values) {
        if (
          included.every((set) => inSet(set, value)) &&
          !excluded.some((set) => inSet(set, value))
        ) {
          return { kind: "found", text: value };
        }
      }
      return none;
    },
  };
}

/** All strings that are not empty, or those of a grammar. */
export function stringSpace(grammar: StringSet | null): ValueSpace {
  return {
    find: ({ included, excluded, budget }) => {
      if (excluded.some((set) => set.kind === "all")) return none;
      const sets = textSets(included);
      return findMember({
        included: grammar === null ? sets : [...sets, grammar],
        excluded: textSets(excluded),
        budget,
      });
    },
  };
}

function textSets(sets: readonly ValueSet[]): StringSet[] {
  return sets.flatMap((set) => (set.kind === "text" ? [set.set] : []));
}

const anyString = stringSpace(null);

/** All strings, this one before the others. */
function preferring(sample: string): ValueSpace {
  const first = listedSpace([sample]);
  return {
    find: (question) => {
      const found = first.find(question);
      return found.kind === "found" ? found : anyString.find(question);
    },
  };
}

/** No value is of all the types that the operators on the key ask for: nothing is decided. */
const contradictorySpace: ValueSpace = {
  find: ({ excluded }) => (excluded.some((set) => set.kind === "all") ? none : spent),
};

/** `isComplete`: every question about the space has an answer. */
type KeySpace = { readonly space: ValueSpace; readonly isComplete: boolean };

/**
 * The space of a key, from all the tests that are made on it. Its values are of the type that operators ask
 * for where AWS documents them as such: `IpAddress` on `aws:CurrentTime` fits no value that a request holds.
 *
 * @param key in lower case
 */
export function spaceOfKey(tests: readonly ConditionTest[], key: string): KeySpace {
  const types = [...typesAsked(tests)];
  const others = othersThan(types, key);
  const inside = spaceOfType(tests, key, others === "none");
  if (others === "none") return inside;
  const hasNegation = tests.some(
    (test) => test.kind !== "string" && "negated" in test && test.negated,
  );
  const isClear = others === "some" && !hasNegation;
  return beyond(inside, types, { sample: sampleOf(key), isClear });
}

/** The types that operators ask for. */
function typesAsked(tests: readonly ConditionTest[]): ReadonlySet<ValueType> {
  const types = new Set<ValueType>();
  for (const { kind } of tests)
    if (kind !== "string" && kind !== "null" && kind !== "unclear") types.add(kind);
  return types;
}

/** Whether a typed operator's set is that of a negation; null for a set of text. */
function negationOf(set: ValueSet): boolean | null {
  if (set.kind === "typed") return "negated" in set.test && set.test.negated;
  return set.kind === "text" ? (set.arn?.negated ?? null) : null;
}

/**
 * The values of a key that are not of the types which operators ask for as well, such as a subject under
 * `ArnLike`. Such a value fails the operator. What the operator's negation makes of it is not documented, so
 * that where there is one, nothing is decided by such a value; nor is it where the key is not known.
 */
function beyond(
  { space, isComplete }: KeySpace,
  types: readonly ValueType[],
  { sample, isClear }: { readonly sample: string | null; readonly isClear: boolean },
): KeySpace {
  const plain = (sets: readonly ValueSet[]) => sets.filter((set) => negationOf(set) === null);
  const arn: readonly ValueSet[] = types.includes("arn") ? [{ kind: "text", set: arns }] : [];
  const foreign = sample === null ? anyString : preferring(sample);
  const find: ValueSpace["find"] = (question) => {
    const { included, excluded, budget } = question;
    const inside = space.find(question);
    const isDecided = inside.kind === "found" || excluded.some(({ kind }) => kind === "all");
    if (isDecided || included.some((set) => negationOf(set) === false)) return inside;
    const sides = { included: plain(included), excluded: [...plain(excluded), ...arn] };
    const outside = foreign.find({ ...sides, budget });
    if (outside.kind === "none") return inside;
    const isForeign = outside.kind === "found" && !types.some((type) => isOf(type, outside.text));
    // For all that is asked of the key: a value that answers one question is held against the others.
    return isForeign && isClear ? outside : spent;
  };
  return { space: { find }, isComplete: isComplete && isClear };
}

/** Can it be read as one, in whatever spelling? Each number is a date as well, in seconds since 1970. */
function isOf(type: ValueType, text: string): boolean {
  if (type === "bool") return /^(true|false)$/i.test(text);
  if (type === "address") return parseAddress(text) !== null;
  if (type === "number" || type === "date")
    return /^[+-]?\d*(\.\d*)?(e[+-]?\d+)?$/i.test(text) || parsers[type](text) !== null;
  return type === "binary";
}

/** `isOfAll`: each value of the key is of all the types that operators ask for. */
function spaceOfType(tests: readonly ConditionTest[], key: string, isOfAll: boolean): KeySpace {
  const types = typesAsked(tests);
  const hasText = tests.some(({ kind }) => kind === "string");
  const [type, ...more] = types;
  const complete = (space: ValueSpace): KeySpace => ({ space, isComplete: true });
  const sample = hasText ? null : sampleOf(key);
  if (type === undefined) return complete(sample === null ? anyString : preferring(sample));
  // Seconds since 1970 are a number and a date at once (aws:EpochTime takes both operators). Any other key
  // may hold a date that is not a number.
  const isTime = [...types].every((one) => one === "number" || one === "date");
  if (isOfAll && isTime && (more.length > 0 || key === "aws:epochtime"))
    return typedSpace("epoch", tests, hasText);
  if (more.length > 0) return { space: contradictorySpace, isComplete: false };
  switch (type) {
    case "arn":
      return complete(stringSpace(arns));
    case "binary":
      return hasText
        ? { space: contradictorySpace, isComplete: false }
        : complete(binarySpace(tests));
    case "bool":
      return complete(listedSpace(["true", "false"]));
    case "number":
    case "date":
    case "address":
      return typedSpace(type, tests, hasText);
    default:
      return type satisfies never;
  }
}

type TypedKind = "number" | "date" | "epoch" | "address";

function typedSpace(kind: TypedKind, tests: readonly ConditionTest[], hasText: boolean): KeySpace {
  const places = placesOfKind(kind, tests);
  const listed = listedSpace(places);
  return hasText
    ? { space: mixedSpace(kind, places, listed), isComplete: false }
    : { space: listed, isComplete: true };
}

function placesOfKind(kind: TypedKind, tests: readonly ConditionTest[]): readonly string[] {
  if (kind === "address") {
    const ranges = tests.flatMap((test) => (test.kind === "address" ? test.operands : []));
    return addressPlaces(ranges).map(addressText);
  }
  const named = tests.flatMap((test) =>
    test.kind === "number" || test.kind === "date" ? test.operands : [],
  );
  if (kind === "number") return placesOf({ named, whole: false }).map(decimalText);
  const bounds = kind === "epoch" ? { least: 0n, greatest: 999_999_999_999n } : instantBounds;
  const places = placesOf({ named, whole: true, bounds });
  return places.map((place) =>
    kind === "epoch" ? decimalText(place) : instantText(floorDecimal(place)),
  );
}

/**
 * A typed key under string operators too: one number has many spellings, so places alone do not
 * decide. Literals are tried one by one; otherwise a member that is found is certain, an empty set of
 * spellings is certain, and the rest is unknown.
 */
function mixedSpace(kind: TypedKind, places: readonly string[], listed: ValueSpace): ValueSpace {
  return {
    find: (question) => {
      const typed = (sets: readonly ValueSet[]) => sets.filter((set) => set.kind !== "text");
      const strings = {
        included: textSets(question.included),
        excluded: textSets(question.excluded),
      };
      const quick = listed.find(question);
      if (quick.kind === "found") return quick;
      const { budget } = question;
      const byType = listed.find({
        included: typed(question.included),
        excluded: typed(question.excluded),
        budget,
      });
      if (byType.kind !== "found") return byType;
      const isMember = (text: string): boolean =>
        isOfKind(kind, text) &&
        question.included.every((set) => inSet(set, text)) &&
        !question.excluded.some((set) => inSet(set, text));
      const literals = fewestLiterals(strings.included);
      if (literals !== null) return firstOf(literals, isMember) ?? none;
      const spelt = firstOf(
        places.flatMap((place) => spellings(kind, place)),
        isMember,
      );
      if (spelt !== null) return spelt;
      const byText = findMember({ ...strings, budget });
      if (byText.kind !== "found") return byText;
      return isMember(byText.text) ? byText : spent;
    },
  };
}

function firstOf(texts: readonly string[], isMember: (text: string) => boolean): Found | null {
  for (const text of texts) if (isMember(text)) return { kind: "found", text };
  return null;
}

const parsers = { number: parseDecimal, date: parseInstant, address: parseAddress } as const;

function isOfKind(kind: TypedKind, text: string): boolean {
  return kind === "epoch" ? /^\d{1,12}$/.test(text) : parsers[kind](text) !== null;
}

function spellings(kind: TypedKind, place: string): readonly string[] {
  if (kind === "number")
    return [place, `${place}${place.includes(".") ? "0" : ".0"}`, `0${place}`, `+${place}`];
  if (kind !== "date") return [place];
  const seconds = parseInstant(place);
  const epoch = seconds === null ? [] : [decimalText(seconds)];
  return [place, ...epoch, place.replace("Z", "+00:00")];
}

function characterRange(from: string, to: string): string {
  let characters = "";
  for (let at = from.charCodeAt(0); at <= to.charCodeAt(0); at += 1)
    characters += String.fromCharCode(at);
  return characters;
}

/** All that a policy can write. What reads best comes first. */
const writable = `${characterRange(" ", "~")}${characterRange("\u00a1", "\u00ff")}\t\n\r${characterRange("\u007f", "\u00a0")}`;
const anyWritable = characterClass(writable);
const inField = characterClass(writable.replace(":", ""));

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, region and account possibly empty. */
const arnMachine = grammarMachine([
  { kind: "text", text: "arn:" },
  { kind: "some", of: inField },
  { kind: "text", text: ":" },
  { kind: "some", of: inField },
  { kind: "text", text: ":" },
  { kind: "any", of: inField },
  { kind: "text", text: ":" },
  { kind: "any", of: inField },
  { kind: "text", text: ":" },
  { kind: "some", of: anyWritable },
]);

const arns: StringSet = { kind: "machine", machine: arnMachine };

/** Bytes are only ever compared for equality: those that a test names, and some that none does. */
function binarySpace(tests: readonly ConditionTest[]): ValueSpace {
  const named = tests.flatMap((test) =>
    test.kind === "binary" ? test.patterns.flatMap((pattern) => pattern.literal ?? []) : [],
  );
  let other = "b3RoZXIg";
  while (named.includes(other)) other += "b3RoZXIg";
  return listedSpace([...named, other]);
}
