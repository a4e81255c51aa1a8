/**
 * The scripts that complete a command line: what can come next in each place is made here from the table
 * of commands, and `bash.ts`, `zsh.ts` and `fish.ts` write it in the words of their shell.
 */

import { globalOptions, shortNames, versionOption } from "../arguments.ts";
import type { Command, Group, Options } from "../command.ts";

/** A word that can come next, and what it does. */
export type Word = { readonly text: string; readonly summary: string };

/** An option, and what follows it: nothing, a file's name, or any other value. */
export type OptionWord = Word & {
  readonly short: string | null;
  readonly value: "none" | "file" | "other";
};

/** What can come next on the command line behind the names of some commands. */
export type Place = {
  /** The names so far, without the program's, as in `trust compare`; empty at the beginning. */
  readonly path: string;
  readonly words: readonly Word[];
  readonly options: readonly OptionWord[];
  /** Names of files are taken too. */
  readonly files: boolean;
};

/** Every place of a command line, the beginning first. */
export function placesOf(root: Group): readonly Place[] {
  const version = optionWords({ version: versionOption });
  return placesBelow(root, []).map((place) =>
    place.path === "" ? { ...place, options: [...place.options, ...version] } : place,
  );
}

function placesBelow(entry: Command | Group, names: readonly string[]): readonly Place[] {
  const path = names.join(" ");
  if (entry.kind === "command") {
    const words = entry.operands?.choices?.map((text) => ({ text, summary: text })) ?? [];
    const options = optionWords({ ...entry.options, ...globalOptions });
    return [{ path, words, options, files: entry.operands?.name === "FILE" }];
  }
  const words = entry.commands.map(({ name, summary }) => ({ text: name, summary }));
  return [
    { path, words, options: optionWords(globalOptions), files: false },
    ...entry.commands.flatMap((each) => placesBelow(each, [...names, each.name])),
  ];
}

function optionWords(options: Options): readonly OptionWord[] {
  return Object.entries(options).map(([name, { value, summary }]) => ({
    text: `--${name}`,
    short: shortNames[name] ?? null,
    summary,
    value: value === undefined ? "none" : value === "FILE" ? "file" : "other",
  }));
}

/** The arms of a shell's `case` over `PLACE|WORD`: which word leads where, or takes a value. */
export function stepsOf(places: readonly Place[]): readonly {
  readonly pattern: string;
  readonly sets: "place" | "takes";
  readonly to: string;
}[] {
  const paths = new Set(places.map(({ path }) => path));
  return places.flatMap(({ path, words, options }) => [
    ...words
      .map(({ text }) => ({ pattern: `${path}|${text}`, to: `${path} ${text}`.trim() }))
      .filter(({ to }) => paths.has(to))
      .map((step) => ({ ...step, sets: "place" as const })),
    ...options
      .filter(({ value }) => value !== "none")
      .map(({ text, value }) => ({
        pattern: `${path}|${text}`,
        to: value,
        sets: "takes" as const,
      })),
  ]);
}
