/** Where a token in whatever base64 could begin: JSON begins so, and a few words do. */
const beginnings = /e(?:yJ|yA|wo|wk|w0)(?=[\w+/=-]{8})/g;

/** All of the token that begins there. */
const wholeToken = /[\w+/=-]+(?:\.[\w+/=-]*)*/y;

/** Tokens of CircleCI, GitHub and GitLab, and session tokens of AWS, by the letters that each begins with. */
const serviceTokens =
  /(?:CCIPAT_|CCIPRJ_|github_pat_|glpat-)[\w-]{8,}|(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[\w+/=-]{8,}|gh[a-z]_[A-Za-z0-9]{30,}[\w-]*/g;

/**
 * GitHub's, shortened: behind no letter, since words end in `ghs_` too, but perhaps behind an escape of
 * JSON (`\n`), whose letter is not part of it.
 */
const shortTokens = /(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))gh[a-z]_[\w-]{8,}/g;

/** A text with whatever looks like a token taken out. */
export function withoutTokens(text: string): string {
  return withoutBase64(text)
    .replaceAll(serviceTokens, "(a token)")
    .replaceAll(shortTokens, "(a token)");
}

/** Looks at every beginning, also within a word that only begins like a token. */
function withoutBase64(text: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const { index } of text.matchAll(beginnings)) {
    if (index < end || !isBegun(text.slice(index, index + 16))) continue;
    wholeToken.lastIndex = index;
    const token = wholeToken.exec(text)?.[0] ?? "";
    parts.push(text.slice(end, index), "(a token)");
    end = index + token.length;
  }
  return [...parts, text.slice(end)].join("");
}

/** Does the text behind it begin an object of JSON? A role that is called `KeyAdministrator` does not. */
function isBegun(base64: string): boolean {
  const letters = base64
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/[^\w+/].*/s, "");
  try {
    return /^\{\s*(?:"[\s -~]*)?$/.test(
      atob(letters.slice(0, letters.length - (letters.length % 4))),
    );
  } catch {
    return false;
  }
}
