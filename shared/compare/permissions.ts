import { type Budget, purseOf } from "../language/budget.ts";
import { characterClass, grammarMachine } from "../language/machine.ts";
import type { Pattern } from "../language/pattern.ts";
import type { ActionPart, PermissionStatement } from "../policy/document.ts";
import { parsePermissionPolicy } from "../policy/parse.ts";
import { type Bounds, difference, type Rules } from "../solve/difference.ts";
import { type Assignment, complement, type Literal, matchedBy } from "../solve/dimension.ts";
import { RequestSpace } from "../solve/formulas.ts";
import { joined } from "../solve/joined.ts";
import { stringSpace } from "../solve/space.ts";
import { type Formula, literalPart, type Part } from "../solve/terms.ts";
import type { AskedOfValue } from "../solve/unknowns.ts";
import {
  type PermissionRequest,
  type PermissionWitness,
  permitsOf,
  showPermission,
} from "./examples/permission.ts";
import { isReordered } from "./reordered.ts";
import { tooManyUnclear } from "./too-many.ts";
import {
  type Comparison,
  type Direction,
  directionOf,
  equivalent,
  type Reason,
  refusedComparison,
  type Side,
  undecidedComparison,
} from "./verdict.ts";

type PermissionComparison = Comparison<PermissionWitness>;

/** As many as for trust policies, and together as many. */
const stringSteps = 50_000;
const looksMax = 80_000;
const together = 110_000;

/** The caller is the role itself, so no call counts as impossible. */
const ofTheRole = { isReal: () => true, isImpossible: () => false };

/**
 * Compares what two sets of identity policies grant, each set taken together: the managed and
 * inline policies of a role before and after, as raw text. An empty set grants nothing.
 *
 * A request is an action, a resource and context keys; wildcards in a resource cross colons and
 * slashes. Boundaries, session policies and resource policies are not part of it.
 */
export function comparePermissions(input: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}): PermissionComparison {
  const { before, after } = input;
  const isSame = before.length === after.length && before.every((text, at) => text === after[at]);
  const isWithin = { widening: isSame, narrowing: isSame };
  const statements: Record<Side, PermissionStatement[]> = { before: [], after: [] };
  for (const side of ["before", "after"] as const) {
    for (const [index, text] of input[side].entries()) {
      const parsed = parsePermissionPolicy(text, `${side}[${index}]`);
      if (parsed.kind === "refused") return refusedComparison(side, parsed.problem, isWithin);
      statements[side].push(...parsed.policy.statements);
    }
  }
  if (isSame || isReordered(input, statements)) return equivalent;
  const tooMany = tooManyUnclear([...statements.before, ...statements.after]);
  return tooMany === null ? compareStatements(statements) : undecidedComparison(tooMany, isWithin);
}

function compareStatements({
  before,
  after,
}: Record<Side, readonly PermissionStatement[]>): PermissionComparison {
  const space = new PermissionSpace([...before, ...after]);
  const budgetOf = purseOf(together);
  return {
    kind: "compared",
    widening: directionBeyond([after], [[before]], { space, budgetOf }),
    narrowing: directionBeyond([before], [[after]], { space, budgetOf }),
  };
}

/** Identity policies taken together, within a permissions boundary where there is one. */
export type Grant = {
  readonly policies: readonly string[];
  readonly boundary: string | null;
};

/**
 * Is there a request that `granted` grants and none of `known` does? What is granted is what the
 * policies allow together, no Deny of them denies, and the boundary allows as well.
 * Source: IAM User Guide, "Permissions boundaries for IAM entities".
 */
export function grantsBeyond(input: {
  readonly granted: Grant;
  readonly known: readonly Grant[];
}): Direction<PermissionWitness> {
  if (input.known.some((grant) => isSameText(grant, input.granted))) return { kind: "disproved" };
  const granted = readGrant(input.granted, "granted");
  if (!Array.isArray(granted)) return openFor(granted);
  const known: Bound[][] = [];
  for (const [index, grant] of input.known.entries()) {
    const read = readGrant(grant, `known[${index}]`);
    if (!Array.isArray(read)) return openFor(read);
    known.push(read);
  }
  const statements = [granted, ...known].flat(2);
  const tooMany = tooManyUnclear(statements);
  if (tooMany !== null) return openFor(tooMany);
  const space = new PermissionSpace(statements);
  return directionBeyond(granted, known, { space, budgetOf: purseOf(together) });
}

function isSameText(left: Grant, right: Grant): boolean {
  const named = ({ policies, boundary }: Grant) => JSON.stringify([policies, boundary]);
  return named(left) === named(right);
}

/** The statements of one policy, or of several that are taken together. */
type Bound = readonly PermissionStatement[];

function openFor(reason: Reason): Direction<never> {
  return { kind: "open", reasons: [reason], possible: null };
}

