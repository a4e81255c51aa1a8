import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateAccess, problemOfPermissionPolicy } from "../../sandbox/evaluate/index.ts";
import { type AppMay, appMay } from "../../shared/targets/amplify/schema.ts";
import { type ServiceMay, serviceMay } from "../../shared/targets/app-runner/schema.ts";
import { type RepositoryMay, repositoryMay } from "../../shared/targets/ecr/schema.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import { type PolicyDocument, writeDeployPolicy } from "../../shared/trust/index.ts";
import { none } from "../targets/none.ts";

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const repositoryArn = (name: string) => `arn:aws:ecr:us-east-1:123456789012:repository/${name}`;
const serviceArn = (name: string) =>
  `arn:aws:apprunner:us-east-1:123456789012:service/${name}/8fe1e10304f84fd2b0df550fe98a71fa`;
const appArn = (id: string) => `arn:aws:amplify:us-east-1:123456789012:apps/${id}`;

const repository = (name: string, ...may: readonly RepositoryMay[]) => ({
  repository: name,
  arn: repositoryArn(name),
  may,
});
const service = (name: string, ...may: readonly ServiceMay[]) => ({
  service: name,
  arn: serviceArn(name),
  may,
  passes: may.includes("update")
    ? { instance: [role(`${name}-app`)], access: [role(`service-role/${name}-pull`)] }
    : { instance: [], access: [] },
});
type App = ResolvedTargets["amplify"][number];
const app = (id: string, may: readonly AppMay[], change: Partial<App> = {}): App => ({
  app: id,
  appId: id,
  appArn: appArn(id),
  branches: ["main"],
  may,
  hasRepository: true,
  ...change,
});

function policyOf(targets: Partial<ResolvedTargets>): PolicyDocument {
  const written = writeDeployPolicy({ targets: { ...none, ...targets }, outputs: null });
  if (written.kind !== "written") throw new Error(`the policy is ${written.kind}`);
  expect(problemOfPermissionPolicy(JSON.stringify(written.policy))).toBeNull();
  return written.policy;
}

function allows(policy: PolicyDocument, action: string, resource: string, passedTo = ""): boolean {
  const context = new Map(passedTo === "" ? [] : [["iam:PassedToService", [passedTo]]]);
  return evaluateAccess([policy], { action, resource, context }).decision === "allow";
}

/** The guide's actions and those of every word, each with the resource that it is asked on. */
const onRepository = {
  push: [
    ...["BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage", "PutImage"],
    ...["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"],
  ].map((name) => `ecr:${name}`),
  "read-images": ["ecr:DescribeImages", "ecr:ListImages"],
} as const satisfies Readonly<Record<RepositoryMay, readonly string[]>>;
const onService = {
  deploy: ["apprunner:StartDeployment", "apprunner:DescribeService"],
  watch: ["apprunner:ListOperations"],
  update: ["apprunner:UpdateService"],
} as const satisfies Readonly<Record<ServiceMay, readonly string[]>>;
const onJob = ["amplify:StartJob", "amplify:GetJob"];
const onBranch = ["amplify:CreateDeployment", "amplify:StartDeployment"];

function subsetsOf<Word>([first, ...rest]: readonly Word[]): readonly (readonly Word[])[] {
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((set) => [set, [first, ...set]]);
}
const someOf = <Word>(words: readonly Word[]) => subsetsOf(words).filter((set) => set.length > 0);

