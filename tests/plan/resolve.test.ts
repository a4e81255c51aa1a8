import { describe, expect, test } from "vitest";
import type { ObservedTargets } from "../../shared/plan/observed.ts";
import { type Resolution, resolveTargets } from "../../shared/plan/resolve.ts";
import type { ResolvedEcsService } from "../../shared/targets/ecs-resolve.ts";
import { kindNames, type ResolvedTargets } from "../../shared/targets/index.ts";
import { none } from "../targets/none.ts";
import {
  account,
  all,
  documentNaming,
  naming,
  nothing,
  policyOf,
  region,
  resolved,
  resourcesOf,
  roleArn,
  serviceId,
  unread,
  unreadable,
  within,
} from "./targets.ts";

function resolve(change: {
  readonly deploy?: Readonly<Record<string, unknown>>;
  readonly observed?: ObservedTargets;
  readonly remembered?: ResolvedTargets | null;
  readonly inForce?: string | null;
}): Resolution {
  const { deploy } = documentNaming(change.deploy ?? naming);
  return resolveTargets({
    deploy,
    observed: change.observed ?? nothing,
    remembered: change.remembered ?? null,
    inForce: change.inForce ?? null,
    account,
  });
}

const keptOf = ({ missing }: Resolution) => missing.map(({ why, kept }) => `${why} ${kept}`);

describe("a target that does not exist", () => {
  test("keeps its permission by a memory that the policy in force bears out", () => {
    const result = resolve({ remembered: all, inForce: policyOf(all) });
    expect(result.targets).toEqual(all);
    expect(keptOf(result)).toEqual(Array.from({ length: kindNames.length }, () => "absent true"));
  });

  test.each([
    ["without a memory", null, policyOf(all)],
    ["by a memory alone", all, null],
    ["by a memory alone, beside a policy for something else", all, policyOf({ ecr: [] })],
    ["by a policy that cannot be read", all, '{"Statement": ['],
  ])("is left out %s", (_what, remembered, inForce) => {
    const result = resolve({ remembered, inForce });
    expect(result.targets).toEqual(none);
    expect(keptOf(result)).toEqual(Array.from({ length: kindNames.length }, () => "absent false"));
  });

  test("keeps of an app what the document still names of what was granted", () => {
    const named = { amplify: [{ app: "front", branches: ["main", "dev"] }] };
    const whole = { ...none, amplify: [{ ...resolved.amplify, branches: "every" as const }] };
    const narrowed = { ...resolved.amplify, branches: ["main"] };
    expect(resolve({ deploy: named, remembered: all, inForce: policyOf(all) }).targets).toEqual({
      ...none,
      amplify: [narrowed],
    });
    expect(
      resolve({ deploy: named, remembered: whole, inForce: policyOf(whole) }).targets.amplify,
    ).toEqual([{ ...resolved.amplify, branches: ["main", "dev"] }]);
    expect(
      resolve({ deploy: named, remembered: all, inForce: policyOf(whole) }).targets.amplify,
    ).toEqual([narrowed]);
  });
});

