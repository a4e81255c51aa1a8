import { describe, expect, test } from "vitest";
import { saidIn, withCalls } from "../../shared/plan/taken-over.ts";
import { recordWith } from "./entries.ts";

const since = "2026-01-01T12:00:00.500Z";
const later = "2026-01-01T12:00:01Z";
const policy = "arn:aws:iam::123456789012:policy/p";
const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/x";
const places = {
  trust: "trust Role",
  inline: "inline Role debug",
  attached: `attached Role ${policy}`,
  boundary: "boundary Role",
  audience: `audience ${provider} sts.amazonaws.com`,
  tags: "tags Role",
};
const said = Object.fromEntries(Object.values(places).map((place) => [place, "limits digest"]));
const evidence = {
  kind: "record",
  record: recordWith({ takenOver: { since, said, before: null, unended: 0 } }),
} as const;

/** Places that say something else than what was taken over, once these calls were made. */
function writtenBy(eventName: string, parameters: object, at: string | null = later) {
  const now = saidIn(withCalls(evidence, [{ eventName, at, parameters: { ...parameters } }]));
  expect(Object.values(now).every((each) => each.startsWith("limits digest"))).toBe(true);
  return Object.entries(places).flatMap(([name, place]) =>
    now[place] === said[place] ? [] : [name],
  );
}

const roleName = "role";
describe("a call that an event reports has written", () => {
  test.each([
    ["UpdateAssumeRolePolicy", { roleName, policyDocument: "{}" }, ["trust"]],
    ["CreateRole", { roleName, assumeRolePolicyDocument: "{}" }, ["trust"]],
    ["PutRolePolicy", { roleName, policyName: "debug" }, ["inline"]],
    ["DeleteRolePolicy", { roleName, policyName: "debug" }, ["inline"]],
    ["AttachRolePolicy", { roleName, policyArn: policy }, ["attached"]],
    ["CreatePolicyVersion", { policyArn: policy }, ["attached"]],
    ["SetDefaultPolicyVersion", { policyArn: policy }, ["attached"]],
    ["CreatePolicy", { policyArn: policy }, ["attached"]],
    ["PutRolePermissionsBoundary", { roleName, permissionsBoundary: policy }, ["boundary"]],
    ["DeleteRolePermissionsBoundary", { roleName }, ["boundary"]],
    [
      "AddClientIDToOpenIDConnectProvider",
      { openIDConnectProviderArn: provider, clientID: "sts.amazonaws.com" },
      ["audience"],
    ],
    [
      "CreateOpenIDConnectProvider",
      { openIDConnectProviderArn: provider, clientIDList: ["a", "sts.amazonaws.com"] },
      ["audience"],
    ],
  ])("%s of it: %j", (eventName, parameters, written) => {
    expect(writtenBy(eventName, parameters)).toEqual(written);
  });

  test.each([
    ["UpdateAssumeRolePolicy", { roleName: "Other" }],
    ["UpdateRole", { roleName }],
    ["TagRole", { roleName }],
    ["PutRolePolicy", { roleName, policyName: "other" }],
    ["AttachRolePolicy", { roleName: "Other", policyArn: policy }],
    // Our own, which may be all that a stopped run did.
    ["DeletePolicyVersion", { policyArn: policy, versionId: "v1" }],
    ["TagPolicy", { policyArn: policy }],
    ["CreatePolicyVersion", { policyArn: `${policy}2` }],
    ["PutRolePermissionsBoundary", { roleName: "Other" }],
    [
      "AddClientIDToOpenIDConnectProvider",
      { openIDConnectProviderArn: provider, clientID: "other" },
    ],
    [
      "AddClientIDToOpenIDConnectProvider",
      { openIDConnectProviderArn: "another", clientID: "sts.amazonaws.com" },
    ],
  ])("%s of something else: %j", (eventName, parameters) => {
    expect(writtenBy(eventName, parameters)).toEqual([]);
  });

  test.each([
    ["2026-01-01T12:00:00Z", true],
    [null, true],
    ["no time", true],
    ["2026-01-01T11:59:59Z", false],
  ])("at %s, where it was taken over half a second past twelve: %s", (at, counts) => {
    expect(writtenBy("UpdateAssumeRolePolicy", { roleName }, at)).toEqual(counts ? ["trust"] : []);
  });

  test("nothing where nothing was taken over", () => {
    const without = { kind: "record", record: recordWith() } as const;
    const call = { eventName: "CreateRole", at: later, parameters: { roleName } };
    expect(withCalls(without, [call])).toBe(without);
  });
});
