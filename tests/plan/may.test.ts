import { describe, expect, test } from "vitest";
import type { Reading } from "../../shared/aws/reading.ts";
import { namedPermissions } from "../../shared/plan/named-targets.ts";
import type { ObservedTargets } from "../../shared/plan/observed.ts";
import { type Resolution, resolveTargets } from "../../shared/plan/resolve.ts";
import type { AmplifyApp } from "../../shared/targets/amplify/resolve.ts";
import type { PassedRoles } from "../../shared/targets/app-runner/statements.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import { gainsAndLosses } from "../compare/answers.ts";
import { none } from "../targets/none.ts";
import { place } from "./entries.ts";
import {
  account,
  documentNaming,
  nothing,
  policyOf,
  resolved,
  roleArn,
  unread,
  unreadable,
  within,
} from "./targets.ts";

type Deploy = Readonly<Record<string, unknown>>;

function resolve(
  deploy: Deploy,
  observed: ObservedTargets,
  remembered: Partial<ResolvedTargets> | null = null,
  inForce: Partial<ResolvedTargets> | string | null = remembered,
): Resolution {
  return resolveTargets({
    deploy: documentNaming(deploy).deploy,
    observed,
    remembered: remembered === null ? null : { ...none, ...remembered },
    inForce: inForce === null || typeof inForce === "string" ? inForce : policyOf(inForce),
    account,
  });
}

const wordsOf = ({ targets }: Resolution) =>
  [...targets.ecr, ...targets.appRunner, ...targets.amplify].map(({ may }) => may.join());

const factsOf = ({ newGrants }: Resolution) => newGrants.map(({ facts }) => facts);

const roles: PassedRoles = { instance: [roleArn("app")], access: [roleArn("service-role/pull")] };
const updatable = {
  ...resolved.appRunner,
  may: ["deploy", "update"] as const,
  passes: roles,
};
const mayUpdate: Deploy = { appRunner: [{ service: "shop", may: ["deploy", "update"] }] };

function withService(read: Reading<PassedRoles>, arn: string = updatable.arn): ObservedTargets {
  return {
    ...nothing,
    appRunner: {
      services: { kind: "found", value: new Map([["shop", arn]]) },
      roles: new Map([["shop", read]]),
    },
  };
}
const found = (value: PassedRoles) => ({ kind: "found", value }) as const;

describe("the words of a target that is not shown", () => {
  const repository = (...may: readonly ("push" | "read-images")[]) => ({
    ecr: [{ ...resolved.ecr, may }],
  });
  const both: Deploy = { ecr: [{ repository: "shop/web", may: ["push", "read-images"] }] };

  test.each([
    ["all that are in force", repository("push", "read-images"), ["push,read-images"]],
    ["none that is not in force yet", repository("push"), ["push"]],
    ["none of another", repository("read-images"), ["read-images"]],
  ])("are kept: %s", (_what, inForce, words) => {
    for (const observed of [nothing, unread]) {
      const remembered = repository("push", "read-images");
      expect(wordsOf(resolve(both, observed, remembered, inForce))).toEqual(words);
    }
    expect(wordsOf(resolve(both, unread, null, inForce))).toEqual(words);
  });

  test("are those of the document, whatever else was granted", () => {
    const memory = repository("push", "read-images");
    expect(wordsOf(resolve({ ecr: ["shop/web"] }, nothing, memory))).toEqual(["push"]);
  });

  test("of one that exists are the document's, whatever is in force", () => {
    const observed: ObservedTargets = {
      ...nothing,
      ecr: { kind: "found", value: new Map([["shop/web", resolved.ecr.arn]]) },
    };
    expect(wordsOf(resolve(both, observed, repository("push")))).toEqual(["push,read-images"]);
  });
});

