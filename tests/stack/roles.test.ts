import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { chosenTemplate, everyChoice, packagedTemplate } from "./package.ts";
import { executionRole, type FunctionName, isRecord, resourcesOfType } from "./template.ts";

const functions = ["reconcile", "audit", "diagnose"] as const;
const place = { account: "ACCOUNT", region: "REGION" };
const template = packagedTemplate();
const bounded = packagedTemplate(everyChoice);
/** What documents and people see is the same as by default: only what bounds IAM is chosen. */
const { permissionsBoundary, organizations } = everyChoice.params;
const guarded = chosenTemplate({
  params: {
    permissionsBoundary,
    organizations: organizations.toLowerCase().replaceAll(" ", ""),
  },
});
/** The longest names, and as many organisations as are taken. */
const full = packagedTemplate({
  stage: "s".repeat(38),
  params: {
    permissionsBoundary: `arn:aws-us-gov:iam::123456789012:policy/${"b".repeat(64)}`,
    roleNames: `CircleCI-${"r".repeat(55)}`,
    policyNames: `CircleCI-${"p".repeat(55)}`,
    organizations: Array.from(
      { length: 20 },
      (_, i) => `11111111-2222-4333-8444-${String(i).padStart(12, "0")}`,
    ).join(","),
  },
});
const wide = packagedTemplate({ params: { roleNames: "*", policyNames: "*" } });

/** One permission in one line: effect, action, resource and conditions. */
function permissionsOf(functionName: FunctionName, from = template): readonly string[] {
  return executionRole(from, functionName, place).policies.flatMap(({ document }) =>
    listOf(document["Statement"]).flatMap((statement) => {
      if (!isRecord(statement)) throw new Error("A statement is an object.");
      const { Effect, Condition } = statement;
      return listOf(statement["Action"]).flatMap((action) =>
        listOf(statement["Resource"]).map((resource) =>
          [Effect, action, resource, ...conditionsOf(Condition)].join(" "),
        ),
      );
    }),
  );
}

function conditionsOf(condition: unknown): readonly string[] {
  if (!isRecord(condition)) return [];
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(isRecord(keys) ? keys : {}).map(([key, value]) => `${operator} ${key} ${value}`),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** The same lines as `docs/permissions.md` reports them: its table of one function. */
function documentedPermissions(heading: string): readonly string[] {
  const page = readFileSync(new URL("../../docs/permissions.md", import.meta.url), "utf8");
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => {
    const [, actions = "", resources = "", why = ""] = row.split("|").map((cell) => cell.trim());
    expect(why, row).not.toBe("");
    const [allowed = "", condition] = actions.split(" if ");
    const effect = actions.includes("**denied**") ? "Deny" : "Allow";
    return inBackticks(allowed).flatMap((action) =>
      inBackticks(resources).map((resource) =>
        [effect, action, resource, ...inBackticks(condition ?? "")].join(" "),
      ),
    );
  });
}

function inBackticks(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner = ""]) => inner);
}

