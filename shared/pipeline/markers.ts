import type { RunStep } from "./config.ts";
import { script } from "./shell.ts";

/**
 * Steps that show a deployment on CircleCI's page of deploys: planned and running before it, and how
 * it ended. A job that only starts a deployment knows no end, and leaves one entry.
 *
 * @param waits does the job know how the deployment ended?
 * @see https://circleci.com/docs/guides/deploy/configure-deploy-markers/
 */
export function marked(steps: readonly RunStep[], waits: boolean): readonly RunStep[] {
  if (!waits) return [...steps, step("Log the deployment", `circleci run release log${what}`)];
  const update = (status: string) => `circleci run release update "$CIRCLE_JOB" --status=${status}`;
  return [
    step("Plan the deployment", `circleci run release plan "$CIRCLE_JOB"${what}`),
    step("Mark the deployment as running", update("RUNNING")),
    ...steps,
    step("Mark the deployment as done", update("SUCCESS"), "on_success"),
    step("Mark the deployment as failed", update("FAILED"), "on_fail"),
  ];
}

/** The environment's and the target's name come as variables of the job. */
const what =
  ' --environment-name="$DEPLOY_ENVIRONMENT" --component-name="$DEPLOY_COMPONENT" --target-version="$CIRCLE_SHA1"';

/** What the steps read. */
export function markerValues(
  environment: string,
  component: string,
): readonly (readonly [string, string])[] {
  return [
    ["DEPLOY_ENVIRONMENT", environment],
    ["DEPLOY_COMPONENT", component],
  ];
}

function step(name: string, command: string, when?: RunStep["when"]): RunStep {
  return { kind: "run", name, command: script(command), ...(when === undefined ? {} : { when }) };
}
