import { simulatorAdmitsInContext } from "../../tests/compare/oracle/simulator.ts";
import { candidatesOf } from "../../tests/compare/properties/candidates.ts";
import { isMultiValued, statementsOf, typesOf } from "../../tests/compare/properties/documents.ts";
import { actionsOf, principalsOf, randomFrom } from "../../tests/compare/properties/requests.ts";
import type { Contender } from "../question.ts";

const samples = 500;
/** Random requests of both documents' literals and near-misses, evaluated by iam-simulate. */
export const sampling: Contender = {
  name: `sampling, ${samples} requests (iam-simulate)`,
  answer: ({ before, after }) => {
    const documents = [before, after].map((text): unknown => JSON.parse(text));
    const statements = statementsOf(documents);
    const atoms = statements.flatMap((statement) => statement.atoms);
    const random = randomFrom(1);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];
    const principals = principalsOf(statements);
    const actions = actionsOf(statements);
    const keys = [...new Map(atoms.map((atom) => [atom.key.toLowerCase(), atom.key])).values()].map(
      (key) => {
        const own = atoms.filter((atom) => atom.key.toLowerCase() === key.toLowerCase());
        const values = candidatesOf(
          typesOf(key, atoms),
          own.flatMap((atom) => atom.values),
        );
        return { key, values, multi: isMultiValued(key, atoms) };
      },
    );
    const several = keys.flatMap(({ key, multi }) => (multi ? [key] : []));
    for (let count = 0; count < samples; count += 1) {
      const context: Record<string, readonly string[]> = {};
      for (const { key, values, multi } of keys) {
        const value = pick(values);
        const second = pick(values);
        if (random() < 0.2 || value === undefined || second === undefined) continue;
        context[key] = multi ? [value, second] : [value];
      }
      const asking = pick(principals);
      const request = { principal: asking?.id ?? "", action: pick(actions) ?? "", context };
      const [before, after] = documents.map((document) =>
        simulatorAdmitsInContext(document, request, several),
      );
      if (after && !before && asking !== undefined)
        return { widens: true, example: { ...request, principal: asking } };
    }
    return { widens: false };
  },
};
