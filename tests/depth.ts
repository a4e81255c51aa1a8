/**
 * How far a test goes: as far as every run has time for, or, in `npm run test:deep`, all the way. Such
 * a test's file is called `*.deep.test.ts`.
 */
export function atDepth<T>(sizes: { readonly usual: T; readonly deep: T }): T {
  return process.env["TEST_DEPTH"] === "deep" ? sizes.deep : sizes.usual;
}
