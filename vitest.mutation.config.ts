import { defineConfig, mergeConfig } from "vitest/config";
import usual from "./vitest.config.ts";

const quick = mergeConfig(
  usual,
  defineConfig({ test: { env: { PROPERTY_RUNS: "20", PROOF_RUNS: "20" } } }),
);

/** Folders of tests without an account: those of the rooms, or of the few that MUTATION_TESTS lists. */
const folders = process.env["MUTATION_TESTS"] ?? "compare,document,language,plan,policy,trust";

/** What `npm run test:mutation` plays for each mutant; docs/mutation.md says how. */
export default {
  ...quick,
  test: {
    ...quick.test,
    include: folders.split(",").map((folder) => `tests/${folder}/**/*.test.ts`),
    exclude: ["**/*.deep.test.ts", "**/docs.test.ts", "tests/compare/engine-page.test.ts"],
    testTimeout: 600_000,
    reporters: [],
  },
};
