import { describe, expect, test } from "vitest";
import {
  gainsFromNothing,
  gainsOf,
  gainsOverUnknown,
  guardOf,
  type RoleBaseline,
} from "../../shared/plan/guard.ts";
import { nothingObserved } from "../../shared/plan/observed.ts";
import { account, documentWith, type Members, organization, place, wider } from "./entries.ts";

const narrowBoundary = "arn:aws:iam::123456789012:policy/narrow";
const wideBoundary = "arn:aws:iam::123456789012:policy/wide";
const allow = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });
const shared = {
  targets: nothingObserved,
  boundaries: new Map([
    [narrowBoundary, allow("ecr:*")],
    [wideBoundary, allow("*")],
  ]),
  account,
  place,
  now: new Date("2026-02-01T00:00:00Z"),
};

function gained(known: readonly Members[], next: Members, role: RoleBaseline | null = null) {
  const input = { ...shared, next: documentWith(next), known: known.map(documentWith), role };
  return gainsOf(input).map(({ resource, because }) => `${guardOf[resource]}: ${because}`);
}

const session = (maxSessionSeconds: number) => ({ role: { maxSessionSeconds } });
const tags = (given: Readonly<Record<string, string>>) => ({ role: { tags: given } });
const boundary = (permissionsBoundary: string) => ({ role: { permissionsBoundary } });
const pins = (...thumbprints: readonly string[]) => ({
  circleci: { organizationId: organization, thumbprints },
});
const audiences = (...given: readonly string[]) => ({
  circleci: { organizationId: organization, audiences: given },
});
const ecr = (...names: readonly string[]) => ({ deploy: { ecr: names } });
const readOutputs = (value: boolean) => ({ policy: { readOutputs: value } });
const pin = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

describe("what a document gains over the one in force", () => {
  test.each<readonly [string, Members, Members, readonly string[]]>([
    ["the same", {}, {}, []],
    ["another branch", {}, wider, ["trust: more"]],
    ["a branch less", wider, {}, []],
    ["another audience", {}, audiences("more"), ["trust: more"]],
    ["an audience less", audiences("more"), {}, []],
    ["thumbprints changed", pins(pin), pins(pin.replace("9", "8")), ["trust: thumbprints"]],
    [
      "thumbprints in another order",
      pins(pin, `0${pin.slice(1)}`),
      pins(`0${pin.slice(1)}`, pin),
      [],
    ],
    ["another repository", {}, ecr("demo-backend", "other"), ["permissions: more"]],
    ["a repository less", ecr("demo-backend", "other"), {}, []],
    [
      "a service that does not exist",
      {},
      { deploy: { ecr: ["demo-backend"], appRunner: ["gone"] } },
      ["permissions: more"],
    ],
    ["a longer session", session(3600), session(7200), ["permissions: session"]],
    ["a shorter session", session(7200), session(3600), []],
    ["a tag more", {}, tags({ team: "a" }), ["permissions: tags"]],
    ["a tag less", tags({ team: "a" }), {}, ["permissions: tags"]],
    ["another tag's value", tags({ team: "a" }), tags({ team: "b" }), ["permissions: tags"]],
    ["a boundary where there was none", {}, boundary(narrowBoundary), []],
    ["no boundary any more", boundary(narrowBoundary), {}, ["permissions: boundary"]],
    ["a narrower boundary", boundary(wideBoundary), boundary(narrowBoundary), []],
    [
      "a wider boundary",
      boundary(narrowBoundary),
      boundary(wideBoundary),
      ["permissions: boundary"],
    ],
    [
      "a boundary that nobody could read",
      boundary(wideBoundary),
      boundary(`${wideBoundary}-x`),
      ["permissions: boundary"],
    ],
    ["the guard lowered", {}, { onWiden: "apply" }, ["trust: guard", "permissions: guard"]],
    [
      "half of the guard lowered",
      {},
      { onWiden: { permissions: "apply" } },
      ["permissions: guard"],
    ],
    ["the guard raised", { onWiden: "apply" }, {}, []],
    ["outputs to read", {}, readOutputs(true), ["permissions: more"]],
    ["no outputs to read any more", readOutputs(true), {}, []],
    ["the same outputs", readOutputs(true), readOutputs(true), []],
    ["another name", {}, { role: { name: "Other" }, policy: { name: "Other" } }, []],
    ["another mode", {}, { mode: "suspend" }, []],
    ["onRemove delete", {}, { onRemove: "delete" }, []],
    ["much at once", {}, { ...wider, ...session(7200) }, ["trust: more", "permissions: session"]],
  ])("%s", (_, known, next, expected) => {
    expect(gained([known], next)).toEqual(expected);
  });
});

