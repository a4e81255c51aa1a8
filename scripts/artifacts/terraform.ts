type Fields = Readonly<Record<string, unknown>>;

/** What the template asks for and gives back, as a module's variables and outputs. */
export type Module = { readonly parameters: Fields; readonly outputs: Fields };

/** The files of the module, by name, as `terraform fmt` leaves them. */
export function terraformModule(module: Module): Readonly<Record<string, string>> {
  const names = Object.keys(module.parameters);
  return {
    "versions.tf": versions,
    "main.tf": mainOf(names),
    "variables.tf": [...own, ...Object.entries(module.parameters).map(variableOf)].join("\n"),
    "outputs.tf": Object.entries(module.outputs).map(outputOf).join("\n"),
  };
}

const versions = `terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}
`;

const own = [
  `variable "stack_name" {
  description = "Name of the CloudFormation stack."
  type        = string
  default     = "oidc-reconciler"
}
`,
  `variable "template_url" {
  description = "Where template.yaml is; by default in code_bucket below code_prefix, as are the archives."
  type        = string
  default     = null
}
`,
  `variable "tags" {
  description = "Tags of the stack and of all that is in it."
  type        = map(string)
  default     = {}
}
`,
];

/** CloudFormation takes a template of this size only from a bucket. */
function mainOf(names: readonly string[]): string {
  const values = names.map((name) => [name, `tostring(var.${snakeCase(name)})`] as const);
  return `locals {
  # CloudFormation reads a template of more than 51,200 bytes only from a bucket.
  template_url = "https://\${var.code_bucket}.s3.amazonaws.com/\${var.code_prefix}template.yaml"
}

resource "aws_cloudformation_stack" "this" {
  name         = var.stack_name
  template_url = coalesce(var.template_url, local.template_url)
  capabilities = ["CAPABILITY_NAMED_IAM"]
  tags         = var.tags

  parameters = {
${aligned(values, "    ")}
  }
}
`;
}

function variableOf([name, parameter]: readonly [string, unknown]): string {
  const { Type, Default, Description, AllowedValues, AllowedPattern } = fieldsOf(parameter);
  const description = Description ?? `The parameter ${name} of the stack.`;
  const lines = aligned(
    [
      ["description", text(description)],
      ["type", Type === "Number" ? "number" : "string"],
      ...(Default === undefined ? [] : ([["default", text(Default)]] as const)),
      ["nullable", "false"],
    ],
    "  ",
  );
  const variable = `var.${snakeCase(name)}`;
  const checks = [
    ...(Array.isArray(AllowedValues)
      ? [validation(`contains([${AllowedValues.map(text).join(", ")}], ${variable})`, name)]
      : []),
    ...(typeof AllowedPattern === "string"
      ? [validation(`can(regex(${text(AllowedPattern)}, ${variable}))`, name)]
      : []),
  ];
  return `variable "${snakeCase(name)}" {\n${lines}\n${checks.join("")}}\n`;
}

function validation(condition: string, name: string): string {
  const lines = aligned(
    [
      ["condition", condition],
      ["error_message", text(`The template does not take this value for ${name}.`)],
    ],
    "    ",
  );
  return `\n  validation {\n${lines}\n  }\n`;
}

function outputOf([name, output]: readonly [string, unknown]): string {
  const lines = aligned(
    [
      ["description", text(fieldsOf(output)["Description"])],
      ["value", `aws_cloudformation_stack.this.outputs["${name}"]`],
    ],
    "  ",
  );
  return `output "${snakeCase(name)}" {\n${lines}\n}\n`;
}

/** Attributes with their equals signs in a column. */
function aligned(attributes: readonly (readonly [string, string])[], indent: string): string {
  const width = Math.max(...attributes.map(([name]) => name.length));
  return attributes.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`).join("\n");
}

/** A value as Terraform writes it: a number, or text in which nothing is put in. */
function text(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(String(value)).replaceAll(/[$%]\{/g, (mark) => `${mark[0]}${mark}`);
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new Error("not part of a template");
  return { ...value };
}