describe("a forged memory leaves nothing in the policy:", () => {
  const other = "arn:aws:ecr:us-east-1:999999999999:repository/shop/web";
  const express = (change: Partial<ResolvedEcsService>) => ({
    ecsExpress: [{ ...resolved.ecsExpress, ...change }],
  });
  const taskFamily = (taskFamilyArn: string) => express({ taskFamilyArn });
  const service = (arn: string) => ({ appRunner: [{ ...resolved.appRunner, arn }] });
  const app = (appId: string) => ({
    amplify: [{ ...resolved.amplify, appId, appArn: `${within("amplify")}apps/${appId}` }],
  });
  const repository = (arn: string) => ({ ecr: [{ ...resolved.ecr, arn }] });

  const forged: readonly (readonly [what: string, memory: Partial<ResolvedTargets>])[] = [
    ["every task family", taskFamily("*")],
    ["every family of the account", taskFamily(`${within("ecs")}task-definition/*`)],
    ["every family by a wildcard", taskFamily(`${within("ecs")}task-definition/*:*`)],
    ["families that begin alike", taskFamily(`${within("ecs")}task-definition/web*:*`)],
    ["a family of another Region", taskFamily(resolvedElsewhere("eu-west-1"))],
    ["a single revision", taskFamily(`${within("ecs")}task-definition/web-api:7`)],
    ["another service's ARN", express({ arn: `${within("ecs")}service/web/admin` })],
    ["every service", express({ arn: "*" })],
    ["a repository of another account", repository(other)],
    ["another repository", repository(`${within("ecr")}repository/admin`)],
    ["every repository", repository(`${within("ecr")}repository/*`)],
    ["a repository in China", repository(resolved.ecr.arn.replace("arn:aws:", "arn:aws-cn:"))],
    ["another App Runner service", service(`${within("apprunner")}service/admin/${serviceId}`)],
    ["every id of a service", service(`${within("apprunner")}service/shop/*`)],
    ["an id that is not one", service(`${within("apprunner")}service/shop/${serviceId}0`)],
    ["a service below the named one", service(`${within("apprunner")}service/shop/x/${serviceId}`)],
    ["every Amplify app", app("*")],
    ["apps that begin alike", app("d1*")],
    ["an app id that goes up", app("d1front/../d2")],
  ];

  function resolvedElsewhere(where: string): string {
    return resolved.ecsExpress.taskFamilyArn.replace(region, where);
  }

  // Even where the policy in force grants just that: somebody may have written it there by hand.
  test.each(forged)("%s", (_what, memory) => {
    const remembered = { ...none, ...memory };
    const result = resolve({ remembered, inForce: policyOf(memory) });
    expect(result.targets).toEqual(none);
    expect(result.missing.every(({ kept }) => !kept)).toBe(true);
  });

  test.each(forged)("%s, beside what is right", (_what, memory) => {
    const inForce = JSON.stringify({
      Version: "2012-10-17",
      Statement: [policyOf(all), policyOf(memory)].flatMap((text) => JSON.parse(text).Statement),
    });
    expect(resolve({ remembered: { ...none, ...memory }, inForce }).targets).toEqual(none);
  });

  test.each(forged)("%s, where nothing could be read either", (_what, memory) => {
    const remembered = { ...none, ...memory };
    const written = resourcesOf(
      resolve({ observed: unread, remembered, inForce: policyOf(all) }).targets,
    );
    expect(written.toSorted()).toEqual(resourcesOf(all).toSorted());
  });

  test.each([
    ["a role that is not passed in force", roleArn("Admin"), policyOf(all)],
    ["every role", roleArn("*"), null],
    ["a role of another account", "arn:aws:iam::999999999999:role/Admin", null],
    ["a user", `arn:aws:iam::${account.id}:user/Admin`, null],
    ["a role by a variable", roleArn("${aws:username}"), null],
  ])("%s among the passed ones", (_what, role, inForce) => {
    const passRoles = [...resolved.ecsExpress.passRoles, role];
    const memory = { ...none, ecsExpress: [{ ...resolved.ecsExpress, passRoles }] };
    const deploy = { ecsExpress: ["web/api"] };
    const result = resolve({ deploy, remembered: memory, inForce: inForce ?? policyOf(memory) });
    expect(result.targets.ecsExpress).toEqual([resolved.ecsExpress]);
  });

  test("a role that the policy in force names for something else than passing", () => {
    const passRoles = [roleArn("Admin")];
    const memory = { ...none, ecsExpress: [{ ...resolved.ecsExpress, passRoles }] };
    const policy = JSON.parse(policyOf({ ecsExpress: [resolved.ecsExpress] }));
    policy.Statement.push({ Effect: "Allow", Action: "iam:GetRole", Resource: passRoles });
    const result = resolve({ remembered: memory, inForce: JSON.stringify(policy) });
    expect(result.targets.ecsExpress[0]?.passRoles).toEqual([]);
  });

  test("what the policy in force denies, or grants by another reading of its text", () => {
    const denied = policyOf(all).replaceAll('"Allow"', '"Deny"');
    const first = policyOf(all).replaceAll('"Effect":', '"Effect":"Deny","Effect":');
    const last = policyOf(all).replaceAll('"Effect":"Allow"', '"Effect":"Allow","Effect":"Deny"');
    for (const inForce of [denied, first, last]) {
      expect(resolve({ remembered: all, inForce }).targets).toEqual(none);
    }
  });
});