describe("each set of words gives its own actions and nothing else:", () => {
  test.each(someOf(repositoryMay))("ecr %s %s", (...may) => {
    const words = may.filter((word) => word !== undefined);
    const policy = policyOf({ ecr: [repository("web", ...words)] });
    for (const word of repositoryMay) {
      for (const action of onRepository[word]) {
        expect(allows(policy, action, repositoryArn("web")), action).toBe(words.includes(word));
        expect(allows(policy, action, repositoryArn("web2")), action).toBe(false);
      }
    }
    const login = allows(policy, "ecr:GetAuthorizationToken", "*");
    expect(login).toBe(words.includes("push"));
    expect(policy.Statement).toHaveLength(login ? 2 : 1);
  });

  test.each(someOf(serviceMay))("appRunner %s %s %s", (...may) => {
    const words = may.filter((word) => word !== undefined);
    const policy = policyOf({ appRunner: [service("shop", ...words)] });
    for (const word of serviceMay) {
      for (const action of onService[word]) {
        expect(allows(policy, action, serviceArn("shop")), action).toBe(words.includes(word));
        expect(allows(policy, action, serviceArn("shop2")), action).toBe(false);
      }
    }
    const pass = allows(policy, "iam:PassRole", role("shop-app"), "tasks.apprunner.amazonaws.com");
    expect(pass).toBe(words.includes("update"));
    for (const action of ["DeleteService", "PauseService", "CreateService"]) {
      expect(allows(policy, `apprunner:${action}`, serviceArn("shop"))).toBe(false);
    }
  });

  const appTables = someOf(appMay).flatMap((may) =>
    [true, false].map((hasRepository) => ({ may, hasRepository })),
  );
  test.each(appTables)("amplify $may, repository: $hasRepository", ({ may, hasRepository }) => {
    const releases = may.includes("release");
    const uploads = may.includes("upload") || (releases && !hasRepository);
    for (const branches of [["main", "feature/x"], "every"] as const) {
      const policy = policyOf({ amplify: [app("d1", may, { branches, hasRepository })] });
      for (const branch of ["main", "feature/x", "feature%2Fx"]) {
        const at = `${appArn("d1")}/branches/${branch}`;
        const where = `${at}, ${JSON.stringify(branches)}`;
        expect(allows(policy, "amplify:StartJob", `${at}/jobs/1`), where).toBe(
          releases && hasRepository,
        );
        expect(allows(policy, "amplify:GetJob", `${at}/jobs/1`), where).toBe(releases);
        for (const action of onBranch) expect(allows(policy, action, at), where).toBe(uploads);
      }
      const dev = `${appArn("d1")}/branches/dev`;
      for (const action of onBranch) {
        expect(allows(policy, action, dev)).toBe(uploads && branches === "every");
      }
      for (const action of [...onJob, ...onBranch]) {
        expect(allows(policy, action, `${appArn("d12")}/branches/main`)).toBe(false);
        expect(allows(policy, action, `${appArn("d12")}/branches/main/jobs/1`)).toBe(false);
      }
      expect(allows(policy, "amplify:DeleteBranch", `${appArn("d1")}/branches/main`)).toBe(false);
    }
  });
});

describe("a service that jobs may update", () => {
  const policy = policyOf({ appRunner: [service("shop", "update")] });
  const pass = (name: string, to: string) =>
    allows(policy, "iam:PassRole", role(name), `${to}.amazonaws.com`);

  test("passes each of its roles to the part of App Runner that gets it", () => {
    expect(pass("shop-app", "tasks.apprunner")).toBe(true);
    expect(pass("service-role/shop-pull", "build.apprunner")).toBe(true);
    // AWS's own policy for App Runner names the service itself.
    expect(pass("shop-app", "apprunner")).toBe(true);
    expect(pass("service-role/shop-pull", "apprunner")).toBe(true);
  });

  test.each([
    ["its instance role to what builds", "shop-app", "build.apprunner"],
    ["its access role to tasks", "service-role/shop-pull", "tasks.apprunner"],
    ["a role to another service", "shop-app", "ecs-tasks"],
    ["another role", "admin", "tasks.apprunner"],
    ["a role that begins alike", "shop-app2", "tasks.apprunner"],
    ["its access role without its path", "shop-pull", "build.apprunner"],
  ])("does not pass %s", (_what, name, to) => {
    expect(pass(name, to)).toBe(false);
  });

  test("passes nothing where nobody says to who", () => {
    expect(allows(policy, "iam:PassRole", role("shop-app"))).toBe(false);
  });

  test("has no statement for a role that it does not use", () => {
    const sids = (passes: { instance: readonly string[]; access: readonly string[] }) =>
      policyOf({ appRunner: [{ ...service("shop", "update"), passes }] }).Statement.map(
        ({ Sid }) => Sid,
      );
    expect(sids({ instance: [], access: [] })).toEqual(["AppRunnerUpdate"]);
    expect(sids({ instance: [role("a")], access: [] })).toEqual([
      "AppRunnerUpdate",
      "AppRunnerPassInstanceRole",
    ]);
    expect(sids({ instance: [], access: [role("a")] })).toEqual([
      "AppRunnerUpdate",
      "AppRunnerPassAccessRole",
    ]);
  });

  test("passes a role whose path holds a wildcard's characters by its letters alone", () => {
    const passes = { instance: [role("a*b/app")], access: [] };
    const odd = policyOf({ appRunner: [{ ...service("shop", "update"), passes }] });
    const to = "tasks.apprunner.amazonaws.com";
    expect(allows(odd, "iam:PassRole", role("a*b/app"), to)).toBe(true);
    expect(allows(odd, "iam:PassRole", role("aXb/app"), to)).toBe(false);
  });
});

