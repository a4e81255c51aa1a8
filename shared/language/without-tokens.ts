/** A token, or the part of one, in whatever base64: JSON begins so, and a few words do. */
const tokenGrammar = /e(?:yJ|yA|wo|wk|w0)[\w+/=-]{8,}(?:\.[\w+/=-]*)*/g;

/** Tokens of CircleCI, GitHub and GitLab, by the letters that each begins with. */
const serviceTokens = /\b(?:CCIPAT_|CCIPRJ_|gh[a-z]_|github_pat_|glpat-)[\w-]{8,}/g;

/** A sentence with whatever looks like a token taken out. */
export function withoutTokens(sentence: string): string {
  return sentence
    .replaceAll(tokenGrammar, (found) => (isBegun(found) ? "(a token)" : found))
    .replaceAll(serviceTokens, "(a token)");
}

/** Does the text behind it begin an object of JSON? A role that is called `KeyAdministrator` does not. */
function isBegun(base64: string): boolean {
  const letters = base64
    .slice(0, 16)
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/[.=].*/, "");
  try {
    return /^\{\s*(?:"[\s -~]*)?$/.test(
      atob(letters.slice(0, letters.length - (letters.length % 4))),
    );
  } catch {
    return false;
  }
}