describe("what could not be read", () => {
  test("keeps what the policy in force has, without any memory", () => {
    const result = resolve({ observed: unread, inForce: policyOf(all) });
    expect(result.targets).toEqual(all);
    expect(keptOf(result)).toEqual(
      Array.from({ length: kindNames.length }, () => "unreadable true"),
    );
    expect(result.missing[0]?.message).toContain("slow down");
  });

  test("is left out where neither has it", () => {
    const result = resolve({ observed: unread, remembered: all });
    expect(result.targets).toEqual(none);
    expect(result.missing[0]?.message).toContain("until it can be read");
  });

  test("goes by a usable memory before the policy in force", () => {
    const two = { ...resolved.appRunner, arn: resolved.appRunner.arn.replace(/.{4}$/, "0000") };
    const inForce = policyOf({ ...all, appRunner: [resolved.appRunner, two] });
    const remembered = { ...none, appRunner: [two] };
    expect(resolve({ observed: unread, remembered, inForce }).targets.appRunner).toEqual([two]);
    const without = resolve({ observed: unread, inForce }).targets.appRunner;
    expect(without).toHaveLength(2);
    expect(without).toEqual(expect.arrayContaining([resolved.appRunner, two]));
  });

  test("takes from the policy in force nothing that another name has", () => {
    const deploy = {
      ecr: ["admin"],
      appRunner: ["admin"],
      ecsExpress: ["web/admin"],
      amplify: [{ app: "front" }, { app: "d2other" }],
    };
    const inForce = policyOf({
      ...all,
      amplify: [resolved.amplify, { ...resolved.amplify, ...idOf("d2other") }],
    });
    const { targets } = resolve({ deploy, observed: unread, inForce });
    expect({ ...targets, amplify: [] }).toEqual(none);
    expect(targets.amplify.map(({ app, appId }) => `${app} ${appId}`)).toEqual([
      "front d1front",
      "d2other d2other",
    ]);
  });

  const idOf = (appId: string) => ({
    app: appId,
    appId,
    appArn: `${within("amplify")}apps/${appId}`,
  });

  test("of an app keeps every branch where every branch is meant and granted", () => {
    const deploy = { amplify: [{ app: "front" }] };
    const whole = { ...resolved.amplify, branches: "every" as const };
    expect(
      resolve({ deploy, observed: unread, inForce: policyOf({ amplify: [whole] }) }).targets
        .amplify,
    ).toEqual([whole]);
    const some = resolve({ deploy, observed: unread, inForce: policyOf(all) }).targets;
    expect(resourcesOf(some).toSorted()).toEqual(
      resourcesOf({ ...none, amplify: [resolved.amplify] }).toSorted(),
    );
  });

  test("of an app's branches keeps those that are named and granted", () => {
    const app = { id: "d1front", name: "front", arn: resolved.amplify.appArn, hasRepository: true };
    const observed: ObservedTargets = {
      ...nothing,
      amplify: { kind: "found", value: [{ ...app, branches: unreadable }] },
    };
    const deploy = { amplify: [{ app: "front", branches: ["main", "dev"] }] };
    const result = resolve({ deploy, observed, inForce: policyOf(all) });
    expect(result.targets.amplify).toEqual([{ ...resolved.amplify, branches: ["main"] }]);
    expect(keptOf(result)).toEqual(["unreadable true", "unreadable false"]);
  });

  test("keeps no live wildcard, no matter who wrote it into the policy in force", () => {
    const inForce = policyOf({
      ecr: [{ ...resolved.ecr, arn: `${within("ecr")}repository/` }],
      ecsExpress: [
        { ...resolved.ecsExpress, taskFamilyArn: `${within("ecs")}task-definition/*:*` },
      ],
    }).replaceAll("repository/", "repository/*");
    const live = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        ...JSON.parse(inForce).Statement,
        {
          Sid: "AmplifyDeploy",
          Effect: "Allow",
          Action: "amplify:*",
          Resource: [
            `${within("amplify")}apps/*`,
            `${within("amplify")}apps/d1*/*`,
            `${within("amplify")}apps/d1front/branches/*/jobs/*`,
          ],
        },
      ],
    });
    const deploy = { ...naming, amplify: [{ app: "front" }] };
    expect(resolve({ deploy, observed: unread, inForce: live }).targets).toEqual(none);
  });
});

describe("an app name that several apps have", () => {
  const shown = (id: string) => ({
    id,
    name: "front",
    arn: `${within("amplify")}apps/${id}`,
    hasRepository: true,
    branches: null,
  });
  const observed: ObservedTargets = {
    ...nothing,
    amplify: { kind: "found", value: [shown("d1front"), shown("d2front")] },
  };
  const deploy = { amplify: [{ app: "front", branches: ["main"] }] };

  test("keeps the one that is in force, and guesses none", () => {
    const other = { app: "x", appId: "d9", appArn: `${within("amplify")}apps/d9` };
    const inForce = policyOf({
      amplify: [resolved.amplify, { ...resolved.amplify, ...other, branches: "every" }],
    });
    const kept = resolve({ deploy, observed, inForce });
    expect(kept.targets.amplify).toEqual([{ ...resolved.amplify, branches: ["main"] }]);
    expect(keptOf(kept)).toEqual(["ambiguous true"]);
    expect(resolve({ deploy, observed }).targets).toEqual(none);
  });
});

