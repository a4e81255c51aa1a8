import { describe, expect, test } from "vitest";
import { repositoryFiles, textOf } from "../source-files.ts";

const page = textOf("docs/believed.md");
const ofCircleci = textOf("docs/believed-circleci.md");
const ofRefusedCalls = textOf("docs/believed-refused-calls.md");
const ofInstalling = textOf("docs/believed-installing.md");
const beliefs = [
  ...beliefsIn(page, /^### /m),
  ...[ofCircleci, ofRefusedCalls, ofInstalling].flatMap((text) => beliefsIn(text, /^## /m)),
];

function beliefsIn(text: string, begin: RegExp) {
  return text
    .split(begin)
    .slice(1)
    .map((part) => {
      const [heading = "", ...rest] = (part.split(/^## /m)[0] ?? "").split("\n");
      return { heading, text: rest.join("\n") };
    });
}

describe("what is believed", () => {
  test("has the points that an account alone can settle", () => {
    expect(beliefs.length).toBeGreaterThan(15);
  });

  test.each(beliefs)("says source, damage and a command for day one: $heading", ({ text }) => {
    for (const part of ["- Source: ", "- If not: ", "- Day one: "]) {
      expect(text.split(part), part).toHaveLength(2);
    }
    expect(text).toMatch(/```sh\n(aws|circle|run|sum|for|until)[^`]+```/);
  });

  test.each([page, ofCircleci, ofRefusedCalls, ofInstalling])(
    "uses only names that its page sets",
    (text) => {
      const set = new Set([...text.matchAll(/\b([A-Z_]+)=/g)].map(([, name]) => name));
      const used = [...text.matchAll(/\$\{?([A-Z_]{2,}|N)\b/g)].map(([, name]) => name);
      expect(used.filter((name) => !set.has(name))).toEqual([]);
    },
  );

  test("uses only files that are there", () => {
    const files = [...page.matchAll(/file:\/\/([a-z]+\/[\w./-]+)/g)].map(([, path]) => path);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(repositoryFiles).toContain(file);
  });

  test("asks only for outputs that the stack has", () => {
    const stack = textOf("serverless.yml");
    const outputs = [...page.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name);
    expect(outputs.length).toBeGreaterThan(3);
    for (const name of outputs) expect(stack).toMatch(new RegExp(`^ {6}${name}:$`, "m"));
  });
});
