import { setFlagsFromString } from "node:v8";

/**
 * Asks V8 for a small heap rather than few collections, from now on. Left alone, what was only needed
 * to read thousands of pages would be most of a process: V8 lets its young generation grow to 64 MB while
 * pages come in, and the old one to several times of what is alive. A run waits far longer for its pages
 * than it collects.
 *
 * The young generation stays as large as it is, and the next full collection comes when the heap has grown by a
 * fifth; both are read at each collection (V8, `flag-definitions.h`). And no full collection is done in pieces beside
 * the run: all that is made meanwhile would outlive it, some 30 MB while thousands of environments are planned. That
 * is read where such a collection would begin, on this thread (V8, `IncrementalMarking::CanBeStarted`): one
 * that has begun ends as it would have.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
  setFlagsFromString("--no-incremental-marking");
}
