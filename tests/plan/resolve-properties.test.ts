import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObservedTargets } from "../../shared/plan/observed.ts";
import { resolveTargets } from "../../shared/plan/resolve.ts";
import { appMay } from "../../shared/targets/amplify/schema.ts";
import { serviceMay } from "../../shared/targets/app-runner/schema.ts";
import { repositoryMay } from "../../shared/targets/ecr/schema.ts";
import { kindNames, type ResolvedTargets } from "../../shared/targets/index.ts";
import { managedPolicyLengthMax } from "../../shared/trust/index.ts";
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
  within,
} from "./targets.ts";

const seed = 20261124;
const numRuns = 400;

/** ARNs and pieces that nearly fit, so that both sides of every rule are met. */
const texts = fc.oneof(
  fc.constantFrom(
    ...[resolved.ecr.arn, resolved.appRunner.arn, resolved.ecsExpress.arn],
    ...[resolved.ecsExpress.taskFamilyArn, ...resolved.ecsExpress.passRoles],
    ...[roleArn("Admin"), roleArn("*"), "*", "", `${within("ecs")}task-definition/*:*`],
    ...[`${within("apprunner")}service/shop/*`, `${within("apprunner")}service/admin/${serviceId}`],
    ...[`${within("amplify")}apps/*`, `${within("amplify")}apps/d1front/*`],
    ...[`${within("amplify")}apps/d1front/branches/main/jobs/*`],
    ...[`${within("amplify")}apps/d1front/branches/*/jobs/*`, `${within("amplify")}apps/d2x/*`],
    ...["shop/web", "shop", "web", "api", "front", "d1front", "d2x", "main", "feature/x"],
  ),
  fc.string({ maxLength: 12 }),
);
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });

const ecsService = (one: typeof resolved.ecs | typeof resolved.ecsExpress) =>
  fc.oneof(
    fc.record({
      cluster: texts,
      service: texts,
      arn: texts,
      taskFamilyArn: texts,
      passRoles: list(texts),
    }),
    fc
      .record({ taskFamilyArn: texts, passRoles: list(texts) })
      .map((part) => ({ ...one, ...part })),
  );

const kinds = fc.record({
  ecr: list(fc.record({ repository: texts, arn: texts, may: fc.subarray([...repositoryMay]) })),
  appRunner: list(
    fc.record({
      service: texts,
      arn: texts,
      may: fc.subarray([...serviceMay]),
      passes: fc.record({ instance: list(texts), access: list(texts) }),
    }),
  ),
  ecsExpress: list(ecsService(resolved.ecsExpress)),
  ecs: list(ecsService(resolved.ecs)),
  amplify: list(
    fc.oneof(
      fc.record({
        app: texts,
        appId: texts,
        appArn: texts,
        branches: fc.oneof(fc.constant("every" as const), list(texts)),
        may: fc.subarray([...appMay]),
        hasRepository: fc.boolean(),
      }),
      fc.record({ branches: fc.oneof(fc.constant("every" as const), list(texts)) }).map((part) => ({
        ...resolved.amplify,
        ...part,
      })),
    ),
  ),
});

const memory: fc.Arbitrary<ResolvedTargets> = kinds.map((some) => ({ ...none, ...some }));

const statement = fc.record({
  Sid: fc.constantFrom(
    "ECSExpressPassRole",
    "ECSExpressTaskDefinition",
    "ECSPassRole",
    "AmplifyDeploy",
    "x",
  ),
  Effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny", "allow"),
  Action: fc.constantFrom("*", "ecr:*", "ecs:*", "iam:PassRole", "amplify:StartJob", "apprunner:*"),
  Resource: fc.oneof(texts, fc.array(texts, { maxLength: 6 })),
});
const policy = fc.oneof(
  fc.constantFrom(null, policyOf(all), policyOf({ ecsExpress: [resolved.ecsExpress] })),
  fc.array(statement, { maxLength: 6 }).map((Statement) => JSON.stringify({ Statement })),
  fc.tuple(fc.array(statement, { maxLength: 3 })).map(([more]) => {
    const { Version, Statement } = JSON.parse(policyOf(all));
    return JSON.stringify({ Version, Statement: [...Statement, ...more] });
  }),
  fc.json(),
  fc.string(),
  fc.nat(60_000).map((depth) => "[".repeat(depth)),
);

