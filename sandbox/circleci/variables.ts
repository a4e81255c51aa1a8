import { ApiError } from "./request.ts";
import type { Variable } from "./state.ts";

/** The same limits for contexts and projects (CircleCI docs, "Using contexts"). */
const nameMax = 300;
const valueMax = 32_768;
const variablesMax = 100;

/** Sets a variable, whether or not it exists. */
export function withVariable(
  variables: ReadonlyMap<string, Variable>,
  set: { readonly name: string; readonly value: string; readonly now: Date },
): ReadonlyMap<string, Variable> {
  const { name, value, now } = set;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.length > nameMax) {
    throw new ApiError(400, "Environment variable name is invalid.");
  }
  if (value.length > valueMax) throw new ApiError(400, "Environment variable value is too long.");
  const before = variables.get(name);
  if (before === undefined && variables.size >= variablesMax) {
    throw new ApiError(400, `There are already ${variablesMax} environment variables.`);
  }
  const stored = { value, createdAt: before?.createdAt ?? now, updatedAt: now };
  return new Map(variables).set(name, stored);
}

export function withoutVariable(
  variables: ReadonlyMap<string, Variable>,
  name: string,
): ReadonlyMap<string, Variable> {
  if (!variables.has(name)) throw noVariable();
  return new Map([...variables].filter(([each]) => each !== name));
}

export function noVariable(): ApiError {
  return new ApiError(404, "Environment variable not found.");
}
