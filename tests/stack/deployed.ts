import type { Sandbox } from "../../sandbox/index.ts";
import { chosenTemplate, packagedTemplate, type StackChoices } from "./package.ts";
import { executionRole, type FunctionName, functionEnvironment } from "./template.ts";

// While the file is loaded, which has no time limit, rather than in the first test that needs it.
const standard = packagedTemplate();

/** A function as deployed: its execution role in the account, and what Lambda would give it. */
export type DeployedFunction = {
  readonly roleArn: string;
  readonly functionName: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** Its environment variables, AWS's own and the credentials included. */
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * Deploys a function's execution role into a sandbox, out of the packaged template, and opens a
 * session of it under the function's name, as Lambda does. What the role does not allow, the
 * sandbox refuses.
 */
export async function deployFunction(
  sandbox: Sandbox,
  name: FunctionName,
  choices?: StackChoices,
): Promise<DeployedFunction> {
  const template = choices === undefined ? standard : chosenTemplate(choices);
  const place = { account: sandbox.account, region: sandbox.region };
  const role = executionRole(template, name, place);
  const roleArn = sandbox.createRole({
    name: role.name,
    trust: role.trustPolicy,
    policies: Object.fromEntries(role.policies.map((policy) => [policy.name, policy.document])),
  });
  // Function and role have one name, and Lambda names the session after the function.
  const credentials = await sandbox.credentialsOf(roleArn, role.name);
  return {
    roleArn,
    functionName: role.name,
    credentials,
    environment: {
      ...functionEnvironment(template, name, place),
      AWS_REGION: sandbox.region,
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: role.name,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    },
  };
}
