import { init } from "z3-solver";
import { type Policy, readPolicy, type Statement } from "../../sandbox/evaluate/document.ts";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import { covers } from "../../sandbox/evaluate/principals.ts";
import {
  type Atom,
  bareOperator,
  isMultiValued,
  type KeyType,
  statementsOf,
  typesOf,
} from "../../tests/compare/properties/documents.ts";
import type { ReplayedWitness } from "../../tests/compare/properties/replay.ts";
import { actionsOf, principalsOf } from "../../tests/compare/properties/requests.ts";
import type { Answer, Contender } from "../question.ts";
import { and, declaration, fitsTerm, not, or, Untranslated } from "./smt.ts";

/** A key of the request: its presence, and one or several slots for values. */
type Key = {
  readonly present: string;
  readonly type: KeyType;
  readonly slots: readonly { readonly variable: string; readonly used: string }[];
};

type Space = {
  readonly principals: ReturnType<typeof principalsOf>;
  readonly actions: readonly string[];
  readonly keys: ReadonlyMap<string, Key>;
};

function typeOf(key: string, atoms: readonly Atom[]): KeyType {
  const types = [...typesOf(key, atoms)];
  const [first] = types;
  if (first === undefined || types.length > 1) throw new Untranslated("a key of two types");
  return first;
}

function spaceOf(documents: readonly unknown[]): Space {
  const statements = statementsOf(documents);
  const atoms = statements.flatMap((statement) => statement.atoms);
  const names = [...new Set(atoms.map((atom) => atom.key.toLowerCase()))];
  const keys = names.map((name, index): [string, Key] => {
    // The conditions can distinguish as many values as there are conditions, and one more.
    const own = atoms.filter((atom) => atom.key.toLowerCase() === name);
    const count = isMultiValued(name, atoms) ? own.length + 1 : 1;
    const slots = Array.from({ length: count }, (_, slot) => ({
      variable: `k${index}v${slot}`,
      used: slot === 0 ? "true" : `k${index}u${slot}`,
    }));
    return [name, { present: `k${index}`, type: typeOf(name, atoms), slots }];
  });
  return {
    principals: principalsOf(statements),
    actions: actionsOf(statements),
    keys: new Map(keys),
  };
}

function declarationsOf({ keys }: Space): readonly string[] {
  const lines = ["(declare-const p Int)", "(declare-const a Int)"];
  for (const { present, type, slots } of keys.values()) {
    lines.push(`(declare-const ${present} Bool)`);
    for (const { variable, used } of slots) {
      const { sort, holds } = declaration(variable, type);
      lines.push(`(declare-const ${variable} ${sort})`, `(assert ${holds})`);
      if (used !== "true") lines.push(`(declare-const ${used} Bool)`);
    }
  }
  return lines;
}

function allowsTerm(policy: Policy, document: unknown, space: Space): string {
  const term = (statement: Statement) => statementTerm(statement, policy, document, space);
  const allowing = policy.statements.filter(({ effect }) => effect === "Allow").map(term);
  const denying = policy.statements.filter(({ effect }) => effect === "Deny").map(term);
  return and([or(allowing), ...denying.map(not)]);
}

function statementTerm(
  statement: Statement,
  policy: Policy,
  document: unknown,
  { principals, actions, keys }: Space,
): string {
  const listed = statement.principals;
  const who = principals.flatMap((principal, index) =>
    listed !== null && listed.items.some((item) => covers(item, principal)) !== listed.not
      ? [`(= p ${index})`]
      : [],
  );
  const what = actions.flatMap((action, index) =>
    actionFits(statement, action) ? [`(= a ${index})`] : [],
  );
  const raw = statementsOf([document])[statement.index];
  const conditions = (raw?.atoms ?? []).map((atom) => {
    const key = keys.get(atom.key.toLowerCase());
    if (key === undefined) throw new Untranslated("a key without a variable");
    return conditionTerm(atom, key, policy);
  });
  return and([or(who), or(what), ...conditions]);
}

function actionFits(statement: Statement, action: string): boolean {
  const { items, not: inverted } = statement.actions;
  const document = { Statement: { Effect: "Allow", Principal: "*", Action: items } };
  const principal = { type: "AWS", id: "arn:aws:iam::999999999999:user/nobody" };
  const request = { principal, action, context: new Map() };
  return (evaluateTrust(document, request).decision === "allow") !== inverted;
}

