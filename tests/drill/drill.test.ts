import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import { groundOf } from "../../shared/drill/ground.ts";
import { goneSince, nothingSeen, sightAfter } from "../../shared/drill/sight.ts";
import { drillKey, earlierTags, harmlessKey } from "../../shared/drill/tag.ts";
import type { DocumentVersion, KnownRecord } from "../../shared/plan/control.ts";
import type { AppliedRecord, ValidVersion } from "../../shared/plan/record.ts";
import { guide, guideWith, textOf, type Written } from "../scenarios/documents.ts";

function versionOf(written: Written | string, version = 1): DocumentVersion {
  const text = typeof written === "string" ? written : textOf(written);
  const parsed = parseEnvironment({ parameter: "p", version, text, region: "us-east-1" });
  return { version, digest: `digest of ${version}`, modifiedAt: null, text, parsed };
}

function validOf(written: Written, version = 1): ValidVersion {
  const { parsed, ...rest } = versionOf(written, version);
  if (parsed.kind === "invalid") throw new Error("the document is not valid");
  return { ...rest, document: parsed.document };
}

function found(changes: Partial<AppliedRecord> = {}): KnownRecord {
  const record: AppliedRecord = {
    environment: "production",
    serial: 1,
    applied: validOf(guide),
    begun: null,
    names: { roles: [], policies: [], organizations: [] },
    former: [],
    mode: "enforce",
    targets: null,
    replaced: { trust: null, policy: null },
    denies: {},
    quarrels: [],
    last: null,
    released: [],
    ...changes,
  };
  return { kind: "found", record, parameterVersion: 1 };
}

const held = (version: number) => ({
  heldVersion: version,
  heldDigest: `digest of ${version}`,
});

describe("a drill", () => {
  test("is possible where a version is in force and enforced, on that version's role", () => {
    const newest = versionOf(guideWith({ role: { name: "CircleCI-Next" } }), 2);
    const record = found({ begun: validOf(guideWith({ role: { name: "CircleCI-Next" } }), 2) });
    expect(groundOf({ newest, status: null, record: found() })).toMatchObject({
      kind: "ready",
      document: { role: { name: "CircleCI-OIDC-Role" } },
    });
    expect(groundOf({ newest, status: null, record })).toMatchObject({
      document: { role: { name: "CircleCI-Next" } },
    });
  });

  test.each<[string, Partial<Parameters<typeof groundOf>[0]>, RegExp]>([
    ["the parameter is gone", { newest: null }, /parameter is gone/],
    ["nothing was ever applied", { record: { kind: "absent" } }, /no version/],
    ["the first version is only begun", { record: found({ applied: null }) }, /no version/],
    [
      "the record is spoilt",
      { record: { kind: "misfit", why: "it is empty", parameterVersion: 1 } },
      /cannot be believed: it is empty/,
    ],
    [
      "the newest version observes",
      { newest: versionOf(guideWith({ mode: "observe" }), 2) },
      /mode is observe/,
    ],
    [
      "the newest version suspends",
      { newest: versionOf(guideWith({ mode: "suspend" }), 2) },
      /mode is suspend/,
    ],
    ["the last run observed", { record: found({ mode: "observe" }) }, /mode is observe/],
  ])("is refused where %s", (_, given, why) => {
    const ground = groundOf({ newest: versionOf(guide), status: null, record: found(), ...given });
    expect(ground).toEqual({ kind: "refused", why: expect.stringMatching(why) });
  });

  test.each<[string, DocumentVersion, ReturnType<typeof held> | null]>([
    ["held", versionOf(guideWith({ mode: "observe" }), 2), held(2)],
    ["not valid", versionOf("mode: observe", 2), null],
  ])("goes by the mode before a newest version that is %s", (_, newest, status) => {
    expect(groundOf({ newest, status, record: found() }).kind).toBe("ready");
  });
});

describe("the tag of a drill", () => {
  const document = validOf(guide).document;
  const key = (given: Partial<Parameters<typeof harmlessKey>[0]>) =>
    harmlessKey({ policies: [], tags: {}, document, ...given });

  test("has the usual key where nobody uses it", () => {
    const policies = ['{"Condition":{"StringEquals":{"aws:PrincipalTag/team":"shop"}}}', "no JSON"];
    expect(key({ policies, tags: { team: "shop" } })).toBe(drillKey);
  });

  test.each<[string, Partial<Parameters<typeof harmlessKey>[0]>]>([
    ["the role has it, in any case", { tags: { "OIDC-Reconciler-Drill": "1" } }],
    [
      "the document asks for it",
      { document: validOf(guideWith({ role: { tags: { [drillKey]: "1" } } })).document },
    ],
    [
      "a policy asks for it, in any case",
      { policies: ['{"aws:principaltag/OIDC-Reconciler-Drill":"1"}'] },
    ],
    [
      "a policy uses its value",
      { policies: [`{"Resource":"x/\${aws:PrincipalTag/${drillKey}}"}`] },
    ],
    ["an escape hides it", { policies: ['{"aws:PrincipalTag/oidc\\u002dreconciler-drill":"1"}'] }],
    ["a text that is not JSON names it", { policies: [`aws:PrincipalTag/${drillKey}`] }],
  ])("has another key where %s", (_, given) => {
    expect(key(given)).toMatch(/^oidc-reconciler-drill-\d$/);
  });

  test("has no key where each is in use", () => {
    const tags = Object.fromEntries(
      ["", "-2", "-3", "-4", "-5", "-6", "-7", "-8", "-9"].map((end) => [`${drillKey}${end}`, ""]),
    );
    expect(key({ tags })).toBeNull();
    expect(earlierTags(tags, document)).toHaveLength(9);
  });

  test("of an earlier drill is found, and one that the document asks for is not", () => {
    const tags = { team: "shop", [`${drillKey}-2`]: "x", [drillKey]: "asked" };
    const asking = validOf(guideWith({ role: { tags: { [drillKey]: "asked" } } })).document;
    expect(earlierTags(tags, asking)).toEqual([`${drillKey}-2`]);
  });
});

describe("the tag is gone", () => {
  const at = (look: number) => new Date(look * 5000);
  const after = (looks: string) =>
    [...looks].reduce(
      (sight, look, index) => sightAfter(sight, look === "x", at(index)),
      nothingSeen,
    );

  test.each([
    ["", null],
    ["x", null],
    ["x.", null],
    ["x..", 1],
    ["x.x", null],
    ["x.x.", null],
    ["x.x..", 3],
    [".....", null],
    ["......", 0],
    [".x..", 2],
  ])("after the looks %j since look %s", (looks, gone) => {
    expect(goneSince(after(looks))).toEqual(gone === null ? null : at(gone));
  });
});
