import { projectTie } from "../../circleci/project-tie.ts";
import { tiedLiteral } from "../../compare/tied.ts";
import { TrustSpace } from "../../compare/trust-space.ts";
import { budgetOf } from "../../language/budget.ts";
import { characterClass, grammarMachine, type Machine, unionOf } from "../../language/machine.ts";
import { literalPattern, type Pattern } from "../../language/pattern.ts";
import type { StringSet } from "../../language/strings.ts";
import type {
  Effect,
  PolicyCondition,
  TrustPolicy,
  TrustStatement,
} from "../../policy/document.ts";
import { actionFits, principalFits } from "../../policy/evaluate.ts";
import type { TrustRequest } from "../../policy/request.ts";
import { type Difference, difference, type Rules } from "../../solve/difference.ts";
import { type Assignment, complement, type Literal } from "../../solve/dimension.ts";
import { type Formula, mapLiterals } from "../../solve/terms.ts";
import { seemingSubjects } from "./alignment.ts";
import { keyStateOf, type TokenSource } from "./issuer-keys.ts";
import { type SettledStatement, settle } from "./settled.ts";
import type { SubjectSet } from "./subject-set.ts";
import { type Place, placesOf, type TokenKind } from "./token-places.ts";

export type TokenAnswer =
  /** Such a token gets in: its subject, and the request of it. */
  | { readonly kind: "some"; readonly subject: string; readonly request: TrustRequest }
  | { readonly kind: "none" }
  /** Something the policy says is not documented, or the search was given up. */
  | { readonly kind: "open" };

type Question = {
  readonly tokens: TokenKind;
  /** The statement that has to let the token in; the whole policy where it is left out. */
  readonly by?: TrustStatement;
  /** Only these conditions of `by`. */
  readonly conditions?: readonly PolicyCondition[];
  /** Without the policy's Denys. */
  readonly undenied?: boolean;
  /** Tokens that the policy would not let in if each pattern were read as what it seems to say. */
  readonly unseemly?: boolean;
  /** Tokens that it lets in if each pattern is read so. */
  readonly seemly?: boolean;
  readonly inside?: readonly SubjectSet[];
  readonly outside?: readonly SubjectSet[];
  /** What else the request holds, by the key's name behind the colon. */
  readonly holding?: ReadonlyMap<string, SubjectSet>;
};

export const webIdentity = "sts:AssumeRoleWithWebIdentity";

/** Steps that one search for a token may take, and all about one source together: a second or two. */
const stepsPerSearch = 200_000;
const stepsPerSource = 4_000_000;
/** What a question costs for each statement that it is put to, whatever is found. */
const stepsPerStatement = 50;
/** To follow a subject through what a pattern seems to say takes a step for so many of its states and wildcards. */
const seemingPerStep = 16;

/**
 * Questions about the tokens of one source that a policy lets in, at one moment. Each is decided
 * over all tokens that the source can sign, with whatever the other keys of a request may hold.
 */
export class TokenQuestions {
  readonly source: TokenSource;
  private readonly statements: readonly SettledStatement[];
  private readonly space: TrustSpace;
  private readonly at: Date | null;
  private readonly sets = new Map<string, SubjectSet>();
  private stepsLeft = stepsPerSource;
  /** What a question costs that holds a subject against what the patterns seem to say. */
  private stepsToSeem = 0;
  /** Was some question left open? */
  hasOpen = false;

  constructor(input: {
    readonly policy: TrustPolicy;
    readonly source: TokenSource;
    readonly at: Date | null;
  }) {
    const { policy, source, at } = input;
    this.source = source;
    this.at = at;
    this.statements = policy.statements.map((statement) => settle(statement, source, at));
    const settled = { ...policy, statements: this.statements.map(({ statement }) => statement) };
    this.space = new TrustSpace([settled, naming(source, settled)]);
  }

  key(name: string): string {
    return `${this.source.keyPrefix}:${name}`;
  }

  /** Could the statement be about these tokens, whatever its conditions say? */
  concerns(statement: TrustStatement): boolean {
    return principalFits(statement, this.anyRequest()) !== "no";
  }

