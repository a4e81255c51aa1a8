import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import {
  referenceFile,
  referenceText,
  schemaFile,
  schemaText,
} from "../../scripts/generate-schema.ts";
import { problems, valid } from "./documents.ts";

const configFolder = fileURLToPath(new URL("../../config/", import.meta.url));
const samples = readdirSync(configFolder).filter((name) => name.endsWith(".yaml"));
const sample = (name: string) => readFileSync(`${configFolder}${name}`, "utf8");

describe("what is generated from the schema is fresh:", () => {
  const command = "npx node scripts/generate-schema.ts";
  test("config/environment.schema.json", () => {
    expect(readFileSync(schemaFile, "utf8"), `stale, run ${command}`).toBe(schemaText());
  });
  test("the tables of docs/reference.md", () => {
    const page = readFileSync(referenceFile, "utf8");
    expect(page, `stale, run ${command}`).toBe(referenceText(page));
  });
});

describe("the sample documents", () => {
  test("are the three that the reference names", () => {
    expect(samples).toEqual(["full.yaml", "minimal.yaml", "temporary-access.yaml"]);
    const page = readFileSync(referenceFile, "utf8");
    for (const name of samples) expect(page).toContain(`(../config/${name})`);
  });

  test.each(samples)("%s is valid", (name) => {
    expect(problems(sample(name))).toEqual([]);
  });

  test("full.yaml holds every field there is", () => {
    const document = valid(sample("full.yaml"));
    const written: object = parse(sample("full.yaml"));
    expect(Object.keys(written)).toEqual(expect.arrayContaining(Object.keys(document)));
    expect(Object.keys(document.role)).toContain("permissionsBoundary");
    expect(Object.values(document.deploy).every((value) => value.length > 0)).toBe(true);
  });

  test("temporary-access.yaml ends by itself", () => {
    const { projects } = valid(sample("temporary-access.yaml")).trust;
    expect(projects === "all" ? [] : projects.map(({ until }) => until)).toEqual([
      undefined,
      "2026-12-31T00:00:00Z",
    ]);
  });
});

describe("the JSON Schema", () => {
  // Editors know the member dependentRequired, zod's reader does not.
  const readable: Parameters<typeof z.fromJSONSchema>[0] = JSON.parse(schemaText(), (key, value) =>
    key === "dependentRequired" ? undefined : value,
  );
  const schema = z.fromJSONSchema(readable);
  const accepts = (value: unknown) => schema.safeParse(value).success;

  test.each(samples)("accepts %s", (name) => {
    expect(accepts(parse(sample(name)))).toBe(true);
  });

  test.each([
    ["an unknown field", { mode: "enforce", extra: 1 }],
    ["a wrong word", { mode: "off" }],
    ["a role name with a slash", { role: { name: "a/b" } }],
    ["an id that is not a UUID", { circleci: { organizationId: "acme" } }],
    [
      "a ref that is not one",
      {
        trust: {
          projects: [
            {
              id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
              origin: "github.com/a/b",
              refs: ["main"],
            },
          ],
        },
      },
    ],
    ["no project", { trust: { projects: [] } }],
  ])("refuses %s", (_why, fields) => {
    const least: unknown = parse(sample("minimal.yaml"));
    expect(accepts({ ...(typeof least === "object" ? least : {}), ...fields })).toBe(false);
  });
});
