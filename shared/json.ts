/** Nobody's values lie deeper in one another; a level takes fifty bytes of memory to read. */
const depthMax = 1_000;

/** An object as JSON has it: every member may be missing or of another type than expected. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Is it an object, and not a list or null? */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text; undefined, which no JSON text holds, where the text is not JSON, or its values lie so
 * deep in one another that anyone who writes them again runs out of stack.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value, text) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTooDeep(value: unknown, text: string): boolean {
  // Nearly every text has fewer brackets than that, and then nothing has to be walked through.
  if ((text.match(/[[{]/g) ?? []).length <= depthMax) return false;
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each) : [],
    );
  }
  return false;
}

/** A value of JSON in a longer text, or what is between two of them and is not JSON. */
export type JsonPiece = {
  readonly kind: "object" | "list" | "string" | "other";
  readonly text: string;
};

/** Cuts a text that comes in parts, and holds no more of it than the value that it is in. */
export type JsonCutter = {
  /** The pieces that end in this part. */
  readonly push: (part: string) => readonly JsonPiece[];
  /** The last pieces, once nothing more comes; whether a list or an object is still open. */
  readonly end: () => { readonly pieces: readonly JsonPiece[]; readonly isCutOff: boolean };
  /** How many characters it holds. */
  readonly held: () => number;
  /** How many lists it has opened, empty ones too. */
  readonly opened: () => number;
};

type CutterOptions = {
  /** Whether a bracket begins a list; in prose it rarely does. */
  readonly lists: boolean;
  /**
   * Names of members whose lists are opened, and so is a list that is in none: the elements of an
   * opened list are pieces, and what is around it is left out. None: no list is.
   */
  readonly opens?: ReadonlySet<string>;
};

/**
 * Cuts a text into the values of JSON that follow each other in it. Blanks and commas between them
 * do not count. A piece is cut by its brackets and quotes alone, so it may still not be JSON.
 *
 * A string that nothing closes ends with its line: to look again behind each of its quotes would
 * take minutes.
 *
 * @param lists whether a bracket begins a list; in prose it rarely does
 */
export function jsonPieces(text: string, lists: boolean): readonly JsonPiece[] {
  const cutter = jsonCutter({ lists });
  return [...cutter.push(text), ...cutter.end().pieces];
}

/** The same for a text that comes in parts. */
export function jsonCutter(options: CutterOptions): JsonCutter {
  const cutter = new Cutter(options);
  return {
    push: (part) => cutter.push(part),
    end: () => cutter.end(),
    held: () => cutter.held,
    opened: () => cutter.opened,
  };
}

const quote = 0x22;
const backslash = 0x5c;
const lineBreak = 0x0a;
const openingBracket = 0x5b;
const closingBracket = 0x5d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/** Deeper lists than anything that hands records over are cut whole. */
const openMax = 12;
/** A longer name than that of any list that is opened. */
const nameLengthMax = 32;

class Cutter {
  readonly #lists: boolean;
  readonly #opens: ReadonlySet<string> | null;
  /** What is open around the pieces, from the outside in. */
  readonly #around: ("list" | "object")[] = [];
  opened = 0;
  #text = "";
  #at = 0;
  /** Where the last piece ended. */
  #end = 0;
  /** Where the value began that is being cut. */
  #start = 0;
  /** How deep in that value; 0 between values. */
  #depth = 0;
  /** How deep it went. */
  #deepest = 0;
  #stringStart = -1;
  #isEscaped = false;
  /** The last string, where it may be the name of the member that begins. */
  #name: string | null = null;
  #pieces: JsonPiece[] = [];

  constructor({ lists, opens }: CutterOptions) {
    this.#lists = lists;
    this.#opens = opens ?? null;
  }

  get held(): number {
    return this.#text.length;
  }