describe("an answer of another form leaves nothing in the policy:", () => {
  type Answer = readonly [what: string, observed: Partial<ObservedTargets>];

  const express = (change: Partial<ResolvedEcsService>): Partial<ObservedTargets> => {
    const value = { ...resolved.ecsExpress, ...change };
    return {
      ecsExpress: { kind: "found", value: new Map([["web/api", { kind: "found", value }]]) },
    };
  };
  const service = (arn: string): Partial<ObservedTargets> => ({
    appRunner: { services: { kind: "found", value: new Map([["shop", arn]]) }, roles: new Map() },
  });
  const app = (id: string, arn = `${within("amplify")}apps/${id}`): Partial<ObservedTargets> => ({
    amplify: {
      kind: "found",
      value: [{ id, name: "front", arn, hasRepository: true, branches: { kind: "absent" } }],
    },
  });
  const hostile: readonly Answer[] = [
    ["an Express service that is every one", express({ arn: "*" })],
    ["an Express service that was not asked for", express({ arn: resolved.ecs.arn })],
    ["every task family", express({ taskFamilyArn: "*" })],
    ["no task family", express({ taskFamilyArn: ":*" })],
    [
      "task families by a wildcard",
      express({ taskFamilyArn: `${within("ecs")}task-definition/w*:*` }),
    ],
    ["an App Runner service that is every one", service("*")],
    ["an App Runner service of any id", service(`${within("apprunner")}service/shop/*`)],
    ["an App Runner service without an ARN", service("shop")],
    ["an Amplify app that is every one", app("*")],
    ["an Amplify app whose ARN is another's", app("d1front", `${within("amplify")}apps/d2`)],
    ["an Amplify app without an ARN", app("d1front", "")],
  ];
  const deploy = { appRunner: ["shop"], ecsExpress: ["web/api"], amplify: ["front"] };

  test.each(hostile)("%s", (_what, answer) => {
    const result = resolve({ deploy, observed: { ...nothing, ...answer } });
    expect(result.targets).toEqual(none);
    expect(result.missing).toHaveLength(3);
  });

  test.each(["no ARN", "*", roleArn("*"), roleArn("A").replace(account.id, "999999999999")])(
    "a role that is %s",
    (role) => {
      const update = { appRunner: [{ service: "shop", may: ["update"] }], ecsExpress: ["web/api"] };
      const passes = { instance: [role, roleArn("own")], access: [role] };
      const result = resolve({
        deploy: update,
        observed: {
          ...nothing,
          ...express({ passRoles: [roleArn("own"), role] }),
          appRunner: {
            services: { kind: "found", value: new Map([["shop", resolved.appRunner.arn]]) },
            roles: new Map([["shop", { kind: "found", value: passes }]]),
          },
        },
      });
      expect(result.targets.ecsExpress[0]?.passRoles).toEqual([roleArn("own")]);
      expect(result.targets.appRunner[0]?.passes).toEqual({
        instance: [roleArn("own")],
        access: [],
      });
    },
  );
});

describe("a role newly passed by a service", () => {
  const service = { ...resolved.ecsExpress, passRoles: [roleArn("Admin"), roleArn("api-task")] };
  const observed: ObservedTargets = {
    ...nothing,
    ecsExpress: { kind: "found", value: new Map([["web/api", { kind: "found", value: service }]]) },
  };
  const reported = [{ service: "web/api", role: roleArn("Admin"), to: "ecs-tasks.amazonaws.com" }];
  const deploy = { ecsExpress: ["web/api"] };

  test.each([
    ["that memory knows is reported", all, policyOf(all), reported],
    [
      "that memory knows is reported, also where another service passes it",
      all,
      granted(),
      reported,
    ],
    ["that memory lost and the policy in force has is reported", null, policyOf(all), reported],
    ["that neither knows comes with the service", null, null, []],
    ["is reported once", { ...none, ecsExpress: [service] }, policyOf(all), []],
    ["of another Region's memory is not one", elsewhere(), null, []],
  ])("%s", (_what, remembered, inForce, expected) => {
    const result = resolve({ deploy, observed, remembered, inForce });
    expect(result.newGrants.map(({ facts }) => facts)).toEqual(expected);
    expect(result.targets.ecsExpress).toEqual([service]);
  });

  function granted(): string {
    return policyOf({ ecsExpress: [resolved.ecsExpress, service] });
  }

  function elsewhere(): ResolvedTargets {
    const arn = resolved.ecsExpress.arn.replace(region, "eu-west-1");
    return { ...none, ecsExpress: [{ ...resolved.ecsExpress, arn }] };
  }
});
