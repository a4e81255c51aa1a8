import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { dev, organization, project } from "../replay/records.ts";
import { guide, guideFor, shopMain, shopMainAndDev, somebody } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { asPerson } from "./person.ts";

/** Version 1 is in force and version 2, which adds the branch dev, is held. */
async function startHeld(): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.put(guideFor(shopMain));
  await scenario.run();
  await scenario.put(guideFor(shopMainAndDev));
  await scenario.run();
  return scenario;
}

/** A job on that branch asks for the role; a refusal is recorded too. */
async function assume({ sandbox }: Scenario, branch: string): Promise<void> {
  const sts = new STSClient(clientOptions(sandbox));
  const token = await sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: project,
    userId: somebody,
    origin: "github.com/acme/shop",
    ref: `refs/heads/${branch}`,
  });
  const RoleArn = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";
  const call = { RoleArn, RoleSessionName: "deploy", WebIdentityToken: token };
  await sts.send(new AssumeRoleWithWebIdentityCommand(call)).catch(() => undefined);
}

/** Attribution looks up other calls. */
const isOfTokens = (input: object) => JSON.stringify(input).includes("WebIdentity");

const lookups = ({ sandbox }: Scenario) =>
  sandbox.calls.filter(({ operation, input }) => operation === "LookupEvents" && isOfTokens(input))
    .length;

describe("before approve asks, it says who was seen for the role", () => {
  test("and what the version changes for them", async () => {
    const scenario = await startHeld();
    await assume(scenario, "main");
    await assume(scenario, "dev");
    const progress: string[] = [];
    const { err } = await asPerson(scenario, ["approve", "production"], {
      answers: ["n"],
      progress,
    });
    expect(err).toContain(
      "Of 2 identities seen in the last 30 days, none would be newly refused and 1 newly admitted.",
    );
    expect(err).toContain(dev.replace(/user\/[^/]+/, `user/${somebody}`));
    expect(err).toContain("ref-refused: the token's ref is refs/heads/dev");
    expect(err.indexOf("Of 2 identities")).toBeLessThan(err.indexOf("Approve version 2"));
    expect(progress).toContain("looking who was seen for the role in the last 30 days: 0 s");
  });

  test("or that nobody was", async () => {
    const scenario = await startHeld();
    const { err } = await asPerson(scenario, ["approve", "production"], { answers: ["n"] });
    expect(err).toContain("Nobody was seen for the role in the last 30 days.\n");
  });

  test("or why that is not known, and asks all the same", async () => {
    const scenario = await startHeld();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, err } = await asPerson(scenario, ["approve", "production"], { answers: ["y"] });
    expect(code).toBe(0);
    expect(err).toMatch(/Who was seen for the role is not known: .*cloudtrail:LookupEvents/);
  });

  test("and no more than was read, where that is not all", async () => {
    const scenario = await startHeld();
    for (let at = 0; at < 60; at += 1) await assume(scenario, "main");
    let pages = 0;
    scenario.sandbox.faults.add({
      when: ({ operation, input }) => {
        if (operation === "LookupEvents" && isOfTokens(input)) pages += 1;
        return operation === "LookupEvents" && pages > 1;
      },
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { err } = await asPerson(scenario, ["approve", "production"], { answers: ["n"] });
    expect(err).toMatch(/Of 1 identity seen since 20..-..-.. ..:.., none would be newly refused/);
    expect(err).toContain("The whole of it: oidc-reconciler trust replay production --version 2");
  });

  test("but not with --yes, where nobody decides by it", async () => {
    const scenario = await startHeld();
    await asPerson(scenario, ["approve", "production", "--yes"]);
    expect(lookups(scenario)).toBe(0);
  });

  test("but not of a first document, whose role nobody can have asked for", async () => {
    const scenario = await startScenario();
    scenario.variables.set("OIDC_FIRST_DOCUMENT", "hold");
    await scenario.put(guide);
    await scenario.run();
    const { err } = await asPerson(scenario, ["approve", "production"], { answers: ["n"] });
    expect(err).toContain("Approve version 1 of production?");
    expect(lookups(scenario)).toBe(0);
  });
});