describe("the execution roles", () => {
  test.each(functions)("%s may do exactly what docs/permissions.md says", (functionName) => {
    expect(permissionsOf(functionName).toSorted()).toEqual(
      documentedPermissions(functionName).toSorted(),
    );
  });

  test("change with a boundary and a list of organisations as docs/permissions.md says", () => {
    const without = permissionsOf("reconcile");
    const both = permissionsOf("reconcile", guarded);
    const added = both.filter((line) => !without.includes(line));
    const gone = without.filter((line) => !both.includes(line));
    const reported = (change: string) => documentedPermissions(`reconcile with both: ${change}`);
    expect(added.toSorted()).toEqual(reported("added").toSorted());
    expect(gone.toSorted()).toEqual(reported("gone").toSorted());
    for (const name of ["audit", "diagnose"] as const) {
      expect(permissionsOf(name, guarded)).toEqual(permissionsOf(name));
    }
  });

  test("change with a bucket for the weekly page as docs/permissions.md says", () => {
    const reporting = chosenTemplate({ params: { reportBucket: "shop-reports" } });
    const added = permissionsOf("audit", reporting).filter(
      (line) => !permissionsOf("audit").includes(line),
    );
    expect(added.toSorted()).toEqual(documentedPermissions("audit with reportBucket").toSorted());
    for (const name of ["reconcile", "diagnose"] as const) {
      expect(permissionsOf(name, reporting)).toEqual(permissionsOf(name));
    }
  });

  test("are one for each function, and no function has another", () => {
    const names = functions.map((name) => executionRole(template, name, place).name);
    expect(names).toEqual(functions.map((name) => `oidc-reconciler-prod-${name}`));
    const roles = resourcesOfType(template, "AWS::IAM::Role");
    expect(roles.map(([logicalId]) => logicalId)).toEqual([
      "ReconcileRole",
      "AuditRole",
      "DiagnoseRole",
    ]);
    for (const [, { Properties }] of roles) {
      expect(Object.keys(Properties)).not.toContain("ManagedPolicyArns");
    }
  });

  test.each(functions)("%s's trusts Lambda alone", (functionName) => {
    expect(executionRole(template, functionName, place).trustPolicy).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
  });

  test.each(functions)("%s's inline policies fit into IAM's 10,240 characters", (functionName) => {
    const far = { account: "123456789012", region: "ap-southeast-1", partition: "aws-us-gov" };
    for (const from of [template, bounded, full]) {
      const { policies } = executionRole(from, functionName, far);
      const documents = policies.map(({ document }) => JSON.stringify(document)).join("");
      expect(documents.length).toBeLessThan(10_240);
    }
  });

  test("allow every resource only where IAM knows no other, and only to read", () => {
    const everywhere = functions
      .flatMap((name) => permissionsOf(name))
      .filter((line) => line.endsWith(" *"));
    for (const line of everywhere) {
      expect(line).toMatch(/^Allow [a-z]+:(Get|List|Describe|Lookup)[A-Za-z]+ \*$/);
    }
    for (const line of functions.flatMap((name) => permissionsOf(name))) {
      expect(line).not.toMatch(/^Allow ([a-z]+:)?\*/);
      expect(line).not.toContain("PassRole");
    }
  });

  test.each<[FunctionName, readonly string[]]>([
    [
      "audit",
      ["Allow ssm:PutParameter arn:aws:ssm:REGION:ACCOUNT:parameter/oidc-reconciler/audit"],
    ],
    [
      "diagnose",
      ["Allow ssm:PutParameter arn:aws:ssm:REGION:ACCOUNT:parameter/oidc-reconciler/refusals"],
    ],
  ])("%s writes nothing in IAM, and in SSM no more than it remembers", (functionName, memory) => {
    const writes = permissionsOf(functionName).filter(
      (line) => /^Allow (iam|ssm):/.test(line) && !/^Allow [a-z]+:(Get|List)/.test(line),
    );
    expect(writes).toEqual(memory);
  });
});

