import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
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
