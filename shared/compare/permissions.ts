import { type Budget, budgetOf } from "../language/budget.ts";
import { characterClass, grammarMachine } from "../language/machine.ts";
import type { ActionPart, PermissionStatement } from "../policy/document.ts";
import { parsePermissionPolicy } from "../policy/parse.ts";
import { type Difference, difference, type Rules } from "./difference.ts";
import type { Assignment } from "./dimension.ts";
import { RequestSpace } from "./formulas.ts";
import { identityOfPatterns } from "./match.ts";
import {
  type PermissionRequest,
  type PermissionWitness,
  permits,
  showPermission,
} from "./permission-witness.ts";
import { stringSpace, type ValueSet } from "./space.ts";
import { complement, type Formula, type Part } from "./terms.ts";
import {
  type Comparison,
  concluded,
  type Direction,
  directionOf,
  type Reason,
  refusedComparison,
  type Side,
} from "./verdict.ts";

export type PermissionComparison = Comparison<PermissionWitness>;

const stringSteps = 3_000_000;

/**
 * Compares what two sets of identity policies grant, each set taken together: the managed and
 * inline policies of a role before and after, as raw text. An empty set grants nothing.
 *
 * A request is an action, a resource and context keys; wildcards in a resource cross colons and
 * slashes. Boundaries, session policies and resource policies are no part of it.
 */
export function comparePermissions(input: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}): PermissionComparison {
  const statements: Record<Side, PermissionStatement[]> = { before: [], after: [] };
  for (const side of ["before", "after"] as const) {
    for (const [index, text] of input[side].entries()) {
      const parsed = parsePermissionPolicy(text, `${side}[${index}]`);
      if (parsed.kind === "refused") return refusedComparison(side, parsed.problem);
      statements[side].push(...parsed.policy.statements);
    }
  }
  return compareStatements(statements);
}

function compareStatements(
  statements: Record<Side, readonly PermissionStatement[]>,
): PermissionComparison {
  const budget = budgetOf(stringSteps);
  const space = new PermissionSpace([...statements.before, ...statements.after], budget);
  const rules = {
    before: space.rulesOf(statements.before),
    after: space.rulesOf(statements.after),
  };
  const doubts: readonly Reason[] = [...space.space.doubts, ...space.space.vague];
  const direction = (allowedBy: Side, refusedBy: Side): Direction<PermissionWitness> => {
    budget.stepsLeft = stringSteps;
    const found: Difference = difference({
      dimensions: space.space.dimensions,
      allowedBy: rules[allowedBy],
      refusedBy: rules[refusedBy],
      hasDoubts: space.space.doubts.length > 0,
      stringBudget: budget,
    });
    return directionOf({
      found,
      doubts,
      show: ({ assignments }) =>
        showPermission({
          plain: space.requestOf(assignments),
          isWitness: (request) =>
            permits(statements[allowedBy], request) === "yes" &&
            permits(statements[refusedBy], request) === "no",
          statements: [...statements[allowedBy], ...statements[refusedBy]],
        }),
    });
  };
  return concluded(direction("after", "before"), direction("before", "after"));
}

const serviceCharacters = characterClass("xabcdefghijklmnopqrstuvwyz0123456789-");
const actionCharacters = characterClass(
  "xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
);
const actionMachine = grammarMachine([
  { kind: "some", of: serviceCharacters },
  { kind: "text", text: ":" },
  { kind: "some", of: actionCharacters },
]);

class PermissionSpace {
  readonly space: RequestSpace;
  private readonly actionDimension: number;
  private readonly resourceDimension: number;

  constructor(statements: readonly PermissionStatement[], budget: Budget) {
    this.space = new RequestSpace(statements, budget);
    const actions = stringSpace({ kind: "machine", machine: actionMachine });
    this.actionDimension = this.space.addDimension("action", actions);
    this.resourceDimension = this.space.addDimension("resource", stringSpace(null));
  }

  rulesOf(statements: readonly PermissionStatement[]): Rules {
    return statements.map((statement) => ({
      effect: statement.effect,
      formula: [
        [this.actionPart(statement.actions)],
        ...this.resourceTerms(statement),
        ...this.space.conditionFormula(statement),
      ],
    }));
  }

  private patternPart(dimension: number, part: Pick<ActionPart, "kind" | "patterns">): Part {
    const set: ValueSet = { kind: "text", set: { kind: "patterns", patterns: part.patterns } };
    const within = this.space.within(dimension, set, identityOfPatterns(part.patterns));
    return { kind: "literal", literal: part.kind === "only" ? within : complement(within) };
  }

  private actionPart(actions: ActionPart): Part {
    return this.patternPart(this.actionDimension, actions);
  }

  private resourceTerms({ resources }: PermissionStatement): Formula {
    const plain = this.patternPart(this.resourceDimension, resources);
    const doubts = resources.unclear.map((value) =>
      this.space.doubt({
        name: `resource|${value.text}`,
        problem: value.problem,
        negated: resources.kind === "except",
        failsWhen: value.variables.map((variable) => [complement(this.space.isPresent(variable))]),
      }),
    );
    return resources.kind === "only"
      ? [[plain, ...doubts]]
      : [[plain], ...doubts.map((doubt) => [doubt])];
  }

  requestOf(assignments: readonly Assignment[]): PermissionRequest {
    const action = assignments[this.actionDimension]?.[0];
    const resource = assignments[this.resourceDimension]?.[0];
    if (action === undefined || resource === undefined) {
      throw new Error("a solution names no action or no resource");
    }
    const context = new Map<string, readonly string[]>();
    for (const [key, dimension] of this.space.keys) {
      const values = assignments[dimension];
      if (values !== null && values !== undefined) context.set(key, values);
    }
    return { action, resource, context };
  }
}
