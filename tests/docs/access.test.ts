import { IAM } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, Lambda } from "@aws-sdk/client-lambda";
import { SSM } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { packagedTemplate } from "../stack/package.ts";
import { executionRole, isRecord } from "../stack/template.ts";
import { sessionOf } from "./persons.ts";
import { type Persona, personas, policyOf } from "./policies.ts";

const account = "123456789012";
const Name = "/oidc-reconciler/environments/production";
const RoleName = "CircleCI-OIDC-Role";
const drillTag = { Key: "oidc-reconciler-drill", Value: "1" } as const;
const FunctionName = "oidc-reconciler-prod-reconcile";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
  await seed(sandbox);
  sandbox.createRole({ name: RoleName });
  sandbox.createRole({ name: "Administrator" });
  sandbox.createParameter({ name: Name, value: "mode: observe" });
  const lambda = new Lambda(clientOptions(sandbox));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: sandbox.createRole({ name: FunctionName }),
      Code: { S3Bucket: "code", S3Key: "reconcile.zip" },
      Runtime: "nodejs24.x",
      Handler: "reconcile.handler",
    }),
  );
  lambda.destroy();
});
afterAll(() => sandbox.close());

type Aws = { readonly ssm: SSM; readonly iam: IAM; readonly lambda: Lambda };

async function as(...duties: readonly Persona[]): Promise<Aws> {
  const session = await sessionOf(sandbox, ...duties);
  const options = {
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials: {
      accessKeyId: session["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: session["AWS_SECRET_ACCESS_KEY"] ?? "",
      sessionToken: session["AWS_SESSION_TOKEN"] ?? "",
    },
  };
  return { ssm: new SSM(options), iam: new IAM(options), lambda: new Lambda(options) };
}

/** Whether IAM let the call through; what the service then made of it does not matter here. */
async function isAllowed(call: Promise<unknown>): Promise<boolean> {
  const name = await call.then(
    () => "",
    (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown)),
  );
  return !name.startsWith("AccessDenied");
}

/** What each duty is for, and who may do it. */
const works: Readonly<
  Record<
    string,
    { readonly may: readonly Persona[]; readonly call: (aws: Aws) => Promise<unknown> }
  >
