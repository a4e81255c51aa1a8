import { describe, expect, test } from "vitest";
import { textOf } from "../source-files.ts";
import { acts } from "./acts.ts";
import { refusedIn } from "./jobs.ts";
import { playedPage } from "./page.ts";
import { playerOn } from "./play.ts";
import { openStage } from "./stage.ts";

type Watched = { readonly deployed: number; readonly refused: readonly string[] };

/** Plays a page, and lets a job deploy after each act and command from the first that lets it in. */
async function watched(page: string): Promise<Watched> {
  const stage = await openStage();
  const refused: string[] = [];
  let deployed = 0;
  let steps = 0;
  stage.watch = async () => {
    steps += 1;
    const now = await refusedIn(stage);
    if (now.length === 0) deployed += 1;
    else if (deployed > 0) refused.push(`after step ${steps}: ${now.join(", ")}`);
  };
  try {
    await playedPage(page, playerOn(stage, acts));
    return { deployed, refused };
  } finally {
    await stage.sandbox.close();
  }
}

describe("a job that deploys before a page's first step deploys after each of its steps", () => {
  test.each(["docs/taking-over.md", "docs/app-runner-to-ecs-express.md"])("%s", async (path) => {
    const { deployed, refused } = await watched(textOf(path));
    expect(refused).toEqual([]);
    expect(deployed).toBeGreaterThan(5);
  });

  test("deploys by the end of the quick start, and not before", async () => {
    const { deployed, refused } = await watched(textOf("docs/quick-start.md"));
    expect(refused).toEqual([]);
    expect(deployed).toBeGreaterThan(3);
  });

  test("is refused where a page forgets a branch that deploys", async () => {
    const page = textOf("docs/taking-over.md");
    const both = "[refs/heads/main, refs/heads/hotfix]";
    expect(page.split(both).length).toBeGreaterThan(2);
    const { refused } = await watched(page.replaceAll(both, "[refs/heads/main]"));
    expect(refused).toContainEqual(expect.stringContaining("login of refs/heads/hotfix"));
  });

  test("is refused where a page takes something away too early", async () => {
    const page = textOf("docs/app-runner-to-ecs-express.md");
    const act = "<!-- act: the pipeline no longer deploys to App Runner -->";
    expect(page.split(act)).toHaveLength(2);
    const { refused } = await watched(page.replace(act, ""));
    expect(refused).toContainEqual(expect.stringContaining("App Runner"));
  });
});
