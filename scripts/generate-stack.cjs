// Writes what deploy targets need into the templates that are deployed by themselves, which no tool
// puts together: stack/forwarding.yml and stack/boundary.yml. After a change in stack/targets/:
// `npx node scripts/generate-stack.cjs`.

const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Document, Scalar, visit } = require("yaml");
const targets = require("../stack/targets.cjs");

const mark = (name, edge) => `# generated from stack/targets (${name}): ${edge}`;

/** The generated blocks by the template that holds them. */
const blocks = {
  "stack/forwarding.yml": { calls: targets.calls(), events: targets.events() },
  "stack/boundary.yml": { grants: targets.grants(), passesTo: targets.passesTo() },
};

/** A template with its blocks as they must be. */
function withBlocks(path, text) {
  return Object.entries(blocks[path]).reduce((whole, [name, value]) => {
    const from = whole.indexOf(mark(name, "begin"));
    const to = whole.indexOf(mark(name, "end"));
    if (from < 0 || to < from) throw new Error(`${path} lacks the marks of ${name}`);
    const indent = " ".repeat(from - whole.lastIndexOf("\n", from) - 1);
    const lines = yamlOf(value)
      .trimEnd()
      .split("\n")
      .map((line) => `${indent}${line}\n`);
    return `${whole.slice(0, from)}${mark(name, "begin")}\n${lines.join("")}${indent}${whole.slice(to)}`;
  }, text);
}

/** YAML with CloudFormation's short form of Fn::Sub. */
function yamlOf(value) {
  const document = new Document(value);
  visit(document, {
    Map(_key, { items }) {
      const [only] = items;
      if (items.length !== 1 || only.key.value !== "Fn::Sub") return undefined;
      const text = new Scalar(only.value.value);
      text.tag = "!Sub";
      return text;
    },
  });
  return document.toString({ lineWidth: 0 });
}

if (require.main === module) {
  for (const path of Object.keys(blocks)) {
    const file = join(__dirname, "..", path);
    writeFileSync(file, withBlocks(path, readFileSync(file, "utf8")));
  }
}

module.exports = { generated: Object.keys(blocks), withBlocks };
