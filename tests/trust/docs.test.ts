import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import { appMay } from "../../shared/targets/amplify/schema.ts";
import { appGrants } from "../../shared/targets/amplify/statements.ts";
import { serviceMay } from "../../shared/targets/app-runner/schema.ts";
import { serviceGrants } from "../../shared/targets/app-runner/statements.ts";
import { repositoryMay } from "../../shared/targets/ecr/schema.ts";
import { repositoryGrants } from "../../shared/targets/ecr/statements.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import { account, now } from "./documents.ts";

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

test("docs/trust-policy.md shows the policy that is written for its sample", () => {
  const [, shown = ""] = /```json\n([^`]*)```/.exec(read("docs/trust-policy.md")) ?? [];
  const reading = parseEnvironment({
    parameter: "/oidc-reconciler/environments/sample",
    version: 1,
    text: read("config/temporary-access.yaml"),
    region: "us-east-1",
  });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  const written = writeTrustPolicy({ document: reading.document, account, now });
  expect(written).toHaveProperty("policy", JSON.parse(shown));
});

test("docs/reference.md lists the actions of every word", () => {
  const app = { appArn: "app", branches: "every", hasRepository: true } as const;
  const grants = {
    ...Object.fromEntries(
      repositoryMay.map((word) => [word, repositoryGrants({ arn: "arn", may: [word] })]),
    ),
    ...Object.fromEntries(
      serviceMay.map((word) => [word, serviceGrants({ arn: "arn", may: [word] })]),
    ),
    ...Object.fromEntries(appMay.map((word) => [word, appGrants({ ...app, may: [word] })])),
  };
  const rows = [...read("docs/reference.md").matchAll(/^\| [^|]*\| `([a-z-]+)`[^|]*\| ([^|]*)\|/gm)]
    .filter(([, word = ""]) => word in grants)
    .map(([, word, what = ""]) => [
      word,
      [...what.matchAll(/`(\w+:\w+)`/g)].map(([, name]) => name),
    ]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(
      Object.entries(grants).map(([word, given]) => [
        word,
        given.flatMap(({ permission }) => permission.actions),
      ]),
    ),
  );
});
