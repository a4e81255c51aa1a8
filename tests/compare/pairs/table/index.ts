import type { Pair } from "../vocabulary.ts";
import { absentKeys, ifExists, nulls } from "./absent.ts";
import { actions } from "./actions.ts";
import { circleci } from "./circleci.ts";
import { globs } from "./globs.ts";
import { negation } from "./negation.ts";
import { principals } from "./principals.ts";
import { readings } from "./readings.ts";
import { refusals, undecideds } from "./refused.ts";
import { setOperators } from "./sets.ts";
import { denies, unreachables } from "./statements.ts";
import { strings } from "./strings.ts";
import { addresses, arns, booleans, dates, numbers } from "./typed.ts";
import { variables, versions } from "./variables.ts";

/** Every pair made by hand, by the part of the policy language that it is about. */
export const table: readonly (readonly [string, readonly Pair[]])[] = [
  ["principals", principals],
  ["actions", actions],
  ["string operators", strings],
  ["globs", globs],
  ["escapes and variables", variables],
  ["versions", versions],
  ["absent keys", absentKeys],
  ["IfExists", ifExists],
  ["Null", nulls],
  ["set operators", setOperators],
  ["two readings", readings],
  ["negation and NOR", negation],
  ["numbers", numbers],
  ["dates", dates],
  ["addresses", addresses],
  ["ARNs", arns],
  ["booleans", booleans],
  ["Deny", denies],
  ["unreachable statements", unreachables],
  ["CircleCI's tokens", circleci],
  ["refusals", refusals],
  ["undecided", undecideds],
];
