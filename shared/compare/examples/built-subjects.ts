const hex = "0123456789abcdef";
/** What a text that was made for patterns has in a place that none of them asks for, mostly. */
const filler = "x";

/** The same job on the branch that a reader expects. */
export function ordinary(subject: string): string {
  return subject.replace(
    /\/vcs-origin\/.*/,
    "/vcs-origin/github.com/example/repository/vcs-ref/refs/heads/main",
  );
}

/**
 * Subjects of jobs with a text in them: each character at its place, up to the first that cannot be there,
 * and the others, or all that begins with the user's id, in the name of the ref or of the repository. What
 * wildcards ask for is mostly still there. Each subject has to be checked.
 *
 * @param job how subjects begin, as a glob
 * @param texts what conditions name: what else the subjects have is of other characters, if there are some
 */
export function* builtSubjects(
  job: string,
  text: string,
  texts: readonly string[],
): Generator<string> {
  const used = texts.join("").toLowerCase();
  const unused = (characters: string): string =>
    [...characters].find((one) => !used.includes(one)) ?? characters.charAt(0);
  const letter = unused("xzqwjkyvbu");
  const person = job.replaceAll("?", unused(hex));
  const origin = `/vcs-origin/${letter}.${letter}${letter}/${letter}/${letter}`;
  const ref = `/vcs-ref/refs/heads/${letter}`;
  const template = person + origin + ref;
  const [placed, rest] = placedIn(job, template, text, filler);
  const short = placed.slice(0, person.length);
  yield* rest === ""
    ? [ordinary(placed), placed, short]
    : [placed + rest, placed + afterAll(origin + ref, rest), short + origin + rest + ref];
  yield template + text.slice(person.length - 36);
  yield placedIn(job, template, text, "").join("");
}

/** The template with the characters of a text, up to the first that cannot be there; and what is left. */
function placedIn(
  job: string,
  template: string,
  text: string,
  skipped: string,
): readonly [string, string] {
  let placed = "";
  for (let at = 0; at < Math.min(template.length, text.length); at += 1) {
    const [own, wanted] = [template.charAt(at), text.charAt(at)];
    const isDigit = job.charAt(at) === "?" && hex.includes(wanted);
    if (wanted !== own && wanted !== skipped && !isDigit) break;
    placed += isDigit ? wanted : own;
  }
  return [placed + template.slice(placed.length), text.slice(placed.length)];
}

/** What is left of a text once its characters are found in another, each behind the one before. */
function afterAll(text: string, wanted: string): string {
  let found = 0;
  for (const character of text) if (character === wanted.charAt(found)) found += 1;
  return wanted.slice(found);
}
