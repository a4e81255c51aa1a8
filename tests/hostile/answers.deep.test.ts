import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { leaves } from "../cli/leaves.ts";
import { atDepth } from "../depth.ts";
import { guide } from "../scenarios/documents.ts";
import { type Ground, schedule, startGround } from "./ground.ts";
import { mutations } from "./json.ts";
import type { Mangling } from "./mangler.ts";

// A run gets at most some thirty answers, and each is hit several times, alone and from there on.
const numRuns = atDepth({ usual: 5, deep: 500 });

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
  const { sandbox, seeded } = ground;
  sandbox.circleci.createProject({
    slug: seeded.project,
    id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    organizationId: "11111111-2222-4333-8444-555555555555",
    variables: { AWS_ROLE_ARN: "arn:aws:iam::999999999999:role/x", AWS_ACCESS_KEY_ID: "AKIAX" },
  });
  await ground.put("environments/waiting", JSON.stringify({ ...guide, role: { name: "Other" } }));
});
afterAll(() => ground.close());
afterEach(() => ground.mangler.mangle(null));

/** One answer of a run is another one, or all from some on. */
const mangling: fc.Arbitrary<Mangling> = fc.record({
  from: fc.nat(30),
  all: fc.boolean(),
  mutations,
});

const claims = {
  iss: "https://oidc.circleci.com/org/11111111-2222-4333-8444-555555555555",
  aud: "11111111-2222-4333-8444-555555555555",
  sub: "org/11111111-2222-4333-8444-555555555555/project/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/dev",
};
const question = { role: "CircleCI-OIDC-Role", claims };
const files = { claims: JSON.stringify(claims), question: JSON.stringify(question) };

describe("whatever an account answers, a function goes on, and shows nothing hidden:", () => {
  test.each([
    ["reconcile", schedule],
    ["audit", schedule],
    ["diagnose", question],
  ] as const)("%s", async (name, event) => {
    await fc.assert(
      fc.asyncProperty(mangling, async (how) => {
        ground.mangler.mangle(how);
        await ground.invoke(name, event);
        ground.mangler.mangle(null);
        if (name === "reconcile") await ground.invoke(name, event);
      }),
      { numRuns, seed: 20_261_126 },
    );
  });
});

/** Every command that asks an account. */
const lines: readonly string[] = [
  "plan",
  "reconcile production",
  "status",
  "history production",
  "approve production --yes",
  "approve waiting --yes",
  "drill production --timeout 1",
  "audit",
  "diagnose question",
  "trust replay production",
  "doctor production --token claims",
  "init other --from-role CircleCI-OIDC-Role",
  "circleci config",
  "circleci env production --project gh/acme/shop",
  "circleci env production --project gh/acme/shop --apply",
  "circleci check production --project gh/acme/shop",
  "report --data page.json",
];

/** What these commands say is only of files, or of themselves. */
const asksNobody = ["validate", "trust compare", "trust explain", "trust admits", "completion"];

test("every command is here, or in tests/hostile/files.deep.test.ts", () => {
  const left = leaves.filter(
    ({ path }) => !lines.some((line) => `${line} `.startsWith(`${path} `)),
  );
  expect(left.map(({ path }) => path).toSorted()).toEqual(asksNobody.toSorted());
});

describe("so does a command:", () => {
  test.each(lines)("%s", async (line) => {
    await fc.assert(
      fc.asyncProperty(mangling, fc.boolean(), async (how, json) => {
        ground.mangler.mangle(how);
        await ground.ask([...line.split(" "), ...(json ? ["--json"] : [])], { files });
      }),
      { numRuns, seed: 20_261_126 },
    );
  });
});
