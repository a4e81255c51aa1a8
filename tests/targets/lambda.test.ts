import { describe, expect, test } from "vitest";
import { evaluateAccess, problemOfPermissionPolicy } from "../../sandbox/evaluate/index.ts";
import type { Reading } from "../../shared/aws/reading.ts";
import { nothingObserved, type ObservedTargets } from "../../shared/plan/observed.ts";
import { type Resolution, resolveTargets } from "../../shared/plan/resolve.ts";
import { outputsOfTargets } from "../../shared/report/outputs.ts";
import type { ResolvedTargets } from "../../shared/targets/index.ts";
import { deployPolicyOf } from "../../shared/trust/index.ts";
import { documentText, problems, valid } from "../document/documents.ts";
import { none } from "./none.ts";

const account = { id: "123456789012", partition: "aws" };
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const resolved = (...names: readonly string[]): ResolvedTargets => ({
  ...none,
  lambda: names.map((name) => ({ function: name, arn: arnOf(name) })),
});
const policyOf = (targets: ResolvedTargets) => deployPolicyOf({ targets, outputs: null });

const fault = { code: "ThrottlingException", message: "slow down", kind: "transient" } as const;
const found = { kind: "found", value: true } as const;
const absent = { kind: "absent" } as const;
const unreadable = { kind: "unreadable", fault } as const;

function seen(readings: Readonly<Record<string, Reading<true>>>): ObservedTargets {
  const value = new Map(Object.entries(readings));
  return { ...nothingObserved("us-east-1"), lambda: { kind: "found", value } };
}

function resolve(
  names: readonly string[],
  observed: ObservedTargets,
  memory: { readonly last?: ResolvedTargets; readonly inForce?: ResolvedTargets } = {},
): Resolution {
  return resolveTargets({
    deploy: valid(documentText({ deploy: { lambda: names } })).deploy,
    observed,
    remembered: memory.last ?? null,
    inForce: memory.inForce === undefined ? null : JSON.stringify(policyOf(memory.inForce)),
    account,
  });
}

describe("a document names a function", () => {
  test.each(["a", "demo-worker", "Demo_Worker-2", "x".repeat(64)])("%s", (name) => {
    expect(valid(documentText({ deploy: { lambda: [name, name] } })).deploy.lambda).toEqual([name]);
  });

  test.each([
    ["", "is empty"],
    ["x".repeat(65), "has 65 characters, 1 too many"],
    [arnOf("web"), "is an ARN"],
    ["web:live", "has a version or an alias"],
    ["web.js", "is not of that form"],
    ["web*", "is not of that form"],
    ["${aws:username}", "has a version or an alias"],
    ["oidc-reconciler-prod-reconcile", "is a function of the reconciler"],
  ])("or is refused: %j %s", (name, says) => {
    const [problem, ...others] = problems(documentText({ deploy: { lambda: ["fine", name] } }));
    expect(others).toEqual([]);
    expect(problem?.path).toBe("deploy.lambda[1]");
    expect(problem?.message).toContain(says);
    expect(problem?.message).toContain("1 to 64 of A-Z a-z 0-9 - _");
  });

  test("or a number, which wants quotes", () => {
    const [problem] = problems(documentText({ deploy: { lambda: [1234] } }));
    expect(problem?.message).toContain("put it in quotes");
  });
});

describe("the statement LambdaDeploy", () => {
  const policy = policyOf(resolved("web", "worker"));

  test("is one statement over exactly the functions, their versions and aliases", () => {
    expect(problemOfPermissionPolicy(JSON.stringify(policy))).toBeNull();
    expect(policy?.Statement).toEqual([
      {
        Sid: "LambdaDeploy",
        Effect: "Allow",
        Action: [
          "lambda:UpdateFunctionCode",
          "lambda:GetFunction",
          "lambda:GetFunctionConfiguration",
          "lambda:PublishVersion",
          "lambda:GetAlias",
          "lambda:UpdateAlias",
        ],
        Resource: [arnOf("web"), `${arnOf("web")}:*`, arnOf("worker"), `${arnOf("worker")}:*`],
      },
    ]);
  });

  test.each([
    ["lambda:UpdateFunctionCode", arnOf("web"), true],
    ["lambda:PublishVersion", arnOf("worker"), true],
    ["lambda:UpdateAlias", `${arnOf("web")}:live`, true],
    ["lambda:GetFunctionConfiguration", `${arnOf("web")}:7`, true],
    ["lambda:UpdateFunctionCode", arnOf("web2"), false],
    ["lambda:UpdateFunctionCode", arnOf("we"), false],
    ["lambda:UpdateFunctionCode", arnOf("web").replace("us-east-1", "eu-west-1"), false],
    ["lambda:InvokeFunction", arnOf("web"), false],
    ["lambda:UpdateFunctionConfiguration", arnOf("web"), false],
    ["lambda:AddPermission", arnOf("web"), false],
    ["lambda:DeleteFunction", arnOf("web"), false],
    ["iam:PassRole", "arn:aws:iam::123456789012:role/web", false],
  ])("%s on %s: %s", (action, resource, allowed) => {
    const { decision } = evaluateAccess([policy], { action, resource, context: new Map() });
    expect(decision === "allow").toBe(allowed);
  });

  test("is left out where no function is named", () => {
    expect(policyOf(none)).toBeNull();
  });
});

describe("a function", () => {
  test("that exists is resolved to its ARN", () => {
    const { targets, missing } = resolve(["web"], seen({ web: found }));
    expect(targets).toEqual(resolved("web"));
    expect(missing).toEqual([]);
  });

  const web = resolved("web");
  test.each([
    ["does not exist, and nobody knew it", absent, {}, false],
    ["does not exist, in force and forgotten", absent, { inForce: web }, false],
    ["does not exist, remembered and not in force", absent, { last: web }, false],
    ["does not exist any more", absent, { last: web, inForce: web }, true],
    ["could not be read, and nothing is in force", unreadable, { last: web }, false],
    ["could not be read", unreadable, { inForce: web }, true],
    [
      "does not exist, and another one is in force",
      absent,
      { last: web, inForce: resolved("web2") },
      false,
    ],
  ])("that %s", (_, reading, memory, kept) => {
    const { targets, missing } = resolve(["web"], seen({ web: reading }), memory);
    expect(targets).toEqual(kept ? web : none);
    const why = reading.kind;
    expect(missing).toMatchObject([{ kind: "lambda", name: "web", why, kept }]);
    expect(missing[0]?.message).toMatch(/^Lambda function web /);
  });

  test("that a record remembers under a forged ARN gives nothing", () => {
    const forged = { ...none, lambda: [{ function: "web", arn: arnOf("*") }] };
    expect(
      resolve(["web"], seen({ web: absent }), { last: forged, inForce: forged }).targets,
    ).toEqual(none);
  });
});

test("the outputs are names: the first alone, and each of several", () => {
  const document = valid(documentText({ deploy: { lambda: ["web", "my-job"] } }));
  const outputs = (...names: readonly string[]) =>
    Object.entries(outputsOfTargets(document, resolved(...names), account)).filter(([name]) =>
      name.startsWith("AWS_LAMBDA"),
    );
  expect(outputs("web")).toEqual([["AWS_LAMBDA_FUNCTION", "web"]]);
  expect(outputs("web", "my-job")).toEqual([
    ["AWS_LAMBDA_FUNCTION", "web"],
    ["AWS_LAMBDA_FUNCTION_WEB", "web"],
    ["AWS_LAMBDA_FUNCTION_MY_JOB", "my-job"],
  ]);
});
