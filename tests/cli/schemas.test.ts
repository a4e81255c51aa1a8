import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type * as z from "zod/mini";
import type { ReplayJson } from "../../cli/commands/trust/replay-view.ts";
import type { ComparisonJson } from "../../cli/comparison-json.ts";
import type { audit } from "../../cli/schemas/audit.ts";
import type { circleciCheck } from "../../cli/schemas/circleci-check.ts";
import type { circleciEnv } from "../../cli/schemas/circleci-env.ts";
import type { comparison } from "../../cli/schemas/comparison.ts";
import type { diagnose } from "../../cli/schemas/diagnose.ts";
import type { doctor } from "../../cli/schemas/doctor.ts";
import { schemas } from "../../cli/schemas/index.ts";
import type { page } from "../../cli/schemas/page.ts";
import type { pageData } from "../../cli/schemas/page-data.ts";
import type { report } from "../../cli/schemas/report.ts";
import type { status } from "../../cli/schemas/status.ts";
import type { trustExplain } from "../../cli/schemas/trust-explain.ts";
import type { trustReplay } from "../../cli/schemas/trust-replay.ts";
import type { witness } from "../../cli/schemas/witness.ts";
import {
  answerSchemas,
  answerSchemaTexts,
  pageDataFile,
  pageDataText,
} from "../../scripts/generate-schema.ts";
import { generatedPage } from "../../scripts/page/sample-page.ts";
import type { Witness } from "../../shared/compare/index.ts";
import type { Explanation } from "../../shared/explain/index.ts";
import type { GapRow, VariableRow, VariableTarget } from "../../shared/projects/index.ts";
import type { Overview } from "../../shared/report/overview.ts";
import type { Report } from "../../shared/report/report.ts";
import type { AuditReport } from "../../shared/runs/audit.ts";
import type { DiagnosisReport } from "../../shared/runs/diagnose.ts";
import type { DoctorAnswer } from "../../shared/runs/doctor.ts";
import { leaves } from "./leaves.ts";
import { checkJson, publishedSchemas } from "./published-schemas.ts";

/** Two types that each accept the values of the other; the compiler refuses anything else. */
function same<One, Other>(
  _: [One] extends [Other] ? ([Other] extends [One] ? "same" : "too wide") : "too narrow",
): void {}

test("say what the product's types say", () => {
  same<z.infer<typeof witness>, Witness>("same");
  same<z.infer<typeof comparison>, ComparisonJson<Witness>>("same");
  same<z.infer<typeof report>, Report>("same");
  same<z.infer<typeof status>, Overview>("same");
  same<Omit<z.infer<typeof diagnose>, "error">, DiagnosisReport>("same");
  same<z.infer<typeof doctor>, DoctorAnswer>("same");
  same<z.infer<typeof trustReplay>, ReplayJson>("same");
  same<z.infer<typeof circleciEnv>["variables"], readonly VariableRow[]>("same");
  same<z.infer<typeof circleciEnv>["target"]["kind"], VariableTarget["kind"]>("same");
  same<z.infer<typeof circleciCheck>["gaps"], readonly GapRow[]>("same");
  same<
    z.infer<typeof trustExplain>,
    Omit<Extract<Explanation, { readonly kind: "explained" }>, "kind">
  >("same");
  same<z.infer<typeof page>, { file: string; bytes: number; environments: number }>("same");
  generatedPage(1) satisfies z.infer<typeof pageData>;
  // An audit's code is one of the table, which the product imports as types only.
  const findings: z.infer<typeof audit>["findings"] = [] satisfies AuditReport["findings"];
  expect(findings).toEqual([]);
});

describe("published schemas", () => {
  test("are there for every command, and for no other", () => {
    const commands = leaves.map(({ path }) => path);
    expect(Object.keys(schemas).toSorted()).toEqual(commands.toSorted());
    const files = [...commands.map((path) => path.replaceAll(" ", "-")), "error"];
    expect(publishedSchemas.toSorted()).toEqual(files.toSorted());
  });

  test("hold what the tests' commands answer", () => {
    const check = (answer: object) =>
      checkJson(["validate", "a", "--json"], 0, JSON.stringify(answer));
    check({ valid: true, problems: [] });
    expect(() => check({ valid: true })).toThrow("problems");
    expect(() => check({ valid: true, problems: [], more: 1 })).toThrow("additional properties");
  });

  test.each([...answerSchemaTexts()])(
    "%s is fresh: npx node scripts/generate-schema.ts",
    (name, text) => {
      expect(readFileSync(`${answerSchemas}${name}`, "utf8")).toBe(text);
    },
  );

  test("that of the page's data is fresh, and is beside them: no command prints it", () => {
    expect(readFileSync(pageDataFile, "utf8")).toBe(pageDataText());
  });
});
