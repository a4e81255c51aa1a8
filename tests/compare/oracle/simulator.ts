import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

type Context = Readonly<Record<string, readonly string[]>>;

const account = "123456789012";

/** Keys named as multi-valued go over as lists, the others as the text of their one value. */
function contextVariables(
  context: Context,
  multi: readonly string[],
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(context).map(([key, values]) => [
      key,
      multi.includes(key) ? [...values] : String(values[0]),
    ]),
  );
}

/** Whether iam-simulate lets a user read an object under one identity policy. */
export function simulatorAllows(
  document: unknown,
  context: Context,
  multi: readonly string[],
): boolean {
  const result = runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:user/someone`,
        action: "s3:GetObject",
        resource: { resource: "arn:aws:s3:::bucket/object", accountId: account },
        contextVariables: contextVariables(context, multi),
      },
      identityPolicies: [{ name: "policy", policy: document }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return result === "Allowed";
}

/**
 * Whether iam-simulate lets a caller assume a role under a trust policy. The caller's own account
 * allows it everything, so that the trust policy alone decides; a provider or service has no
 * identity policies.
 */
export async function simulatorAdmits(
  document: unknown,
  caller: string,
  action: string,
): Promise<boolean> {
  const everything = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  };
  const hasPolicies = /:(user|role|assumed-role|federated-user)\//.test(caller);
  const answer = await runSimulation(
    {
      request: {
        principal: caller,
        action,
        resource: { resource: `arn:aws:iam::${account}:role/target`, accountId: account },
        contextVariables: {},
      },
      identityPolicies: hasPolicies ? [{ name: "everything", policy: everything }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: document,
    },
    {},
  );
  if (answer.resultType === "error") throw new Error(JSON.stringify(answer.errors));
  return answer.overallResult === "Allowed";
}

/**
 * The same for a trust policy with conditions, without the simulator's checks: it has no entry for
 * CircleCI's condition keys. A resource policy is asked for its name, and gets one from a validated
 * document.
 */
export function simulatorAdmitsInContext(
  document: unknown,
  request: { readonly principal: string; readonly action: string; readonly context: Context },
  multi: readonly string[],
): boolean {
  const { principal, action, context } = request;
  const everything = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  };
  const hasPolicies = /:(root|user\/|role\/|assumed-role\/)/.test(principal);
  const result = runUnsafeSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource: `arn:aws:iam::${account}:role/target`, accountId: account },
        contextVariables: contextVariables(context, multi),
      },
      identityPolicies: hasPolicies ? [{ name: "everything", policy: everything }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: {
        __validated: true,
        policyDocument: document,
        metadata: { name: "trust" },
        errors: [],
      },
    },
    {},
  );
  return result === "Allowed";
}
