/** What the command ends with, for scripts to branch on. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, differs: 3 } as const;

export type ExitName = keyof typeof exitCodes;
export type ExitCode = (typeof exitCodes)[ExitName];

/** What each code says, whatever the command. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  ok: "Done: in sync, admitted, nothing for a person to do",
  failed: "Failed: AWS or CircleCI refused or did not answer, nothing could be decided",
  usage: "The command line or its input cannot be used",
  differs:
    "Something differs or waits for a person: drift, a held version, a widening, a refused token",
};

/** The codes that somebody gave a meaning to, in their order. */
export function exitRows(
  meanings: Readonly<Partial<Record<ExitName, string>>>,
): readonly (readonly [string, string])[] {
  const names: readonly ExitName[] = ["ok", "failed", "usage", "differs"];
  return names.flatMap((name) => {
    const meaning = meanings[name];
    return meaning === undefined ? [] : [[String(exitCodes[name]), meaning] as const];
  });
}
