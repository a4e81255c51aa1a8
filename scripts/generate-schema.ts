/**
 * Writes what is generated from schemas: of the document the JSON Schema for editors and the field
 * tables of the reference page, of each command the JSON Schema of its answer. After a change of a
 * schema in shared/document, shared/targets or cli/schemas: `npx node scripts/generate-schema.ts`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { $ZodDefault, $ZodOptional, $ZodPipe, $ZodPrefault, type $ZodType } from "zod/v4/core";
import { errorSchema, schemas } from "../cli/schemas/index.ts";
import { pageData } from "../cli/schemas/page-data.ts";
import { tagsMax } from "../shared/document/role-schema.ts";
import { environmentSchema } from "../shared/document/schema.ts";
import { tagKeyRule } from "../shared/document/text-rules.ts";
import { fieldNotes } from "../shared/schema/fields.ts";
import { type FieldNotes, itemOf, membersOf, notesOn, unwrapped } from "../shared/schema/notes.ts";

export const schemaFile = fileURLToPath(
  new URL("../config/environment.schema.json", import.meta.url),
);
export const referenceFile = fileURLToPath(new URL("../docs/reference.md", import.meta.url));

/** The JSON Schema of a document as people write it, as the text of its file. */
export function schemaText(): string {
  const generated = z.toJSONSchema(environmentSchema, {
    io: "input",
    metadata: z.registry<Record<string, unknown>>(),
    override: ({ zodSchema, jsonSchema }) => {
      const notes = fieldNotes.get(zodSchema);
      if (notes === undefined) return;
      jsonSchema.description = `${notes.about} Allowed: ${notes.allowed}.`;
      if (notes.pattern !== undefined) jsonSchema.pattern = notes.pattern;
      if (notes.lengthMin !== undefined) jsonSchema.minLength = notes.lengthMin;
      if (notes.lengthMax !== undefined) jsonSchema.maxLength = notes.lengthMax;
      // What zod cannot say of a mapping in JSON Schema's words.
      if (membersOf(zodSchema)?.has("refs")) jsonSchema["dependentRequired"] = { refs: ["origin"] };
      if (zodSchema instanceof z.ZodMiniRecord) {
        jsonSchema.propertyNames = { minLength: 1, maxLength: tagKeyRule.lengthMax };
        jsonSchema.maxProperties = tagsMax;
      }
    },
  });
  const { $schema, ...schema } = generated;
  const title = "oidc-reconciler environment";
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}

export const answerSchemas = fileURLToPath(new URL("../config/schemas/", import.meta.url));

/** The JSON Schema of what each command prints with `--json`: a file's name and its text. */
export function answerSchemaTexts(): ReadonlyMap<string, string> {
  const titled: readonly (readonly [string, string, $ZodType])[] = [
    ...Object.entries(schemas).map(
      ([path, schema]) => [path.replaceAll(" ", "-"), `oidc-reconciler ${path}`, schema] as const,
    ),
    ["error", "oidc-reconciler, where a command ends without an answer", errorSchema],
  ];
  return new Map(
    titled.map(([name, title, schema]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: "output" });
      const text = JSON.stringify({ $schema, title, ...rest }, null, 2);
      return [`${name}.schema.json`, `${text}\n`] as const;
    }),
  );
}

export const pageDataFile = fileURLToPath(
  new URL("../config/report-data.schema.json", import.meta.url),
);

/** The JSON Schema of what `report --data` writes. */
export function pageDataText(): string {
  const { $schema, ...rest } = z.toJSONSchema(pageData, { io: "output" });
  const title = "oidc-reconciler report --data";
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

type Row = { readonly path: string; readonly schema: $ZodType; readonly notes: FieldNotes };

/** Every field of the document, outermost first, items of lists as `projects[]`. */
function rowsOf(schema: $ZodType, path: string): readonly Row[] {
  const notes = notesOn(fieldNotes, schema);
  const own = path === "" || notes === null ? [] : [{ path, schema, notes }];
  const bare = unwrapped(schema);
  const options = bare instanceof z.ZodMiniUnion ? bare.def.options : [];
  return [...own, ...[schema, ...options].flatMap((each) => below(each, path))];
}

/** The fields of a mapping, or the items of a list. */
function below(schema: $ZodType, path: string): readonly Row[] {
  const members = [...(membersOf(schema) ?? [])].flatMap(([name, member]) =>
    rowsOf(member, path === "" ? name : `${path}.${name}`),
  );
  const item = itemOf(schema);
  return [...members, ...(item === null ? [] : rowsOf(item, `${path}[]`))];
}

/** The part of the reference page that is generated: one section for each top-level field. */
export function referenceTables(): string {
  const rows = rowsOf(environmentSchema, "");
  const sections = Map.groupBy(rows, ({ path }) => path.split(/[.[]/)[0] ?? path);
  return [...sections].map(([name, members]) => section(name, members)).join("\n");
}

function section(name: string, rows: readonly Row[]): string {
  const lines = rows.map(
    ({ path, schema, notes }) =>
      `| \`${path}\` | ${typeText(schema)} | ${path.endsWith("[]") ? "" : defaultText(schema, notes)} | ${cell(notes.about)} | ${cell(notes.allowed)} | ${notes.example === undefined ? "" : `\`${notes.example}\``} |`,
  );
  return [
    `### ${name}`,
    "",
    "| field | type | default | what it is for | allowed | example |",
    "|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function typeText(schema: $ZodType): string {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodMiniUnion) return bare.def.options.map(typeText).join(" or ");
  if (bare instanceof z.ZodMiniLiteral) return "word";
  if (bare instanceof z.ZodMiniEnum) return "word";
  if (bare instanceof z.ZodMiniBoolean) return "true or false";
  if (bare instanceof z.ZodMiniNumber) return "whole number";
  if (bare instanceof z.ZodMiniArray) return "list";
  if (bare instanceof z.ZodMiniString) return "text";
  return "mapping";
}

function defaultText(schema: $ZodType, notes: FieldNotes): string {
  if (notes.defaultText !== undefined) return notes.defaultText;
  // A list that is turned into targets has its default before it is.
  if (schema instanceof $ZodPipe) return defaultText(schema._zod.def.in, notes);
  if (schema instanceof $ZodPrefault) return "its fields' defaults";
  if (schema instanceof $ZodDefault) return `\`${yamlText(schema._zod.def.defaultValue)}\``;
  return schema instanceof $ZodOptional ? "none" : "required";
}

function yamlText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const begin = "<!-- generated from the schema: begin -->";
const end = "<!-- generated from the schema: end -->";

/** The reference page with its generated part replaced. */
export function referenceText(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${referenceFile} lacks its two marks`);
  return `${page.slice(0, from)}${begin}\n\n${referenceTables()}\n${page.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(schemaFile, schemaText());
  rmSync(answerSchemas, { recursive: true, force: true });
  mkdirSync(answerSchemas);
  for (const [name, text] of answerSchemaTexts()) writeFileSync(`${answerSchemas}${name}`, text);
  writeFileSync(pageDataFile, pageDataText());
  writeFileSync(referenceFile, referenceText(readFileSync(referenceFile, "utf8")));
}
