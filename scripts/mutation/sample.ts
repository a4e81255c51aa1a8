import type { MutantCoverage } from "@stryker-mutator/api/core";

const share = Number(process.env["MUTATION_SAMPLE"] ?? "1");
const seed = 20261126;

/**
 * Is a mutant among those that are played? Its number decides, stirred as MurmurHash3 ends, so that the same
 * mutants of the same files are always asked, and which ones looks like chance.
 */
export function isSampled(id: string): boolean {
  let mixed = Math.imul(Number(id) + seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae3d);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32 < share;
}

/** More than there are. */
const mutantsMax = 20_000;

/**
 * Every mutant outside the sample as one that a test reaches: Stryker then asks for it, and hears
 * that it is left out, instead of counting it among those that no test reaches.
 */
export function withOthers(coverage: MutantCoverage, test: string): MutantCoverage {
  if (share >= 1) return coverage;
  const ids = Array.from({ length: mutantsMax }, (_, id) => String(id));
  const others = ids.filter((id) => !isSampled(id)).map((id) => [id, 1]);
  const reached = { ...coverage.perTest[test], ...Object.fromEntries(others) };
  const atLoad = Object.entries(coverage.static).filter(([id]) => isSampled(id));
  return {
    static: Object.fromEntries(atLoad),
    perTest: { ...coverage.perTest, [test]: reached },
  };
}
