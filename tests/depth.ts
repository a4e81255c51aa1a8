/**
 * How far a test goes: as far as every run has time for, or, in `npm run test:deep`, all the way. Such
 * a test's file is called `*.deep.test.ts`.
 */
export function atDepth<T>(sizes: { readonly usual: T; readonly deep: T }): T {
  return process.env["TEST_DEPTH"] === "deep" ? sizes.deep : sizes.usual;
}

/** How long such a test may take: as long as it likes where it goes all the way. */
export function timeLimit(usualMs: number): number {
  return atDepth({ usual: usualMs, deep: 0 });
}
