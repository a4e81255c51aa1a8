import { describe, expect, test } from "vitest";
import { permissionAnswer, trustAnswer } from "../answers.ts";
import { faultsOf } from "../properties/judge.ts";
import { overlooked, proves } from "../properties/permission-requests.ts";
import { permissions } from "./permissions.ts";
import { trust } from "./trust.ts";

const reversed = { widened: "narrowed", narrowed: "widened", changed: "changed" } as const;

describe("a published trust policy, and an edit of it", () => {
  test.each(trust)("$title: $verdict, whichever way it is asked", ({ before, after, verdict }) => {
    const texts = { before: JSON.stringify(before), after: JSON.stringify(after) };
    expect(trustAnswer(texts)).toMatchObject({ verdict, undecided: [] });
    const back = { before: texts.after, after: texts.before };
    expect(trustAnswer(back)).toMatchObject({ verdict: reversed[verdict], undecided: [] });
    expect(faultsOf({ before, after }, { atMost: 5_000 })).toEqual([]);
  });
});

describe("a published permission policy, and an edit of it", () => {
  test.each(permissions)("$title: $verdict", ({ before, after, verdict }) => {
    const sets = { before: [JSON.stringify(before)], after: [JSON.stringify(after)] };
    const answer = permissionAnswer(sets);
    expect(answer).toMatchObject({ verdict, undecided: [] });
    if (answer.kind === "refused") return;
    for (const [witness, sides] of [
      [answer.admitted, { allows: sets.after, refuses: sets.before }],
      [answer.dropped, { allows: sets.before, refuses: sets.after }],
    ] as const) {
      if (witness === null) expect(overlooked(sides)).toBeNull();
      else {
        const context = new Map(Object.entries(witness.context));
        expect(proves(sides, { ...witness, context })).toBe(true);
      }
    }
  });
});
