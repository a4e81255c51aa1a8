import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { makeRelease } from "../../scripts/artifacts/release.ts";
import { functionNames } from "../../scripts/bundle.ts";
import { root, textOf } from "../source-files.ts";
import { recordIn } from "../stack/deployed-with.ts";
import { templateIn } from "../stack/plain-template.ts";
import { resourcesOfType } from "../stack/template.ts";
import { zipEntries } from "../stack/zip.ts";
import { blocksOf, filesOf } from "./page-commands.ts";

const { version } = manifest;
const place = mkdtempSync(join(tmpdir(), "release-"));
const folder = join(place, "release");

beforeAll(() => makeRelease(root, folder), 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, file)));
const textIn = (file: string): string => readFileSync(join(folder, file), "utf8");

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(path, join(parentPath, name)))
    .toSorted();
}

const archives = functionNames.map((name) => `oidc-reconciler-${version}-${name}.zip`);

describe("a release", () => {
  test("consists of these files", () => {
    expect(filesBelow(folder)).toEqual(
      [
        "SHA256SUMS",
        "THIRD-PARTY-LICENSES.txt",
        ...archives,
        `oidc-reconciler-${version}.tgz`,
        ...["boundary", "forwarding", "template"].map((name) => `${name}.yaml`),
        "sbom.cdx.json",
        ...["main", "outputs", "variables", "versions"].map((name) => `terraform/${name}.tf`),
      ].toSorted(),
    );
  });

  test("has the sum of every file, as sha256sum checks it", () => {
    const sums = textIn("SHA256SUMS")
      .trimEnd()
      .split("\n")
      .map((line) => line.split("  "));
    expect(sums.map(([, file]) => file)).toEqual(
      filesBelow(folder).filter((file) => file !== "SHA256SUMS"),
    );
    for (const [sum, file = ""] of sums) {
      expect(createHash("sha256").update(bytesOf(file)).digest("hex"), file).toBe(sum);
    }
  });

  test("is the same, byte for byte, when somebody else makes it elsewhere and later", () => {
    const again = join(place, "again");
    const command = `umask 077 && exec "${process.execPath}" scripts/artifacts/main.ts "${again}"`;
    const run = spawnSync("sh", ["-c", command], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: place, TZ: "Asia/Tokyo", LC_ALL: "C" },
    });
    expect(run.stderr).toBe("");
    expect(filesBelow(again)).toEqual(filesBelow(folder));
    const differ = filesBelow(folder).filter(
      (file) => !readFileSync(join(again, file)).equals(bytesOf(file)),
    );
    expect(differ).toEqual([]);
  }, 120_000);

  test("has each archive that template.yaml asks for, with the handler that Lambda loads", () => {
    const functions = resourcesOfType(templateIn(textIn("template.yaml")), "AWS::Lambda::Function");
    const asked = functions.map(([, { Properties }]) => {
      const key = String(recordIn(recordIn(Properties, "Code"), "S3Key")["Fn::Sub"]);
      const handler = String(Properties["Handler"]).replace(/\.handler$/, ".mjs");
      return [key.replace("${CodePrefix}", ""), handler] as const;
    });
    expect(asked.map(([file]) => file)).toEqual(archives);
    for (const [file, handler] of asked) {
      const files = unzipSync(bytesOf(file));
      expect(Object.keys(files)).toContain(handler);
      expect(Object.keys(files)).toEqual(zipEntries(Buffer.from(bytesOf(file))).toSorted());
      expect(Buffer.from(files[handler] ?? []).toString()).toContain("handler");
    }
  });
});

describe("docs/install-command.md", () => {
  test("installs the command in a folder without a network, and uses it", () => {
    const page = textOf("docs/install-command.md");
    const place = join(folder, "../command");
    cpSync(folder, place, { recursive: true });
    for (const [name, text] of filesOf(page)) writeFileSync(join(place, name), text);
    // npm and npx ask no registry, or fail.
    const env = { PATH: process.env["PATH"], HOME: place, npm_config_offline: "true" };
    const [install = "", compare = ""] = blocksOf(page, "sh");
    const run = (commands: string) =>
      spawnSync("sh", ["-ec", commands], {
        cwd: place,
        encoding: "utf8",
        env: { ...env, npm_config_update_notifier: "false" },
      });
    const installed = run(install);
    expect([installed.status, installed.stderr]).toEqual([0, ""]);
    expect(installed.stdout).toContain(version);
    const packages = readdirSync(join(place, "node_modules"));
    expect(packages.filter((name) => !name.startsWith("."))).toEqual(["oidc-reconciler"]);
    const licenses = join(place, "node_modules/oidc-reconciler/THIRD-PARTY-LICENSES.txt");
    expect(readFileSync(licenses, "utf8")).toContain("zod ");
    const compared = run(compare.replace(/\n$/, " --json"));
    expect(JSON.parse(compared.stdout)).toMatchObject({ widens: true });
    expect([compared.status, compared.stderr]).toEqual([3, ""]);
  }, 60_000);
});

describe("the bill of materials", () => {
  type Component = { readonly name: string; readonly version?: string; readonly hashes?: unknown };
  const read = (): { readonly components: readonly Component[] } =>
    JSON.parse(textIn("sbom.cdx.json"));

  test("lists each artifact that holds code, with the sum that SHA256SUMS has", () => {
    const sums = textIn("SHA256SUMS");
    const files = read().components.filter(({ name }) => name.startsWith("oidc-reconciler-"));
    expect(files.map(({ name }) => name)).toEqual([...archives, `oidc-reconciler-${version}.tgz`]);
    for (const { name, hashes } of files) {
      const [, sum] = new RegExp(`^(\\w+)  ${name}$`, "m").exec(sums) ?? [];
      expect(hashes, name).toEqual([{ alg: "SHA-256", content: sum }]);
    }
  });

  test("lists what ships with the locked version, and nothing that only works on it", () => {
    const libraries = read().components.filter(({ name }) => !name.endsWith(".zip"));
    const versions = new Map(libraries.map(({ name, version: its }) => [name, its]));
    for (const name of ["zod", "yaml", "@middy/core", "@aws-sdk/client-iam"] as const) {
      expect(versions.get(name), name).toBe(manifest.dependencies[name]);
    }
    for (const name of Object.keys(manifest.devDependencies)) {
      expect(versions.has(name), name).toBe(false);
    }
    // And each comes with its licence, in the release and in the command's package.
    const licenses = textIn("THIRD-PARTY-LICENSES.txt");
    const named = libraries.filter(({ name, version: its }) =>
      licenses.includes(`${name} ${its} (`),
    );
    expect(named.map(({ name }) => name)).toEqual(
      libraries.map(({ name }) => name).filter((name) => !name.endsWith(".tgz")),
    );
    expect(licenses).toContain("Apache License");
  });
});

describe("the Terraform module", () => {
  test("has a variable for every parameter of the template, and hands each over", () => {
    const parameters = recordIn(templateIn(textIn("template.yaml")), "Parameters");
    const main = textIn("terraform/main.tf");
    const variables = textIn("terraform/variables.tf");
    for (const name of Object.keys(parameters)) {
      const [, variable = ""] =
        new RegExp(`^ +${name} += tostring\\(var\\.(\\w+)\\)$`, "m").exec(main) ?? [];
      expect(variable.replaceAll("_", ""), name).toBe(name.toLowerCase());
      expect(variables, name).toContain(`variable "${variable}" {`);
    }
  });
});