  callsFor(statement: TrustStatement): boolean {
    return actionFits(statement, webIdentity);
  }

  /** Every kind of token that the source signs; the issuer of all organisations has no stream. */
  kinds(): readonly TokenKind[] {
    const { circleci } = this.source;
    if (circleci === null) return ["any"];
    return circleci.organizationId === null ? ["job"] : ["job", "stream"];
  }

  /** A statement's conditions as they read for these tokens. */
  settledOf(statement: TrustStatement): SettledStatement {
    return settle(statement, this.source, this.at);
  }

  ask(question: Question): TokenAnswer {
    const isUnseemly = question.unseemly === true && this.stepsLeft > 0;
    const refusedBy = isUnseemly ? this.policyRules("branch", true) : [];
    this.stepsLeft -= stepsPerStatement * this.statements.length;
    if (isUnseemly) this.stepsLeft -= this.stepsToSeem;
    if (this.stepsLeft <= 0) {
      this.hasOpen = true;
      return { kind: "open" };
    }
    return this.search(question, this.rulesOf(question), refusedBy);
  }

  private search(question: Question, allowedBy: Rules, refusedBy: Rules): TokenAnswer {
    const literals = [...this.frame(), ...this.subjectLiterals(question)];
    const { nice, all } = this.places(question.tokens);
    // The conditions' keys are known only now, so what holds for each of them comes last.
    literals.push(...this.keyLiterals(question));
    const lookAt = (place: readonly Literal[]): Difference => {
      const given = Math.min(stepsPerSearch, this.stepsLeft);
      const budget = budgetOf(given);
      const found = difference({
        requests: this.space.requests,
        allowedBy: [[allowedBy]],
        refusedBy: [[refusedBy]],
        extra: [...place, ...literals].map((literal) => [[literal]]),
        budget,
        isAsKnown: true,
      });
      this.stepsLeft -= given - budget.stepsLeft;
      return found;
    };
    let isOpen = false;
    for (const place of [...nice, ...all]) {
      const found = lookAt(place);
      if (found.kind === "some") return this.answerOf(found.assignments);
      // What a nice place left open is among all there are.
      if (found.kind === "open" && all.includes(place)) isOpen = true;
    }
    if (isOpen) this.hasOpen = true;
    return { kind: isOpen ? "open" : "none" };
  }

  private answerOf(assignments: readonly Assignment[]): TokenAnswer {
    const request = this.space.requestOf(assignments);
    const subject = request.context.get(this.key("sub"))?.[0] ?? "";
    return { kind: "some", subject, request };
  }

  /**
   * Do the statement's conditions on these keys of the token, or Denys that ask for nothing else,
   * keep any token out?
   */
  limits(statement: TrustStatement, names: readonly string[]): boolean {
    const keys = new Set(names.map((name) => this.key(name)));
    const onKeys = ({ statement: settled }: SettledStatement) =>
      settled.conditions.filter(({ key }) => keys.has(key));
    const denies = this.statements.filter(
      (each) =>
        each.statement.effect === "Deny" &&
        each.impossible.length === 0 &&
        onKeys(each).length === each.statement.conditions.length,
    );
    const own = this.settledOf(statement);
    const limiting = [
      { ...statement, conditions: onKeys(own) },
      ...denies.map((each) => each.statement),
    ];
    return this.kinds().some((tokens) => {
      const refusedBy = limiting.map((each) => ({
        effect: each.effect,
        formula: this.formulaOf(each, tokens, false),
      }));
      const found = this.search({ tokens }, [{ effect: "Allow", formula: [] }], refusedBy);
      return found.kind !== "none";
    });
  }

  private anyRequest(): TrustRequest {
    const principal = { type: "Federated", id: this.source.principal } as const;
    return { principal, action: webIdentity, context: new Map() };
  }

