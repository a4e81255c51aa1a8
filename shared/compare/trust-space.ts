import { callersOf } from "../callers/callers-of.ts";
import type { Tie } from "../callers/situations.ts";
import type { Caller } from "../policy/caller.ts";
import type { TrustPolicy, TrustStatement } from "../policy/document.ts";
import { actionFits } from "../policy/evaluate.ts";
import { amongCallers } from "../policy/principal-match.ts";
import { stsActions, type TrustRequest } from "../policy/request.ts";
import type { Rules } from "../solve/difference.ts";
import { type Assignment, complement, type Literal } from "../solve/dimension.ts";
import { RequestSpace } from "../solve/formulas.ts";
import { joined } from "../solve/joined.ts";
import { listedSpace, type ValueSet } from "../solve/space.ts";
import { type Formula, literalPart, mapLiterals, type Part } from "../solve/terms.ts";
import { tiedLiteral } from "./tied.ts";

/** The requests that trust policies can distinguish, and their statements as formulas. */
export class TrustSpace {
  readonly requests: RequestSpace;
  readonly callers: readonly Caller[];
  readonly actions: readonly string[];
  readonly #named: ReturnType<typeof amongCallers<Caller>>;
  /** The callers as values of their dimension. */
  readonly #texts: ReadonlyMap<Caller, string>;
  readonly #callerDimension: number;
  readonly #actionDimension: number;
  readonly #rules = new Map<TrustPolicy, Map<Tie["key"] | null, Rules>>();

  /** @param isGrouped see RequestSpace */
  constructor(policies: readonly TrustPolicy[], isGrouped = false) {
    const statements = policies.flatMap((policy) => policy.statements);
    this.requests = new RequestSpace(statements, isGrouped);
    this.callers = callersOf(policies);
    this.#named = amongCallers(this.callers);
    this.#texts = new Map(this.callers.map((caller) => [caller, `${caller.type} ${caller.id}`]));
    this.actions = actionsOf(statements);
    this.#callerDimension = this.requests.addDimension(listedSpace([...this.#texts.values()]));
    this.#actionDimension = this.requests.addDimension(listedSpace(this.actions));
  }

  /** "The caller is one of these." */
  callerIn(callers: readonly Caller[]): Literal {
    const texts = callers.flatMap((caller) => this.#texts.get(caller) ?? []);
    // No id has a line break.
    return this.requests.within(this.#callerDimension, listed(texts), texts.join("\n"));
  }

  /** "The action is one of these." */
  actionIn(isWanted: (action: string) => boolean): Literal {
    const texts = this.actions.filter(isWanted);
    return this.requests.within(this.#actionDimension, listed(texts), JSON.stringify(texts));
  }

  /** A policy's rules, as they read for tokens that a tie binds; made once for all questions. */
  rulesOf(policy: TrustPolicy, tie: Tie | null): Rules {
    const made = this.#rules.get(policy) ?? new Map<Tie["key"] | null, Rules>();
    this.#rules.set(policy, made);
    const known = made.get(tie?.key ?? null);
    if (known !== undefined) return known;
    const rules =
      tie === null
        ? joined(
            policy.statements.map((statement) => ({
              effect: statement.effect,
              formula: this.formulaOf(statement),
            })),
            this.requests,
          )
        : this.rulesOf(policy, null).map(({ effect, formula }) => ({
            effect,
            formula: mapLiterals(formula, (one) => tiedLiteral(one, tie, this.requests)),
          }));
    made.set(tie?.key ?? null, rules);
    return rules;
  }

  formulaOf(statement: TrustStatement): Formula {
    return [
      [this.#principalPart(statement)],
      [literalPart(this.actionIn((action) => actionFits(statement, action)))],
      ...this.requests.conditionFormula(statement),
    ];
  }

  #principalPart(statement: TrustStatement): Part {
    const { kind, principals, where } = statement.principals;
    const named = this.callerIn(this.#named(principals));
    if (kind === "only") return literalPart(named);
    if (statement.effect === "Deny") return literalPart(complement(named));
    const message =
      "NotPrincipal in an Allow has no documented meaning: IAM takes it with Deny only. Name in Principal who gets in.";
    return this.requests.unknowns.add({
      name: `NotPrincipal|${named.id}`,
      problem: { code: "unclear-principal", message, where },
    });
  }

  /** The request that a solution stands for. */
  requestOf(assignments: readonly Assignment[]): TrustRequest {
    const callerName = assignments[this.#callerDimension]?.[0];
    const caller = this.callers.find((candidate) => this.#texts.get(candidate) === callerName);
    const action = assignments[this.#actionDimension]?.[0];
    if (caller === undefined || action === undefined)
      throw new Error("a solution names no caller or no action");
    const principal = { type: caller.type, id: caller.id };
    return { principal, action, context: this.requests.contextOf(assignments) };
  }
}

function listed(texts: readonly string[]): ValueSet {
  return { kind: "listed", texts: new Set(texts) };
}

/** The six actions of STS on a role, and every other action that a statement names in full. */
function actionsOf(statements: readonly TrustStatement[]): readonly string[] {
  const actions = new Map<string, string>(
    stsActions.map((action) => [action.toLowerCase(), action]),
  );
  for (const { actions: part } of statements) {
    for (const action of part.named) {
      if (!actions.has(action.toLowerCase())) actions.set(action.toLowerCase(), action);
    }
  }
  return [...actions.values()];
}
