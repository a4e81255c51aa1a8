import { globSync, readFileSync } from "node:fs";
import type { MutantCoverage } from "@stryker-mutator/api/core";
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";
import vitestConfig from "../../vitest.config.ts";
import { type Collected, collect, within } from "./collected.ts";
import { forget, hookImports, importOurs, startAnew } from "./loading.ts";
import { isSampled, withOthers } from "./sample.ts";

/** What Stryker's code in a file looks at: which mutant is on, and whose hits it counts. */
interface Switch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: MutantCoverage;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

declare global {
  var __stryker__: Switch | undefined;
}

globalThis.__stryker__ ??= {};
const mutants: Switch = globalThis.__stryker__;

/** Folders of tests, or files: those of the rooms, without an account, or the few that MUTATION_TESTS lists. */
const places = process.env["MUTATION_TESTS"] ?? "compare,document,plan,policy,trust";
/** About a page of the documentation, about the evaluators of others, or without an end. */
const left =
  /\.deep\.test\.ts$|docs\.test\.ts$|compare\/(engine-page|exhaustive\/bounds|oracle\/.*|z3)\.test\.ts$/;
/** What needs Vitest itself. */
const needy = /\b(?:before|after)(?:All|Each)\b|\bvi\.(?:mock|hoisted|useFakeTimers)\b/;

function testFiles(): readonly string[] {
  return places
    .split(",")
    .flatMap((place) => globSync([`tests/${place}/**/*.test.ts`, `tests/${place}`]))
    .filter((path) => path.endsWith(".test.ts") && !left.test(path))
    .filter((path) => !needy.test(readFileSync(path, "utf8")))
    .toSorted();
}

/** The tests of the repository as they load now. A mutant that is on then is on while they load, too. */
function load(): Promise<readonly Collected[]> {
  startAnew();
  return collect(async () => {
    for (const path of testFiles()) await within(path, () => importOurs(path));
  });
}

/** How a test fails, or null where it passes. */
async function failure(test: Collected): Promise<string | null> {
  try {
    await test.play();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : "failed";
  }
}

/**
 * Plays tests many times in one process: it loads them once, and a mutant costs what its tests take. Only a
 * mutant that already matters while modules load has all of them loaded for itself.
 */
class WarmRunner implements TestRunner {
  #tests: readonly Collected[] = [];
  #milliseconds = new Map<string, number>();
  #coverage: MutantCoverage = { static: {}, perTest: {} };

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    process.env["PROPERTY_RUNS"] = "10";
    process.env["PROOF_RUNS"] = "20";
    // The same cases for each mutant, and no search for the smallest of those that fail.
    fc.configureGlobal({ seed: 11, endOnFailure: true });
    Object.assign(process.env, vitestConfig.test?.env);
    hookImports();
    this.#tests = await load();
  }

  async dryRun(): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const test of this.#tests) tests.push(await this.#played(test));
    mutants.currentTestId = undefined;
    const mutantCoverage = mutants.mutantCoverage ?? { static: {}, perTest: {} };
    this.#coverage = mutantCoverage;
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: withOthers(mutantCoverage, tests[0]?.id ?? ""),
    };
  }

  /** One test without a mutant; Stryker's code notes which mutants it reaches. */
  async #played(test: Collected): Promise<TestResult> {
    forget();
    mutants.currentTestId = test.id;
    const start = performance.now();
    const failed = await failure(test);
    const timeSpentMs = performance.now() - start;
    this.#milliseconds.set(test.id, timeSpentMs);
    const about = { id: test.id, name: test.id, timeSpentMs };
    return failed === null
      ? { ...about, status: TestStatus.Success }
      : { ...about, status: TestStatus.Failed, failureMessage: failed };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { id } = options.activeMutant;
    if (!isSampled(id)) return { status: MutantRunStatus.Error, errorMessage: "not in the sample" };
    if (options.mutantActivation === "runtime") return this.#playWarm(options);
    // It matters while modules load. Where it does so later too, and a test notices that, no load is needed.
    const { perTest } = this.#coverage;
    const testFilter = Object.keys(perTest).filter((test) => perTest[test]?.[id] !== undefined);
    const first = await this.#playWarm({ ...options, testFilter });
    return first.status === MutantRunStatus.Survived ? this.#playNew(options) : first;
  }

  /**
   * Among what earlier mutants have left in memory. So the test that notices a mutant must pass without
   * it; where it does not, all is loaded once more.
   */
  async #playWarm(options: MutantRunOptions): Promise<MutantRunResult> {
    const result = await this.#play(options);
    if (result.status !== MutantRunStatus.Killed) return result;
    for (const test of this.#tests.filter(({ id }) => result.killedBy.includes(id))) {
      if ((await failure(test)) === null) continue;
      this.#tests = await load();
      return await this.#play(options);
    }
    return result;
  }

  /** With the mutant on from the start; its modules are thrown away. */
  async #playNew(options: MutantRunOptions): Promise<MutantRunResult> {
    const before = this.#tests;
    try {
      this.#activate(options);
      this.#tests = await load();
      return await this.#play(options);
    } catch (error) {
      return {
        status: MutantRunStatus.Killed,
        killedBy: ["loading"],
        failureMessage: String(error),
        nrOfTests: 0,
      };
    } finally {
      mutants.activeMutant = undefined;
      this.#tests = before;
    }
  }

  #activate(options: MutantRunOptions): void {
    forget();
    mutants.activeMutant = options.activeMutant.id;
    mutants.hitCount = 0;
    mutants.hitLimit = options.hitLimit;
  }

  async #play(options: MutantRunOptions): Promise<MutantRunResult> {
    this.#activate(options);
    let nrOfTests = 0;
    try {
      for (const test of this.#quickestFirst(options.testFilter)) {
        nrOfTests += 1;
        const start = performance.now();
        const failed = await failure(test);
        if (options.hitLimit !== undefined && (mutants.hitCount ?? 0) > options.hitLimit)
          return { status: MutantRunStatus.Timeout, reason: "hit limit" };
        if (failed !== null)
          return {
            status: MutantRunStatus.Killed,
            killedBy: [test.id],
            failureMessage: failed,
            nrOfTests,
          };
        this.#milliseconds.set(test.id, performance.now() - start);
      }
      return { status: MutantRunStatus.Survived, nrOfTests };
    } finally {
      mutants.activeMutant = undefined;
    }
  }

  #quickestFirst(filter: readonly string[] | undefined): readonly Collected[] {
    const wanted = filter === undefined ? null : new Set(filter);
    const cost = ({ id }: Collected) => this.#milliseconds.get(id) ?? 0;
    return this.#tests
      .filter(({ id }) => wanted?.has(id) ?? true)
      .toSorted((left, right) => cost(left) - cost(right));
  }
}

export const strykerPlugins = [{ kind: "TestRunner", name: "warm", injectableClass: WarmRunner }];