  private rulesOf({ by, conditions, undenied, seemly, tokens }: Question): Rules {
    const rules = this.policyRules(tokens, seemly === true);
    const denies = undenied === true ? [] : rules.filter(({ effect }) => effect === "Deny");
    if (by === undefined) return [...rules.filter(({ effect }) => effect === "Allow"), ...denies];
    const settled = this.settledOf(by);
    if (conditions === undefined && settled.impossible.length > 0) return [];
    const statement = { ...by, conditions: conditions ?? settled.statement.conditions };
    return [{ effect: "Allow", formula: this.formulaOf(statement, tokens, false) }, ...denies];
  }

  private policyRules(tokens: TokenKind, seeming: boolean): Rules {
    return this.statements
      .filter(({ impossible }) => impossible.length === 0)
      .map(({ statement }) => ({
        effect: statement.effect,
        formula: this.formulaOf(statement, tokens, seeming),
      }));
  }

  private formulaOf(statement: TrustStatement, tokens: TokenKind, seeming: boolean): Formula {
    const read = (literal: Literal): Literal => {
      const tied = this.tied(literal, tokens);
      return seeming ? this.asItSeems(tied, statement.effect) : tied;
    };
    return mapLiterals(this.space.formulaOf(statement), read);
  }

  /** For a job's token a test of the project's key is one of the project in the subject. */
  private tied(literal: Literal, tokens: TokenKind): Literal {
    const { circleci } = this.source;
    const tie = circleci === null || tokens === "stream" ? null : projectTie(circleci);
    if (tie === null || !this.sendsProject()) return literal;
    return tiedLiteral(literal, tie, this.space.requests);
  }

  private sendsProject(): boolean {
    const key = this.key("oidc.circleci.com/project-id");
    return keyStateOf(this.source, key, this.at).kind !== "absent";
  }

  /** A pattern by which a statement keeps others out, as what it seems to say. */
  private asItSeems(literal: Literal, effect: Effect): Literal {
    const { requests } = this.space;
    if (requests.keys.get(this.key("sub")) !== literal.dimension) return literal;
    const constraint = requests.constraintOf(literal);
    if (constraint.set.kind !== "text" || constraint.inside !== (effect === "Allow"))
      return literal;
    const { set } = constraint.set;
    if (set.kind !== "patterns" || set.patterns.every((pattern) => pattern.literal !== null))
      return literal;
    const seeming = this.subjectIn(
      this.memo(`seeming|${constraint.identity}`, () => ({
        kind: "machine",
        machine: unionOf(set.patterns.map((pattern) => this.seemingOf(pattern))),
      })),
    );
    return constraint.inside ? seeming : complement(seeming);
  }

  /** Many wildcards keep a text in many states at once. */
  private seemingOf(pattern: Pattern): Machine {
    const machine = seemingSubjects(pattern);
    const wildcards = pattern.glyphs.filter((glyph) => glyph < 0).length;
    this.stepsToSeem += (machine.edges.length * wildcards) / seemingPerStep;
    return machine;
  }

  private memo(identity: string, make: () => StringSet): SubjectSet {
    const known = this.sets.get(identity);
    if (known !== undefined) return known;
    const made = { set: make(), identity };
    this.sets.set(identity, made);
    return made;
  }

  private subjectIn({ set, identity }: SubjectSet): Literal {
    const { requests } = this.space;
    return requests.within(requests.dimensionOf(this.key("sub")), { kind: "text", set }, identity);
  }

  private subjectLiterals({
    inside = [],
    outside = [],
  }: Pick<Question, "inside" | "outside">): readonly Literal[] {
    return [
      ...inside.map((set) => this.subjectIn(set)),
      ...outside.map((set) => complement(this.subjectIn(set))),
    ];
  }

  /** What every request with such a token has, whatever the policy asks. */
  private frame(): readonly Literal[] {
    const { principal } = this.source;
    return [
      this.space.callerIn(
        this.space.callers.filter(({ type, id }) => type === "Federated" && id === principal),
      ),
      this.space.actionIn((action) => action === webIdentity),
    ];
  }

