import { defineConfig, mergeConfig } from "vitest/config";
import usual from "./vitest.config.ts";

/** The tests that can go further than every run has time for: all of them, as far as they go. */
const deep = mergeConfig(usual, defineConfig({ test: { env: { TEST_DEPTH: "deep" } } }));
const { projects: _, ...test } = deep.test;

export default {
  ...deep,
  test: { ...test, include: ["tests/**/*.deep.test.ts"], testTimeout: 0, hookTimeout: 0 },
};
