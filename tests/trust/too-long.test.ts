import { describe, expect, test } from "vitest";
import {
  deployPolicyOf,
  managedPolicyLengthMax,
  writeDeployPolicy,
} from "../../shared/trust/deploy-policy.ts";
import { type DeployPart, deployTooLong, trustTooLong } from "../../shared/trust/too-long.ts";
import { writeTrustPolicy } from "../../shared/trust/trust-policy.ts";
import { none } from "../targets/none.ts";
import { account, documentWith, now, projectA } from "./documents.ts";

const part = (name: string, length: number): DeployPart => ({
  field: "ecr",
  says: `[${name}]`,
  plural: "repositories",
  remedy: "naming fewer repositories",
  length,
});

describe("a deploy policy that is too long", () => {
  const input = { length: 6200, max: 6144 };
  const start =
    "The deploy policy would have 6200 characters, 56 more than the 6144 that IAM takes.";
  const split = "or split the deploy targets over two environments with a role each.";

  test("names the one part that is the longest", () => {
    const app = { ...part("0", 900), field: "amplify", remedy: "naming fewer branches" };
    expect(deployTooLong({ ...input, parts: [part("0", 100), app, part("1", 90)] })).toEqual({
      path: "deploy.amplify",
      message: `${start} The longest part is deploy.amplify[0], with 900 characters. Shorten it by naming fewer branches, ${split}`,
    });
  });

  test("names many small parts that are the longest together", () => {
    const app = { ...part("0", 120), field: "amplify", remedy: "naming fewer branches" };
    expect(deployTooLong({ ...input, parts: [part("0", 100), app, part("1", 90)] })).toEqual({
      path: "deploy.ecr",
      message: `${start} The longest part is deploy.ecr (2 repositories, the longest is deploy.ecr[0]), with 190 characters. Shorten it by naming fewer repositories, ${split}`,
    });
  });

  test("of no part says by how much it is too long", () => {
    expect(deployTooLong({ ...input, parts: [] })).toEqual({ path: "deploy", message: start });
  });
});

describe("a trust policy that is too long", () => {
  const input = {
    length: 2100,
    max: 2048,
    canBeRaised: false,
    statements: 1,
    audiences: 0,
    entries: [],
  } as const;
  const entry = (id: string, length: number, refs = 0) => ({ id, refs, length });
  const projects =
    "by naming fewer projects, or split the projects over two environments with a role each";

  test("counts entries and statements, and begins with the first of two that are as long", () => {
    const entries = [entry("a", 50), entry("b", 50), entry("c", 20)];
    expect(trustTooLong({ ...input, statements: 2, entries })).toEqual({
      path: "trust.projects",
      message: `The trust policy would have 2100 characters, 52 more than the 2048 that IAM takes at most (3 entries in 2 statements). The longest part is trust.projects, with 120 characters, in it trust.projects[0] (project a) with 50. Shorten it by one until for several entries, ${projects}.`,
    });
  });

  test("points to the entry that has more than half of it", () => {
    const most = trustTooLong({ ...input, entries: [entry("a", 49), entry("b", 51)] });
    expect(most.path).toBe("trust.projects[1]");
    const half = trustTooLong({ ...input, entries: [entry("a", 50), entry("b", 50)] });
    expect(half.path).toBe("trust.projects");
  });

  test("points to that entry's refs, and counts them", () => {
    const found = trustTooLong({ ...input, entries: [entry("a", 40), entry("b", 60, 1)] });
    expect(found.path).toBe("trust.projects[1].refs");
    expect(found.message).toContain("in it trust.projects[1] (project b, 1 ref) with 60. ");
    expect(found.message).toContain(`Shorten it ${projects}.`);
    const several = trustTooLong({ ...input, entries: [entry("a", 60, 2)] });
    expect(several.message).toContain("(1 entry in 1 statement)");
    expect(several.message).toContain("(project a, 2 refs) with 60. ");
    expect(several.message).toMatch(/ Shorten it by a closing \* in place of several refs\.$/);
  });

  test("speaks of audiences where they are as long as all entries, or nothing else can be shorter", () => {
    const even = trustTooLong({ ...input, audiences: 60, entries: [entry("a", 60)] });
    expect(even.path).toBe("circleci.audiences");
    expect(even.message).toContain("The longest part is circleci.audiences, with 60 characters. ");
    expect(even.message).toMatch(/ Shorten it by fewer audiences\.$/);
    const everybody = trustTooLong({ ...input, audiences: 900 });
    expect(everybody.message).toContain("(1 entry in 1 statement)");
    expect(everybody.message).toMatch(/ Shorten it by fewer audiences\.$/);
  });

  test("speaks of the quota where it can be raised, and only there", () => {
    const entries = [entry("a", 50), entry("b", 50)];
    const raised = trustTooLong({ ...input, canBeRaised: true, entries }).message;
    expect(raised).toContain("52 more than the 2048 that IAM takes in this account (2 entries");
    expect(raised).toMatch(/ each; or have the quota L-C07B4B0D raised, up to 8192\.$/);
    expect(trustTooLong({ ...input, entries }).message).not.toContain("quota");
  });
});

describe("a policy that is exactly as long as IAM takes", () => {
  test("is written, and one character more is not: the deploy policy", () => {
    const withOutputs = (outputs: string) => writeDeployPolicy({ targets: none, outputs });
    const short = deployPolicyOf({ targets: none, outputs: "arn:" });
    const room = managedPolicyLengthMax - JSON.stringify(short).length;
    expect(withOutputs(`arn:${"x".repeat(room)}`).kind).toBe("written");
    expect(withOutputs(`arn:${"x".repeat(room + 1)}`)).toMatchObject({
      kind: "refused",
      problem: { code: "policy-too-long" },
    });
  });

  test("is written, and one character more is not: the trust policy", () => {
    const document = documentWith("all", ["deploy"]);
    const withRoom = (lengthMax: number) => writeTrustPolicy({ document, account, now, lengthMax });
    const written = withRoom(8192);
    if (written.kind !== "written") throw new Error("a policy for all projects should fit");
    const { lengthWithoutWhitespace } = written;
    expect(withRoom(lengthWithoutWhitespace)).toEqual(written);
    const refused = withRoom(lengthWithoutWhitespace - 1);
    expect(refused).toMatchObject({ kind: "refused", problem: { path: "circleci.audiences" } });
    expect(JSON.stringify(refused)).toMatch(/, 1 more than the \d+ that IAM takes in this account/);
  });

  test("has no higher quota to ask for once it is the highest", () => {
    const projects = Array.from({ length: 40 }, (_, index) => ({
      id: projectA.slice(0, -2) + String(index).padStart(2, "0"),
      origin: "github.com/acme/shop",
      refs: ["refs/heads/main"],
    }));
    const document = documentWith(projects);
    const highest = JSON.stringify(writeTrustPolicy({ document, account, now, lengthMax: 8192 }));
    expect(highest).toContain("the 8192 that IAM takes at most");
    const lower = JSON.stringify(writeTrustPolicy({ document, account, now, lengthMax: 8191 }));
    expect(lower).toContain("the 8191 that IAM takes in this account");
  });
});