const deploys = fc.constantFrom(
  naming,
  { ...naming, amplify: [{ app: "front" }, { app: "d2x" }] },
  { ...naming, amplify: [{ app: "d1front", branches: ["main"] }, { app: "front" }] },
);

const partly: ObservedTargets = {
  ...unread,
  amplify: {
    kind: "found",
    value: [
      {
        id: "d1front",
        name: "front",
        arn: resolved.amplify.appArn,
        hasRepository: true,
        branches: null,
      },
    ],
  },
};
const observations = fc.constantFrom(nothing, unread, partly);

/** The resources of a policy's Allow statements, read by JavaScript's own means. */
function standing(text: string | null): ReadonlySet<string> {
  const found = new Set<string>();
  try {
    for (const { Effect, Resource } of JSON.parse(text ?? "").Statement) {
      if (Effect === "Allow") for (const each of [Resource].flat()) found.add(each);
    }
  } catch {
    // Not a policy: nothing is in it.
  }
  return found;
}

/** Of the named targets' shapes, spelled out once more. */
const shapes = [
  /^arn:aws:ecr:us-east-1:123456789012:repository\/shop\/web$/,
  /^arn:aws:apprunner:us-east-1:123456789012:service\/shop\/[0-9a-f]{32}$/,
  /^arn:aws:ecs:us-east-1:123456789012:service\/(web\/api|shop\/web)$/,
  /^arn:aws:ecs:us-east-1:123456789012:service-deployment\/web\/api\/\*$/,
  /^arn:aws:ecs:us-east-1:123456789012:task-definition\/[A-Za-z0-9_-]+:\*$/,
  /^arn:aws:iam::123456789012:role\/[^*?$]+$/,
  /^arn:aws:lambda:us-east-1:123456789012:function:worker(:\*)?$/,
  /^arn:aws:amplify:us-east-1:123456789012:apps\/d[a-z0-9]+\/(\*|branches\/([^*?$]|\$\{[*?$]\})+\/jobs\/\*)$/,
];

describe("whatever is remembered and whatever is in force", () => {
  test("every resource is there or is observed now, and has the named target's shape", () => {
    const kept = { some: 0 };
    fc.assert(
      fc.property(
        fc.option(memory, { nil: null, freq: 6 }),
        policy,
        deploys,
        observations,
        (remembered, inForce, named, observed) => {
          const { deploy } = documentNaming(named);
          const { targets } = resolveTargets({ deploy, observed, remembered, inForce, account });
          const there = standing(inForce);
          for (const resource of resourcesOf(targets)) {
            kept.some += 1;
            const seen = observed === partly && resource === `${resolved.amplify.appArn}/*`;
            const app = /^(.*:apps\/[^/]+)\/branches\//.exec(resource)?.[1];
            // A service's deployments are granted with the service.
            const ofService = resource.includes(":service-deployment/")
              ? resolved.ecsExpress.arn
              : resource;
            const isThere = there.has(ofService) || (app !== undefined && there.has(`${app}/*`));
            expect({ resource, is: seen || isThere }).toEqual({ resource, is: true });
            expect(
              shapes.some((shape) => shape.test(resource)),
              resource,
            ).toBe(true);
          }
        },
      ),
      { numRuns, seed },
    );
    expect(kept.some).toBeGreaterThan(numRuns);
  });

  test("losing the memory takes nothing from what could not be read", () => {
    fc.assert(
      fc.property(fc.subarray([...kindNames]), fc.boolean(), (kinds, isLost) => {
        const granted: ResolvedTargets = {
          ...none,
          ...Object.fromEntries(kinds.map((kind) => [kind, all[kind]])),
        };
        const inForce = policyOf(granted);
        expect(inForce.length).toBeLessThan(managedPolicyLengthMax);
        const { targets } = resolveTargets({
          deploy: documentNaming({ region, ...naming }).deploy,
          observed: unread,
          remembered: isLost ? null : granted,
          inForce,
          account,
        });
        expect(targets).toEqual(granted);
      }),
      { numRuns: 40, seed },
    );
  });
});
