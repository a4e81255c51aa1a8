import { fileURLToPath } from "node:url";
import { groups } from "../hard/groups.ts";
import { said, withProcess } from "../process.ts";
import type { Section } from "../section.ts";

const program = fileURLToPath(new URL("../hard/program.ts", import.meta.url));

export const hard: Section = {
  title: "Policies made to slow the engine down",
  about: `
Who may edit a document may try to hold up the loop with it. So here are policies of up to 8,192 characters (IAM takes
4,096 of a trust policy) and of 6,144 and 10,240 (permissions), of some sixty families: lists of hundreds of patterns
against the same in another order, chains like \`*a*b*a*b*…\`, an *a* so far from the end, products of keys, a Deny each,
address blocks, dates, and random lists that are mostly wildcards. The answer of all but the random ones is known. Times are
milliseconds, best of ten once everything was asked ten times, both directions of a pair together, in a process of their
own, since what other tables leave behind in one slows everything down; that everything is decided does not depend on
them, since a search is limited in steps and not in time. Before them are the pairs of the first table, behind them all
these pairs as one row; pairs that spend what a comparison may take, dozens of values with variables and wildcards or
statements about all values of one key, some of which stay undecided; and \`trust explain\`, of one policy each.`,
  columns: ["asked about", "asked", "decided", "wrong", "p50 ms", "p99 ms", "worst ms"],
  rows: groups.map(({ name }) => name),
  measure: () => withProcess(program, said<readonly (readonly string[])[]>),
};
