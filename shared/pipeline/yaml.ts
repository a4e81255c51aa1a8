import { Document, isNode, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { visible, visibleJson } from "../language/visible.ts";
import type { Config, Filter, Filters, Job, Step, Workflow } from "./config.ts";
import { image, orbs } from "./orbs.ts";

type Value = string | number | readonly Value[] | ReadonlyMap<string, Value> | Node;

/**
 * The text of `.circleci/config.yml`. Names of strangers can be in it: nothing in them is taken for
 * YAML, for a parameter of CircleCI, or for an order to a terminal.
 */
export function configText({ head, jobs, workflows }: Config): string {
  const contents = mapping([
    ["version", 2.1],
    ["orbs", orbsMap()],
    ["executors", new Map([["default", new Map([["docker", [new Map([["image", image]])]]])]])],
    ["jobs", spaced(mapping(jobs.map((job) => [job.name, jobMap(job)])))],
    [
      "workflows",
      spaced(mapping(workflows.map((each) => [each.name, workflowMap(each), each.comments]))),
    ],
  ]);
  spaced(contents);
  const document = new Document(contents, { compat: "yaml-1.1" });
  document.commentBefore = comment(head);
  return visibleJson(document.toString({ lineWidth: 0, blockQuote: "literal" }));
}

/** The same with an empty line between its entries. */
function spaced(map: YAMLMap<Scalar<string>, Node>): YAMLMap<Scalar<string>, Node> {
  for (const { key } of map.items.slice(1)) key.spaceBefore = true;
  return map;
}

type Entry = readonly [key: string, value: Value, comments?: readonly string[]];

function mapping(entries: readonly Entry[]): YAMLMap<Scalar<string>, Node> {
  const map = new YAMLMap<Scalar<string>, Node>();
  for (const [name, value, comments = []] of entries) {
    const key = scalar(name);
    if (comments.length > 0) key.commentBefore = comment(comments);
    map.items.push(new Pair(key, node(value)));
  }
  return map;
}

function node(value: Value): Node {
  if (typeof value === "string") return scalar(value);
  if (typeof value === "number") return new Scalar(value);
  if (isList(value)) {
    const list = new YAMLSeq<Node>();
    list.items.push(...value.map(node));
    return list;
  }
  return isNode(value) ? value : mapping([...value]);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A text with something in it that a terminal obeys or hides is quoted so that YAML has escapes for it. */
function scalar(text: string): Scalar<string> {
  const made = new Scalar(text);
  const lines = text.replaceAll("\n", "");
  if (visible(lines) !== lines) made.type = "QUOTE_DOUBLE";
  return made;
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => (line === "" ? "" : ` ${visible(line)}`)).join("\n");
}

/**
 * A text that CircleCI leaves as it is: `<<` would begin a parameter.
 *
 * @see https://circleci.com/docs/reference/configuration-reference/
 */
function plain(text: string): string {
  return text.replaceAll("<<", "\\<<");
}

function orbsMap(): YAMLMap {
  return mapping(
    Object.entries(orbs).map(([name, { orb, version, newestOn }]) => {
      const reference = scalar(`${orb}@${version}`);
      reference.comment = ` the newest on ${newestOn}`;
      return [name, reference];
    }),
  );
}

function jobMap({ description, path, environment, steps }: Job): YAMLMap {
  const values: readonly Entry[] = [
    ...[...environment].map(([name, value]) => [name, plain(value)] as const),
    ...(path === null ? [] : [["SOURCE_PATH", "<< parameters.path >>"] as const]),
  ];
  return mapping([
    ["description", plain(description)],
    ...(path === null ? [] : [["parameters", pathParameter(path)] as const]),
    ["executor", "default"],
    ...(values.length === 0 ? [] : [["environment", mapping(values)] as const]),
    ["steps", steps.map(stepValue)],
  ]);
}

function pathParameter({ description, fallback }: NonNullable<Job["path"]>): YAMLMap {
  const parameter: readonly Entry[] = [
    ["type", "string"],
    ["default", fallback],
    ["description", description],
  ];
  return mapping([["path", mapping(parameter)]]);
}

function stepValue(step: Step): Value {
  switch (step.kind) {
    case "checkout":
      return "checkout";
    case "remote-docker":
      return "setup_remote_docker";
    case "log-in":
      return mapping([
        [
          "aws-cli/setup",
          mapping([
            ["role_arn", step.roleArn],
            ["region", step.region],
          ]),
        ],
      ]);
    case "run":
      return mapping([
        [
          "run",
          mapping([
            ["name", plain(step.name)],
            ...(step.when === undefined ? [] : [["when", step.when] as const]),
            ["command", step.command],
          ]),
        ],
      ]);
    default:
      return step satisfies never;
  }
}

function workflowMap({ jobs, filters, context }: Workflow): YAMLMap {
  const list = jobs.map(({ name, requires }) => {
    const settings: readonly Entry[] = [
      ...(requires.length === 0 ? [] : [["requires", requires] as const]),
      ...(context === null ? [] : [["context", [plain(context)]] as const]),
      ...(Object.keys(filters).length === 0 ? [] : [["filters", filtersMap(filters)] as const]),
    ];
    return settings.length === 0 ? name : mapping([[name, mapping(settings)]]);
  });
  return mapping([["jobs", list]]);
}

function filtersMap({ branches, tags }: Filters): YAMLMap {
  const filter = (given: Filter): YAMLMap => mapping(Object.entries(given));
  return mapping([
    ...(branches === undefined ? [] : [["branches", filter(branches)] as const]),
    ...(tags === undefined ? [] : [["tags", filter(tags)] as const]),
  ]);
}
