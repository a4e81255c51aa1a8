import { situationsOf } from "../callers/situations.ts";
import { type CircleciProvider, circleciProviderOf, jobSubjects } from "../circleci/tokens.ts";
import { globPattern } from "../language/pattern.ts";
import type { StringSet } from "../language/strings.ts";
import type { Literal } from "../solve/dimension.ts";
import type { Asked, Searched } from "./examples/search.ts";
import { literalsOf } from "./examples/situation-literals.ts";

/**
 * Is it proved that no caller who can exist makes a request of this difference? Keys hang on the
 * caller, and in a CircleCI token on each other; whatever is not documented is left open, so that a
 * difference that may exist is never told as impossible.
 */
export function isImpossible(sought: Searched): boolean {
  return sought.space.callers.every((caller) => {
    if (isNone(sought, [sought.space.callerIn((other) => other === caller)])) return true;
    const provider = caller.type === "Federated" ? circleciProviderOf(caller.id) : null;
    const situations = situationsOf(caller, sought.policies);
    return (
      situations?.every((situation) => {
        const literals = (asked: Asked): readonly Literal[] => literalsOf(situation, asked);
        if (provider === null) return isNone(sought, literals(sought));
        return isNoToken(sought, provider, literals);
      }) ?? false
    );
  });
}

function isNone(asked: Asked, literals: readonly Literal[]): boolean {
  return asked.seek(literals.map((literal) => [[literal]])).kind === "none";
}

/** No job's token, whose project is the one in its subject, and not the audit-log stream's. */
function isNoToken(
  sought: Searched,
  provider: CircleciProvider,
  literals: (asked: Asked) => readonly Literal[],
): boolean {
  const isNot = (asked: Asked, subjects: StringSet): boolean => {
    const { space } = asked.space;
    const held = ["aud", "sub", "oaud"].map((name) => `${provider.keyPrefix}:${name}`);
    const here = held.filter((key) => space.keys.has(key)).map((key) => space.isPresent(key));
    const key = `${provider.keyPrefix}:sub`;
    const identity = `possible|${provider.arn}|${subjects.kind}`;
    const subject = space.keys.has(key)
      ? [space.within(space.dimensionOf(key), { kind: "text", set: subjects }, identity)]
      : [];
    return isNone(asked, [...literals(asked), ...here, ...subject]);
  };
  const organization = provider.organizationId ?? "????????-????-????-????-????????????";
  const stream = globPattern(`org/${organization}/file-streaming/audit-logs`);
  return (
    isNot(sought.tied(provider) ?? sought, { kind: "machine", machine: jobSubjects(provider) }) &&
    isNot(sought, { kind: "patterns", patterns: [stream] })
  );
}
