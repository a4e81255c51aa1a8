import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../shared/document/index.ts";
import { visible } from "../../shared/language/visible.ts";
import { pipelineOf } from "../../shared/pipeline/pipeline.ts";
import { region } from "../plan/targets.ts";
import { organization, shop } from "../scenarios/documents.ts";
import {
  documentOf,
  environmentOf,
  everyTarget,
  inputOf,
  type Read,
  readConfig,
  scriptsOf,
  textOf,
  workflowJobs,
} from "./pipelines.ts";

/** Texts with whatever YAML, a shell, CircleCI or a terminal could take for its own. */
const tricks = [
  "$(touch pwned)",
  "`id`",
  '";exit 1;"',
  "';exit 1;'",
  "${IFS}",
  "<<pipeline.id>>",
  "<< parameters.path >>",
  "\\<<x",
  "- a",
  "a: b",
  "a #b",
  "&a",
  "*a",
  "!!str",
  "|",
  ">-",
  "%TAG",
  "@x",
  "{a}",
  "[a]",
  "yes",
  "no",
  "~",
  "null",
  "0x10",
  "1e3",
  "1_000",
  "12:30:45",
  "2026-11-26",
  "---",
  "...",
  "?",
  "=",
  "<<",
  "--help",
  "file://x",
  "\u00ad",
  "\u00e9",
  "/.*/",
  "main",
];
const hostile = fc.oneof(
  fc.constantFrom(...tricks),
  fc.tuple(fc.constantFrom(...tricks), fc.constantFrom(...tricks)).map((parts) => parts.join("")),
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 12 }),
);

/** Does the parser take a document with this? Then it can be in force. */
function isTaken(extra: object): boolean {
  const text = JSON.stringify({
    circleci: { organizationId: organization },
    trust: { projects: "all" },
    deploy: {},
    ...extra,
  });
  return parseEnvironment({ parameter: "p", version: 1, text, region }).kind === "valid";
}

const branch = hostile.filter((name) =>
  isTaken({ deploy: { amplify: [{ app: "a", branches: [name] }] } }),
);
const app = hostile.filter((name) => isTaken({ deploy: { amplify: [name] } }));
const ref = hostile
  .map((name) => `refs/heads/${name.replaceAll(" ", "")}`)
  .filter((name) =>
    isTaken({ trust: { projects: [{ id: shop, origin: "github.com/acme/shop", refs: [name] }] } }),
  );
const path = hostile.map((name) => `/${name}/`).filter((name) => isTaken({ role: { path: name } }));
const context = fc.oneof(hostile, fc.string({ minLength: 1, maxLength: 8 }));
/** Names that a parameter can have. */
const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/);

const world = fc.record({
  name,
  context,
  path,
  app,
  branches: fc.uniqueArray(branch, { minLength: 1, maxLength: 3 }),
  refs: fc.uniqueArray(ref, { minLength: 1, maxLength: 3 }),
  readOutputs: fc.boolean(),
  hasContext: fc.boolean(),
  deployMarkers: fc.boolean(),
  others: fc.boolean(),
});

type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

function inputFor(given: World) {
  const environment = environmentOf(given.name, {
    trust: { projects: [{ id: shop, origin: "github.com/acme/shop", refs: given.refs }] },
    role: { path: given.path },
    policy: { readOutputs: given.readOutputs },
    deploy: {
      ecr: ["web"],
      ecsExpress: ["web"],
      amplify: [{ app: given.app, branches: given.branches }],
    },
  });
  return inputOf([environment, ...(given.others ? [environmentOf(`${given.name}-2`, {})] : [])], {
    contexts: new Map(given.hasContext ? [[given.name, given.context]] : []),
    deployMarkers: given.deployMarkers,
  });
}

/** Every script of a file, whatever its values. */
const scripts = ({ jobs }: Read) => Object.values(jobs).map(scriptsOf);

