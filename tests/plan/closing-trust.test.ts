import { describe, expect, test } from "vitest";
import { closedTrust, nobodysTrust, trustTexts } from "../../shared/plan/closing-trust.ts";
import { admit, refuse, text } from "./subjects.ts";

const sid = (Sid: string, statement: object) => ({ ...statement, Sid });
const wanted = text(admit("alice", "bob"));

describe("of a trust policy that waits for the rest of a run stays", () => {
  test.each([
    ["all that is desired", text(admit("alice"), admit("bob")), null],
    ["all that denies", text(refuse("alice")), null],
    [
      "what is desired, without what is not",
      text(admit("alice"), admit("eve")),
      text(admit("alice")),
    ],
    [
      "a Deny, and what it keeps from admitting more",
      text(refuse("eve"), admit("alice", "eve"), admit("mallory")),
      text(refuse("eve"), admit("alice", "eve")),
    ],
    [
      "of the desired what admits nobody new",
      text(admit("alice", "eve"), admit("bob")),
      text(admit("alice")),
      text(admit("alice"), admit("carol")),
    ],
    [
      "of both what neither admits alone, without the Sid that may be taken",
      text(sid("Own", admit("carol")), sid("Taken", admit("alice", "eve"))),
      text(sid("Own", admit("carol")), admit("alice")),
      text(sid("Taken", admit("alice")), admit("carol", "dave")),
    ],
    ["nobody, where none of it is desired", text(admit("eve")), nobodysTrust],
    ["nobody, where what is left only denies", text(refuse("alice"), admit("eve")), nobodysTrust],
    ["nobody, where it is not a policy", "null", nobodysTrust],
    ["nobody, where it is a list", "[]", nobodysTrust],
    ["nobody, where its statement is a text", JSON.stringify({ Statement: "x" }), nobodysTrust],
  ])("%s", (_, observed, left, desired = wanted) => {
    expect(closedTrust(observed, desired)).toBe(left);
  });
});

describe("a trust policy is written", () => {
  const eve = refuse("eve");
  test.each([
    ["not where it means what is desired", text(admit("bob"), admit("alice")), wanted, [], []],
    ["once, where nothing denies", text(admit("eve")), wanted, [wanted], []],
    ["once, where its Deny changes nothing", text(admit("eve"), eve), wanted, [wanted], []],
    [
      "with its Deny first, and then without",
      text(admit("eve"), refuse("alice")),
      wanted,
      [text(admit("alice", "bob"), refuse("alice"))],
      [wanted],
    ],
    [
      "without its Deny at once, where all else is there",
      text(admit("alice", "bob"), refuse("alice")),
      wanted,
      [],
      [wanted],
    ],
    [
      "with other Sids where they clash",
      text(
        sid("KeptDeny1", admit("eve")),
        sid("Same", refuse("alice")),
        sid("KeptDeny2", refuse("bob")),
      ),
      text(sid("Same", admit("alice")), admit("bob")),
      [
        text(
          sid("Same", admit("alice")),
          admit("bob"),
          sid("KeptDeny1", refuse("alice")),
          sid("KeptDeny2", refuse("bob")),
        ),
      ],
      [text(sid("Same", admit("alice")), admit("bob"))],
    ],
    [
      "with a Sid that nothing else has",
      text(sid("Same", refuse("alice")), sid("KeptDeny1", refuse("bob"))),
      text(sid("Same", admit("alice", "bob", "carol"))),
      [
        text(
          sid("Same", admit("alice", "bob", "carol")),
          sid("KeptDeny1x", refuse("alice")),
          sid("KeptDeny1", refuse("bob")),
        ),
      ],
      [text(sid("Same", admit("alice", "bob", "carol")))],
    ],
    [
      "once, where there is no room for both",
      text(...Array.from({ length: 20 }, (_, index) => refuse("alice", `user-${index}`))),
      wanted,
      [wanted],
      [],
    ],
  ])("%s", (_, observed, desired, first, last) => {
    expect(trustTexts(observed, desired)).toEqual({ first, last });
  });
});
