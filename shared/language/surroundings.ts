/** How a text sets the colours of a terminal: `jq -C` writes them into a file too. */
const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

const fence = /^[ \t]*```[\w-]*\r?\n([\s\S]*?)\r?\n[ \t]*```/gm;
const prompt = /^\s*(?:\$|PS [^\n>]*>) [^\n]*\n([\s\S]*)$/;
const hereBegin = /^[^\n{]{0,1000}?<<[-~]?[ \t]*["']?(\w{1,100})["']?[^\n]*\n/;
const assignment = /^\s*(?:export |set |local |\$)?[\w.:-]+[ \t]*=[ \t]*(['"{%][\s\S]*)$/;
const quoted = /^\s*'([{"%[][\s\S]*)'\s*;?\s*$/;

/**
 * A text of JSON without what editors, shells and pages put around it: colours, a code fence, a prompt
 * with its command, a here-document, a variable's name, a shell's quotes. What is inside stays letter by
 * letter as it is; a text that begins as JSON loses its colours only.
 */
export function withoutSurroundings(given: string): string {
  const text = given.replaceAll(colour, "");
  if (/^[\s\ufeff]*[{["%<]/.test(text)) return text;
  const [fenced, second] = [...text.matchAll(fence)];
  if (fenced !== undefined && second === undefined) return fenced[1] ?? text;
  const shown = prompt.exec(text)?.[1] ?? text;
  const document = inHereDocument(shown);
  if (document !== null) return document;
  const value = assignment.exec(shown)?.[1] ?? shown;
  return quoted.exec(value)?.[1] ?? value;
}

/** What is between the first line and the last one, which repeats its word. */
function inHereDocument(text: string): string | null {
  const [begin, word] = hereBegin.exec(text) ?? [];
  if (begin === undefined) return null;
  const rest = text.slice(begin.length).trimEnd();
  const end = rest.lastIndexOf("\n");
  return end >= 0 && rest.slice(end + 1).trim() === word ? rest.slice(0, end) : null;
}
