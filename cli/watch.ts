import { type Block, blockLines } from "../shared/report/blocks.ts";
import { line } from "../shared/report/layout.ts";
import { failureOf } from "./aws-failure.ts";
import { drawingOn } from "./drawing.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printLines } from "./output.ts";

/** What is seen at one moment, and what it means as an exit code. */
export type Seen = { readonly blocks: readonly Block[]; readonly exit: ExitCode };

const everyMs = 5_000;

/** After these another look would fail in the same way, until a person has done something. */
const lasting = ["AccessDenied", "CredentialsMissing", "LoginExpired"];

/**
 * Looks again and again and shows what has changed: in its place on a terminal, otherwise one block
 * for each change. Ends with Ctrl-C, or when nobody reads any more, with the exit code of what was
 * seen last. A look that fails for a moment is said and tried again.
 */
export async function watch(io: Io, look: () => Promise<Seen>): Promise<ExitCode> {
  const ended = io.interrupted();
  const show = showerOn(io);
  let seen = await look();
  while ((await show(seen.blocks)) && !ended.aborted) {
    await io.wait(everyMs);
    if (ended.aborted) break;
    seen = (await again(io, look)) ?? seen;
  }
  return seen.exit;
}

async function again(io: Io, look: () => Promise<Seen>): Promise<Seen | null> {
  try {
    const seen = await look();
    io.progress(null);
    return seen;
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (lasting.includes(failure.details.code)) throw failure;
    io.progress(`Not read at ${io.clock().toISOString()}: ${failure.message}`);
    return null;
  }
}

/** Resolves to false once nobody reads. */
type Show = (blocks: readonly Block[]) => Promise<boolean>;

function showerOn({ stdout, clock }: Io): Show {
  const { layout, height } = stdout;
  if (height !== null) {
    const { draw } = drawingOn(stdout, layout, height);
    return (blocks) => draw(blockLines(blocks));
  }
  let before: readonly Block[] | null = null;
  return async (blocks) => {
    const changed = before === null ? blocks : changesOf(before, blocks);
    const since = before === null ? [] : [line(""), line(clock().toISOString(), { tone: "quiet" })];
    before = blocks;
    if (changed.length === 0) return true;
    return printLines(stdout, [...since, ...blockLines(changed)]);
  };
}

/** Blocks that say something else than before, and a line for each that is gone. */
function changesOf(before: readonly Block[], now: readonly Block[]): readonly Block[] {
  const said = new Map(before.map(({ of, says }) => [of, says]));
  const left = new Set(now.map(({ of }) => of));
  const gone = before.filter(({ of }) => !left.has(of));
  return [
    ...now.filter(({ of, says }) => said.get(of) !== says),
    ...gone.map(({ of }) => ({ of, says: "", lines: [line(`${of}: gone`)] })),
  ];
}
