import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { functionNames } from "../../scripts/bundle.ts";
import { textOf } from "../source-files.ts";
import { deployedWith, recordIn } from "../stack/deployed-with.ts";
import {
  everyChoice,
  leanInFolder,
  packagedTemplate,
  releasedTemplate,
  releasedVersion,
  type StackChoices,
} from "../stack/package.ts";
import { templateIn } from "../stack/plain-template.ts";
import { executionRole, isRecord, resourcesOfType } from "../stack/template.ts";
import { withoutBucket } from "./without-bucket.ts";

const account = "123456789012";
const text = releasedTemplate();
const template = templateIn(text);
const code = { CodeBucket: "artifacts", CodePrefix: "oidc/" };

/** The ids as template.yaml takes them: CloudFormation cannot make letters small, or leave out blanks. */
const asTaken = {
  ...everyChoice.params,
  organizations: everyChoice.params.organizations.toLowerCase().replaceAll(" ", ""),
};

describe("template.yaml", () => {
  test.each<[string, StackChoices, StackChoices["params"]]>([
    ["no choice", {}, {}],
    ["every choice", everyChoice, asTaken],
    ["lean monitoring and other names", leanInFolder, leanInFolder.params],
  ])("deploys with %s what Serverless deploys with it", (_, choices, params) => {
    const deployed = deployedWith(template, { ...code, ...params });
    expect(withoutBucket(deployed)).toEqual(withoutBucket(packagedTemplate(choices)));
  });

  test("asks for every choice that serverless.yml has, with its default", () => {
    const stack: unknown = parse(textOf("serverless.yml"), { logLevel: "silent" });
    const params = isRecord(stack) && isRecord(stack["params"]) ? stack["params"]["default"] : null;
    expect(isRecord(params)).toBe(true);
    const { CodeBucket, CodePrefix, stage, ...asked } = recordIn(template, "Parameters");
    expect([CodeBucket, CodePrefix, stage].every(isRecord)).toBe(true);
    const defaults = Object.entries(asked).map(([name, parameter]) => [
      name,
      isRecord(parameter) ? parameter["Default"] : null,
    ]);
    expect(Object.fromEntries(defaults)).toEqual(params);
  });

  test("takes each function's code from the bucket and below the prefix that it is given", () => {
    const deployed = deployedWith(template, code);
    const keys = resourcesOfType(deployed, "AWS::Lambda::Function").map(([, { Properties }]) => [
      Properties["Handler"],
      Properties["Code"],
    ]);
    expect(keys).toEqual(
      functionNames.map((name) => [
        `dist/functions/${name}.handler`,
        { S3Bucket: "artifacts", S3Key: `oidc/oidc-reconciler-${releasedVersion}-${name}.zip` },
      ]),
    );
  });

  test.each([
    ["a list with blanks", { organizations: everyChoice.params.organizations }],
    ["names without a wildcard", { roleNames: "CircleCI-OIDC-Role" }],
    ["names that are nothing but a wildcard", { policyNames: "*" }],
    ["a longer beginning than an event pattern has room for", { roleNames: `${"r".repeat(24)}*` }],
    ["roles two folders down", { roleNames: "a/b/CircleCI-*" }],
    ["policies in a folder, which no document names", { policyNames: "ci/CircleCI-*" }],
    ["minutes that CloudFormation cannot turn into seconds", { scheduleMinutes: "7" }],
    ["a word that is not a choice", { monitoring: "some" }],
    ["a path of more levels than the functions take", { parameterPrefix: "/a".repeat(13) }],
    ["a longer path than an event pattern has room for", { parameterPrefix: `/${"p".repeat(46)}` }],
    ["every bus", { eventBus: "*" }],
  ])("refuses %s before anything is deployed", (_, params) => {
    expect(() => deployedWith(template, { ...code, ...params })).toThrow("may not be");
  });

  test("gives an organisation at each place of the longest list its ARN", () => {
    const ids = Array.from(
      { length: 20 },
      (_, index) => `11111111-2222-4333-8444-${String(index).padStart(12, "0")}`,
    );
    const deployed = deployedWith(template, { ...code, organizations: ids.join(",") });
    const role = executionRole(deployed, "reconcile", { account, region: "us-east-1" });
    const statements = role.policies.flatMap(({ document }) => document["Statement"]);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Sid: "OpenProviders",
        Resource: ids.map(
          (id) => `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/${id}`,
        ),
      }),
    );
  });

  test("passes the linter for CloudFormation templates, where it is installed", () => {
    const folder = mkdtempSync(join(tmpdir(), "template-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "template.yaml"), text);
    const lint = spawnSync("cfn-lint", ["--", join(folder, "template.yaml")], { encoding: "utf8" });
    if (lint.error !== undefined) return;
    expect(lint.stdout + lint.stderr).toBe("");
  }, 60_000);
});
