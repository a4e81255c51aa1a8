/**
 * What a policy says: the model of a document, and around it the parser and the plain reading of one
 * request. There is no solver here, so this reading is a second opinion on what the solver finds.
 *
 * Imports `language`, and `issuers` for who signs a token. Public: `parseTrustPolicy` and
 * `parsePermissionPolicy` (parse.ts), `allows` (evaluate.ts), `TrustRequest` (request.ts), and
 * `documentIn` (wrapping.ts), which takes a document out of what people paste.
 */

import type { AddressRange } from "../language/address.ts";
import type { Decimal } from "../language/decimal.ts";
import type { Pattern } from "../language/pattern.ts";
import type { Problem } from "./problem.ts";
import type { Template } from "./template.ts";

/**
 * A policy document as its meaning, with the places that its parts came from.
 *
 * What IAM would refuse never becomes one of these; what IAM takes and we cannot decide is here as
 * an `unclear` part with the reason.
 */
export type PolicyDocument<Statement> = {
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
};

/** A missing Version means 2008-10-17, in which `${…}` is plain text. */
export type PolicyVersion = "2008-10-17" | "2012-10-17";

export type Effect = "Allow" | "Deny";

export type TrustStatement = {
  readonly effect: Effect;
  readonly sid: string | null;
  readonly where: string;
  readonly principals: PrincipalPart;
  readonly actions: ActionPart;
  readonly conditions: readonly PolicyCondition[];
};

export type TrustPolicy = PolicyDocument<TrustStatement>;

export type PermissionStatement = {
  readonly effect: Effect;
  readonly sid: string | null;
  readonly where: string;
  readonly actions: ActionPart;
  readonly resources: ResourcePart;
  readonly conditions: readonly PolicyCondition[];
};

export type PermissionPolicy = PolicyDocument<PermissionStatement>;

export type PrincipalPart = {
  /** `except` is NotPrincipal. */
  readonly kind: "only" | "except";
  readonly principals: readonly PolicyPrincipal[];
  readonly where: string;
};

export type PolicyPrincipal =
  | { readonly kind: "everybody" }
  /** All identities of an account. The partition is null where only the number was written. */
  | { readonly kind: "account"; readonly account: string; readonly partition: string | null }
  | { readonly kind: "any-federated" }
  | { readonly kind: "exact"; readonly type: PrincipalType; readonly id: string };

export type PrincipalType = "AWS" | "Federated" | "Service" | "CanonicalUser";

export type ActionPart = {
  /** `except` is NotAction. */
  readonly kind: "only" | "except";
  /** Patterns that ignore case. */
  readonly patterns: readonly Pattern[];
  /** The actions written in full, as they are spelled. */
  readonly named: readonly string[];
};

export type ResourcePart = {
  /** `except` is NotResource. */
  readonly kind: "only" | "except";
  readonly patterns: readonly Pattern[];
  readonly unclear: readonly UnclearValue[];
};

/** One key under one operator of a statement's Condition. All of a statement's must hold. */
export type PolicyCondition = {
  /** In lower case: keys ignore case. */
  readonly key: string;
  /** As it is spelled in the document. */
  readonly keyText: string;
  /** As it is spelled in the document, prefix and suffix included. */
  readonly operator: string;
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
  readonly test: ConditionTest;
  /** Values that we cannot give a set of strings for, such as one with a variable. */
  readonly unclear: readonly UnclearValue[];
  /** The values as they are written. */
  readonly values: readonly string[];
  readonly where: string;
};

export type Quantifier = "none" | "for-all" | "for-any";

export type UnclearValue = {
  /** Equal names stand for the same value: a JSON number in an odd spelling is not a string. */
  readonly name: string;
  readonly text: string;
  readonly problem: Problem;
  /** Keys of variables in it, in lower case: a positive test fails where one of them is absent. */
  readonly variables: readonly string[];
  /** What it is once its variables have values; null where that is not known either. */
  readonly template: Template | null;
};

export type Relation = "equal" | "less" | "less-or-equal" | "greater" | "greater-or-equal";

/** What a value is held against. `negated` tests hold where no operand fits. */
export type ConditionTest =
  | {
      readonly kind: "string";
      readonly negated: boolean;
      /** Like, to which * and ? are wildcards; Equals takes them as they are. */
      readonly wildcards: boolean;
      readonly anyCase: boolean;
      readonly patterns: readonly Pattern[];
    }
  | { readonly kind: "arn"; readonly negated: boolean; readonly patterns: readonly Pattern[] }
  | { readonly kind: "binary"; readonly negated: false; readonly patterns: readonly Pattern[] }
  | { readonly kind: "bool"; readonly negated: false; readonly operands: readonly boolean[] }
  | {
      readonly kind: "number";
      readonly negated: boolean;
      readonly relation: Relation;
      readonly operands: readonly Decimal[];
    }
  | {
      readonly kind: "date";
      readonly negated: boolean;
      readonly relation: Relation;
      readonly operands: readonly Decimal[];
    }
  | {
      readonly kind: "address";
      readonly negated: boolean;
      readonly operands: readonly AddressRange[];
    }
  /** `true`: the key is absent; `false`: it is present. */
  | { readonly kind: "null"; readonly negated: false; readonly operands: readonly boolean[] }
  /** An operator that we know no meaning for; `operands` tell its values apart, version included. */
  | {
      readonly kind: "unclear";
      readonly negated: false;
      readonly operands: readonly string[];
      readonly problem: Problem;
    };
