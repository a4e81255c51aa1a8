/** What the command ends with, for scripts to branch on. */
export const exitCodes = {
  /** Done: in sync, admitted, nothing for a person to do. */
  ok: 0,
  /** AWS refused or did not answer, so nothing could be decided. */
  failed: 1,
  /** The command line or what it names cannot be used. */
  usage: 2,
  /** Something differs or waits for a person. */
  differs: 3,
} as const;

export type ExitName = keyof typeof exitCodes;
export type ExitCode = (typeof exitCodes)[ExitName];
