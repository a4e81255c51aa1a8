import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { expect, onTestFinished, test } from "vitest";

const path = fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url));

/** Which repositories the account has that `npm run sandbox` starts with these options, where nothing knows of another one. */
async function started(options: readonly string[]) {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [path, ...options], {
    env: { PATH, HOME: "/nowhere" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const variables = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value = ""] = /export (\w+)=(\S*)/.exec(line) ?? [];
    if (name !== undefined) variables.set(name, value);
    if (variables.has("AWS_ENDPOINT_URL") && variables.has("AWS_SECRET_ACCESS_KEY")) break;
  }
  const of = (name: string) => variables.get(name) ?? "";
  const credentials = {
    accessKeyId: of("AWS_ACCESS_KEY_ID"),
    secretAccessKey: of("AWS_SECRET_ACCESS_KEY"),
  };
  const ecr = new ECRClient({
    endpoint: of("AWS_ENDPOINT_URL"),
    region: of("AWS_REGION") || "us-east-1",
    credentials,
  });
  onTestFinished(() => ecr.destroy());
  const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
  return repositories.map(({ repositoryName }) => repositoryName);
}

test("npm run sandbox starts an account with example deploy targets", async () => {
  expect(await started([])).toContain("demo-backend");
});

test("npm run sandbox -- --empty starts an account without", async () => {
  expect(await started(["--empty"])).toEqual([]);
});
