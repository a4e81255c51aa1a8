/**
 * Does something with other variables in the process's environment, where AWS's SDK looks for
 * credentials; an empty one is not there.
 */
export async function withEnvironment<Given>(
  variables: Readonly<Record<string, string>>,
  task: () => Promise<Given>,
): Promise<Given> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  set(Object.entries(variables));
  try {
    return await task();
  } finally {
    set(before);
  }
}

function set(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined || value === "") delete process.env[name];
    else process.env[name] = value;
  }
}
