import { IAMClient } from "@aws-sdk/client-iam";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { accountState } from "../scenarios/state.ts";
import { textOf } from "../source-files.ts";
import { packagedTemplate } from "../stack/package.ts";
import { acts } from "./acts.ts";
import { playedPage } from "./page.ts";
import { playerOn } from "./play.ts";
import { openStage } from "./stage.ts";

/** Everything of the account that the product or its stack may have put there. */
async function foundIn(sandbox: Sandbox) {
  const options = clientOptions(sandbox);
  const iam = new IAMClient(options);
  const { Parameters = [] } = await new SSMClient(options).send(new DescribeParametersCommand({}));
  const { Topics = [] } = await new SNSClient(options).send(new ListTopicsCommand({}));
  const { roles, ...others } = await accountState(iam);
  // Those of the people on the page stay.
  const ours = Object.entries(roles).filter(([name]) => /^(CircleCI|oidc-reconciler)/.test(name));
  return { ...others, roles: ours, Topics, parameters: Parameters.map(({ Name }) => Name) };
}

describe("docs/removal.md", () => {
  const page = textOf("docs/removal.md");

  test("leaves the account as it was before the product came", async () => {
    const stage = await openStage();
    try {
      const before = await foundIn(stage.sandbox);
      let most = 0;
      stage.watch = async () => {
        const { parameters } = await foundIn(stage.sandbox);
        most = Math.max(most, parameters.length);
      };
      await playedPage(page, playerOn(stage, acts));
      expect(most).toBeGreaterThan(3);
      expect(await foundIn(stage.sandbox)).toEqual(before);
    } finally {
      await stage.sandbox.close();
    }
  });

  test("speaks of a stack of which nothing is retained", () => {
    const kept = Object.entries(packagedTemplate().Resources).filter(
      ([, resource]) => "DeletionPolicy" in resource && resource["DeletionPolicy"] !== "Delete",
    );
    expect(kept).toEqual([]);
  });
});
