import { describe, expect, test } from "vitest";
import { audienceInUse, providerToAdopt, surplusAudiences } from "../../shared/plan/adoption.ts";
import type { ObservedProvider } from "../../shared/plan/observed.ts";
import { createdTag, homeTag, prefixTag } from "../../shared/plan/ownership.ts";
import { planProvider, unionOf } from "../../shared/plan/provider.ts";
import { planProviderRemoval } from "../../shared/plan/removal.ts";
import { documentWith, organization, place } from "./entries.ts";
import { roleWith, text } from "./subjects.ts";

const arn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const url = `https://oidc.circleci.com/org/${organization}`;
const owner = { ...place, environment: null };
const ours = { [prefixTag]: place.prefix, [homeTag]: place.home };
const desired = { arn, url, audiences: [organization], thumbprints: [] as readonly string[] };
const found: ObservedProvider = {
  arn,
  audiences: [organization],
  thumbprints: ["aa"],
  tags: ours,
  settings: [],
};

describe("a provider is brought to what its environments ask for together:", () => {
  test.each<
    readonly [
      string,
      Partial<typeof desired>,
      Partial<ObservedProvider> | null,
      "all" | readonly string[],
      readonly string[],
    ]
  >([
    ["nothing where it is so", {}, {}, [], []],
    ["created where there is none", {}, null, [], ["opens create-provider"]],
    [
      "an audience that is missing is added",
      { audiences: [organization, "x"] },
      {},
      [],
      ["opens add-audience"],
    ],
    [
      "one that nobody asks for is removed",
      {},
      { audiences: [organization, "x"] },
      [],
      ["closes remove-audience"],
    ],
    ["unless a version that waits asks for it", {}, { audiences: [organization, "x"] }, ["x"], []],
    ["or it is not known who asks for what", {}, { audiences: [organization, "x"] }, "all", []],
    ["thumbprints that nobody pins are left alone", {}, { thumbprints: ["bb"] }, [], []],
    ["pinned ones are set", { thumbprints: ["bb"] }, {}, [], ["opens set-thumbprints"]],
    [
      "in whatever case and order they are",
      { thumbprints: ["BB", "aa"] },
      { thumbprints: ["AA", "bb"] },
      [],
      [],
    ],
    ["a tag of ours that is missing is set", {}, { tags: {} }, [], ["neutral tag-provider"]],
    ["a tag of somebody else's stays", {}, { tags: { ...ours, team: "x" } }, [], []],
    [
      "what closes and what opens are kept apart",
      { audiences: [organization, "y"] },
      { audiences: [organization, "x"] },
      [],
      ["closes remove-audience", "opens add-audience"],
    ],
  ])("%s", (_what, asks, observed, keep, expected) => {
    const { closing, opening } = planProvider({
      desired: { ...desired, ...asks },
      observed: observed === null ? null : { ...found, ...observed },
      owner,
      keep,
    });
    expect([...closing, ...opening].map(({ effect, step }) => `${effect} ${step.do}`)).toEqual(
      expected,
    );
    expect(closing.every(({ effect }) => effect === "closes")).toBe(true);
  });

  test("what several ask for is asked for once", () => {
    const other = { ...desired, audiences: [organization, "x"], thumbprints: ["bb"] };
    expect(unionOf([desired, other, other])).toEqual({
      ...desired,
      audiences: [organization, "x"],
      thumbprints: ["bb"],
    });
    expect(unionOf([])).toBeNull();
  });
});

describe("a document takes a provider over", () => {
  test.each<readonly [string, Partial<ObservedProvider> | null, readonly string[], boolean]>([
    ["if it has nobody's tags", { tags: {} }, [], true],
    ["if it has our tags and no record names it", {}, [], true],
    ["not if a record names it: it is ours", {}, [organization], false],
    [
      "not if another installation's tags are on it",
      { tags: { [prefixTag]: "/other" } },
      [],
      false,
    ],
    ["not if there is none", null, [], false],
  ])("%s", (_what, observed, written, expected) => {
    const reading =
      observed === null
        ? ({ kind: "absent" } as const)
        : ({ kind: "found", value: { ...found, ...observed } } as const);
    const adopts = providerToAdopt({
      document: documentWith(),
      observed: reading,
      written: new Set(written),
      owner,
    });
    expect(adopts !== null).toBe(expected);
  });

  const provider = { ...found, audiences: [organization, "old"] };
  const surplus = surplusAudiences(provider, new Set([organization]));
  const trusting = (condition: object) =>
    text({
      Effect: "Allow",
      Principal: { Federated: arn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: condition,
    });
  const key = `oidc.circleci.com/org/${organization}:aud`;

  test.each<readonly [string, string, string, boolean]>([
    ["asks for it", "Other", trusting({ StringEquals: { [key]: "old" } }), true],
    ["asks for no audience at all", "Other", trusting({}), true],
    [
      "names those alone who do not get in",
      "Other",
      text({
        Effect: "Allow",
        NotPrincipal: { AWS: "123456789012" },
        Action: "sts:AssumeRoleWithWebIdentity",
      }),
      true,
    ],
    ["asks for another one", "Other", trusting({ StringEquals: { [key]: organization } }), false],
    [
      "trusts another provider",
      "Other",
      text({ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" }),
      false,
    ],
    ["is unreadable and names the provider", "Other", `{"Principal":"${arn}"`, true],
    [
      "is the document's own",
      "circleci-oidc-role",
      trusting({ StringEquals: { [key]: "old" } }),
      false,
    ],
  ])(
    "not if a surplus audience is in use: a role's trust policy %s",
    (_what, name, trustPolicy, inUse) => {
      const roles = [roleWith({ name, trustPolicy })];
      const blocked = audienceInUse({ document: documentWith(), provider, surplus, roles });
      expect(blocked.map(({ code }) => code)).toEqual(inUse ? ["AudienceInUse"] : []);
    },
  );
});

describe("a provider is deleted", () => {
  test.each<readonly [string, Partial<ObservedProvider>, number, readonly [number, number]]>([
    [
      "if we created it and no role trusts it",
      { tags: { ...ours, [createdTag]: "true" } },
      0,
      [1, 0],
    ],
    [
      "not while a role trusts it, which is reported",
      { tags: { ...ours, [createdTag]: "true" } },
      1,
      [0, 1],
    ],
    ["not if it was only adopted", {}, 0, [0, 0]],
    [
      "not if another installation owns it",
      { tags: { [prefixTag]: "/other", [createdTag]: "true" } },
      0,
      [0, 0],
    ],
  ])("%s", (_what, given, users, expected) => {
    const usedBy = Array.from({ length: users }, () => roleWith());
    const { changes, left } = planProviderRemoval({
      provider: { ...found, ...given },
      owner,
      usedBy,
    });
    expect([changes.length, left.length]).toEqual(expected);
  });
});
