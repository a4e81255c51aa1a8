import fc from "fast-check";
import type { PageData } from "../../shared/page/data.ts";
import { generatedPage } from "./sample-page.ts";

/** What would run, end an element, hide or pass for something else, if a text were more than text. */
const sharp = [
  "<script>fire()</script>",
  "</script><img src=x onerror=fire()>",
  '" onmouseover="fire()" autofocus onfocus="fire()',
  "</title></style></svg><svg onload=fire()>",
  "<iframe srcdoc='<script>parent.fire()</script>'>",
  "javascript:fire()",
  "-->",
  "]]>",
  "&lt;b&gt;",
  "\u202egnp.evil",
  "\u0000\u001b[2J\u200b\ufeff",
  "m\u0430in",
  "✓ ready",
  "${fire()}",
  "\u2028\u2029",
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...sharp), fc.string({ unit: "binary", maxLength: 12 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(""));

/** Gives one hostile text after the other, the same for the same seed. */
export function hostileTexts(seed: number): () => string {
  const [stream] = fc.sample(fc.infiniteStream(hostile), { numRuns: 1, seed });
  return () => stream?.next().value ?? "";
}

/** Words and moments that only we write: without them it is not a data object. */
const ours =
  /(kind|verdict|state|severity|mode|enforcedBy|gap|effect|source|projects|madeAt|At|\.at|since|from)$/;

/**
 * A page over so many environments with another text in each place, each with a number of its own, so
 * that two pages of one size have the same rows whatever their texts are.
 */
export function pageWith(environments: number, text: () => string): PageData {
  let at = 0;
  const data = withTexts(generatedPage(environments), "", (path, own) => {
    at += 1;
    return ours.test(path) ? own : `${text()} ${at}`;
  });
  if (!isPage(data)) throw new Error("not a page");
  return data;
}

function withTexts(
  value: unknown,
  path: string,
  next: (path: string, own: string) => string,
): unknown {
  if (typeof value === "string") return next(path, value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => withTexts(each, path, next));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withTexts(each, `${path}.${name}`, next)]),
  );
}

/** Only texts of it were replaced. */
function isPage(value: unknown): value is PageData {
  return typeof value === "object" && value !== null && "environments" in value;
}
