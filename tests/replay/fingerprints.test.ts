import { expect, test } from "vitest";
import { fingerprints } from "../../shared/replay/fingerprints.ts";

test("a text is new once, among as many others as there are", () => {
  const seen = fingerprints();
  const count = 30_000;
  for (let at = 0; at < count; at += 1) expect(seen.add(`text ${at}`)).toBe(true);
  for (let at = 0; at < count; at += 1) expect(seen.add(`text ${at}`)).toBe(false);
  expect(seen.size()).toBe(count);
});

test("the table is at most half full and at least a quarter, whatever the texts are", () => {
  const seen = fingerprints();
  for (let at = 0; at < 5_000; at += 1) {
    seen.add(`${at}${"x".repeat(1000)}`);
    const used = (seen.size() * 8) / seen.bytes();
    expect(used).toBeLessThanOrEqual(0.5);
    if (at > 600) expect(used).toBeGreaterThanOrEqual(0.25);
  }
});
