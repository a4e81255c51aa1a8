import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { guide, guideFor, guideWith, shopMain, shopMainAndDev } from "../scenarios/documents.ts";
import { prefix, startScenario } from "../scenarios/harness.ts";
import { asPerson } from "./person.ts";
import { say } from "./shell.ts";

const Name = `${prefix}/environments/production`;
const ann = "arn:aws:iam::123456789012:user/administrator";

describe("history", () => {
  test("lists the versions newest first, with who put them and what they changed", async () => {
    const scenario = await startScenario();
    await scenario.put(guideFor(shopMain));
    await scenario.run();
    await scenario.put("circleci: {}");
    await scenario.put(guideWith({ trust: { projects: [shopMain] }, mode: "observe" }));
    await scenario.put(guideFor(shopMainAndDev));
    await scenario.run();
    const { code, out, err } = await asPerson(scenario, ["history", "production"]);
    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(out).toMatch(
      /^production: 4 versions, newest first\n {2}version 4: held, put \S+ by arn/,
    );
    expect(out).toContain("refs/heads/dev of github.com/acme/shop (so far refs/heads/main of");
    expect(out).toContain("oidc-reconciler approve production");
    expect(out).toContain("~ mode: enforce instead of observe");
    expect(out).toMatch(/version 2: invalid.*\n.*organizationId/);
    const { out: text } = await asPerson(scenario, ["history", "production", "--json"]);
    const json = JSON.parse(text);
    expect(json).toMatchObject({
      name: "production",
      versions: [
        {
          version: 4,
          by: ann,
          labels: [],
          state: "held",
          comparison: { verdict: "widened", admitted: { token: "v2" } },
          againstApplied: { verdict: "widened", widens: true, narrows: false },
        },
        { version: 3, state: "older", comparison: null },
        { version: 2, state: "invalid", comparison: null },
        { version: 1, state: "applied", comparison: null },
      ],
    });
    expect(Object.keys(json.versions[3])).toEqual([
      "version",
      "at",
      "by",
      "labels",
      "state",
      "comparison",
    ]);
    expect(json.versions[0].at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("ends with 0 where the newest version is applied, and shows its labels", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.approve(1);
    const { code, out } = await asPerson(scenario, ["history", "production", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).versions).toMatchObject([{ state: "applied", labels: ["approved"] }]);
  });

  test("reads all hundred versions, and goes to the record for what was pushed out", async () => {
    const scenario = await startScenario();
    await scenario.put(guideFor(shopMain));
    await scenario.run();
    for (let at = 0; at < 101; at += 1) {
      await scenario.put(`${JSON.stringify(guideFor(shopMainAndDev))}${" ".repeat(at)}`);
    }
    await scenario.run();
    const { out } = await asPerson(scenario, ["history", "production", "--json"]);
    const { versions } = JSON.parse(out);
    expect(versions.map(({ version }: { version: number }) => version)).toEqual(
      Array.from({ length: 100 }, (_, at) => 102 - at),
    );
    expect(versions[0]).toMatchObject({
      state: "held",
      comparison: { verdict: "equivalent" },
      againstApplied: { verdict: "widened" },
    });
  });

  test.each([["lost"], ["spoilt"]])("with a %s status goes by the record", async (how) => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const status = { Name: `${prefix}/status/production` };
    if (how === "lost") await scenario.ssm.send(new DeleteParameterCommand(status));
    const spoilt = new PutParameterCommand({ ...status, Value: "{}", Overwrite: true });
    if (how === "spoilt") await scenario.ssm.send(spoilt);
    await scenario.put(guideFor(shopMainAndDev));
    const { code, out } = await asPerson(scenario, ["history", "production", "--json"]);
    expect(code).toBe(3);
    const { versions } = JSON.parse(out);
    expect(versions).toMatchObject([{ state: "pending" }, { state: "applied" }]);
  });

  test("of a SecureString says so, and shows nothing of it", async () => {
    const scenario = await startScenario();
    const secret = { Name, Value: "hidden", Type: "SecureString" } as const;
    await scenario.ssm.send(new PutParameterCommand(secret));
    const { code, out } = await asPerson(scenario, ["history", "production"]);
    expect(code).toBe(3);
    expect(out).toContain("is a SecureString; allowed: a parameter of type String");
    expect(out).toContain("version 1: invalid");
    expect(out).not.toContain("hidden");
  });

  test("of a document that is gone lists nothing and says why", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.remove();
    const { code, out, err } = await asPerson(scenario, ["history", "production", "--json"]);
    expect({ code, json: JSON.parse(out) }).toEqual({
      code: 3,
      json: { name: "production", versions: [] },
    });
    expect(err).toContain("keeps no history of one that is deleted");
  });

  test("of a name that no environment has ends with 2 and the nearest", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const { code, out, err } = await asPerson(scenario, ["history", "prodution", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "UnknownEnvironment", where: "prodution" },
    });
    expect(err).toContain('Did you mean "production"?');
  });

  test("where the history may not be read ends with 1 and names the action", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "GetParameterHistory",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, out } = await asPerson(scenario, ["history", "production", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "AccessDenied", where: "ssm:GetParameterHistory" },
    });
  });

  test("of a name that cannot be one asks nobody", async () => {
    const { code, err } = await say(["history", "a/b"]);
    expect(code).toBe(2);
    expect(err).toContain("cannot be an environment");
  });
});
