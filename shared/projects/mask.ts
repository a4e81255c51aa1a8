/** How a desired value compares with what CircleCI shows of the stored one; `unseen` where it shows nothing of it. */
export type MaskComparison = "differs" | "unsure" | "unseen" | "same";

/** From this length on every description of the mask agrees that four characters show. */
const longEnough = 8;

/**
 * Compares a value with what CircleCI's API shows of the one that it keeps.
 *
 * Of a project's variable it shows `xxxx` and the last four characters, of a context's the last
 * four alone, and of short values less: at most half of them by measurement, only `x` by older
 * descriptions (CircleCI API reference; CircleCI-Labs/terraform-provider-circleci). So two ends that
 * are equal prove nothing, two that differ do.
 *
 * @param shown null where nothing is said of the value, as by older releases of CircleCI server
 * @returns `same` only where all of the value is shown, as no release of the API does today
 */
export function compareWithMask(desired: string, shown: string | null): MaskComparison {
  if (shown === null) return "unseen";
  if (shown === desired && !isMasked(shown)) return "same";
  const ends = endsIn(shown);
  if (ends.some((end) => end !== "" && desired.endsWith(end))) return "unsure";
  return ends.includes("") && desired.length < longEnough ? "unseen" : "differs";
}

/** Could it be the mask of a longer value? */
function isMasked(shown: string): boolean {
  return shown.length <= 4 || /^xxxx.{0,4}$/s.test(shown);
}

/** What it may show of the value's end: four `x` in front may be mask or value. */
function endsIn(shown: string): readonly string[] {
  const isOnlyMask = /^x*$/.test(shown);
  return [
    shown,
    ...(shown.startsWith("xxxx") ? [shown.slice(4)] : []),
    ...(isOnlyMask ? [""] : []),
  ];
}
