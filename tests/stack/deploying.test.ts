import { expect, test } from "vitest";
import { parse } from "yaml";
import { textOf } from "../source-files.ts";
import { isRecord } from "./template.ts";

const page = textOf("docs/deploying.md");

test("docs/deploying.md names every parameter of the stack, with its default", () => {
  const stack: unknown = parse(textOf("serverless.yml"), { logLevel: "silent" });
  const params = isRecord(stack) && isRecord(stack["params"]) ? stack["params"]["default"] : null;
  if (!isRecord(params)) throw new Error("serverless.yml has no parameters.");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const reported = new Map(
    rows.flatMap((row) => {
      const [, names = "", value = ""] = row.split("|").map((cell) => cell.trim());
      return [...names.matchAll(/`([A-Za-z]+)`/g)].map(([, name = ""]) => [name, value] as const);
    }),
  );
  for (const [name, value] of Object.entries(params)) {
    expect(reported.get(name), name).toBe(value === "" ? "none" : `\`${value}\``);
  }
});