describe("statements", () => {
  const sidsOf = (targets: Partial<ResolvedTargets>) =>
    policyOf(targets).Statement.map(({ Sid }) => Sid);

  test("of one target are one where the resources are the same", () => {
    expect(policyOf({ ecr: [repository("web", "push", "read-images")] }).Statement[1]).toEqual({
      Sid: "ECRPushImages",
      Effect: "Allow",
      Action: [...onRepository.push, ...onRepository["read-images"]],
      Resource: repositoryArn("web"),
    });
    expect(policyOf({ appRunner: [service("shop", "deploy", "watch")] }).Statement).toEqual([
      {
        Sid: "AppRunnerDeploy",
        Effect: "Allow",
        Action: [...onService.deploy, ...onService.watch],
        Resource: serviceArn("shop"),
      },
    ]);
    const every = { branches: "every", hasRepository: false } as const;
    expect(policyOf({ amplify: [app("d1", ["release"], every)] }).Statement).toEqual([
      {
        Sid: "AmplifyDeploy",
        Effect: "Allow",
        Action: ["amplify:GetJob", ...onBranch],
        Resource: `${appArn("d1")}/*`,
      },
    ]);
  });

  test("have the guide's Sid where they hold what the guide grants, and names of their own", () => {
    expect(
      sidsOf({
        ecr: [
          repository("a1", "push"),
          repository("b1", "push", "read-images"),
          repository("c1", "read-images"),
        ],
      }),
    ).toEqual(["ECRAuthToken", "ECRPushImages", "ECRPushReadImages", "ECRReadImages"]);
    expect(
      sidsOf({ appRunner: [service("a", "deploy", "watch"), service("b", "watch", "update")] }),
    ).toEqual([
      "AppRunnerDeploy",
      "AppRunnerWatchUpdate",
      "AppRunnerPassInstanceRole",
      "AppRunnerPassAccessRole",
    ]);
    expect(sidsOf({ amplify: [app("d1", ["release"]), app("d2", ["release", "upload"])] })).toEqual(
      ["AmplifyDeploy", "AmplifyUpload"],
    );
    expect(
      sidsOf({
        amplify: [app("d1", ["release"], { hasRepository: false }), app("d2", ["release"])],
      }),
    ).toEqual(["AmplifyDeploy", "AmplifyFollow", "AmplifyUpload"]);
  });

  const some = fc.record({
    ecr: fc
      .uniqueArray(
        fc.tuple(fc.constantFrom("a1", "b1", "c1"), fc.constantFrom(...someOf(repositoryMay))),
        { selector: ([name]) => name },
      )
      .map((entries) => entries.map(([name, may]) => repository(name, ...may))),
    appRunner: fc
      .uniqueArray(
        fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom(...someOf(serviceMay))),
        { selector: ([name]) => name },
      )
      .map((entries) => entries.map(([name, may]) => service(name, ...may))),
    ecsExpress: fc.constant([]),
    ecs: fc.constant([]),
    amplify: fc
      .uniqueArray(
        fc.record({
          id: fc.constantFrom("d1", "d2", "d3"),
          may: fc.constantFrom(...someOf(appMay)),
          hasRepository: fc.boolean(),
          branches: fc.constantFrom<App["branches"]>("every", ["main"], ["dev", "main"]),
        }),
        { selector: ({ id }) => id },
      )
      .map((entries) => entries.map(({ id, may, ...rest }) => app(id, may, rest))),
  });

  const targets: fc.Arbitrary<ResolvedTargets> = some.map((kinds) => ({ ...none, ...kinds }));

  /** What a policy grants, one line for each action, resource and condition. */
  const grantsOf = (policy: PolicyDocument | null) =>
    new Set(
      (policy?.Statement ?? []).flatMap(({ Action, Resource, Condition }) =>
        [Action]
          .flat()
          .flatMap((action) =>
            [Resource ?? []].flat(2).map((on) => `${action} ${on} ${JSON.stringify(Condition)}`),
          ),
      ),
    );

  test("of several targets side by side grant what each of them grants alone, and no more", () => {
    const parts = (all: ResolvedTargets): readonly Partial<ResolvedTargets>[] => [
      ...all.ecr.map((each) => ({ ecr: [each] })),
      ...all.appRunner.map((each) => ({ appRunner: [each] })),
      ...all.amplify.map((each) => ({ amplify: [each] })),
    ];
    fc.assert(
      fc.property(targets, (all) => {
        const alone = parts(all).map((part) => grantsOf(policyOf(part)));
        fc.pre(alone.length > 0);
        const policy = policyOf(all);
        expect(grantsOf(policy)).toEqual(new Set(alone.flatMap((each) => [...each])));
        const sids = policy.Statement.map(({ Sid }) => Sid ?? "");
        expect(new Set(sids).size).toBe(sids.length);
        for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
        const wild = policy.Statement.filter(({ Resource }) => [Resource].flat().includes("*"));
        expect(wild.map(({ Sid }) => Sid).join()).toBe(
          all.ecr.some(({ may }) => may.includes("push")) ? "ECRAuthToken" : "",
        );
      }),
      { numRuns: 300, seed: 20261126 },
    );
  });
});