describe("the roles of a service that jobs may update", () => {
  test("are those that it uses now, and only where they may", () => {
    const { targets, missing } = resolve(mayUpdate, withService(found(roles)));
    expect(targets.appRunner).toEqual([updatable]);
    expect(missing).toEqual([]);
    const plain = resolve({ appRunner: ["shop"] }, withService(found(roles)));
    expect(plain.targets.appRunner).toEqual([resolved.appRunner]);
  });

  test("are kept where they could not be read, and it is said", () => {
    const kept = resolve(mayUpdate, withService(unreadable), { appRunner: [updatable] });
    expect(kept.targets.appRunner).toEqual([updatable]);
    expect(kept.missing).toMatchObject([{ kind: "appRunner", why: "unreadable", kept: true }]);
    expect(kept.missing[0]?.message).toContain("its roles");
    const forgotten = resolve(mayUpdate, withService(unreadable), null, {
      appRunner: [updatable],
    });
    expect(forgotten.targets.appRunner).toEqual([updatable]);
  });

  test("are left out where neither memory nor policy has them", () => {
    const passes = { instance: [], access: [] };
    const without = resolve(mayUpdate, withService(unreadable));
    expect(without.targets.appRunner).toEqual([{ ...updatable, passes }]);
    expect(without.missing).toMatchObject([{ kept: false }]);
  });

  test.each([
    ["a role that the policy in force does not pass", roleArn("Admin"), false],
    ["every role", roleArn("*"), true],
    ["a user", `arn:aws:iam::${account.id}:user/Admin`, true],
    ["another account's role", "arn:aws:iam::999999999999:role/Admin", true],
  ])("take nothing from a forged memory: %s", (_what, forged, isInForce) => {
    const passes = { ...roles, instance: [...roles.instance, forged] };
    const memory = { appRunner: [{ ...updatable, passes }] };
    const inForce = isInForce ? memory : { appRunner: [updatable] };
    for (const observed of [withService(unreadable), nothing, unread]) {
      const { targets } = resolve(mayUpdate, observed, memory, inForce);
      expect(targets.appRunner).toEqual([updatable]);
    }
  });

  test("take nothing from a forged memory: a role that the policy passes to ECS", () => {
    const passes = { ...roles, instance: [...roles.instance, resolved.ecs.passRoles[0]] };
    const memory = { appRunner: [{ ...updatable, passes }] };
    const inForce = { appRunner: [updatable], ecs: [resolved.ecs] };
    for (const observed of [withService(unreadable), nothing, unread]) {
      const { targets } = resolve(mayUpdate, observed, memory, inForce);
      expect(targets.appRunner).toEqual([updatable]);
    }
  });

  test("of a service that is gone stay as they were", () => {
    const { targets } = resolve(mayUpdate, nothing, { appRunner: [updatable] });
    expect(targets.appRunner).toEqual([updatable]);
  });
});

describe("a role that a service newly uses", () => {
  const admin = { ...roles, instance: [roleArn("Admin")] };
  const reported = [
    { service: "shop", role: roleArn("Admin"), to: "tasks.apprunner.amazonaws.com" },
  ];
  const again = updatable.arn.replace(/.{4}$/, "0000");
  const memory = { appRunner: [updatable] };
  const plain = { appRunner: [resolved.appRunner] };
  const swapped = { instance: roles.access, access: roles.instance };

  test.each([
    ["is reported where memory knows what it used", memory, memory, updatable.arn, admin, reported],
    ["is reported where the policy alone does", null, memory, updatable.arn, admin, reported],
    ["is reported of a service re-created with it", memory, memory, again, admin, reported],
    ["comes with a new service", null, null, updatable.arn, admin, []],
    ["comes with the word update", plain, plain, updatable.arn, admin, []],
    ["is not one where it used it before", memory, memory, again, roles, []],
    [
      "is reported where it takes another place",
      memory,
      memory,
      updatable.arn,
      swapped,
      [
        {
          service: "shop",
          role: roleArn("service-role/pull"),
          to: "tasks.apprunner.amazonaws.com",
        },
        { service: "shop", role: roleArn("app"), to: "build.apprunner.amazonaws.com" },
      ],
    ],
  ])("%s", (_what, remembered, inForce, arn, used, expected) => {
    const result = resolve(mayUpdate, withService(found(used), arn), remembered, inForce);
    expect(factsOf(result)).toEqual(expected);
    expect(result.targets.appRunner[0]?.passes).toEqual(used);
  });

  test("is not one where jobs may not update the service", () => {
    const result = resolve({ appRunner: ["shop"] }, withService(found(admin)), memory);
    expect(factsOf(result)).toEqual([]);
  });
});