  /** Where to look for such a token: all the literals of a place must hold. */
  private places(tokens: TokenKind): {
    readonly nice: readonly (readonly Literal[])[];
    readonly all: readonly (readonly Literal[])[];
  } {
    const { circleci, issuer } = this.source;
    if (circleci === null || tokens === "any") {
      const all = issuer.kind === "github" ? [[this.subjectIn(githubSubjects())]] : [[]];
      return { nice: [], all };
    }
    const memo = (name: string, make: () => StringSet) => this.memo(name, make);
    const { nice, all } = placesOf(tokens, circleci.organizationId, memo);
    const literalsOf = ({ inside, outside }: Place): readonly Literal[] => [
      this.subjectIn(inside),
      ...(outside === undefined ? [] : [complement(this.subjectIn(outside))]),
    ];
    return { nice: nice.map(literalsOf), all: all.map(literalsOf) };
  }

  /** What a request with such a token has for the keys that the policy asks for. */
  private keyLiterals({ tokens, holding }: Question): readonly Literal[] {
    const { requests } = this.space;
    const literals: Literal[] = [];
    for (const [key, dimension] of requests.keys) {
      if (key === this.key("sub")) continue;
      const here = requests.isPresent(key);
      const held = holding?.get(key.slice(this.source.keyPrefix.length + 1));
      if (held !== undefined && key.startsWith(this.key("")))
        literals.push(requests.within(dimension, { kind: "text", set: held.set }, held.identity));
      if (tokens === "stream" && key === this.key("aud")) {
        literals.push(this.holds(key, this.source.circleci?.organizationId ?? ""));
      } else if (key === this.key("oidc.circleci.com/project-id")) {
        if (tokens === "stream" || !this.sendsProject()) literals.push(complement(here));
      } else {
        const state = keyStateOf(this.source, key, this.at);
        if (state.kind === "absent") literals.push(complement(here));
        else if (state.kind === "exactly") literals.push(this.holds(key, state.value));
        else if (state.kind === "present") literals.push(here);
        if (key === "sts:rolesessionname") literals.push(this.isSessionName(key));
      }
    }
    return literals;
  }

  private holds(key: string, text: string): Literal {
    const { requests } = this.space;
    const set = { kind: "text", set: textSet(text) } as const;
    return requests.within(requests.dimensionOf(key), set, `text|${literalPattern(text).identity}`);
  }

  /** STS takes no other: `[\w+=,.@-]{2,64}`. */
  private isSessionName(key: string): Literal {
    const { requests } = this.space;
    const name = { kind: "text", set: { kind: "machine", machine: sessionNames() } } as const;
    return requests.within(requests.dimensionOf(key), name, "session-name");
  }
}

function textSet(text: string): StringSet {
  return { kind: "patterns", patterns: [literalPattern(text)] };
}

function sessionNames() {
  const letters = "xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-";
  const of = characterClass(letters);
  return grammarMachine([
    { kind: "one", of },
    { kind: "some", of },
  ]);
}

/** GitHub lets an organisation choose what its subjects hold; none has a wildcard's sign in it. */
function githubSubjects(): SubjectSet {
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(at + 0x20));
  const of = characterClass(printable.filter((sign) => sign !== "*" && sign !== "?").join(""));
  return {
    set: { kind: "machine", machine: grammarMachine([{ kind: "some", of }]) },
    identity: "github",
  };
}

/**
 * A policy that names the source, so that it is among the callers that a space can tell apart, and
 * that tests each key of its tokens without a set operator: but for `amr` they have one value, also
 * where the policy asks with ForAnyValue alone.
 */
function naming({ principal, keyPrefix }: TokenSource, policy: TrustPolicy): TrustPolicy {
  const conditions = policy.statements
    .flatMap((statement) => statement.conditions)
    .filter(({ key }) => key.startsWith(`${keyPrefix}:`) && !key.endsWith(":amr"))
    .map((condition) => ({ ...condition, quantifier: "none" as const }));
  return {
    version: "2012-10-17",
    statements: [
      {
        effect: "Deny",
        sid: null,
        where: "",
        principals: {
          kind: "only",
          principals: [{ kind: "exact", type: "Federated", id: principal }],
          where: "",
        },
        actions: { kind: "only", patterns: [], named: [] },
        conditions,
      },
    ],
  };
}
