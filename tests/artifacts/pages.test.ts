import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { terraformModule } from "../../scripts/artifacts/terraform.ts";
import { textOf } from "../source-files.ts";
import { deployedWith, recordIn } from "../stack/deployed-with.ts";
import { packagedTemplate, releasedTemplate } from "../stack/package.ts";
import { templateIn } from "../stack/plain-template.ts";
import { blocksOf, commandsOf, filesOf, following, pairOf } from "./page-commands.ts";
import { withoutBucket } from "./without-bucket.ts";

const template = templateIn(releasedTemplate());
const page = (way: string): string => textOf(`docs/install-${way}.md`);
const ways = ["serverless", "cloudformation", "stackset", "terraform", "command"] as const;

/** The command of a page that begins like this. */
function commandIn(way: (typeof ways)[number], beginning: string): readonly string[] {
  const found = commandsOf(page(way)).find((words) => words.join(" ").startsWith(beginning));
  if (found === undefined) throw new Error(`docs/install-${way}.md has no command ${beginning}`);
  return found;
}

function folderOfItsOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "installing-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the page for Serverless packages. */
const serverless = () => {
  const words = commandIn("serverless", "npm run deploy");
  const params = words.filter((word) => word.startsWith("--param="));
  const [stage = "", region = ""] = ["--stage", "--region"].map(
    (name) => following(words, name)[0],
  );
  return packagedTemplate({
    stage,
    region,
    params: Object.fromEntries(params.map((word) => pairOf(word.slice("--param=".length)))),
  });
};

describe("the pages for installing", () => {
  test("are listed where one chooses", () => {
    const listed = [
      ...textOf("docs/deploying.md").matchAll(/^\| \[.+\]\(install-(\w+)\.md\) \|/gm),
    ];
    expect(listed.map(([, way]) => way)).toEqual(ways);
  });

  test("name no other version than this one", () => {
    for (const way of ways) {
      const versions = page(way).match(/(?<![\d.])\d+\.\d+\.\d+(?![\d.])/g) ?? [];
      expect(
        versions.filter((version) => version !== manifest.version),
        way,
      ).toEqual([]);
    }
  });

  test.each(["cloudformation", "stackset", "terraform"] as const)(
    "upload, for %s, to where the template looks for the code",
    (way) => {
      const [, , , , target = ""] = commandIn(way, "aws s3 cp");
      const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+)$/.exec(target) ?? [];
      expect(page(way)).toContain(bucket);
      expect(page(way)).toMatch(
        new RegExp(`(CodePrefix(=|,ParameterValue=)|code_prefix +=) ?"?${prefix}`),
      );
    },
  );
});

describe("docs/install-cloudformation.md", () => {
  const words = commandIn("cloudformation", "aws cloudformation deploy");

  test("deploys what the page for Serverless deploys", () => {
    const chosen = Object.fromEntries(following(words, "--parameter-overrides").map(pairOf));
    expect(withoutBucket(deployedWith(template, chosen))).toEqual(withoutBucket(serverless()));
    expect(following(words, "--capabilities")).toEqual(["CAPABILITY_NAMED_IAM"]);
  }, 60_000);

  test("asks for an output that the stack has", () => {
    const [, output = ""] = /OutputKey=='(\w+)'/.exec(page("cloudformation")) ?? [];
    expect(recordIn(recordIn(template, "Outputs"), output)).toHaveProperty("Value");
  });

  test("lists what each parameter takes that takes less than with Serverless", () => {
    const { scheduleMinutes } = recordIn(template, "Parameters");
    const minutes = recordIn({ scheduleMinutes }, "scheduleMinutes")["AllowedValues"];
    expect(page("cloudformation")).toContain(`One of ${String(minutes).replaceAll(",", ", ")} |`);
  });
});

describe("docs/install-stackset.md", () => {
  test("gives the template parameters that it takes", () => {
    const words = following(
      commandIn("stackset", "aws cloudformation create-stack-set"),
      "--parameters",
    );
    const chosen = words.map((word) => word.split(",").map((part) => pairOf(part)[1]));
    const deployed = deployedWith(template, Object.fromEntries(chosen));
    expect(Object.keys(deployed.Resources)).not.toContain("Dashboard");
  });

  test("calls AWS as the AWS CLI takes it, where that is installed", ({ skip }) => {
    const folder = folderOfItsOwn();
    for (const [name, text] of filesOf(page("stackset"))) writeFileSync(join(folder, name), text);
    const calls = commandsOf(page("stackset")).filter(([, service]) => service !== "s3");
    expect(calls).toHaveLength(4);
    for (const [command = "", ...words] of calls) {
      // It checks the whole call and answers with an example, without asking anybody.
      const checked = [...words, "--generate-cli-skeleton", "output", "--region", "us-east-1"];
      const run = spawnSync(command, checked, { cwd: folder, encoding: "utf8" });
      if (run.error !== undefined) skip("the AWS CLI is not installed");
      expect([run.status, run.stderr.trim()], words.join(" ")).toEqual([0, ""]);
    }
  }, 60_000);
});

describe("docs/install-terraform.md", () => {
  const [main = ""] = blocksOf(page("terraform"), "hcl");
  const { Parameters: parameters, Outputs: outputs } = { ...recordIn({ template }, "template") };
  const module = terraformModule({
    parameters: recordIn({ parameters }, "parameters"),
    outputs: recordIn({ outputs }, "outputs"),
  });

  test("sets variables that the module has", () => {
    const set = [...main.matchAll(/^ {2}(\w+) += /gm)].map(([, name = ""]) => name);
    const known = [...(module["variables.tf"] ?? "").matchAll(/^variable "(\w+)"/gm)];
    const names = new Set(["source", "region", "value", ...known.map(([, name]) => name)]);
    expect(set.filter((name) => !names.has(name))).toEqual([]);
  });

  test("is valid with the module, and both are as terraform fmt writes them, where it is at hand", ({
    skip,
  }) => {
    const folder = folderOfItsOwn();
    mkdirSync(join(folder, "release/terraform"), { recursive: true });
    writeFileSync(join(folder, "main.tf"), main);
    for (const [name, text] of Object.entries(module)) {
      writeFileSync(join(folder, "release/terraform", name), text);
    }
    const terraform = (...words: readonly string[]) =>
      spawnSync("terraform", [`-chdir=${folder}`, ...words], {
        encoding: "utf8",
        // Whatever is here already, and no registry.
        env: { ...process.env, HTTPS_PROXY: "http://127.0.0.1:9", CHECKPOINT_DISABLE: "1" },
      });
    const format = terraform("fmt", "-check", "-diff", "-recursive");
    if (format.error !== undefined) skip("Terraform is not installed");
    expect([format.status, format.stdout]).toEqual([0, ""]);
    const plugins = process.env["TERRAFORM_PLUGINS"];
    const from = plugins === undefined ? [] : [`-plugin-dir=${plugins}`];
    if (terraform("init", "-backend=false", ...from).status !== 0) {
      skip("Terraform's provider for AWS is not at hand; TERRAFORM_PLUGINS may name its folder");
    }
    const validation = terraform("validate", "-json");
    expect(JSON.parse(validation.stdout)).toMatchObject({ valid: true, diagnostics: [] });
  }, 60_000);
});
