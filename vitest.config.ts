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
const pureTests = `tests/{${pureFolders.join(",")}}/**/!(*.deep|steps).test.ts`;

/**
 * Files that want a worker of their own: those that compare policies by the thousand, since V8 is twice as
 * fast where it has seen nothing else; the one that puts another module in the place of ours; and the one
 * that asks for the first run that a function makes in its process.
 */
const aloneTests = [
  "tests/compare/**/*.deep.test.ts",
  "tests/compare/properties/*.test.ts",
  "tests/compare/steps.test.ts",
  "tests/model/ground.test.ts",
  "tests/plan/order.test.ts",
];

export default defineConfig({
  test: {
    // Files of one project share a worker where they can: starting it and warming the product up cost as much
    // as a third of the tests. What a file changes in the process ends with it (`tests/left-behind.ts`).
    projects: [
      { extends: true, test: { name: "alone", include: aloneTests } },
      {
        extends: true,
        test: {
          name: "all the way",
          include: ["tests/**/*.test.ts"],
          exclude: [...aloneTests, pureTests],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "pure", include: [pureTests], exclude: aloneTests, isolate: false },
      },
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
    // What is made ready before a file's tests may be a bundle or a deployed stack.
    hookTimeout: 30_000,
    setupFiles: ["./tests/left-behind.ts"],
    // Vitest leaves one core free; on a machine of two that halves the speed.
    maxWorkers: "100%",
    reporters: ["default", "./scripts/closing-line.ts"],
  },
});
