import { expect, test } from "vitest";
import {
  blog,
  guideAs,
  guideWith,
  organization,
  otherOrganization,
  roleName,
  shopMain,
  textOf,
} from "../scenarios/documents.ts";
import { applied, kindsOf, policyArn } from "./applied.ts";
import { providerArn } from "./callers.ts";
import { drift } from "./drift.ts";
import { openGround } from "./ground.ts";
import { makeTargets } from "./targets.ts";

/** What models found about what waits for a person: it writes nothing meanwhile. */

test("a provider that waits for a suspended member is written in no journal", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({ trust: { projects: [shopMain, { id: blog }] } }));
  await ground.put(textOf(guideWith({ mode: "suspend" })));
  const others = {
    role: { name: "CircleCI-Second-Role" },
    policy: { name: "CircleCI-Second-Policy" },
  };
  await ground.put(textOf(guideWith(others)), "staging");
  await ground.put(textOf(guideAs("team")), "team");
  await ground.run();
  const provider = providerArn(organization);
  const place = { iam: ground.iam, role: roleName, policyArn, provider };
  await drift("deletes the provider", place, ground.sandbox.clock.now());
  await ground.run();
  const { report, iamWrites, parameterWrites } = await ground.run();
  expect(report.environments.map(({ outcome }) => outcome)).toEqual([
    "suspended",
    "degraded",
    "degraded",
  ]);
  expect(report.environments[2]?.errors.map(({ code }) => code)).toEqual(["ProviderWaits"]);
  expect(iamWrites).toEqual([]);
  expect(parameterWrites).toEqual(["/heartbeat"]);
});

test("a provider that what another document left still trusts is written in no journal", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.put(textOf(guideAs("staging")), "staging");
  await ground.run();
  await ground.remove("staging");
  const circleci = { organizationId: otherOrganization };
  await applied(ground, guideWith({ circleci, onRemove: "delete" }));
  await ground.run();
  await ground.run();
  const { report, parameterWrites } = await ground.run();
  expect(report.environments[0]?.errors.map(({ code }) => code)).toEqual(["ProviderInUse"]);
  expect(parameterWrites).toEqual(["/heartbeat"]);
});

test("an approved version of a parameter that was made again stays approved while it is only observed", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  const every = { mode: "observe", trust: { projects: "all" } } as const;
  const version = await ground.put(textOf(guideWith(every)));
  await ground.run();
  await ground.approve(version);
  const first = await ground.run();
  const second = await ground.run();
  expect(kindsOf(first.report)).toContain("trust-widening-applied");
  expect(second.report.environments[0]?.outcome).toBe(first.report.environments[0]?.outcome);
  expect(second.parameterWrites).toEqual(["/heartbeat"]);
});

test("a door that stays open says nothing new once CloudTrail's newest records are all reads of our own", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({}));
  await ground.remove();
  await ground.run();
  const place = { iam: ground.iam, role: roleName, policyArn, provider: providerArn(organization) };
  await drift("opens the trust policy to everybody", place, ground.sandbox.clock.now());
  const { report } = await ground.run();
  expect(report.environments[0]?.widenings).toMatchObject([
    { disposition: "observed", openedAt: expect.any(String) },
  ]);
  // Longer than an event of it counts.
  ground.wait(3 * 3_600_000);
  await ground.run();
  const written: string[] = [];
  for (let nth = 1; nth <= 50; nth += 1) {
    ground.wait(15 * 60_000);
    const { parameterWrites } = await ground.run();
    written.push(...parameterWrites.filter((name) => name !== "/heartbeat"));
  }
  expect(written).toEqual([]);
});

test("a name that a rename has left, and that two others claim, is given up once", async () => {
  const ground = await openGround();
  await makeTargets(ground);
  await applied(ground, guideWith({ onWiden: "apply" }));
  await ground.put(textOf(guideAs("production", { onWiden: "apply" })));
  for (const name of ["staging", "team"])
    await ground.put(textOf(guideAs(name, { role: { name: roleName } })), name);
  const first = await ground.run();
  expect(first.report.environments.map(({ outcome }) => outcome)).toEqual([
    "reconciled",
    "conflict",
    "conflict",
  ]);
  await ground.run();
  for (let nth = 1; nth <= 3; nth += 1) {
    const { iamWrites, parameterWrites, report } = await ground.run();
    expect([iamWrites, parameterWrites, kindsOf(report)]).toEqual([[], ["/heartbeat"], []]);
  }
});
