import { type Layout, type Line, line } from "../shared/report/layout.ts";
import { globalOptions, shortNames, versionOption } from "./arguments.ts";
import type { Command, Group, Option } from "./command.ts";
import { exitMeanings, exitRows } from "./exit-codes.ts";

/** Help is read in a pager too, where nobody knows a width, and long rows are hard to read. */
export function helpLayout({ width, colour }: Layout): Layout {
  return { width: Math.min(width ?? 100, 100), colour };
}

/** The help of a command or group, `path` being how it is called. */
export function helpLines(path: readonly string[], entry: Command | Group): readonly Line[] {
  return entry.kind === "group" ? groupHelp(path, entry) : commandHelp(path, entry);
}

/** How a command is called, in a line for each way. */
export function usageLines(path: readonly string[], entry: Command | Group): readonly Line[] {
  const ways = entry.kind === "group" ? ["COMMAND"] : entry.usage;
  return ways.map((way, index) =>
    line([...path, ...(way === "" ? [] : [way])].join(" "), {
      mark: index === 0 ? "Usage:" : "      ",
    }),
  );
}

function commandHelp(path: readonly string[], command: Command): readonly Line[] {
  const { summary, description = [], options, examples, exits } = command;
  return joined([
    [line(`${summary}.`)],
    usageLines(path, command),
    ...description.map((paragraph) => [line(paragraph)]),
    section("Options:", Object.entries(options).map(optionRow)),
    section("Options of every command:", Object.entries(globalOptions).map(optionRow)),
    exampleLines(examples),
    section("Exit codes:", exitRows(exits)),
  ]);
}

function groupHelp(path: readonly string[], group: Group): readonly Line[] {
  const { summary, description = [] } = group;
  const isRoot = path.length === 1;
  const options = isRoot ? { ...globalOptions, version: versionOption } : globalOptions;
  return joined([
    [line(`${summary}.`)],
    usageLines(path, group),
    section("Commands:", commandRows(group)),
    [
      line(
        `Run "${[...path, "COMMAND"].join(" ")} --help" for the options, examples and exit codes of a command.`,
      ),
    ],
    section("Options:", Object.entries(options).map(optionRow)),
    section("Exit codes:", isRoot ? exitRows(exitMeanings) : []),
    ...description.map((paragraph) => [line(paragraph)]),
  ]);
}

/** The commands below a group, each by what is typed behind the group's name. */
function commandRows(entry: Command | Group, names: readonly string[] = []): readonly Row[] {
  if (entry.kind === "command") return [[names.join(" "), entry.summary]];
  return entry.commands.flatMap((each) => commandRows(each, [...names, each.name]));
}

function exampleLines(examples: Command["examples"]): readonly Line[] {
  return examples.length === 0
    ? []
    : [
        title("Examples:"),
        ...examples.flatMap(({ line: typed, does }) => [
          line(typed, { indent: 2 }),
          line(does, { indent: 6, tone: "quiet" }),
        ]),
      ];
}

/** A name and what it means. */
type Row = readonly [string, string];

function optionRow([name, { value, summary }]: readonly [string, Option]): Row {
  const short = shortNames[name];
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return [value === undefined ? names : `${names} ${value}`, summary];
}

/** Names and meanings below a title, in two columns. */
function section(heading: string, rows: readonly Row[]): readonly Line[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length)) + 1;
  return [
    title(heading),
    ...rows.map(([name, meaning]) => line(meaning, { indent: 2, mark: name.padEnd(width) })),
  ];
}

function title(text: string): Line {
  return line(text, { tone: "title" });
}

/** Parts with a blank line between. */
function joined(parts: readonly (readonly Line[])[]): readonly Line[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : [line(""), ...part]));
}
