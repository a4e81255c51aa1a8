import type { PolicyProblem } from "./problem.ts";

/**
 * Carries a refusal out of the depths of a parser. It never leaves shared/policy: the public
 * readers give the problem back as a value.
 */
export class Refusal extends Error {
  readonly problem: PolicyProblem;

  constructor(code: PolicyProblem["code"], message: string, where: string) {
    super(message);
    this.name = "Refusal";
    this.problem = { code, message, where };
  }
}
