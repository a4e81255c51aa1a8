import { describe, expect, test } from "vitest";
import { anyNames, type OwnNames } from "../../shared/document/installation.ts";
import { type Wake, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

const organization = "11111111-2222-4333-8444-555555555555";
const other = "22222222-2222-4333-8444-555555555555";

function wakeIn(names: Partial<OwnNames>, sample: string, detail: object): Wake {
  const event = withDetail(sampleEvent(sample), { ...detail });
  const wake = wakeOf(event, "/oidc-reconciler", { ...anyNames, ...names });
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

/** Looked at with its cause, or ignored with a sentence and nothing to read for. */
function expectLooks(wake: Wake, looks: boolean): void {
  if (looks) expect(wake).toMatchObject({ scopes: [expect.anything()], ignored: null });
  else {
    expect(wake).toMatchObject({
      trigger: "iam",
      scopes: [],
      calls: [],
      writes: [],
      ignored: expect.stringMatching(/^The (role|policy|provider|record) .*\.$/),
    });
  }
}

describe("an event of a role counts where its name can be the installation's:", () => {
  test.each([
    [null, "anything", true],
    ["*", "anything", true],
    ["CircleCI-*", "CircleCI-OIDC-Role", true],
    ["CircleCI-*", "circleci-oidc-role", true],
    ["CircleCI-*", "CircleCI-", true],
    ["CircleCI-*", "CircleCI", false],
    ["CircleCI-*", "terraform", false],
    ["CircleCI-*", "My-CircleCI-Role", false],
    // The path is not in the event.
    ["ci/CircleCI-*", "CircleCI-OIDC-Role", true],
    ["ci/CircleCI-*", "terraform", false],
    ["ci/*", "anything", true],
    ["CircleCI-?", "CircleCI-a", true],
    ["CircleCI-?", "CircleCI-ab", false],
    ["CircleCI-Role", "CircleCI-Role", true],
    ["CircleCI-Role", "CircleCI-Role-2", false],
    ["*-Role", "a-Role-Role", true],
    ["*a*b*c", "xxaxxbxxc", true],
    ["*a*b*c", "xxaxxcxxb", false],
    ["a.c", "abc", false],
  ])("%s and %s: %s", (roleNames, roleName, looks) => {
    const requestParameters = { roleName };
    expectLooks(wakeIn({ roleNames }, "iam-update-trust", { requestParameters }), looks);
  });

  test("a role made from a template is named by the answer alone", () => {
    const acquired = {
      eventName: "AcquireRole",
      requestParameters: { templateArn: "arn:aws:iam::aws:role-template/x" },
      responseElements: { role: { roleName: "CircleCI-OIDC-Role" } },
    };
    const names = { roleNames: "CircleCI-*" };
    expect(wakeIn(names, "iam-update-trust", acquired).scopes).toMatchObject([
      { kind: "role", name: "CircleCI-OIDC-Role" },
    ]);
    const unsaid = { ...acquired, responseElements: null };
    expectLooks(wakeIn(names, "iam-update-trust", unsaid), false);
  });

  test("no pattern and no name makes it slow", () => {
    const requestParameters = { roleName: "a".repeat(2_000) };
    const roleNames = `${"*a".repeat(250)}b`;
    const begun = performance.now();
    expectLooks(wakeIn({ roleNames }, "iam-update-trust", { requestParameters }), false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe("an event of a policy counts where path and name can be the installation's:", () => {
  test.each([
    [null, "arn:aws:iam::123456789012:policy/anything", true],
    ["CircleCI-*", "arn:aws:iam::123456789012:policy/circleci-deploy", true],
    ["CircleCI-*", "arn:aws:iam::123456789012:policy/Other", false],
    ["CircleCI-*", "arn:aws:iam::123456789012:policy/ci/CircleCI-Deploy", false],
    ["ci/CircleCI-*", "arn:aws:iam::123456789012:policy/ci/CircleCI-Deploy", true],
    ["ci/CircleCI-*", "arn:aws:iam::123456789012:policy/CircleCI-Deploy", false],
    // A star of an ARN takes slashes too.
    ["CircleCI-*", "arn:aws:iam::123456789012:policy/CircleCI-a/b", true],
    [null, "arn:aws:iam::123456789012:role/anything", false],
  ])("%s and %s: %s", (policyNames, policyArn, looks) => {
    const requestParameters = { policyArn };
    expectLooks(wakeIn({ policyNames }, "iam-policy-version", { requestParameters }), looks);
  });
});

describe("an event of a provider counts where it is CircleCI's of a possible organisation:", () => {
  const any = { kind: "any" } as const;
  const listed = { kind: "listed", ids: [organization] } as const;
  const malformed = { kind: "malformed", text: "acme" } as const;

  test.each([
    [any, `oidc.circleci.com/org/${organization}`, true],
    [any, `oidc.circleci.com/org/${other}`, true],
    [any, `OIDC.circleci.com/org/${organization.toUpperCase()}`, true],
    [any, "token.actions.githubusercontent.com", false],
    [any, "oidc.circleci.com", false],
    [any, "oidc.circleci.com/org/acme", false],
    [any, `oidcxcircleci.com/org/${organization}`, false],
    [any, `evil.example/oidc.circleci.com/org/${organization}`, false],
    [any, `oidc.circleci.com/org/${organization}/x`, false],
    [listed, `oidc.circleci.com/org/${organization}`, true],
    [listed, `oidc.circleci.com/org/${other}`, false],
    // Nobody knows what was meant: looking is what does no harm.
    [malformed, `oidc.circleci.com/org/${other}`, true],
  ])("%j and %s: %s", (organizations, url, looks) => {
    const requestParameters = {
      openIDConnectProviderArn: `arn:aws:iam::123456789012:oidc-provider/${url}`,
    };
    expectLooks(wakeIn({ organizations }, "iam-add-audience", { requestParameters }), looks);
  });
});

test("in a batch, what is not ours is left out beside what is", () => {
  const record = (event: unknown) => ({ eventSource: "aws:sqs", body: JSON.stringify(event) });
  const terraform = withDetail(sampleEvent("iam-attach-by-user"), {
    requestParameters: { roleName: "terraform" },
  });
  const Records = [record(terraform), record(sampleEvent("iam-update-trust"))];
  const wake = wakeOf({ Records }, "/oidc-reconciler", { ...anyNames, roleNames: "CircleCI-*" });
  expect(wake).toMatchObject({
    scopes: [{ kind: "role", name: "CircleCI-OIDC-Role" }],
    calls: [{ eventName: "UpdateAssumeRolePolicy" }],
    ignored: null,
  });
});
