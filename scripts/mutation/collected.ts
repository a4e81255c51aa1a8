/**
 * What a test file gets for `vitest` where its tests are played many times in one process: the same words,
 * and the tests in a list. `expect` and `vi` are Vitest's own. Hooks around tests are not there.
 */
export { assert, expect, vi } from "vitest";

declare global {
  var __vitest_worker__: object | undefined;
}

// Where `vi` looks for the process that Vitest would have started.
globalThis.__vitest_worker__ ??= { config: {}, metaEnv: process.env };

/** A test of a file, ready to be played again and again. */
export interface Collected {
  readonly id: string;
  readonly play: Play;
}

type Play = () => unknown;
type Body = (...given: readonly never[]) => unknown;

/** What the test that plays now wants done when it is over, as it came. */
const afterwards: Play[] = [];

export function onTestFinished(then: Play): void {
  afterwards.push(then);
}

/** Plays a test, and what it wants done afterwards. */
async function whole(play: Play): Promise<void> {
  try {
    await play();
  } finally {
    for (const then of afterwards.splice(0).reverse()) await then();
  }
}

const collected: Collected[] = [];
const titles: string[] = [];

/** The tests of the files that `load` imports. */
export async function collect(load: () => Promise<void>): Promise<readonly Collected[]> {
  collected.length = 0;
  titles.length = 0;
  await load();
  return [...collected];
}

/** Imports a file under its name, which its tests bear. */
export async function within(title: string, load: () => unknown): Promise<void> {
  titles.push(title);
  await load();
  titles.pop();
}

function add(title: string, play: Play): void {
  // Two rows of a table may bear one title; the number keeps their ids apart.
  collected.push({
    id: [...titles, title, `#${collected.length}`].join(" > "),
    play: () => whole(play),
  });
}

function group(title: string, body: Play): void {
  titles.push(title);
  body();
  titles.pop();
}

/** A row of a table as arguments, as Vitest does it: a list is spread. */
function row(given: unknown, body: Body): Play {
  return () => Reflect.apply(body, undefined, Array.isArray(given) ? given : [given]);
}

/** A test, with its time limit before its body or behind it; none applies here. */
function testOnce(title: string, ...given: readonly unknown[]): void {
  const body = given.find((part) => typeof part === "function");
  if (body === undefined) throw new Error(`${title} has no body`);
  add(title, () => Reflect.apply(body, undefined, []));
}

function testEach(rows: readonly unknown[]): (title: string, body: Body) => void {
  return (title, body) => {
    for (const given of rows) add(title, row(given, body));
  };
}

function groupEach(rows: readonly unknown[]): (title: string, body: Body) => void {
  return (title, body) => {
    for (const given of rows) group(title, row(given, body));
  };
}

export const test = Object.assign(testOnce, { each: testEach });
export const it = test;
export const describe = Object.assign(group, { each: groupEach });
