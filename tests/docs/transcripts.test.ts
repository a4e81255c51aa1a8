import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryFiles, root, textOf } from "../source-files.ts";
import { acts } from "./acts.ts";
import { playedPage } from "./page.ts";
import { playerOn } from "./play.ts";
import { openStage } from "./stage.ts";

const played = repositoryFiles.filter(
  (path) => /^(docs\/.*|README)\.md$/.test(path) && /^<!-- (transcript|alert)/m.test(textOf(path)),
);

/** The page as a run of its commands in a new account leaves it. */
async function freshPage(page: string): Promise<string> {
  const stage = await openStage();
  try {
    return await playedPage(page, playerOn(stage, acts));
  } finally {
    await stage.sandbox.close();
  }
}

describe("what the pages show", () => {
  test.each(played)("comes from a real run (UPDATE_DOCS=1 writes it again): %s", async (path) => {
    const page = textOf(path);
    const fresh = await freshPage(page);
    expect(fresh).not.toContain("failed in a way that it should not");
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(root, path), fresh);
    else expect(page).toBe(fresh);
  });

  const page = [
    "<!-- act: deploy the stack -->",
    "<!-- file: production.yaml -->",
    "```yaml",
    "circleci: { organizationId: 11111111-2222-4333-8444-555555555555 }",
    "trust: { projects: [{ id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee }] }",
    "deploy: { appRunner: [demo-backend], amplify: [demo-frontend] }",
    "```",
    "<!-- transcript -->",
    "```console",
    "$ aws ssm put-parameter --name /oidc-reconciler/environments/production --type String \\",
    "  --value file://production.yaml",
    "$ oidc-reconciler plan production",
    "```",
    "<!-- alert -->",
    "```text",
    "```",
  ].join("\n");

  test("is the same each time", async () => {
    const [first, second] = [await freshPage(page), await freshPage(page)];
    expect(first).toBe(second);
    expect(first).toContain("Subject: ");
    expect(first).toContain("production: held (version 1");
  });

  test("is replaced where it is no longer true", async () => {
    const fresh = await freshPage(page);
    const old = fresh.replace("production: held (version 1", "production: in-sync (version 1");
    expect(old).not.toBe(fresh);
    expect(await freshPage(old)).toBe(fresh);
  });
});
