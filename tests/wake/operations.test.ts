import * as iam from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  harmlessIamCalls,
  policyEvents,
  providerEvents,
  roleEvents,
  wakeOf,
} from "../../shared/wake/index.ts";
import { sampleEvent, withDetail } from "./sample.ts";

/** Documented by AWS, and not in the installed client: drop the name here once it is. */
const ahead: readonly string[] = ["UpdateOpenIDConnectProvider"];

const operations = Object.keys(iam).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
const watched: readonly string[] = [...roleEvents, ...policyEvents, ...providerEvents];
const harmless = harmlessIamCalls.flatMap(({ calls }) => calls);

describe("every operation of the installed IAM client", () => {
  test("that is no read is watched, or harmless for a reason", () => {
    const changing = operations.filter((name) => !/^(Get|List)/.test(name));
    expect(changing.length).toBeGreaterThan(100);
    const classified = new Set([...watched, ...harmless]);
    expect(changing.filter((name) => !classified.has(name))).toEqual([]);
  });

  test("that names a role, a policy or a provider and changes it is watched", () => {
    const about = /Role|Policy|OpenIDConnectProvider/;
    const others = /User|Group|Account|Simulate|ServiceLinkedRole|InstanceProfile/;
    const changing = operations.filter((name) => !/^(Get|List)/.test(name) && about.test(name));
    expect(changing.filter((name) => !others.test(name) && !watched.includes(name))).toEqual([]);
  });
});

describe("the table of calls", () => {
  test("names each call once", () => {
    const all = [...watched, ...harmless];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  test("names no call that is not there", () => {
    const unknown = [...watched, ...harmless].filter((name) => !operations.includes(name));
    expect(unknown).toEqual(ahead);
  });

  test.each(harmlessIamCalls.map(({ why, calls }) => [calls, why] as const))(
    "says why %j wakes nobody",
    (calls, why) => {
      for (const eventName of calls) {
        expect(
          wakeOf(withDetail(sampleEvent("iam-create-user"), { eventName }), "/oidc-reconciler"),
        ).toMatchObject({ scopes: [], ignored: `The call ${eventName} ${why}.` });
      }
    },
  );
});
