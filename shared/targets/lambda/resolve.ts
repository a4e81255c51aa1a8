import type { Reading } from "../../aws/reading.ts";
import { arnIn } from "../arns.ts";
import { isGranted } from "../in-force.ts";
import type { Place, TargetMemory } from "../kind.ts";
import { absenceIn, type Collected } from "../missing.ts";
import { functionResources, type ResolvedFunction } from "./statements.ts";

/** By name, whether each function that was asked for exists; its ARN follows from the name. */
export type FoundFunctions = Reading<ReadonlyMap<string, Reading<true>>>;

/** Resolves one function. */
export function resolveFunction(
  name: string,
  found: FoundFunctions,
  { place, last, grants }: TargetMemory<ResolvedFunction>,
): Collected<ResolvedFunction> {
  const resolved = functionNamed(name, place);
  const reading = readingOf(name, found);
  if (reading.kind === "found") return { found: [resolved], missing: [] };
  const absence = absenceIn(reading);
  const isRemembered = last.some(
    (before) => before.function === name && before.arn === resolved.arn,
  );
  const mayStay = isRemembered || absence.why === "unreadable";
  const kept =
    mayStay &&
    functionResources(resolved).every((resource) => isGranted(grants, resource, "lambda:"));
  return { found: kept ? [resolved] : [], missing: [{ ...absence, name, kept }] };
}

function readingOf(name: string, found: FoundFunctions): Reading<true> {
  return found.kind === "found" ? (found.value.get(name) ?? { kind: "absent" }) : found;
}

/** The function, whether it exists or not. */
export function functionNamed(name: string, place: Place): ResolvedFunction {
  return { function: name, arn: arnIn(place, "lambda", `function:${name}`) };
}