describe("an app that is connected to a repository, or not", () => {
  const shown = (change: Partial<AmplifyApp>): ObservedTargets => ({
    ...nothing,
    amplify: {
      kind: "found",
      value: [
        {
          id: "d1front",
          name: "front",
          arn: resolved.amplify.appArn,
          hasRepository: true,
          branches: { kind: "found", value: ["main"] },
          ...change,
        },
      ],
    },
  });
  const named: Deploy = { amplify: [{ app: "front", branches: ["main"] }] };
  const connected = { ...resolved.amplify, branches: ["main"] };
  const manual = { ...connected, hasRepository: false };
  const actionsOf = ({ targets }: Resolution) =>
    [...policyOf(targets).matchAll(/amplify:[A-Z]\w+/g)].map(([action]) => action);

  test.each([
    [true, ["amplify:StartJob", "amplify:GetJob"]],
    [false, ["amplify:GetJob", "amplify:CreateDeployment", "amplify:StartDeployment"]],
  ])("is released as it is: %s", (hasRepository, actions) => {
    expect(actionsOf(resolve(named, shown({ hasRepository })))).toEqual(actions);
  });

  test.each([
    ["connected", manual, true, "amplify:StartJob", "/branches/main/jobs/*"],
    ["disconnected", connected, false, "amplify:CreateDeployment", "/branches/main"],
  ])("is reported once it is %s", (_what, before, hasRepository, action, resource) => {
    const observed = shown({ hasRepository });
    const result = resolve(named, observed, { amplify: [before] });
    expect(factsOf(result)).toEqual([
      { app: "front", hasRepository, action, resource: `${resolved.amplify.appArn}${resource}` },
    ]);
    const after = resolve(named, observed, result.targets);
    expect(factsOf(after)).toEqual([]);
  });

  test("is not reported where the action was granted by its own word", () => {
    const words: Deploy = {
      amplify: [{ app: "front", branches: ["main"], may: ["release", "upload"] }],
    };
    const both = { ...connected, may: ["release", "upload"] as const };
    const result = resolve(words, shown({ hasRepository: false }), { amplify: [both] });
    expect(factsOf(result)).toEqual([]);
  });

  test("is not reported where an edit brings the word", () => {
    const uploads = { ...connected, may: ["upload"] as const, hasRepository: false };
    expect(factsOf(resolve(named, shown({}), { amplify: [uploads] }))).toEqual([]);
  });

  test.each([
    ["could not be read", unread],
    ["is called otherwise now", shown({ name: "shop" })],
    ["has branches that could not be read", shown({ branches: unreadable })],
  ])("keeps the way in which it was released last where it %s", (_what, observed) => {
    for (const before of [connected, manual]) {
      const { targets } = resolve(named, observed, { amplify: [before] });
      expect(targets.amplify).toEqual([before]);
    }
  });

  test("keeps the way that the policy in force has, where no memory is left", () => {
    for (const before of [connected, manual]) {
      const { targets } = resolve(named, unread, null, { amplify: [before] });
      expect(targets.amplify).toEqual([before]);
    }
  });

  test("is found by its id under whichever name", () => {
    const byId: Deploy = { amplify: [{ app: "d1front", branches: ["main"] }] };
    const result = resolve(byId, shown({ name: "shop" }), { amplify: [connected] });
    expect(result.missing).toEqual([]);
    expect(result.targets.amplify).toMatchObject([{ appId: "d1front" }]);
  });

  test("says that it has another name now", () => {
    const [missing] = resolve(named, shown({ name: "shop" }), { amplify: [connected] }).missing;
    expect(missing?.message).toContain("the app that it was, d1front, has another name now");
  });

  test("that is named twice, by name and by id, has the words of both", () => {
    const twice: Deploy = {
      amplify: [
        { app: "front", branches: ["main"] },
        { app: "d1front", branches: ["main"], may: ["upload"] },
      ],
    };
    expect(actionsOf(resolve(twice, shown({})))).toEqual([
      "amplify:StartJob",
      "amplify:GetJob",
      "amplify:CreateDeployment",
      "amplify:StartDeployment",
    ]);
  });

  test("keeps a branch only where all that is written for it is in force", () => {
    const words: Deploy = { amplify: [{ app: "front", branches: ["feature/x"] }] };
    const before = { ...resolved.amplify, branches: ["feature/x"] };
    const half = policyOf({ amplify: [before] }).replace(
      /,"[^"]*feature%2Fx[^"]*"|"[^"]*feature%2Fx[^"]*",/,
      "",
    );
    expect(half).toContain("feature/x");
    expect(half).not.toContain("feature%2Fx");
    expect(resolve(words, nothing, { amplify: [before] }).targets.amplify).toEqual([before]);
    expect(resolve(words, nothing, { amplify: [before] }, half).targets.amplify).toEqual([]);
  });

  test("keeps a branch that is gone as it was released, beside one that is released otherwise", () => {
    const both: Deploy = { amplify: [{ app: "front", branches: ["main", "dev"] }] };
    const before = [manual, { ...connected, branches: ["dev"] }];
    const { targets } = resolve(both, shown({ hasRepository: false }), { amplify: before });
    expect(targets.amplify).toEqual(before);
  });

  test("gives a branch that is not there yet no word that it had not", () => {
    const words: Deploy = {
      amplify: [{ app: "front", branches: ["main", "dev"], may: ["release", "upload"] }],
    };
    const before = { ...resolved.amplify, branches: ["main", "dev"] };
    const { targets } = resolve(words, shown({}), { amplify: [before] });
    expect(targets.amplify).toMatchObject([
      { branches: ["main"], may: ["release", "upload"] },
      { branches: ["dev"], may: ["release"] },
    ]);
  });
});

