/**
 * The environment that a parameter describes.
 *
 * @param parameter full name, such as `/oidc-reconciler/environments/production`.
 * @param prefix such as `/oidc-reconciler`.
 * @returns the one level below `PREFIX/environments/`, 1 to 64 of `[A-Za-z0-9_.-]`; null for any
 *   other parameter. May be a prototype's name such as `constructor`: keep it in a Map.
 */
export function environmentNameOf(parameter: string, prefix: string): string | null {
  const folder = `${prefix}/environments/`;
  if (!parameter.startsWith(folder)) return null;
  const name = parameter.slice(folder.length);
  return isEnvironmentName(name) ? name : null;
}

/** Can an environment be called so? */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(name);
}
