/** The variable of one of several targets. */
export function variableOf(variable: string, name: string): string {
  return `${variable}_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
}

/** What the last run gave out for a target: what hangs on it is then read without waiting. */
export function lastOutput(
  outputs: Readonly<Record<string, string>>,
  variable: string,
  name: string,
): string | null {
  return outputs[variableOf(variable, name)] ?? outputs[variable] ?? null;
}
