/**
 * What a test file gets for `vitest` where its tests are played many times in one process: the same words,
 * and the tests in a list. `expect` is Vitest's own.
 */
export { assert, expect } from "vitest";

/** A test of a file, ready to be played again and again. */
export interface Collected {
  readonly id: string;
  readonly play: Play;
}

type Play = () => unknown;
type Body = (...given: readonly never[]) => unknown;

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
  collected.push({ id: [...titles, title, `#${collected.length}`].join(" > "), play });
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
