import { allow, deny, policy, sub, trusts } from "../../tests/compare/pairs/vocabulary.ts";
import { upTo } from "./family.ts";

const project = (at: number): string =>
  `${String(at).padStart(8, "0")}-0000-4000-8000-000000000000`;

/** Patterns whose organisation is open: where one begins, a wildcard may stand for anything behind it. */
const shapes: readonly ((at: number) => string)[] = [
  (at) => `org/*/project/${project(at)}/*`,
  (at) => `org/*/*${project(at)}*`,
  (at) => `org/*/vcs-ref/refs/heads/n${at}`,
  (at) => `org/*/user/*/vcs-origin/github.com/acme/r${at}/vcs-ref/refs/heads/*`,
  (at) => `org/*/vcs-origin/*/vcs-ref/*${at}*`,
  (at) => `org/*${at}*/project/*`,
  (at) => `org/*?${at}??*`,
];

/** Policies to explain that have one of these patterns, five, or twenty: in a list, and beside a Deny. */
export function leading(): readonly string[] {
  return shapes.flatMap((shape) =>
    [1, 5, 20].flatMap((size) => {
      const listed = { StringLike: { [sub]: upTo(size).map(shape) } };
      const pulls = upTo(size).map((at) => `*/vcs-ref/refs/heads/pull/*${at}`);
      return [trusts(listed), policy(allow(listed), deny({ StringLike: { [sub]: pulls } }))];
    }),
  );
}
