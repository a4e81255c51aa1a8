import type { Route } from "./operation.ts";

/** A REST-JSON operation and the members that its path carried. */
export type Routed = {
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
};

/**
 * The operation whose method and path template fit. A label is one segment, percent-decoded, so a
 * `/` inside a name arrives as `%2F`; a greedy label `{name+}` takes the rest of the path.
 */
export function routeOf(routes: readonly Route[], method: string, path: string): Routed | null {
  for (const route of routes) {
    if (route.method !== method) continue;
    const labels = labelsOf(segments(route.path), segments(path));
    if (labels !== null) return { operation: route.operation, labels };
  }
  return null;
}

function segments(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function labelsOf(
  template: readonly string[],
  path: readonly string[],
): Readonly<Record<string, string>> | null {
  const labels: [string, string][] = [];
  for (const [i, part] of template.entries()) {
    const name = /^\{([^}+]+)(\+?)\}$/.exec(part);
    const segment = path[i];
    if (segment === undefined) return null;
    if (name === null) {
      if (segment !== part) return null;
      continue;
    }
    const greedy = name[2] === "+";
    const taken = greedy ? path.slice(i).join("/") : segment;
    labels.push([name[1] ?? "", decode(taken)]);
    if (greedy) return Object.fromEntries(labels);
  }
  return template.length === path.length ? Object.fromEntries(labels) : null;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