/** What CircleCI makes of a text: `\\<<` is `<<`, and anything else after `<<` is a parameter. */
function resolved(text: string): string {
  const parameters = text.replaceAll("\\<<", "").match(/<<[\s\S]*/g) ?? [];
  expect(parameters.filter((each) => each !== "<< parameters.path >>")).toEqual([]);
  return text.replaceAll("\\<<", "<<");
}

describe("hostile names", () => {
  test("come out of YAML as they were, for readers of 1.1 and of 1.2", () => {
    fc.assert(
      fc.property(world, (given) => {
        const input = inputFor(given);
        const text = textOf(input);
        const config = readConfig(text);
        expect(parse(text, { version: "1.1" })).toEqual(parse(text));
        const values = Object.values(config.jobs).flatMap(({ environment }) =>
          Object.entries(environment),
        );
        const branches = values.flatMap(([key, value]) =>
          key === "BRANCH" ? [resolved(value)] : [],
        );
        const readable = given.branches.filter((each) => !/^fileb?:\/\//.test(each));
        expect(branches.toSorted()).toEqual(readable.toSorted());
        for (const [, value] of values) resolved(value);
        for (const job of Object.values(config.jobs)) resolved(job.description);
        const workflow = given.name === "version" ? "environment-version" : given.name;
        for (const job of workflowJobs(config, workflow).values()) {
          const own = (job.context ?? []).map(resolved);
          expect(own).toEqual(given.hasContext ? [given.context] : []);
          const { branches: filter } = job.filters ?? {};
          for (const each of filter?.only ?? []) expect(each).not.toContain("<<");
        }
      }),
    );
  });

  test("are in no script: it is the same whatever they are", () => {
    const plainly: World = {
      name: "x",
      context: "x",
      path: "/",
      app: "x",
      branches: ["x"],
      refs: ["refs/heads/x"],
      readOutputs: false,
      hasContext: false,
      deployMarkers: false,
      others: false,
    };
    fc.assert(
      fc.property(world, (given) => {
        const readable = given.branches.filter((each) => !/^fileb?:\/\//.test(each));
        const { readOutputs, hasContext, deployMarkers, others } = given;
        const branches = readable.map((_, index) => `x${index}`);
        fc.pre(branches.length > 0);
        const alike = { ...plainly, branches, readOutputs, hasContext, deployMarkers, others };
        const own = scripts(readConfig(textOf(inputFor({ ...given, branches: readable }))));
        const plain = scripts(readConfig(textOf(inputFor(alike))));
        // The name of an app is in the name of its variable, in letters, digits and `_`.
        const without = (each: typeof own) =>
          each.map((lines) => lines.map((line) => line.replaceAll(/AWS_[A-Z0-9_]+/g, "AWS_X")));
        expect(without(own)).toEqual(without(plain));
      }),
    );
  });

  test("add no line to the comments, and nothing that a terminal obeys", () => {
    fc.assert(
      fc.property(world, (given) => {
        const lines = textOf(inputFor(given)).split("\n");
        for (const line of lines) expect(visible(line)).toBe(line);
        const head = lines.slice(0, lines.indexOf("version: 2.1"));
        for (const line of head) expect(line).toMatch(/^(#.*)?$/);
      }),
    );
  });

  test("of apps that only control characters tell apart cannot be in a document", () => {
    expect(isTaken({ deploy: { amplify: ["a\u202eb"] } })).toBe(false);
    expect(isTaken({ deploy: { amplify: [{ app: "a", branches: ["a\nb"] }] } })).toBe(false);
  });
});

test("a document's targets are what the pipeline is given, and nothing is added", () => {
  const document = documentOf({ deploy: { lambda: ["worker"] } });
  const { config } = pipelineOf(
    inputOf([environmentOf("a", {}, { document, targets: everyTarget(document) })]),
  );
  expect(config.jobs.map(({ name: job }) => job)).toEqual([
    "test-login-a",
    "deploy-lambda-worker-a",
  ]);
});
