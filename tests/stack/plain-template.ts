import { parseDocument, type YAMLSeq } from "yaml";
import { textOf } from "../source-files.ts";
import { isTemplate, type Template } from "./template.ts";

const functions = ["Equals", "FindInMap", "If", "Join", "Not", "Select", "Split", "Sub"] as const;

/** CloudFormation's short forms as the long ones that a packaged template has. */
const shortForms = [
  { tag: "!Ref", resolve: (value: string) => ({ Ref: value }) },
  { tag: "!GetAtt", resolve: (value: string) => ({ "Fn::GetAtt": value.split(".") }) },
  { tag: "!Sub", resolve: (value: string) => ({ "Fn::Sub": value }) },
  ...functions.map((name) => ({
    tag: `!${name}`,
    collection: "seq" as const,
    resolve: (items: unknown) => ({ [`Fn::${name}`]: isSequence(items) ? items.toJSON() : items }),
  })),
];

function isSequence(value: unknown): value is YAMLSeq {
  return typeof value === "object" && value !== null && "toJSON" in value;
}

/** A template of `stack/` that is deployed by itself, as CloudFormation reads it. */
export function plainTemplate(path: string): Template {
  return templateIn(textOf(path));
}

/** A template as CloudFormation reads its text. */
export function templateIn(text: string): Template {
  const document = parseDocument(text, { customTags: shortForms });
  if (document.errors.length > 0) throw new Error(document.errors.join("; "));
  const template: unknown = document.toJS();
  if (!isTemplate(template)) throw new Error("The text is not a template.");
  return template;
}
