import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Document, parse, Scalar, visit, type YAMLMap, YAMLSeq } from "yaml";
import { functionNames } from "../bundle.ts";
import { archiveName } from "./names.ts";
import { packageStack } from "./package-stack.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A template with what others make something of. */
export type PlainTemplate = Fields & { readonly Parameters: Fields; readonly Outputs: Fields };

const require = createRequire(import.meta.url);
const plain: {
  readonly parametersOf: (defaults: Fields) => Fields;
  readonly conditions: Fields;
  readonly mappings: Fields;
} = require("../../stack/plain.cjs");
const leftOpen: {
  readonly openValue: (parameter: string) => string;
} = require("../../stack/left-open.cjs");

/** osls takes only a number for it that CloudWatch Logs knows, so no open value. */
const cannotBeOpen = { name: "logRetentionDays", standIn: "3653" };

/** osls' own bucket, and what belongs to it: this template's code is in a bucket of the reader's. */
const ofServerless = /^ServerlessDeploymentBucket/;

/**
 * The stack as plain CloudFormation: what osls packages with every choice left open
 * (`stack/left-open.cjs`), with a parameter of the template for each.
 */
export function plainTemplate(root: string, version: string): PlainTemplate {
  const defaults = defaultsIn(root);
  const open = Object.keys(defaults).map((name) => [
    name,
    name === cannotBeOpen.name ? cannotBeOpen.standIn : leftOpen.openValue(name),
  ]);
  const { template, folder } = packageStack(root, {
    stage: leftOpen.openValue("stage"),
    region: "us-east-1",
    params: Object.fromEntries(open),
  });
  rmSync(folder, { recursive: true, force: true });
  const { AWSTemplateFormatVersion, Description, Resources, Outputs } = fieldsOf(template);
  return {
    AWSTemplateFormatVersion,
    Description,
    // osls names each role once more than it needs to.
    Metadata: { "cfn-lint": { config: { ignore_checks: ["W3005"] } } },
    Parameters: plain.parametersOf(defaults),
    Mappings: plain.mappings,
    Conditions: plain.conditions,
    Resources: mapped(withoutServerless(Resources), (resource, name) =>
      ownResource(name, withReferences(resource), version),
    ),
    Outputs: mapped(withoutServerless(Outputs), withReferences),
  };
}

/** A template as text that people can read, in CloudFormation's short forms. */
export function templateText(template: Fields): string {
  const document = new Document(template, {
    aliasDuplicateObjects: false,
    // CloudFormation's reader is of YAML 1.1, which reads a date as a date.
    schema: "yaml-1.1",
  });
  visit(document, {
    Map(_key, node) {
      node.flow = fitsOnALine(node);
      const [only] = node.items;
      if (only === undefined || node.items.length !== 1) return undefined;
      return shortForm(String(only.key), only.value);
    },
    Seq(_key, node) {
      node.flow = fitsOnALine(node);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const lineMax = 100;

function fitsOnALine(node: YAMLMap | YAMLSeq): boolean {
  return JSON.stringify(node).length <= lineMax;
}

/** The parameters of `serverless.yml` with their defaults. */
function defaultsIn(root: string): Fields {
  const stack: unknown = parse(readFileSync(join(root, "serverless.yml"), "utf8"), {
    logLevel: "silent",
  });
  return fieldsOf(fieldsOf(fieldsOf(stack)["params"])["default"]);
}

function withoutServerless(parts: unknown): Fields {
  return Object.fromEntries(
    Object.entries(fieldsOf(parts)).filter(([name]) => !ofServerless.test(name)),
  );
}

/** What a resource has in this template alone: where its code is, and when it is there at all. */
function ownResource(name: string, resource: unknown, version: string): Fields {
  const own = fieldsOf(resource);
  const properties = fieldsOf(own["Properties"]);
  switch (own["Type"]) {
    case "AWS::Lambda::Function": {
      const S3Key = { "Fn::Sub": `\${CodePrefix}${archiveName(version, functionOf(name))}` };
      const Code = { S3Bucket: { Ref: "CodeBucket" }, S3Key };
      return { ...own, Properties: { ...properties, Code } };
    }
    case "AWS::Logs::LogGroup":
      return { ...own, Properties: { ...properties, RetentionInDays: { Ref: cannotBeOpen.name } } };
    case "AWS::CloudWatch::Alarm":
      return name === "NoHeartbeat" ? own : { Type: own["Type"], ...fullOnly, ...own };
    case "AWS::CloudWatch::Dashboard":
      return { Type: own["Type"], ...fullOnly, ...own };
    default:
      return own;
  }
}

const fullOnly = { Condition: "FullMonitoring" };

function functionOf(logicalId: string): (typeof functionNames)[number] {
  const name = functionNames.find((each) => `${each}lambdafunction` === logicalId.toLowerCase());
  if (name === undefined) throw new Error(`${logicalId} is not a function that is bundled.`);
  return name;
}

const openWithin = /open--(\w+)--/g;

/** The same with a reference to a parameter for each value that was left open. */
function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value === "string") return referenceIn(value);
  if (typeof value !== "object" || value === null) return value;
  const fields = fieldsOf(value);
  const text = fields["Fn::Sub"];
  if (typeof text === "string") return { "Fn::Sub": withNames(text) };
  if (Array.isArray(text)) {
    const [pattern, values] = text;
    return { "Fn::Sub": [withNames(String(pattern)), withReferences(values)] };
  }
  return mapped(fields, withReferences);
}

function referenceIn(text: string): unknown {
  const [whole] = text.matchAll(/^open--(\w+)--$/g);
  if (whole?.[1] !== undefined) return { Ref: whole[1] };
  const named = withNames(text);
  return named === text ? text : { "Fn::Sub": named };
}

function withNames(text: string): string {
  return text.replaceAll(openWithin, (_, name: string) => `\${${name}}`);
}

function mapped(fields: Fields, change: (value: unknown, name: string) => unknown): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, change(value, name)]),
  );
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${JSON.stringify(value)} is not an object.`);
  }
  return { ...value };
}

/** `!Ref X` for `Ref: X`, and so on, where there is a short form. */
function shortForm(name: string, value: unknown): Scalar | YAMLSeq | undefined {
  if (!/^(Ref|Fn::\w+)$/.test(name)) return undefined;
  const tag = `!${name.replace("Fn::", "")}`;
  if (name === "Fn::GetAtt" && value instanceof YAMLSeq) {
    return tagged(new Scalar(value.items.map(String).join(".")), tag);
  }
  if (value instanceof Scalar) return tagged(new Scalar(value.value), tag);
  if (value instanceof YAMLSeq) return tagged(value, tag);
  return undefined;
}

function tagged<Node extends Scalar | YAMLSeq>(node: Node, tag: string): Node {
  node.tag = tag;
  return node;
}