> = {
  "put a document": {
    may: ["editor"],
    call: ({ ssm }) => ssm.putParameter({ Name, Value: "mode: observe", Overwrite: true }),
  },
  "delete a document": {
    may: ["editor"],
    call: ({ ssm }) => ssm.deleteParameter({ Name: `${Name}-2` }),
  },
  "approve a version": {
    may: ["approver"],
    call: ({ ssm }) =>
      ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ["approved"] }),
  },
  "take an approval back": {
    may: ["approver"],
    call: ({ ssm }) =>
      ssm.unlabelParameterVersion({ Name, ParameterVersion: 1, Labels: ["approved"] }),
  },
  "start a run": {
    may: ["runner", "deployer"],
    call: ({ lambda }) => lambda.invoke({ FunctionName, Payload: Buffer.from("{}") }),
  },
  "change the function": {
    may: ["deployer"],
    call: ({ lambda }) =>
      lambda.updateFunctionCode({ FunctionName, S3Bucket: "code", S3Key: "other.zip" }),
  },
  "write a status": {
    may: [],
    call: ({ ssm }) =>
      ssm.putParameter({ Name: "/oidc-reconciler/status/production", Value: "{}", Type: "String" }),
  },
  "write outputs": {
    may: [],
    call: ({ ssm }) =>
      ssm.putParameter({
        Name: "/oidc-reconciler/outputs/production",
        Value: "{}",
        Type: "String",
      }),
  },
  "put the drill's tag on a managed role": {
    may: ["driller"],
    call: ({ iam }) => iam.tagRole({ RoleName, Tags: [drillTag] }),
  },
  "take the drill's tag off": {
    may: ["driller"],
    call: ({ iam }) => iam.untagRole({ RoleName, TagKeys: [drillTag.Key] }),
  },
  "put the drill's tag on somebody else's role": {
    may: [],
    call: ({ iam }) => iam.tagRole({ RoleName: "Administrator", Tags: [drillTag] }),
  },
  "put another tag beside the drill's": {
    may: [],
    call: ({ iam }) => iam.tagRole({ RoleName, Tags: [drillTag, { Key: "team", Value: "mine" }] }),
  },
  "take an owner's tag off": {
    may: [],
    call: ({ iam }) => iam.untagRole({ RoleName, TagKeys: ["oidc-reconciler:environment"] }),
  },
  "put another tag on a managed role": {
    may: [],
    call: ({ iam }) => iam.tagRole({ RoleName, Tags: [{ Key: "team", Value: "mine" }] }),
  },
  "change a trust policy": {
    may: [],
    call: ({ iam }) => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: "{}" }),
  },
  "attach a policy to a managed role": {
    may: [],
    call: ({ iam }) =>
      iam.attachRolePolicy({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
  },
  "read a parameter of another team": {
    may: [],
    call: ({ ssm }) => ssm.getParameter({ Name: "/billing/key" }),
  },
};

describe("the ready policies of docs/AWS_DEVELOPER_ACCESS.md", () => {
  test.each(personas)("let the %s do the duty's work and no other's", async (persona) => {
    const aws = await as(persona);
    const allowed: string[] = [];
    for (const [name, { call }] of Object.entries(works)) {
      if (await isAllowed(call(aws))) allowed.push(name);
    }
    const expected = Object.entries(works).filter(([, { may }]) =>
      may.some((each) => each === persona),
    );
    expect(allowed).toEqual(expected.map(([name]) => name));
  });

  test("leave nothing to one person who edits and approves", async () => {
    const aws = await as("editor", "approver");
    for (const name of ["put a document", "delete a document", "approve a version"]) {
      const work = works[name];
      expect(work === undefined ? null : await isAllowed(work.call(aws)), name).toBe(false);
    }
  });

  test("let the reader read what the functions read, what init offers, and nothing else", () => {
    const reading = /:(Get|List|Describe|Lookup)/;
    const template = packagedTemplate();
    const place = { account, region: "us-east-1" };
    const functions = (["reconcile", "audit", "diagnose"] as const)
      .flatMap((name) => executionRole(template, name, place).policies)
      .flatMap(({ document }) => actionsOf(document))
      .filter((action) => reading.test(action) && !/^(sqs|sts):/.test(action));
    const offered = ["ecs:ListClusters", "ecs:ListServices"];
    expect(actionsOf(policyOf("reader")).toSorted()).toEqual(
      [...new Set([...functions, ...offered])].toSorted(),
    );
  });
});

function actionsOf(document: unknown): readonly string[] {
  const statements = isRecord(document) ? [document["Statement"]].flat() : [];
  return statements.flatMap((statement) =>
    isRecord(statement) && statement["Effect"] === "Allow"
      ? [statement["Action"]].flat().map(String)
      : [],
  );
}

const functionsOwn = [
  "status/production",
  "applied/production",
  "outputs/production",
  "journal",
  "heartbeat",
  "audit",
  "refusals",
];

function decide(operation: string, parameter: string, principal: string): string {
  const everything = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  };
  return evaluateAccess([everything, policyOf("everybody-else")], {
    action: `ssm:${operation}`,
    resource: `arn:aws:ssm:eu-central-1:${account}:parameter/oidc-reconciler/${parameter}`,
    context: new Map([["aws:PrincipalArn", [`arn:aws:iam::${account}:role/${principal}`]]]),
  }).decision;
}

describe("the policy for everybody else", () => {
  test("keeps even administrators off what the functions write, and lets them do the rest", () => {
    for (const state of functionsOwn) {
      for (const operation of ["PutParameter", "DeleteParameters", "LabelParameterVersion"]) {
        expect(decide(operation, state, "people/Admin"), state).toBe("explicit-deny");
      }
    }
    expect(decide("PutParameter", "environments/production", "people/Admin")).toBe("allow");
    expect(decide("GetParameter", "status/production", "people/Admin")).toBe("allow");
  });

  test("does not keep the reconciler off its own state", () => {
    for (const state of functionsOwn.slice(0, -2)) {
      expect(decide("PutParameter", state, FunctionName), state).toBe("allow");
    }
    expect(decide("PutParameter", "audit", "oidc-reconciler-prod-audit")).toBe("allow");
    expect(decide("PutParameter", "refusals", "oidc-reconciler-prod-diagnose")).toBe("allow");
  });
});
