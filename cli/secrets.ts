import { withoutTokens } from "../shared/language/without-tokens.ts";

/** Variables whose value lets anyone act in somebody's name. */
const secretVariables = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "CIRCLE_TOKEN",
  "CIRCLECI_CLI_TOKEN",
  "CIRCLE_OIDC_TOKEN",
  "CIRCLE_OIDC_TOKEN_V2",
] as const;

/** No secret is so short, and a short text could be part of any word. */
const lengthMin = 8;

/** The secrets that the process was started with. */
export function secretsIn(environment: Readonly<NodeJS.ProcessEnv>): readonly string[] {
  return (
    secretVariables
      // A file of a token ends with a line break, which is not part of the secret.
      .map((name) => environment[name]?.trim() ?? "")
      .filter((value) => value.length >= lengthMin)
  );
}

/**
 * A text as it may be printed: without those secrets, and without anything that looks like a token.
 * Nothing prints one on purpose; an error of a service or a stranger's text may repeat one, in other
 * letters too: an address has small ones alone.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return withoutTokens(secrets.reduce(withoutSecret, text));
}

/** By places and not by a pattern: the engine of those takes no secret of any length. */
function withoutSecret(text: string, secret: string): string {
  const [inText, wanted] = [inSmallLetters(text), inSmallLetters(secret)];
  const parts: string[] = [];
  let from = 0;
  for (let at = inText.indexOf(wanted); at >= 0; at = inText.indexOf(wanted, from)) {
    parts.push(text.slice(from, at));
    from = at + secret.length;
  }
  return [...parts, text.slice(from)].join("(a secret)");
}

/** Of ASCII alone, so that every letter keeps its place. */
function inSmallLetters(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
