import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import { foreignOutput } from "../../shared/report/foreign-output.ts";
import { outputsOfTargets } from "../../shared/report/outputs.ts";
import { documentText } from "../document/documents.ts";
import { all, documentNaming } from "../plan/targets.ts";
import { none } from "../targets/none.ts";

const account = { id: "123456789012", partition: "aws" };

function outputsFor(services: readonly string[]): Readonly<Record<string, string>> {
  const text = documentText({ deploy: { appRunner: services } });
  const read = parseEnvironment({ parameter: "/p", version: 1, text, region: "us-east-1" });
  if (read.kind === "invalid") throw new Error(read.problems[0].message);
  const appRunner = services.map((service) => ({
    service,
    arn: `arn:aws:apprunner:us-east-1:123456789012:service/${service}/0123456789abcdef`,
    may: ["deploy"] as const,
    passes: { instance: [], access: [] },
  }));
  return outputsOfTargets(read.document, { ...none, appRunner }, account);
}

test("one service is under the guide's name alone", () => {
  expect(Object.keys(outputsFor(["demo-backend"]))).toEqual([
    "AWS_ROLE_ARN",
    "AWS_REGION",
    "AWS_APP_RUNNER_SERVICE_ARN",
  ]);
});

test("each of several has a variable of its own, also where names differ in punctuation alone", () => {
  const services = ["demo-back", "demo_back", "Demo-Back", "demo-back-2"];
  const values = Object.entries(outputsFor(services)).filter(([name]) =>
    name.startsWith("AWS_APP_RUNNER_SERVICE_ARN_"),
  );
  expect(values.map(([name]) => name)).toEqual([
    "AWS_APP_RUNNER_SERVICE_ARN_DEMO_BACK",
    "AWS_APP_RUNNER_SERVICE_ARN_DEMO_BACK_2",
    "AWS_APP_RUNNER_SERVICE_ARN_DEMO_BACK_3",
    "AWS_APP_RUNNER_SERVICE_ARN_DEMO_BACK_2_2",
  ]);
  expect(foreignOutput(outputsFor(services), account)).toBe(null);
  const shown = values.map(([, arn]) => arn.split("/")[1]);
  expect(shown).toEqual(services);
});

test("docs/reference.md has each variable", () => {
  const names = { ecr: ["shop/web"], lambda: ["worker"], amplify: [{ app: "front" }] };
  const document = documentNaming({ appRunner: ["shop"], ecs: ["shop/web"], ...names });
  const variables = Object.keys(outputsOfTargets(document, all, account));
  expect(variables).toHaveLength(9);
  expect(foreignOutput(outputsOfTargets(document, all, account), account)).toBe(null);
  const page = readFileSync("docs/reference.md", "utf8");
  expect(variables.filter((variable) => !page.includes(`\`${variable}\``))).toEqual([]);
});
