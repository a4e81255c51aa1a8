import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";
import { candidatesOf } from "../../tests/properties/candidates.ts";
import { isMultiValued, statementsOf, typesOf } from "../../tests/properties/documents.ts";
import { actionsOf, principalsOf, randomFrom } from "../../tests/properties/requests.ts";
import type { Contender } from "../question.ts";

const samples = 500;
const account = "123456789012";
const everything = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};

type Sample = {
  readonly principal: string;
  readonly action: string;
  readonly context: Record<string, string | string[]>;
};

function admits(document: unknown, { principal, action, context }: Sample): boolean {
  const identity = /:(user|role|assumed-role)\//.test(principal);
  const result = runUnsafeSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource: `arn:aws:iam::${account}:role/target`, accountId: account },
        contextVariables: context,
      },
      identityPolicies: identity ? [{ name: "everything", policy: everything }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // The simulator asks a resource policy for its name, and takes one from a validated document.
      resourcePolicy: {
        __validated: true,
        policyDocument: document,
        metadata: { name: "trust" },
        errors: [],
      },
    },
    {},
  );
  return result === "Allowed";
}

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
    for (let count = 0; count < samples; count += 1) {
      const context: Record<string, string | string[]> = {};
      for (const { key, values, multi } of keys) {
        const value = pick(values);
        const second = pick(values);
        if (random() < 0.2 || value === undefined || second === undefined) continue;
        context[key] = multi ? [value, second] : value;
      }
      const principal = pick(principals)?.id ?? "";
      const sample = { principal, action: pick(actions) ?? "", context };
      if (admits(documents[1], sample) && !admits(documents[0], sample)) return true;
    }
    return false;
  },
};
