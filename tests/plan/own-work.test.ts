import { describe, expect, test } from "vitest";
import type { Step } from "../../shared/plan/change.ts";
import type { Trace } from "../../shared/plan/drift.ts";
import { isOwnWork } from "../../shared/plan/own-work.ts";
import { admit, allow, arn, text } from "./subjects.ts";

const trust = text(admit("alice"));
/** The same document, as another writer spells it. */
const respelt = JSON.stringify(
  Object.fromEntries(Object.entries<unknown>(JSON.parse(trust)).toReversed()),
  null,
  2,
);
const grant = text(allow("*"));
const provider = arn("oidc-provider/x");
const policy = arn("policy/deploy");
const role = "deploy";

const written: Step = { do: "update-trust-policy", name: role, trustPolicy: trust };
const version: Step = { do: "create-policy-version", arn: policy, document: grant };
const attached: Step = { do: "attach", name: role, arn: policy };
const audience: Step = { do: "add-audience", arn: provider, audience: "a" };
const created: Step = {
  do: "create-provider",
  arn: provider,
  url: "https://x",
  audiences: ["a", "b"],
  thumbprints: [],
  tags: {},
};

const door = (document: string): Trace => ({ kind: "trust-policy", role, document });
const asks = (name: string): Trace => ({ kind: "audience", providerArn: provider, audience: name });
const holds = (policyArn: string): Trace => ({
  kind: "attachment",
  role,
  policyArn,
  document: null,
});
const says = (document: string): Trace => ({ kind: "policy-version", policyArn: policy, document });

describe("a door is our own work", () => {
  test.each<readonly [string, readonly Trace[], readonly Step[], boolean]>([
    ["where we wrote this trust policy", [door(respelt)], [written], true],
    ["not where we wrote another one", [door(text(admit("bob")))], [written], false],
    ["where we wrote this policy", [says(grant)], [version], true],
    ["not where we wrote another one", [says(text(allow("s3:*")))], [version], false],
    ["where we attached the policy", [holds(policy)], [attached], true],
    ["not where we attached another", [holds(arn("policy/x"))], [attached], false],
    ["not where we detached it", [holds(policy)], [{ ...attached, do: "detach" }], false],
    ["where we added the audience", [asks("a")], [audience], true],
    ["not where we added another", [asks("b")], [audience], false],
    ["not where we took it off", [asks("a")], [{ ...audience, do: "remove-audience" }], false],
    ["where we made the provider with it", [asks("b")], [created], true],
    ["not where we made it without", [asks("c")], [created], false],
    ["where each of its traces is ours", [door(trust), asks("a")], [written, audience], true],
    ["not where one of them is not", [door(trust), asks("a")], [written], false],
    ["not where nothing shows who opened it", [], [written], false],
    [
      "never where it is an inline policy",
      [{ kind: "inline-policy", role, name: "x", document: grant }],
      [written, version],
      false,
    ],
    [
      "never where it is a boundary",
      [{ kind: "boundary", role, boundary: policy }],
      [attached],
      false,
    ],
  ])("%s", (_, traces, steps, answer) => {
    const widening = {
      resource: "audience",
      admitted: null,
      undecided: [],
      isImpossible: false,
      traces,
    } as const;
    expect(isOwnWork(widening, steps)).toBe(answer);
  });
});
