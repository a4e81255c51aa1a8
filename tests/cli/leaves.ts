import type { Command, Group } from "../../cli/command.ts";
import { commands } from "../../cli/commands.ts";

/** A command that does something, and its names: `trust compare`. */
export type Leaf = { readonly path: string; readonly command: Command };

function leavesBelow(group: Group, names: readonly string[]): readonly Leaf[] {
  return group.commands.flatMap((entry) => {
    const path = [...names, entry.name];
    return entry.kind === "group"
      ? leavesBelow(entry, path)
      : [{ path: path.join(" "), command: entry }];
  });
}

/** Every command of the table, those of groups one by one. */
export const leaves = leavesBelow(commands, []);
