import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { leaves } from "./leaves.ts";

const folder = new URL("../../config/schemas/", import.meta.url);
const ajv = new Ajv2020({ allErrors: true });

/** The schemas in `config/schemas/` by their file's name, each made on first use. */
const validators = new Map<string, ValidateFunction>();

function validatorOf(name: string): ValidateFunction {
  const made =
    validators.get(name) ??
    ajv.compile(JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), "utf8")));
  validators.set(name, made);
  return made;
}

/** The names of all schemas that are published. */
export const publishedSchemas = readdirSync(folder).map((file) => file.replace(".schema.json", ""));

/** Which command the arguments call; null for help, the version and anything else. */
function calledBy(args: readonly string[]): string | null {
  if (["--help", "-h", "--version", "--batch"].some((option) => args.includes(option))) return null;
  const words = `${args.filter((each) => !each.startsWith("-")).join(" ")} `;
  return leaves.find(({ path }) => words.startsWith(`${path} `))?.path ?? null;
}

/**
 * Holds an answer in JSON against its published schema: that of the command, or that of an error
 * where the command ended with 1 or 2 and has none.
 *
 * @throws with each place where it differs
 */
export function checkJson(args: readonly string[], code: number, out: string): void {
  const end = args.indexOf("--");
  const command = calledBy(args);
  // Nothing after `--` is an option.
  if (command === null || !args.slice(0, end === -1 ? args.length : end).includes("--json")) return;
  const answer: unknown = JSON.parse(out);
  const isError = code !== 0 && code !== 3 && isErrorOnly(answer);
  const name = isError ? "error" : command.replaceAll(" ", "-");
  const isValid = validatorOf(name);
  if (isValid(answer)) return;
  throw new Error(`${args.join(" ")}: ${name}: ${ajv.errorsText(isValid.errors)}\n${out}`);
}

function isErrorOnly(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && Object.keys(answer).join() === "error";
}
