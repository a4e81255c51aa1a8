import type { Page } from "./page.ts";

/** A step did not go as announced. The message says what was found instead. */
export class StoryBroken extends Error {}

/** Ticks a sentence off where it is true; otherwise the story ends here. */
export function check(page: Page, sentence: string, isTrue: boolean, found: unknown = ""): void {
  if (!isTrue) {
    const instead = typeof found === "string" ? found : JSON.stringify(found, null, 2);
    const rest = instead === "" ? "" : `\nfound: ${instead}`;
    throw new StoryBroken(`not as announced: ${sentence}${rest}`);
  }
  page.passed(sentence);
}
