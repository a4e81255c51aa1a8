/**
 * The words of `may`, by part of `deploy`. The first of each part is what a name alone means: the
 * guide's permissions. What each word gives is written in `shared/trust/deploy-grants.ts`.
 */
export const mayWords = {
  ecr: ["push", "read-images"],
  appRunner: ["deploy", "watch", "update"],
  amplify: ["release", "upload"],
} as const;

/** A part of `deploy` whose entries may say more than a name. */
type MayPart = keyof typeof mayWords;
export type MayWord<Part extends MayPart> = (typeof mayWords)[Part][number];

/** Do these words mean what a name alone means? */
export function isPlainMay(part: MayPart, may: readonly string[]): boolean {
  return may.length === 1 && may[0] === mayWords[part][0];
}