describe("under its role, reconcile", () => {
  const account = "123456789012";
  const inAccount = { account, region: "eu-central-1" };

  function decide(
    action: string,
    resource: string,
    context: Readonly<Record<string, string>> = {},
    from = template,
  ): string {
    const { policies } = executionRole(from, "reconcile", inAccount);
    return evaluateAccess(
      policies.map(({ document }) => document),
      {
        action,
        resource,
        context: new Map(Object.entries(context).map(([key, value]) => [key, [value]])),
      },
    ).decision;
  }

  const role = `arn:aws:iam::${account}:role/CircleCI-OIDC-Role`;
  const parameter = `arn:aws:ssm:eu-central-1:${account}:parameter/oidc-reconciler`;
  const attached = (arn: string): Readonly<Record<string, string>> => ({ "iam:PolicyARN": arn });

  test.each([
    ["iam:UpdateAssumeRolePolicy", role],
    ["iam:DetachRolePolicy", role],
    ["iam:CreatePolicyVersion", `arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`],
    ["iam:GetPolicyVersion", "arn:aws:iam::aws:policy/AdministratorAccess"],
    [
      "iam:CreateOpenIDConnectProvider",
      `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555`,
    ],
    ["ssm:PutParameter", `${parameter}/status/production`],
    ["ssm:PutParameter", `${parameter}/applied/production`],
    ["ssm:PutParameter", `${parameter}/outputs/production`],
    ["ssm:DeleteParameter", `${parameter}/outputs/production`],
    ["ssm:PutParameter", `${parameter}/journal`],
    ["ssm:PutParameter", `${parameter}/heartbeat`],
    ["ssm:DeleteParameter", `${parameter}/applied/production`],
    ["ssm:GetParameterHistory", `${parameter}/applied/production`],
    ["ssm:GetParameterHistory", `${parameter}/environments/production`],
    ["sqs:ReceiveMessage", `arn:aws:sqs:eu-central-1:${account}:oidc-reconciler-prod-events.fifo`],
    ["ssm:UnlabelParameterVersion", `${parameter}/environments/production`],
    ["ecr:DescribeRepositories", `arn:aws:ecr:us-west-2:${account}:repository/*`],
    ["apprunner:ListServices", "*"],
    ["sns:Publish", `arn:aws:sns:eu-central-1:${account}:oidc-reconciler-prod-alerts`],
  ])("may %s on %s", (action, resource) => {
    expect(decide(action, resource)).toBe("allow");
  });

  test.each([
    ["iam:PutRolePolicy", role],
    ["iam:UpdateAssumeRolePolicy", `arn:aws:iam::${account}:role/Admin`],
    ["iam:UpdateAssumeRolePolicy", `arn:aws:iam::210987654321:role/CircleCI-OIDC-Role`],
    ["iam:CreatePolicyVersion", `arn:aws:iam::${account}:policy/Admins`],
    ["iam:CreateUser", `arn:aws:iam::${account}:user/mallory`],
    ["iam:CreateOpenIDConnectProvider", `arn:aws:iam::${account}:oidc-provider/evil.example`],
    ["iam:CreateOpenIDConnectProvider", `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com`],
    ["iam:PassRole", role],
    ["sts:AssumeRole", role],
    ["ssm:PutParameter", `${parameter}/environments/production`],
    ["ssm:LabelParameterVersion", `${parameter}/environments/production`],
    ["ssm:GetParameter", `arn:aws:ssm:eu-central-1:${account}:parameter/shop/database`],
    ["ssm:GetParameter", `${parameter}-2/environments/production`],
    ["ssm:PutParameter", `${parameter}/heartbeat2`],
    ["ssm:PutParameter", `${parameter}/outputs2/production`],
    ["ssm:GetParameterHistory", `${parameter}/outputs/production`],
    ["ssm:DeleteParameter", `${parameter}/journal`],
    ["ssm:DeleteParameter", `${parameter}/environments/production`],
    ["ssm:GetParameterHistory", `${parameter}/status/production`],
    ["iam:SetDefaultPolicyVersion", `arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`],
    ["sqs:SendMessage", `arn:aws:sqs:eu-central-1:${account}:oidc-reconciler-prod-events.fifo`],
    ["sns:Publish", `arn:aws:sns:eu-central-1:${account}:another-topic`],
    ["events:PutEvents", `arn:aws:events:eu-central-1:${account}:event-bus/another`],
    ["ecr:PutImage", `arn:aws:ecr:eu-central-1:${account}:repository/demo-backend`],
    ["lambda:UpdateFunctionCode", "*"],
  ])("may not %s on %s", (action, resource) => {
    expect(decide(action, resource)).toBe("implicit-deny");
  });

  test("may attach its own policies only", () => {
    const policy = `arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`;
    expect(decide("iam:AttachRolePolicy", role, attached(policy))).toBe("allow");
    for (const foreign of [
      "arn:aws:iam::aws:policy/AdministratorAccess",
      "arn:aws:iam::aws:policy/CircleCI-x",
      `arn:aws:iam::${account}:policy/Admins`,
    ]) {
      expect(decide("iam:AttachRolePolicy", role, attached(foreign))).toBe("implicit-deny");
    }
    expect(decide("iam:AttachRolePolicy", role)).toBe("implicit-deny");
  });

  test("may do nothing to the stack's own roles, however wide the names are set", () => {
    for (const action of [
      "iam:UpdateAssumeRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:PutRolePolicy",
      "iam:DeleteRolePermissionsBoundary",
      "iam:GetRole",
    ]) {
      for (const name of functions) {
        const own = `arn:aws:iam::${account}:role/oidc-reconciler-prod-${name}`;
        expect(decide(action, own, {}, wide)).toBe("explicit-deny");
      }
    }
    const own = `arn:aws:iam::${account}:role/oidc-reconciler-prod-reconcile`;
    const policy = attached(`arn:aws:iam::${account}:policy/Any`);
    expect(decide("iam:AttachRolePolicy", own, policy, wide)).toBe("explicit-deny");
    expect(decide("iam:UpdateAssumeRolePolicy", role, {}, wide)).toBe("allow");
  });

  const bound = (arn: string): Readonly<Record<string, string>> => ({
    "iam:PermissionsBoundary": arn,
  });
  const within = bound(permissionsBoundary);
  const own = attached(`arn:aws:iam::${account}:policy/CircleCI-Deployment-Policy`);

  test.each<[string, Readonly<Record<string, string>>]>([
    ["iam:CreateRole", {}],
    ["iam:PutRolePermissionsBoundary", {}],
    ["iam:UpdateAssumeRolePolicy", {}],
    ["iam:UpdateRole", {}],
    ["iam:AttachRolePolicy", own],
  ])("may %s only on a role with the boundary that an installation requires", (action, context) => {
    const other = bound(`arn:aws:iam::${account}:policy/other`);
    expect(decide(action, role, { ...context, ...within }, guarded)).toBe("allow");
    expect(decide(action, role, { ...context, ...other }, guarded)).toBe("implicit-deny");
    expect(decide(action, role, context, guarded)).toBe("implicit-deny");
    expect(decide(action, role, context)).toBe("allow");
  });

  test.each([
    "iam:DetachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "iam:UntagRole",
    "iam:TagRole",
  ])(
    "may %s whatever boundary the role has: closing is never refused for want of one",
    (action) => {
      for (const context of [{}, within, bound(`arn:aws:iam::${account}:policy/other`)]) {
        expect(decide(action, role, context, guarded)).toBe("allow");
      }
    },
  );

  test("may take no boundary off that an installation requires", () => {
    expect(decide("iam:DeleteRolePermissionsBoundary", role, within, guarded)).toBe(
      "implicit-deny",
    );
  });

  test.each([
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:DeletePolicyVersion",
    "iam:DeletePolicy",
    "iam:TagPolicy",
    "iam:UntagPolicy",
  ])("may not %s on the boundary itself", (action) => {
    expect(decide(action, permissionsBoundary, {}, guarded)).toBe("explicit-deny");
    expect(decide("iam:GetPolicyVersion", permissionsBoundary, {}, guarded)).toBe("allow");
  });

  test("may let in the listed organisations only, and close any provider of CircleCI's", () => {
    const at = (id: string) => `arn:aws:iam::${account}:oidc-provider/oidc.circleci.com/org/${id}`;
    const listed = at("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
    const other = at("99999999-2222-4333-8444-555555555555");
    for (const action of [
      "iam:CreateOpenIDConnectProvider",
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ]) {
      expect(decide(action, listed, {}, guarded)).toBe("allow");
      expect(decide(action, other, {}, guarded)).toBe("implicit-deny");
      expect(decide(action, other)).toBe("allow");
    }
    for (const action of [
      "iam:GetOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:DeleteOpenIDConnectProvider",
    ]) {
      expect(decide(action, other, {}, guarded)).toBe("allow");
    }
  });
});
