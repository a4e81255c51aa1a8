import { defineConfig } from "vitest/config";

/**
 * Folders whose tests only ask pure rooms: nothing of theirs outlives a test, so their files share a worker.
 * That saves a start and the loading of the product for each. `tests/tidy.test.ts` keeps them so.
 */
export const pureFolders = [
  "aws",
  "circleci",
  "compare",
  "document",
  "drill",
  "explain",
  "issuers",
  "language",
  "page",
  "pipeline",
  "plan",
  "policy",
  "projects",
  "report",
  "targets",
  "trail",
  "trust",
  "versions",
  "wake",
];

/** Not what goes all the way, nor the one file that puts another module in the place of ours. */
export const pureTests = `tests/{${pureFolders.join(",")}}/**/!(*.deep|steps).test.ts`;

export default defineConfig({
  test: {
    // The longest first, which are among those alone: projects run in the order of their names.
    projects: [
      {
        extends: true,
        test: { name: "alone", include: ["tests/**/*.test.ts"], exclude: [pureTests] },
      },
      { extends: true, test: { name: "together", include: [pureTests], isolate: false } },
    ],
    // The sandbox and the functions read these; a developer's own account must never be reached.
    env: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIATESTTESTTESTTEST",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      // Read where a function's module is loaded: its log then goes to the console, where a run is heard.
      POWERTOOLS_DEV: "true",
      POWERTOOLS_LOG_LEVEL: "INFO",
      POWERTOOLS_METRICS_DISABLED: "false",
    },
    testTimeout: 30_000,
    setupFiles: ["./tests/left-behind.ts"],
    // Vitest leaves one core free; on a machine of two that halves the speed.
    maxWorkers: "100%",
    reporters: ["default", "./scripts/closing-line.ts"],
  },
});
