import { isObject, listOf } from "../document.ts";
import { operatorOf } from "../operators/index.ts";
import { firstProblem, malformed, type PolicyProblem, syntaxErrors } from "./problem.ts";

/** Operators, keys and values of a Condition block: names that IAM knows, scalars as values. */
export function problemOfCondition(value: unknown): PolicyProblem | null {
  if (value === undefined) return null;
  if (!isObject(value)) return syntaxErrors;
  return firstProblem(
    Object.entries(value).map(
      ([operator, keys]) =>
        () =>
          problemOfOperator(operator, keys),
    ),
  );
}

function problemOfOperator(operator: string, keys: unknown): PolicyProblem | null {
  if (operatorOf(operator) === null) return malformed(`Invalid Condition type : ${operator}`);
  if (!isObject(keys)) return syntaxErrors;
  return firstProblem(
    Object.entries(keys).map(
      ([key, values]) =>
        () =>
          problemOfKey(key, values),
    ),
  );
}

function problemOfKey(key: string, values: unknown): PolicyProblem | null {
  if (!/^[^:]*[^:\s][^:]*:.+$/.test(key)) {
    return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  const scalar = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  return listOf(values).every(scalar) ? null : syntaxErrors;
}
