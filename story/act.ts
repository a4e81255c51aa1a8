import type { Page } from "./page.ts";
import type { Stage } from "./stage.ts";

/** One act: it tells what is done and why, does it, and checks that it came out as told. */
export type Act = {
  readonly title: string;
  play(stage: Stage, page: Page): Promise<void>;
};

/** An act did not come out as told. The message says what was found instead. */
export class StoryBroken extends Error {}

/** Ticks a sentence off where it is true; otherwise the story ends here. */
export function told(page: Page, sentence: string, isTrue: boolean, found: unknown = ""): void {
  if (!isTrue) {
    const instead = typeof found === "string" ? found : JSON.stringify(found, null, 2);
    throw new StoryBroken(`not as told: ${sentence}${instead === "" ? "" : `\nfound: ${instead}`}`);
  }
  page.kept(sentence);
}
