import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../shared/spec/index.ts";
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
