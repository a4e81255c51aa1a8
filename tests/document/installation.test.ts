import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesGlob } from "../../shared/document/glob.ts";
import { anyNames } from "../../shared/document/installation.ts";
import { parseEnvironment } from "../../shared/document/parse.ts";
import { underInstallation } from "../../shared/document/under-installation.ts";
import { documentText, organizationId } from "./documents.ts";

const boundary = "arn:aws:iam::123456789012:policy/boundary";
const other = "99999999-2222-4333-8444-555555555555";
const parameter = "/oidc-reconciler/environments/production";

type Members = Readonly<Record<string, unknown>>;
type Settled = Parameters<typeof underInstallation>[1]["installation"];

function settled(given: Partial<Settled>, members: Members = {}) {
  const text = documentText(members);
  const reading = parseEnvironment({ parameter, version: 7, text, region: "us-east-1" });
  const installation = { ...anyNames, permissionsBoundary: null, ...given };
  return { reading, under: underInstallation(reading, { parameter, version: 7, installation }) };
}

const listed = (...ids: readonly string[]) => ({ organizations: { kind: "listed", ids } }) as const;
const role = (members: Members) => ({ role: members });

describe("an installation takes a document", () => {
  test.each<readonly [string, Partial<Settled>, Members]>([
    ["of any organisation, where it lists none", {}, {}],
    ["of an organisation that it lists", listed(other, organizationId), {}],
    [
      "of a role that it keeps",
      { roleNames: "ci/CircleCI-*" },
      role({ path: "/ci/", name: "CircleCI-a" }),
    ],
    [
      "of a policy that it keeps",
      { policyNames: "CircleCI-*" },
      { policy: { name: "CircleCI-a" } },
    ],
    [
      "with its own boundary",
      { permissionsBoundary: boundary },
      role({ permissionsBoundary: boundary }),
    ],
    ["with any boundary, where it asks for none", {}, role({ permissionsBoundary: boundary })],
  ])("%s", (_, given, members) => {
    const { reading, under } = settled(given, members);
    expect(under).toEqual(reading);
  });

  test("without a boundary, and gives it its own", () => {
    const { under } = settled({ permissionsBoundary: boundary });
    const { reading } = settled({}, role({ permissionsBoundary: boundary }));
    expect(under).toEqual(reading);
  });
});

describe("an installation refuses a document", () => {
  test.each<readonly [string, Partial<Settled>, Members, readonly (readonly [string, string])[]]>([
    ["of another organisation", listed(other), {}, [["circleci.organizationId", other]]],
    [
      "of any, where its list has something else",
      { organizations: { kind: "malformed", text: "x" } },
      {},
      [["circleci.organizationId", "OIDC_ORGANIZATIONS"]],
    ],
    [
      "of a role on another path",
      { roleNames: "ci/*" },
      role({ path: "/other/", name: "deploy" }),
      [["role.name", "keeps no role other/deploy"]],
    ],
    [
      "of a policy of another name, in another case too",
      { policyNames: "CircleCI-*" },
      { policy: { name: "circleci-a" } },
      [["policy.name", "CircleCI-* (the stack's parameter policyNames)"]],
    ],
    [
      "with another boundary",
      { permissionsBoundary: boundary },
      role({ permissionsBoundary: `${boundary}2` }),
      [["role.permissionsBoundary", `${boundary}, or no boundary in the document`]],
    ],
    [
      "for all of that at once",
      { ...listed(other), roleNames: "x", policyNames: "x", permissionsBoundary: boundary },
      role({ permissionsBoundary: `${boundary}2` }),
      [
        ["circleci.organizationId", organizationId],
        ["role.name", "x"],
        ["policy.name", "x"],
        ["role.permissionsBoundary", boundary],
      ],
    ],
  ])("%s", (_, given, members, expected) => {
    const { under } = settled(given, members);
    if (under.kind === "valid") throw new Error("it is taken");
    expect(under.problems.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
    for (const [index, [, says]] of expected.entries()) {
      expect(under.problems[index]).toMatchObject({ code: "not-allowed", version: 7 });
      expect(under.problems[index]?.message).toContain(says);
    }
  });

  test("that is not valid, for what is wrong with it", () => {
    const { reading, under } = settled({ permissionsBoundary: boundary }, { extra: 1 });
    expect(under).toEqual(reading);
    expect(under.kind).toBe("invalid");
  });
});

describe("a glob", () => {
  const sign = fc.constantFrom("a", "b", "/", ".", "*", "?");
  const letter = fc.constantFrom("a", "b", "/", ".");
  const text = (unit: fc.Arbitrary<string>) => fc.string({ unit, maxLength: 8 });
  const asRegExp = (glob: string) =>
    new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".")}$`);

  test("means the same as the regular expression of its wildcards", () => {
    fc.assert(
      fc.property(text(sign), text(letter), (glob, tried) => {
        expect(matchesGlob(glob, tried)).toBe(asRegExp(glob).test(tried));
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  test.each([
    ["a*b", "aXbXb", true],
    ["*a*b", "bab", true],
    ["a*", "a", true],
    ["a*", "", false],
    ["?", "", false],
    ["*b", "ba", false],
    ["ab", "abc", false],
    ["abc", "ab", false],
  ])("%s and %j: %s", (glob, tried, answer) => {
    expect(matchesGlob(glob, tried)).toBe(answer);
  });
});
