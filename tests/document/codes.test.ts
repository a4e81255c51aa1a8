import { describe, expect, test } from "vitest";
import { documentText, problems, projectId, withProject } from "./documents.ts";

describe("what is wrong has a code for machines", () => {
  const refs = ["refs/heads/main"];
  test.each([
    ["unknown-field", documentText({ extra: 1 })],
    ["missing-field", documentText({ trust: undefined })],
    ["wrong-type", documentText({ deploy: null })],
    ["wrong-type", documentText({ role: { name: 123 } })],
    ["wrong-type", documentText({ deploy: { ecr: "web" } })],
    ["no-mapping", "[]"],
    ["not-allowed", documentText({ onWiden: "yes" })],
    ["not-allowed", documentText({ role: { maxSessionSeconds: 1 } })],
    ["not-allowed", documentText({ role: { name: "a b" } })],
    ["not-allowed", documentText({ trust: { projects: [] } })],
    ["contradiction", withProject({ id: projectId, refs })],
  ])("%s", (code, text) => {
    expect(problems(text)[0]?.code).toBe(code);
  });
});
