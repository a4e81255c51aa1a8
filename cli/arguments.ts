import { parseArgs } from "node:util";
import type { Command, Input, Option, Options } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { nearestName } from "./nearest.ts";

/** What every command takes. */
export const globalOptions = {
  json: { summary: "Print one JSON value instead of text" },
  prefix: {
    value: "PREFIX",
    summary: "Use the parameters below PREFIX, instead of OIDC_PARAMETER_PREFIX",
  },
  region: { value: "REGION", summary: "Work in REGION, instead of AWS_REGION" },
  profile: {
    value: "NAME",
    summary:
      "Use a profile of AWS's shared files, instead of AWS_PROFILE and keys in the environment",
  },
  help: { summary: "Print this help" },
} as const satisfies Options;

/** What the program takes where no command is named. */
export const versionOption: Option = { summary: "Print the version" };

/** The options that can be written as one letter. */
export const shortNames: Readonly<Record<string, string>> = { help: "h" };

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];
type OptionToken = Extract<Token, { readonly kind: "option" }>;

/** The arguments one by one, sorted by Node: options with their values, and what is beside them. */
function tokensOf(args: readonly string[], options: Options) {
  const config = Object.entries(options).map(([name, { value }]) => {
    const short = shortNames[name];
    const type = value === undefined ? ("boolean" as const) : ("string" as const);
    return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
  });
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(config),
    // What is wrong is said below, in words that do not change with Node's version.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens;
}

/** Is an option among the arguments, before it is known which command they are for? */
export function asksFor(args: readonly string[], option: string): boolean {
  return tokensOf(args, { [option]: { summary: "" } }).some(
    (token) => token.kind === "option" && token.name === option,
  );
}

/** The first argument that is neither an option nor its value, and the arguments without it. */
export function firstOperand(
  args: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | null {
  const first = tokensOf(args, globalOptions).find(({ kind }) => kind === "positional");
  if (first?.kind !== "positional") return null;
  return { name: first.value, rest: args.toSpliced(first.index, 1) };
}

/** What is wrong with the first option that nothing has, where no command is named; `null` where each is known. */
export function strangeOption(args: readonly string[]): string | null {
  const options = { ...globalOptions, version: versionOption };
  const strange = tokensOf(args, options).find(
    (token) => token.kind === "option" && !Object.hasOwn(options, token.name),
  );
  return strange?.kind === "option" ? noSuchOption(strange, options) : null;
}

/**
 * Reads a command's arguments.
 *
 * @throws CommandError where an option is unknown, given twice or without its value, or where there
 *   are too few or too many operands
 */
export function inputOf(args: readonly string[], command: Command): Input {
  const options = { ...command.options, ...globalOptions };
  const switches = new Set<string>();
  const values = new Map<string, readonly string[]>();
  const given: { readonly option: string; readonly value: string }[] = [];
  const operands: string[] = [];
  const take = (option: string, value: string) => {
    values.set(option, [...(values.get(option) ?? []), value]);
    given.push({ option, value });
  };
  /** The list that takes the words that follow. */
  let open: string | null = null;
  for (const token of tokensOf(args, options)) {
    if (token.kind === "option-terminator") open = null;
    if (token.kind === "positional") {
      if (open === null) operands.push(token.value);
      else take(open, token.value);
    }
    if (token.kind !== "option") continue;
    const option = optionOf(token, options);
    open = option.list === true ? token.name : null;
    if (option.value === undefined) {
      if (token.value !== undefined) throw new CommandError(`${token.rawName} takes no value.`);
      switches.add(token.name);
    } else {
      const before = values.get(token.name) ?? [];
      if (before.length > 0 && option.list !== true) {
        throw new CommandError(`${token.rawName} is given twice.`);
      }
      take(token.name, valueIn(token));
    }
  }
  checkCount(operands, command, values);
  checkStandardInput(filesAmong(operands, values, command));
  return {
    operands,
    has: (option) => switches.has(option),
    value: (option) => values.get(option)?.[0] ?? null,
    values: (option) => values.get(option) ?? [],
    inOrder: (...options) =>
      given.flatMap(({ option, value }) => {
        const name = options.find((each) => each === option);
        return name === undefined ? [] : [{ option: name, value }];
      }),
  };
}

function optionOf(token: OptionToken, options: Options): Option {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (option !== undefined) return option;
  throw new CommandError(noSuchOption(token, options));
}

function noSuchOption({ name, rawName }: OptionToken, options: Options): string {
  const nearest = nearestName(name, Object.keys(options));
  const meant = nearest === null ? "" : ` Did you mean --${nearest}?`;
  return `There is no option ${rawName}.${meant}`;
}

/** What begins like an option is one: its own value was left out. */
function valueIn({ rawName, value, inlineValue }: OptionToken): string {
  const isMissing = value === undefined || value === "" || (!inlineValue && /^-./.test(value));
  if (isMissing) throw new CommandError(`${rawName} needs a value.`);
  return value;
}

function checkCount(
  given: readonly string[],
  { operands, options }: Command,
  values: ReadonlyMap<string, readonly string[]>,
): void {
  const { name, least, most, choices } = operands ?? { name: "", least: 0, most: 0 };
  if (given.length < least) {
    const taker = [...values].find(([list, taken]) => options[list]?.list && taken.length > 1);
    const why = taker === undefined ? "" : ` --${taker[0]} takes every word up to the next option:`;
    const advice = taker === undefined ? "" : ` write ${name} before it.`;
    const known = choices === undefined ? "" : ` It is one of ${choices.join(", ")}.`;
    throw new CommandError(`${name} is missing.${why}${advice}${known}`);
  }
  const extra = given.slice(most);
  if (extra.length > 0) throw new CommandError(`Too many arguments: ${extra.join(" ")}.`);
  for (const each of choices === undefined ? [] : given) {
    if (choices?.includes(each)) continue;
    throw new CommandError(`${name} is ${choices?.join(", ")}; there is no "${each}".`);
  }
}

function filesAmong(
  operands: readonly string[],
  values: ReadonlyMap<string, readonly string[]>,
  command: Command,
): readonly string[] {
  const named = [...values].filter(([name]) => command.options[name]?.value === "FILE");
  return [
    ...(command.operands?.name === "FILE" ? operands : []),
    ...named.flatMap(([, given]) => given),
  ];
}

function checkStandardInput(files: readonly string[]): void {
  if (files.filter((path) => path === "-").length < 2) return;
  throw new CommandError("Standard input can be read once: use - for one file only.");
}
