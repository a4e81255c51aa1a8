import { type Line, line } from "./layout.ts";

/** Lines that belong together. */
export type Block = {
  /** What they are about: unique among the blocks of a text. */
  readonly of: string;
  /** What they say apart from how long ago something was, for finding what has changed. */
  readonly says: string;
  readonly lines: readonly Line[];
};

/** The lines of blocks, with a blank line between. */
export function blockLines(blocks: readonly Block[]): readonly Line[] {
  return blocks.flatMap(({ lines }, at) => (at === 0 ? lines : [line(""), ...lines]));
}