function conditionTerm(atom: Atom, key: Key, { version }: Policy): string {
  if (atom.operator === "Null") {
    return or(
      atom.values.map((value) => (value.toLowerCase() === "true" ? not(key.present) : key.present)),
    );
  }
  const operator = bareOperator(atom.operator);
  const passes = key.slots.map(({ variable, used }) => {
    const any = or(
      atom.values.map((value) =>
        fitsTerm(variable, key.type, { operator, listed: value, version }),
      ),
    );
    return { used, term: /Not(Equals|Like|IpAddress)|^NotIp/.test(operator) ? not(any) : any };
  });
  const all = and(passes.map(({ used, term }) => `(=> ${used} ${term})`));
  const some = or(passes.map(({ used, term }) => and([used, term])));
  const forAll = atom.operator.startsWith("ForAllValues:");
  const forAny = atom.operator.startsWith("ForAnyValue:");
  if (key.slots.length > 1 && !forAll && !forAny) throw new Untranslated("several values");
  const negated = /Not(Equals|Like|IpAddress)|^NotIp/.test(operator);
  const missing = atom.operator.endsWith("IfExists") || forAll || (negated && !forAny);
  return `(ite ${key.present} ${forAll ? all : some} ${missing})`;
}

/** The question as SMT-LIB: is there a request that `after` allows and `before` does not? */
function script(before: unknown, after: unknown, space: Space): readonly string[] {
  return [
    ...declarationsOf(space),
    `(assert (and (>= p 0) (< p ${space.principals.length}) (>= a 0) (< a ${space.actions.length})))`,
    `(assert ${allowsTerm(readPolicy(after), after, space)})`,
    `(assert ${not(allowsTerm(readPolicy(before), before, space))})`,
    "(check-sat)",
  ];
}

/** When it gives up: after milliseconds, or after so many of the solver's own steps. */
type Limit = { readonly option: "timeout" | "rlimit"; readonly most: number };

/**
 * What follows each question: z3-solver 5.2 lets a thread read the text from memory that it has given
 * free, and now and then its last bytes are another text by then.
 */
const padding = " ".repeat(8_192);

/** Z3 with its theory of strings, asked the same question. */
export async function z3Contender(
  limit: Limit,
): Promise<Contender & { readonly close: () => void }> {
  const { Z3, em } = await init();
  const context = Z3.mk_context(Z3.mk_config());
  const said = async (text: string): Promise<string> =>
    await Z3.eval_smtlib2_string(context, `${text}${padding}`);
  const ask = async (before: string, after: string): Promise<Answer> => {
    try {
      const documents: readonly unknown[] = [JSON.parse(before), JSON.parse(after)];
      const space = spaceOf(documents);
      const asked = script(documents[0], documents[1], space);
      const text = ["(reset)", `(set-option :${limit.option} ${limit.most})`, ...asked].join("\n");
      const [answer] = (await said(text)).trim().split("\n");
      if (answer !== "sat") return { widens: answer === "unsat" ? false : null };
      const values = await said(`(get-value (${namesOf(space)}))`);
      return { widens: true, example: exampleOf(values, space) };
    } catch (error) {
      if (error instanceof Untranslated) return { widens: null };
      throw error;
    }
  };
  return {
    name: "z3-solver",
    answer: async ({ before, after }): Promise<Answer> => {
      // The engine answers for both directions at once, so the solver is asked for both.
      const admitted = await ask(before, after);
      await ask(after, before);
      return admitted;
    },
    close: () => em.PThread.terminateAllThreads(),
  };
}

function namesOf({ keys }: Space): string {
  const names = ["p", "a"];
  for (const { present, slots } of keys.values()) {
    names.push(present);
    for (const { variable, used } of slots)
      names.push(variable, ...(used === "true" ? [] : [used]));
  }
  return names.join(" ");
}

/** The request of a model; null where it holds a value that is written in another way than text. */
function exampleOf(printed: string, { principals, actions, keys }: Space): ReplayedWitness | null {
  const values = new Map<string, string>();
  const pair = /\((\w+) (?:"((?:[^"]|"")*)"|([\w.]+))\)/g;
  for (const [, name = "", text, other] of printed.matchAll(pair)) {
    const unescaped = text
      ?.replaceAll('""', '"')
      .replace(/\\u\{([0-9a-f]+)\}/g, (_, code: string) =>
        String.fromCodePoint(Number(`0x${code}`)),
      );
    values.set(name, unescaped ?? other ?? "");
  }
  const principal = principals[Number(values.get("p"))];
  const action = actions[Number(values.get("a"))];
  if (principal === undefined || action === undefined) return null;
  const context: Record<string, readonly string[]> = {};
  for (const [key, { present, type, slots }] of keys) {
    if (values.get(present) !== "true") continue;
    if (!/text|arn|bool|number/.test(type)) return null;
    const used = slots.filter(
      ({ used: isUsed }) => isUsed === "true" || values.get(isUsed) === "true",
    );
    context[key] = used.map(({ variable }) => values.get(variable) ?? "");
  }
  return { principal, action, context };
}
