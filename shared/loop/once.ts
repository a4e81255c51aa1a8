/** The task that is done when it is first asked for, and then gives everybody the same answer. */
export function once<Result>(task: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | null = null;
  return () => {
    made ??= task();
    return made;
  };
}