function readGrant({ policies, boundary }: Grant, root: string): Bound[] | Reason {
  const together: PermissionStatement[] = [];
  for (const [index, text] of policies.entries()) {
    const parsed = parsePermissionPolicy(text, `${root}[${index}]`);
    if (parsed.kind === "refused") return parsed.problem;
    together.push(...parsed.policy.statements);
  }
  if (boundary === null) return [together];
  const parsed = parsePermissionPolicy(boundary, `${root}.boundary`);
  return parsed.kind === "refused" ? parsed.problem : [together, parsed.policy.statements];
}

function directionBeyond(
  granted: readonly Bound[],
  known: readonly (readonly Bound[])[],
  {
    space,
    budgetOf,
  }: { readonly space: PermissionSpace; readonly budgetOf: (most: number) => Budget },
): Direction<PermissionWitness> {
  const rules = (bounds: readonly Bound[]): Bounds => bounds.map((bound) => space.rulesOf(bound));
  const found = difference({
    requests: space.requests,
    allowedBy: [rules(granted)],
    refusedBy: known.map(rules),
    budget: budgetOf(stringSteps),
    looks: budgetOf(looksMax),
  });
  return directionOf({
    found,
    problems: space.requests.problems,
    ...ofTheRole,
    show: ({ assignments }) => {
      const permitted = granted.map(permitsOf);
      const refused = known.map((bounds) => bounds.map(permitsOf));
      return showPermission({
        plain: space.requestOf(assignments),
        isWitness: (request) =>
          permitted.every((permits) => permits(request) === "yes") &&
          refused.every((bounds) => bounds.some((permits) => permits(request) === "no")),
        statements: [granted, ...known].flat(2),
      });
    },
  });
}

/**
 * In lower case, since actions ignore case. There is more than letters and digits in names: vpc-lattice has
 * an action with dashes, and no page says what no name of an action or a service has.
 */
const nameCharacters = characterClass(
  `xabcdefghijklmnopqrstuvwyz0123456789-_.!"#$%&'()+,/;<=>@[\\]^\`{|}~`,
);
const actionMachine = grammarMachine([
  { kind: "some", of: nameCharacters },
  { kind: "text", text: ":" },
  { kind: "some", of: nameCharacters },
]);

class PermissionSpace {
  readonly requests: RequestSpace;
  readonly #rules = new Map<Bound, Rules>();
  readonly #actionDimension: number;
  readonly #resourceDimension: number;

  constructor(statements: readonly PermissionStatement[]) {
    this.requests = new RequestSpace(statements);
    const actions = stringSpace({ kind: "machine", machine: actionMachine });
    this.#actionDimension = this.requests.addDimension(actions);
    this.#resourceDimension = this.requests.addDimension(stringSpace(null));
  }

  /** The rules of a policy, made once for both directions of a comparison. */
  rulesOf(statements: Bound): Rules {
    const known = this.#rules.get(statements);
    if (known !== undefined) return known;
    const rules = joined(
      statements.map((statement) => ({
        effect: statement.effect,
        formula: [
          [this.#actionPart(statement.actions)],
          ...this.#resourceTerms(statement),
          ...this.requests.conditionFormula(statement),
        ],
      })),
      this.requests,
    );
    this.#rules.set(statements, rules);
    return rules;
  }

  #isIn(dimension: number, patterns: readonly Pattern[]): Literal {
    return this.requests.literal(dimension, matchedBy(patterns));
  }

  #actionPart({ kind, patterns }: ActionPart): Part {
    const literal = this.#isIn(this.#actionDimension, patterns);
    return literalPart(kind === "only" ? literal : complement(literal));
  }

  #resourceTerms({ resources }: PermissionStatement): Formula {
    const { patterns, unclear: values, kind } = resources;
    const tested = this.#resourceDimension;
    const literal = this.#isIn(tested, patterns);
    const negated = kind === "except";
    const unknowns = values.map((value) =>
      this.requests.unknowns.addValues({
        name: `resource|${value.name}`,
        tested,
        values: [value],
        negated,
      }),
    );
    if (kind === "except")
      return [literalPart(complement(literal)), ...unknowns].map((part) => [part]);
    const plain = literalPart(literal);
    if (values.length === 0) return [[plain]];
    const asked: AskedOfValue = {
      tested,
      constraintWith: (filled) => matchedBy([...patterns, ...filled]),
    };
    const parts = patterns.length === 0 ? unknowns : [plain, ...unknowns];
    return [[this.requests.unknowns.addList({ parts, values, failsWhen: [], asked })]];
  }

  requestOf(assignments: readonly Assignment[]): PermissionRequest {
    const action = assignments[this.#actionDimension]?.[0];
    const resource = assignments[this.#resourceDimension]?.[0];
    if (action === undefined || resource === undefined) {
      throw new Error("a solution names no action or no resource");
    }
    return { action, resource, context: this.requests.contextOf(assignments) };
  }
}
