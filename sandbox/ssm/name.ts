import { refused } from "../input/refusal.ts";

/** Levels of a hierarchy: `/a/b` has two. */
const levelsMax = 15;
/** The limit is on the whole ARN, not on the name. */
const arnLengthMax = 1011;

export type Place = { readonly region: string; readonly account: string };

/** A parameter's ARN: one slash after `parameter`, whether or not the name begins with one. */
export function parameterArn(place: Place, name: string): string {
  const path = name.startsWith("/") ? name.slice(1) : name;
  return `arn:aws:ssm:${place.region}:${place.account}:parameter/${path}`;
}

/**
 * Refuses a name that PutParameter does not accept, by its characters, a relative path, a reserved
 * prefix, its depth or its length. Source: Systems Manager User Guide, "About parameter names".
 */
export function checkNewName(place: Place, name: string): void {
  if (!/^[A-Za-z0-9_.\-/]+$/.test(name)) throw refused("ValidationException", nameRule);
  const isPath = name.includes("/");
  if (isPath && (!name.startsWith("/") || name.endsWith("/") || name.includes("//"))) {
    throw refused("ValidationException", "Parameter name must be a fully qualified name.");
  }
  const bare = name.replace(/^\//, "").toLowerCase();
  if (bare.startsWith("aws") && isPath) {
    const message = `No access to reserved parameter name: ${name}.`;
    throw refused("AccessDeniedException", message);
  }
  if (bare.startsWith("aws") || bare.startsWith("ssm")) {
    throw refused("ValidationException", nameRule);
  }
  if (isPath && name.split("/").length - 1 > levelsMax) {
    throw refused(
      "HierarchyLevelLimitExceededException",
      `Hierarchy can have a maximum of ${levelsMax} levels. Use a shorter path than ${name}.`,
    );
  }
  if (parameterArn(place, name).length > arnLengthMax) {
    throw refused(
      "ValidationException",
      `Parameter name is too long: with its ARN it may have ${arnLengthMax} characters.`,
    );
  }
}

const nameRule =
  'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

export type Selector =
  | { readonly kind: "newest" }
  | { readonly kind: "version"; readonly version: number; readonly text: string }
  | { readonly kind: "label"; readonly label: string; readonly text: string };

/**
 * Splits `name`, `name:3`, `name:label`, or an ARN with either, into name (or ARN) and the selector
 * of the version. A name itself cannot have a colon.
 */
export function selected(reference: string): {
  readonly name: string;
  readonly selector: Selector;
} {
  const parts = /^((?:arn(?::[^:]*){4}:parameter\/)?[^:]*)(?::(.*))?$/s.exec(reference);
  const name = parts?.[1] ?? reference;
  const picked = parts?.[2];
  if (picked === undefined) return { name, selector: { kind: "newest" } };
  const text = `:${picked}`;
  return /^\d+$/.test(picked)
    ? { name, selector: { kind: "version", version: Number(picked), text } }
    : { name, selector: { kind: "label", label: picked, text } };
}
