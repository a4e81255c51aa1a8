import { describe, expect, test } from "vitest";
import { parameterEvents, type Wake, wakeOf } from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

const prefix = "/oidc-reconciler";
const bob = {
  account: "123456789012",
  actor: "arn:aws:iam::123456789012:user/bob",
  at: "2026-11-22T09:59:58Z",
};

/** The wake of bob's call on these parameters. */
function wakeByCall(eventName: string, requestParameters: Readonly<Record<string, unknown>>): Wake {
  const event = withDetail(sampleEvent("ssm-status-by-another"), { eventName, requestParameters });
  const wake = wakeOf(event, prefix);
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

const deleted = (...names: readonly unknown[]) => wakeByCall("DeleteParameters", { names });

function environmentsOf({ scopes }: Wake): readonly string[] {
  return scopes.flatMap((scope) => (scope.kind === "named" ? scope.environments : []));
}

describe("a write of the reconciler's own state is reported with who and when:", () => {
  test.each([
    ["status", `${prefix}/status/production`, "production"],
    ["applied", `${prefix}/applied/production`, "production"],
    ["outputs", `${prefix}/outputs/production`, "production"],
    ["journal", `${prefix}/journal`, null],
  ])("of the %s, by every call that can", (state, parameter, environment) => {
    for (const eventName of parameterEvents) {
      for (const request of [{ name: parameter }, { names: [parameter] }]) {
        const wake = wakeByCall(eventName, request);
        expect(wake.writes).toEqual([{ state, environment, parameter, ...bob }]);
        expect(wake).toMatchObject({ trigger: "parameter", ignored: null });
        expect(environmentsOf(wake)).toEqual(environment === null ? [] : [environment]);
      }
    }
  });

  test("of a parameter that its caller named by an ARN", () => {
    const start = "arn:aws:ssm:us-east-1:123456789012:parameter";
    const wake = deleted(`${start}${prefix}/journal`, `${start}${prefix}/environments/staging`);
    expect(wake.writes).toMatchObject([{ state: "journal", parameter: `${prefix}/journal` }]);
    expect(environmentsOf(wake)).toEqual(["staging"]);
  });

  test.each([
    [[`${prefix}/heartbeat`, `${prefix}/status/production`], ["production"]],
    [
      [`${prefix}/environments/x`, `${prefix}/status/production`],
      ["x", "production"],
    ],
    [
      [`${prefix}/status/production`, `${prefix}/environments/x`],
      ["x", "production"],
    ],
    [["/shop/a", 7, null, `${prefix}/status/production`], ["production"]],
    [[...Array(9).fill("/shop/a"), `${prefix}/status/production`], ["production"]],
  ])("among others that are deleted at once: %j", (names, environments) => {
    const wake = deleted(...names);
    expect(wake.writes).toMatchObject([{ state: "status", environment: "production" }]);
    expect(environmentsOf(wake)).toEqual(environments);
  });

  test("each of several", () => {
    const wake = deleted(
      `${prefix}/status/a`,
      `${prefix}/applied/a`,
      `${prefix}/applied/b`,
      `${prefix}/journal`,
    );
    expect(wake.writes.map(({ state, environment }) => [state, environment])).toEqual([
      ["status", "a"],
      ["applied", "a"],
      ["applied", "b"],
      ["journal", null],
    ]);
    expect(environmentsOf(wake)).toEqual(["a", "b"]);
  });
});

describe("no write of state is reported", () => {
  test.each([
    "/oidc-reconciler/environments/production",
    "/oidc-reconciler/heartbeat",
    "/oidc-reconciler/outputs",
    "/oidc-reconciler/outputs/",
    "/oidc-reconciler/outputs/a/b",
    "/oidc-reconciler/status",
    "/oidc-reconciler/status/",
    "/oidc-reconciler/status/a/b",
    "/oidc-reconciler/applied/a b",
    "/oidc-reconciler/journal/production",
    "/oidc-reconciler-2/status/production",
    "/shop/oidc-reconciler/journal",
  ])("%s", (name) => {
    expect(wakeByCall("PutParameter", { name }).writes).toEqual([]);
  });

  test.each([
    ["a read", "GetParameter", {}],
    ["a call that failed", "PutParameter", { errorCode: "AccessDenied" }],
  ])("%s", (_, eventName, detail) => {
    const event = withDetail(sampleEvent("ssm-status-by-another"), { eventName, ...detail });
    expect(wakeOf(event, prefix)).toMatchObject({ writes: [], scopes: [] });
  });

  test("an endless list of names", () => {
    const names = Array.from({ length: 1_000_000 }, (_, index) => `${prefix}/status/e${index}`);
    expect(deleted(...names.slice(0, 50_000)).writes).toHaveLength(100);
  });
});