describe("by names, an edit", () => {
  const permissions = (deploy: Deploy, observed: ObservedTargets) =>
    namedPermissions({
      document: documentNaming(deploy),
      observed: () => observed,
      account,
      place,
    });
  const edit = (before: Deploy, after: Deploy, observed: ObservedTargets) => {
    return gainsAndLosses({
      before: [permissions(before, observed)],
      after: [permissions(after, observed)],
    });
  };
  const repository = (...may: readonly string[]) => ({ ecr: [{ repository: "shop/web", may }] });
  const service = (...may: readonly string[]) => ({ appRunner: [{ service: "shop", may }] });
  const app = (...may: readonly string[]) => ({
    amplify: [{ app: "front", branches: ["main"], may }],
  });
  const manual: ObservedTargets = {
    ...withService(found(roles)),
    amplify: {
      kind: "found",
      value: [
        {
          id: "d1front",
          name: "front",
          arn: `${within("amplify")}apps/d1front`,
          hasRepository: false,
          branches: null,
        },
      ],
    },
  };
  const gain = "gains true, loses false";
  const loss = "gains false, loses true";
  const same = "gains false, loses false";
  const change = "gains true, loses true";

  test.each([
    ["a word of a repository", repository("push"), repository("push", "read-images"), gain],
    ["a word of a service", service("deploy"), service("deploy", "watch"), gain],
    ["the word update", service("deploy"), service("deploy", "update"), gain],
    ["a word less", service("deploy", "update"), service("deploy"), loss],
    ["another word", repository("push"), repository("read-images"), change],
    ["the same words", service("deploy", "update"), service("update", "deploy"), same],
    ["a name alone", service("deploy"), { appRunner: ["shop"] }, same],
    ["release for upload", app("upload"), app("release"), "gains true, loses true"],
    ["upload beside release", app("release"), app("release", "upload"), gain],
  ])("to %s, whether the targets exist or not", (_what, before, after, does) => {
    for (const observed of [nothing, unread]) {
      expect(edit(before, after, observed)).toBe(does);
      expect(edit(after, before, observed)).toBe(
        { [gain]: loss, [loss]: gain, [same]: same, [change]: change }[does],
      );
    }
  });

  test("to upload beside release is not one where the app is released so anyway", () => {
    expect(edit(app("release"), app("release", "upload"), manual)).toBe(same);
  });

  test("is not one where the service uses other roles now: both sides pass today's", () => {
    const used = permissions(service("update"), withService(found(roles)));
    expect(used).toContain(roleArn("app"));
    expect(edit(service("update"), service("update"), withService(found(roles)))).toBe(same);
  });
});
