/** The archive of a function's bundle, as it is uploaded for the template. */
export function archiveName(version: string, name: string): string {
  return `oidc-reconciler-${version}-${name}.zip`;
}

/** The command as npm packs it. */
export function packageName(version: string): string {
  return `oidc-reconciler-${version}.tgz`;
}
