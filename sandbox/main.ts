import { parseArgs } from "node:util";
import { type Sandbox, startSandbox } from "./index.ts";
import { issuerPath } from "./issuer/issuer.ts";
import { type Seeded, seed } from "./seed.ts";

/**
 * Runs a sandbox account until SIGINT or SIGTERM and prints the lines that point the AWS CLI, an
 * SDK and CircleCI's tools at it. `--port` sets its port, `--account` its number, `--region` its Region, `--empty`
 * leaves out the example deploy targets, `--strict` refuses unknown access keys.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      account: { type: "string", default: "123456789012" },
      region: { type: "string", default: "us-east-1" },
      empty: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port takes a number from 0 to 65535, not ${values.port}`);
  }
  const { account, region, strict } = values;
  const sandbox = await startSandbox({ account, region, strict, port });
  const seeded = values.empty ? null : await seed(sandbox);
  process.stdout.write(`${linesOf(sandbox, seeded).join("\n")}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void sandbox.close();
    });
  }
}

function linesOf(sandbox: Sandbox, seeded: Seeded | null): readonly string[] {
  const { endpoint, account, region } = sandbox;
  return [
    `# AWS account ${account} in ${region}, at ${endpoint} (Ctrl-C ends it)`,
    `# CircleCI's issuer: ${endpoint}${issuerPath}/org/<ORG_ID>/.well-known/openid-configuration`,
    `# a CircleCI token: curl -s "${endpoint}${issuerPath}/token?organizationId=<ORG_ID>&projectId=<PROJECT_ID>&origin=github.com/acme/shop&ref=refs/heads/main"`,
    ...(seeded === null
      ? []
      : [
          `# ECR repository ${seeded.repositoryUri}`,
          `# App Runner service ${seeded.serviceArn}`,
          `# Amplify app ${seeded.appName} (${seeded.appId}), branch ${seeded.branch}`,
          `# CircleCI project ${seeded.project}, context ${seeded.context}`,
        ]),
    ...Object.entries(sandbox.environment).map(([name, value]) => `export ${name}=${value}`),
  ];
}

main().catch((error: unknown) => {
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
