import type { Page } from "./page.ts";
import type { Stage } from "./stage.ts";

/** One act: it says what happens and why, does it, and checks that it went as announced. */
export type Act = {
  readonly title: string;
  play(stage: Stage, page: Page): Promise<void>;
};
