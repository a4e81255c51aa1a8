import { describe, expect, test } from "vitest";
import type { Tags } from "../../shared/plan/observed.ts";
import {
  createdTag,
  environmentTag,
  homeTag,
  isOwnershipTag,
  ownershipOf,
  ownershipTags,
  prefixTag,
} from "../../shared/plan/ownership.ts";
import { adoptedOf, resourceClaims } from "../../shared/plan/resource-claims.ts";
import { account, documentWith, noNames } from "./entries.ts";
import { policyWith, roleWith } from "./subjects.ts";

const owner = { prefix: "/oidc-reconciler", home: "us-east-1", environment: "production" };
const provider = { ...owner, environment: null };
const ours = ownershipTags(owner);
const environment = "oidc-reconciler:environment";
const prefix = "oidc-reconciler:prefix";
const home = "oidc-reconciler:home";

function whose(tags: Tags, of: Parameters<typeof ownershipOf>[1] = owner): string {
  const ownership = ownershipOf(tags, of);
  return ownership.kind === "foreign"
    ? `${ownership.owner}${ownership.home ? " (home)" : ""}`
    : ownership.kind;
}

describe("whose a role or policy is, by its tags", () => {
  test.each<readonly [Tags, string]>([
    [{}, "untagged"],
    [{ team: "platform" }, "untagged"],
    [ours, "ours"],
    [{ ...ours, team: "platform" }, "ours"],
    // A release before this one set no home.
    [{ [environment]: "production", [prefix]: "/oidc-reconciler" }, "ours"],
    [{ [environment]: "production" }, "untagged"],
    [{ [prefix]: "/oidc-reconciler" }, "untagged"],
    [{ [home]: "us-east-1" }, "untagged"],
    [{ ...ours, [environment]: "staging" }, "environment staging"],
    [{ ...ours, [environment]: "Production" }, "environment Production"],
    [{ ...ours, [prefix]: "/other" }, "the reconciler with prefix /other"],
    [{ ...ours, [home]: "eu-west-1" }, "the reconciler in Region eu-west-1 (home)"],
    [{ [home]: "eu-west-1" }, "the reconciler in Region eu-west-1 (home)"],
    [{ ...ours, "managed-by": "terraform" }, "terraform (tag managed-by)"],
    [{ Managed_By: "pulumi" }, "pulumi (tag Managed_By)"],
    [{ "managed by": "x" }, "x (tag managed by)"],
    [{ ManagedBy: "oidc-reconciler" }, "untagged"],
    [{ ...ours, "managed-by": "oidc-reconciler" }, "ours"],
    [
      { "aws:cloudformation:stack-name": "ci" },
      "CloudFormation (aws:cloudformation:stack-name = ci)",
    ],
    [{ ...ours, "AWS:x": "y" }, "an AWS service (AWS:x = y)"],
  ])("%j: %s", (tags, expected) => {
    expect(whose(tags)).toBe(expected);
  });
});

describe("whose a provider is, which environments share", () => {
  test.each<readonly [Tags, string]>([
    [{}, "untagged"],
    [{ [prefix]: "/oidc-reconciler" }, "ours"],
    [{ [prefix]: "/oidc-reconciler", [home]: "us-east-1" }, "ours"],
    [{ [prefix]: "/oidc-reconciler", [environment]: "staging" }, "ours"],
    [
      { [prefix]: "/oidc-reconciler", [home]: "eu-west-1" },
      "the reconciler in Region eu-west-1 (home)",
    ],
    [{ [prefix]: "/other" }, "the reconciler with prefix /other"],
  ])("%j: %s", (tags, expected) => {
    expect(whose(tags, provider)).toBe(expected);
  });
});

test("only the three tags that say whose something is count as such", () => {
  expect(Object.keys(ours).every(isOwnershipTag)).toBe(true);
  expect(["team", "oidc-reconciler:created", "OIDC-reconciler:home"].some(isOwnershipTag)).toBe(
    false,
  );
});

describe("what a document claims", () => {
  const document = documentWith({ role: { name: "deploy" }, policy: { name: "deploy" } });
  const named = { roles: ["Deploy"], policies: ["DEPLOY"], organizations: [] };
  const theirs = { "managed-by": "terraform" };
  type Given = Partial<Parameters<typeof resourceClaims>[0]>;
  const claim = (given: Given) => {
    const nothing = { names: noNames, role: null, policy: null, isRoleUnread: false };
    const input = { document, ...nothing, owner, account, ...given };
    return {
      blocked: resourceClaims(input).map(({ resource, code }) => `${resource} ${code}`),
      adopted: adoptedOf(input).map(({ resource }) => resource),
    };
  };
  test.each<readonly [string, Given, readonly string[], readonly string[]]>([
    ["is free", {}, [], []],
    ["is nobody's", { role: roleWith(), policy: policyWith() }, [], ["role", "policy"]],
    [
      "is ours already",
      { role: roleWith({ tags: ours }), policy: policyWith({ tags: ours }) },
      [],
      [],
    ],
    [
      "is somebody else's",
      { role: roleWith({ tags: theirs }), policy: policyWith({ tags: theirs }) },
      ["role ForeignOwner", "policy ForeignOwner"],
      [],
    ],
    [
      "is in the record, whatever its tags",
      { role: roleWith({ tags: theirs }), policy: policyWith({ tags: theirs }), names: named },
      [],
      [],
    ],
    [
      "is in the record, without any tag",
      { role: roleWith(), policy: policyWith(), names: named },
      [],
      [],
    ],
    [
      "is at another path",
      { role: roleWith({ path: "/ci/", tags: ours }) },
      ["role PathDiffers"],
      [],
    ],
    [
      "is written in other letters",
      { role: roleWith({ name: "Deploy", tags: ours }) },
      ["role NameDiffers"],
      [],
    ],
    [
      "is a policy that another holds",
      { policy: policyWith({ attachmentCount: 1 }) },
      ["policy PolicyInUse"],
      ["policy"],
    ],
    [
      "is a policy that something holds, while its role could not be read",
      { policy: policyWith({ attachmentCount: 1 }), isRoleUnread: true },
      [],
      ["policy"],
    ],
    [
      "is a policy that our role and another hold",
      { role: roleWith({ tags: ours }), policy: policyWith({ tags: ours, attachmentCount: 2 }) },
      ["policy PolicyInUse"],
      [],
    ],
    [
      "is a boundary",
      { policy: policyWith({ attachmentCount: 0, boundaryUsageCount: 1 }) },
      ["policy PolicyInUse"],
      ["policy"],
    ],
    [
      "is a policy in the record that another holds too",
      { policy: policyWith({ attachmentCount: 2 }), names: named },
      [],
      [],
    ],
  ])("%s", (_, given, blocked, adopted) => {
    const withArn =
      given.policy === undefined || given.policy === null
        ? given
        : { ...given, policy: { ...given.policy, arn: "arn:aws:iam::123456789012:policy/deploy" } };
    expect(claim(withArn)).toEqual({ blocked, adopted });
  });
});

test("tags keep their names, by which a later release knows what an earlier one made", () => {
  expect([environmentTag, prefixTag, homeTag, createdTag]).toEqual([
    "oidc-reconciler:environment",
    "oidc-reconciler:prefix",
    "oidc-reconciler:home",
    "oidc-reconciler:created",
  ]);
});
