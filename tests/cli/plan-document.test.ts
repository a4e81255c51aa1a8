import { describe, expect, onTestFinished, test, vi } from "vitest";
import { guide, shopMain, shopMainAndDev, textOf } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

/** Plans an edit with a person's credentials: everything may be read, and nothing may be written. */
async function plan({ sandbox }: Scenario, args: readonly string[], shell: Shell = {}) {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const from = sandbox.calls.length;
  const said = await say(["plan", ...args], { environment: process.env, ...shell });
  expect(sandbox.calls.slice(from).filter(({ mutating }) => mutating)).toEqual([]);
  return said;
}

const documented = ["production", "--document", "edit.yaml"];
const files = (document: Parameters<typeof textOf>[0]) => ({ "edit.yaml": textOf(document) });

async function startApplied(): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.put({ ...guide, trust: { projects: [shopMain] } });
  await scenario.run();
  return scenario;
}

describe("plan NAME --document FILE", () => {
  test("plans an edit that widens as the next version, held and with all that it admits", async () => {
    const scenario = await startApplied();
    const edit = files({ ...guide, trust: { projects: [shopMainAndDev] } });
    const { code, out, err } = await plan(scenario, documented, { files: edit });
    expect(code).toBe(3);
    expect(err).toContain(
      "edit.yaml is planned as version 2 of production, which nobody has put or approved.",
    );
    expect(out).toContain("production: held (version 2; applied: 1)");
    expect(out).toContain("refs/heads/dev of github.com/acme/shop (so far refs/heads/main of");
    expect(out).toMatch(/\nOnce it is approved, a run makes 1 change:\n {2}~ update trust-policy/);
    const json = JSON.parse((await plan(scenario, [...documented, "--json"], { files: edit })).out);
    expect(json).toMatchObject({
      dryRun: true,
      environments: [
        {
          name: "production",
          version: 2,
          appliedVersion: 1,
          outcome: "held",
          widenings: [{ resource: "trust-policy", disposition: "held", source: "desired" }],
        },
      ],
    });
    expect(await scenario.status()).toMatchObject({ appliedVersion: 1, heldVersion: null });
  });

  test("plans what really happens once the same text is put", async () => {
    const scenario = await startApplied();
    const edit = { ...guide, trust: { projects: [shopMainAndDev] }, role: { tags: { team: "a" } } };
    const { out } = await plan(scenario, [...documented, "--json"], { files: files(edit) });
    const [planned] = JSON.parse(out).environments;
    await scenario.put(edit);
    const { environment } = await scenario.run({ dryRun: true });
    const { conditions: _since, ...rest } = environment;
    expect(planned).toMatchObject(rest);
  });

  test("shows the changes of an edit that only narrows, and ends with 3", async () => {
    const scenario = await startScenario();
    await scenario.put({ ...guide, trust: { projects: [shopMainAndDev] } });
    await scenario.run();
    const edit = files({ ...guide, trust: { projects: [shopMain] } });
    const { code, out } = await plan(scenario, documented, { files: edit });
    expect(code).toBe(3);
    expect(out).toContain("production: drifted (version 2; applied: 1)");
    expect(out).toContain("- org/");
    expect(out).not.toContain("Widenings");
  });

  test("says of a long document how to put it", async () => {
    const scenario = await startApplied();
    const text = `${textOf({ ...guide, trust: { projects: [shopMain] } })}${" ".repeat(4096)}`;
    const { err } = await plan(scenario, documented, { files: { "edit.yaml": text } });
    expect(err).toMatch(/edit\.yaml has \d+ bytes, .* put it with --tier Intelligent-Tiering\./);
  });

  test("says with --replay who was seen for the role and would be refused", async () => {
    const scenario = await startApplied();
    const edit = files({ ...guide, trust: { projects: [shopMainAndDev] } });
    const { code, out } = await plan(scenario, [...documented, "--replay"], { files: edit });
    expect(code).toBe(3);
    expect(out).toContain("Nobody was seen for the role in the last 30 days.");
    const without = await plan(scenario, documented, { files: edit });
    expect(without.out).not.toContain("seen for the role");
  });

  test("of the text that is in force ends with 0", async () => {
    const scenario = await startApplied();
    const same = files({ ...guide, trust: { projects: [shopMain] } });
    expect(await plan(scenario, documented, { files: same })).toMatchObject({ code: 0 });
  });

  test("takes a NAME that does not exist, as its first document", async () => {
    const scenario = await startApplied();
    const first = { ...guide, role: { name: "CircleCI-New" }, policy: { name: "CircleCI-New" } };
    const args = ["staging", "--document", "-"];
    const { code, out } = await plan(scenario, args, { stdin: [textOf(first)] });
    expect(code).toBe(3);
    expect(out).toContain("staging: held (version 1, none applied)");
    expect(out).toContain("is the first document of this environment");
    expect(out).toContain("+ create role CircleCI-New: ");
    expect(out).not.toContain("production:");
  });

  test("says that another environment has the role already", async () => {
    const scenario = await startApplied();
    const { code, out } = await plan(scenario, ["staging", "--document", "edit.yaml"], {
      files: files(guide),
    });
    expect(code).toBe(3);
    expect(out).toContain("staging: conflict");
    expect(await scenario.status()).toMatchObject({ appliedVersion: 1 });
  });

  test.each([
    ["is not valid", "circleci: {}\n", "organizationId"],
    ["is empty", "", "the document is empty"],
    ["is longer than a parameter", `# ${"x".repeat(9000)}\n`, "8192"],
  ])("of a document that %s ends with 2, with the place and its report", async (_, text, says) => {
    const scenario = await startApplied();
    const shell = { files: { "edit.yaml": text } };
    const { code, out, err } = await plan(scenario, documented, shell);
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("edit.yaml is not a valid document."),
    });
    expect(out).toContain(says);
    const json = JSON.parse((await plan(scenario, [...documented, "--json"], shell)).out);
    expect(json).toMatchObject({ environments: [{ outcome: "invalid", version: 2 }] });
  });

  test("says once what is wrong with a document, and points there", async () => {
    const scenario = await startApplied();
    const { out } = await plan(scenario, documented, { files: { "edit.yaml": "circleci: {}\n" } });
    expect(out.match(/at trust: the field is missing/g)).toHaveLength(1);
    expect(out).toContain("✗ SpecValid: see the errors above (Invalid, ");
    expect(out).toContain(
      "✗ TrustAsIntended: the newest version is not valid, so it is not in force (NotInForce, ",
    );
  });

  test("says what is wrong with a document, and how much more, where AWS does not answer", async () => {
    const shell = { files: { "edit.yaml": "circleci: {}\n" }, environment: {} };
    const { code, err } = await say(["plan", ...documented], shell);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^edit\.yaml, at circleci\.organizationId: the field is missing; .* 2 more: oidc-reconciler validate shows all\.$/m,
    );
  });

  test.each<readonly [string, readonly string[], string]>([
    ["--replay without a document", ["a", "--replay"], "give the document with --document"],
    ["no NAME", ["--document", "edit.yaml"], "name exactly one"],
    ["two of them", ["a", "b", "--document", "edit.yaml"], "name exactly one"],
    ["a NAME that cannot be one", ["a/b", "--document", "edit.yaml"], "cannot be an environment"],
    ["a file that is not there", ["a", "--document", "gone.yaml"], "There is no file gone.yaml"],
  ])("with %s ends with 2", async (_, args, says) => {
    const { code, out, err } = await say(["plan", ...args], { files: files(guide) });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(says);
  });
});