  push(part: string): readonly JsonPiece[] {
    this.#text += part;
    this.#scan();
    if (this.#depth === 0 && this.#stringStart < 0) this.#leave(this.#text.length);
    const from =
      this.#depth > 0 ? this.#start : this.#stringStart < 0 ? this.#end : this.#stringStart;
    this.#forget(from);
    return this.#taken();
  }

  end(): { readonly pieces: readonly JsonPiece[]; readonly isCutOff: boolean } {
    if (this.#stringStart >= 0) this.#closeString(this.#text.length);
    if (this.#depth === 0) this.#leave(this.#text.length);
    else this.#add("other", this.#start, this.#text.length);
    const isCutOff = this.#depth > 0 || this.#around.length > 0;
    return { pieces: this.#taken(), isCutOff };
  }

  #taken(): readonly JsonPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #forget(from: number): void {
    this.#text = this.#text.slice(from);
    this.#at -= from;
    this.#end -= from;
    this.#start -= from;
    if (this.#stringStart >= 0) this.#stringStart -= from;
  }

  #scan(): void {
    const text = this.#text;
    for (; this.#at < text.length; this.#at += 1) {
      const code = text.charCodeAt(this.#at);
      if (this.#stringStart >= 0) this.#inString(code);
      else if (code === quote) {
        if (this.#depth === 0) this.#leave(this.#at);
        this.#stringStart = this.#at;
      } else if (code === openingBrace || (code === openingBracket && this.#lists))
        this.#open(code);
      else if (code === closingBrace || (code === closingBracket && this.#lists)) this.#close(code);
    }
  }

  #inString(code: number): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
      if (code === lineBreak) this.#closeString(this.#at - 1);
    } else if (code === backslash) this.#isEscaped = true;
    else if (code === quote) this.#closeString(this.#at + 1);
    else if (code === lineBreak) this.#closeString(this.#at);
  }

  #closeString(end: number): void {
    const start = this.#stringStart;
    this.#stringStart = -1;
    this.#isEscaped = false;
    if (this.#depth === 0 && this.#around.at(-1) !== "object") this.#add("string", start, end);
    else if (this.#opens !== null && this.#depth <= 1) {
      this.#name = end - start > nameLengthMax ? null : this.#text.slice(start + 1, end - 1);
    }
  }

  #open(code: number): void {
    const name = this.#name;
    this.#name = null;
    if (code === openingBracket && this.#isOpened(name)) {
      if (this.#depth === 0) this.#leave(this.#at);
      else this.#around.push("object");
      this.#around.push("list");
      this.opened += 1;
      this.#depth = 0;
      this.#end = this.#at + 1;
      return;
    }
    if (this.#depth === 0) {
      this.#leave(this.#at);
      this.#start = this.#at;
      this.#deepest = 0;
    }
    this.#depth += 1;
    this.#deepest = Math.max(this.#deepest, this.#depth);
  }

  /** A list in no object, or the member of an object that is not itself inside of a piece. */
  #isOpened(name: string | null): boolean {
    if (this.#opens === null || this.#around.length >= openMax) return false;
    const isInObject = this.#depth === 1 || this.#around.at(-1) === "object";
    if (!isInObject) return this.#depth === 0;
    return this.#depth <= 1 && name !== null && this.#opens.has(name);
  }

  #close(code: number): void {
    this.#name = null;
    if (this.#depth > 1) this.#depth -= 1;
    else if (this.#depth === 1) {
      this.#depth = 0;
      const kind = code === closingBrace ? "object" : "list";
      this.#add(this.#deepest > depthMax ? "other" : kind, this.#start, this.#at + 1);
    } else if (this.#around.at(-1) === (code === closingBrace ? "object" : "list")) {
      this.#leave(this.#at);
      this.#around.pop();
      this.#end = this.#at + 1;
    }
  }

  /** Leaves what is between two values: in an opened object that is its other members. */
  #leave(at: number): void {
    if (this.#around.at(-1) !== "object" && /[^\s,\ufeff]/.test(this.#text.slice(this.#end, at))) {
      this.#pieces.push({ kind: "other", text: this.#text.slice(this.#end, at) });
    }
    this.#end = at;
  }

  #add(kind: JsonPiece["kind"], start: number, end: number): void {
    this.#end = end;
    // What else is in an opened object is left out.
    if (this.#around.at(-1) !== "object") {
      this.#pieces.push({ kind, text: this.#text.slice(start, end) });
    }
  }
}
