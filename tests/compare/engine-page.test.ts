import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compareTrust, describeWitness, witnessOf } from "../../shared/compare/index.ts";
import { TrustSpace } from "../../shared/compare/trust-space.ts";
import { budgetOf } from "../../shared/language/budget.ts";
import { patternText } from "../../shared/language/pattern.ts";
import type { TrustPolicy } from "../../shared/policy/document.ts";
import { parseTrustPolicy } from "../../shared/policy/parse.ts";
import { difference } from "../../shared/solve/difference.ts";
import type { Literal } from "../../shared/solve/dimension.ts";
import type { ValueSet } from "../../shared/solve/space.ts";
import { clausesOf, wayPast } from "../../shared/solve/terms.ts";
import { organization, project, provider, user } from "./documents.ts";

const page = fileURLToPath(new URL("../../docs/engine.md", import.meta.url));
const stringSteps = 50_000;

function short(text: string): string {
  return text
    .replaceAll(provider, "PROVIDER")
    .replaceAll(`oidc.circleci.com/org/${organization}`, "ISSUER")
    .replaceAll(organization, "ORG")
    .replaceAll(project, "PROJECT")
    .replaceAll(user, "USER");
}

function read(text: string): TrustPolicy {
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") throw new Error(parsed.problem.message);
  return parsed.policy;
}

function setText(set: ValueSet): string {
  if (set.kind === "listed") return [...set.texts].join(", ");
  if (set.kind === "text" && set.set.kind === "patterns") {
    return set.set.patterns.map(patternText).join(", ");
  }
  throw new Error("the page's documents hold texts alone");
}

/** What the engine makes of the page's two documents, step by step. */
function boxes(texts: { readonly before: string; readonly after: string }): string {
  const [before, after] = [read(texts.before), read(texts.after)];
  const space = new TrustSpace([before, after]);
  const { requests } = space;
  const rules = { before: space.rulesOf(before, null), after: space.rulesOf(after, null) };
  const keyAt = new Map([...requests.keys].map(([key, at]) => [at, key]));
  const beside = ["principal", "action"];
  const dimensions = requests.dimensions.map((_, at) => keyAt.get(at) ?? beside.shift());
  const name = (literal: Literal): string => {
    const { set, inside } = requests.constraintOf(literal);
    const dimension = dimensions[literal.dimension];
    return short(`${dimension} ${inside ? "in" : "not in"} {${setText(set)}}`);
  };
  const [allow] = rules.after;
  const [known] = rules.before;
  if (allow === undefined || known === undefined) throw new Error("each has one statement");
  const clauses = [
    ...clausesOf(allow.formula, "certain").map((clause) => clause.flat().map(name)),
    wayPast(known.formula, "certain").flat().map(name),
  ];
  const budget = budgetOf(stringSteps);
  const found = difference({
    requests,
    allowedBy: [[rules.after]],
    refusedBy: [[rules.before]],
    budget,
  });
  if (found.kind !== "some") throw new Error("the page's documents differ");
  const values = found.assignments.map((values, at) =>
    short(`${dimensions[at]} = ${values?.join(", ") ?? "(absent)"}`),
  );
  const comparison = compareTrust({ before: [texts.before], after: [texts.after] });
  const witness = witnessOf(comparison.widening);
  if (witness === null) throw new Error("the page's documents differ");
  return [
    `dimensions: ${short(dimensions.join(", "))}`,
    `  ${space.callers.length} callers, ${space.actions.length} actions`,
    "clauses of the widening, all of which must hold:",
    ...clauses.map((ways, at) => `  ${at + 1}. ${ways.join("\n     or ")}`),
    `region that is found, for ${stringSteps - budget.stepsLeft} of ${stringSteps} string steps:`,
    ...values.map((value) => `  ${value}`),
    "witness:",
    ...Object.entries(witness.context).map(
      ([key, held]) => `  ${short(`${key} = ${held.join()}`)}`,
    ),
    `directions: widening ${comparison.widening.kind}, narrowing ${comparison.narrowing.kind}`,
    "sentence:",
    `  ${short(describeWitness(witness, "deploy"))}`,
  ].join("\n");
}

test("docs/engine.md shows what the engine makes of its documents (UPDATE_DOCS=1 writes it again)", () => {
  const text = readFileSync(page, "utf8");
  const [before = "", after = ""] = [...text.matchAll(/```json\n([^`]*)```/g)].map(
    ([, one]) => one,
  );
  const long = (document: string): string =>
    document
      .replaceAll("PROVIDER", provider)
      .replaceAll("ISSUER", `oidc.circleci.com/org/${organization}`)
      .replaceAll("ORG", organization)
      .replaceAll("PROJECT", project);
  const made = boxes({ before: long(before), after: long(after) });
  const fresh = text.replace(/```text\n[^`]*```/, () => `\`\`\`text\n${made}\n\`\`\``);
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
  expect(fresh).toBe(text);
});