describe("plan of an environment whose document is gone", () => {
  test.each([
    ["delete", /^The document of production is gone.* deletes role CircleCI-OIDC-Role, policy /m],
    ["retain", /^(?!The document of production)/],
  ] as const)("with onRemove %s says what a run deletes", async (onRemove, says) => {
    const scenario = await startScenario();
    await scenario.put({ ...guide, onRemove });
    await scenario.run();
    await scenario.remove();
    const { out, err } = await plan(scenario, []);
    expect(out).toContain("production: orphaned");
    expect(err).toMatch(says);
    expect(err.includes("deletes role")).toBe(onRemove === "delete");
  });

  test("names what has earlier names too, and what an edit gives up", async () => {
    const scenario = await startScenario();
    const free = { ...guide, onWiden: "apply" } as const;
    const renamed = { ...free, role: { name: "CircleCI-New" }, policy: { name: "CircleCI-New" } };
    await scenario.put(free);
    await scenario.run();
    const shell = { files: files({ ...renamed, onRemove: "delete" }) };
    const edited = await plan(scenario, documented, shell);
    // The version in force says retain.
    expect(edited.err).not.toContain("deletes");
    await scenario.put(renamed);
    await scenario.run();
    await scenario.put({ ...renamed, onRemove: "delete" });
    await scenario.run();
    const going = "role CircleCI-OIDC-Role and policy CircleCI-Deployment-Policy";
    expect((await plan(scenario, [])).err).toContain(
      `A run deletes ${going}: production has no use for them any more, and onRemove is delete.`,
    );
    await scenario.remove();
    const all =
      "role CircleCI-OIDC-Role, role CircleCI-New, policy CircleCI-Deployment-Policy, policy CircleCI-New and provider oidc.circleci.com/org/";
    expect((await plan(scenario, [])).err).toContain(
      `The document of production is gone, and it said onRemove: delete. A run deletes ${all}`,
    );
  });
});