test("over two documents counts what either does not have, reported once", () => {
  expect(gained([{}, wider], wider)).toEqual(["trust: more"]);
  expect(gained([wider, wider], wider)).toEqual([]);
  expect(gained([{}, {}], wider)).toEqual(["trust: more"]);
});

describe("what a document gains over the very role that it is written to", () => {
  const everybody = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRoleWithWebIdentity" }],
  });
  const role: RoleBaseline = {
    trustPolicy: everybody,
    permissions: [allow("*")],
    boundary: null,
    maxSessionSeconds: 3600,
    tags: { cost: "42" },
  };
  test.each<readonly [string, Partial<RoleBaseline>, Members, readonly string[]]>([
    ["nothing, where it has all that and more", {}, {}, []],
    [
      "who it does not let in",
      { trustPolicy: '{"Version":"2012-10-17","Statement":[]}' },
      {},
      ["trust: undecided"],
    ],
    ["what it does not grant", { permissions: [allow("s3:*")] }, {}, ["permissions: more"]],
    [
      "what only an unread policy may grant",
      { permissions: [null] },
      {},
      ["permissions: undecided"],
    ],
    ["its boundary off", { boundary: narrowBoundary }, {}, ["permissions: boundary"]],
    ["a narrower boundary", { boundary: wideBoundary }, boundary(narrowBoundary), []],
    ["a longer session", {}, session(7200), ["permissions: session"]],
    ["a tag", {}, tags({ team: "a" }), ["permissions: tags"]],
    ["no tag, where one only goes", { tags: { team: "a" } }, {}, []],
  ])("%s", (_, given, next, expected) => {
    expect(gained([], next, { ...role, ...given })).toEqual(expected);
  });
});

describe("a tag that only an unfinished edit names, and the next one does not", () => {
  const unfinished = [{}, tags({ team: "a" })];
  test.each<readonly [string, readonly Members[], RoleBaseline["tags"] | null, boolean]>([
    ["changes nothing on a role that never got it", unfinished, { cost: "42" }, false],
    ["is taken off a role that has it", unfinished, { team: "a" }, true],
    ["changes the role where it has another value", unfinished, { team: "b" }, true],
    ["may be on a role that nobody has read", unfinished, null, true],
    ["counts where the version in force has it", [tags({ team: "a" })], {}, true],
  ])("%s", (_, known, tagsFound, isGain) => {
    const input = { ...shared, next: documentWith({}), known: known.map(documentWith), role: null };
    const gains = gainsOf({ ...input, tagsFound });
    expect(gains.map(({ because }) => because)).toEqual(isGain ? ["tags"] : []);
  });
});

test("each gain shows a request or says by what", () => {
  const next = documentWith({ ...wider, ...ecr("other"), ...session(7200), onWiden: "apply" });
  const gains = gainsOf({ ...shared, next, known: [documentWith()], role: null });
  for (const { because, admitted, reason } of gains) {
    expect(admitted !== null).toBe(because === "more");
    expect(reason).not.toBe("");
  }
  const from = gainsFromNothing({ ...shared, next });
  expect(from).toMatchObject([{ resource: "trust-policy", because: "more" }]);
});

describe("over a document that is not known any more, another gains", () => {
  const lowered = (trust: string, permissions: string) => ({ onWiden: { trust, permissions } });
  test.each<readonly [string, readonly string[] | null, Members, readonly string[]]>([
    ["nothing where it holds both", [], lowered("hold", "hold"), []],
    ["a lower guard of trust", [], lowered("apply", "hold"), ["trust: guard"]],
    ["a lower guard of permissions", [], lowered("hold", "apply"), ["permissions: guard"]],
    [
      "other thumbprints",
      [pin.replace("9", "8")],
      { ...lowered("hold", "hold"), ...pins(pin) },
      ["trust: thumbprints"],
    ],
    ["none where they are there", [pin], { ...lowered("hold", "hold"), ...pins(pin) }, []],
    [
      "some where the provider was not read",
      null,
      { ...lowered("hold", "hold"), ...pins(pin) },
      ["trust: thumbprints"],
    ],
  ])("%s", (_, thumbprints, next, expected) => {
    const gains = gainsOverUnknown(thumbprints, documentWith(next));
    expect(gains.map(({ resource, because }) => `${guardOf[resource]}: ${because}`)).toEqual(
      expected,
    );
  });
});
