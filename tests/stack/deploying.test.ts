import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { textOf } from "../source-files.ts";
import { isRecord } from "./template.ts";

const page = textOf("docs/deploying.md");

/** The policy of the page that is marked with this name. */
function documented(name: string): unknown {
  const block = new RegExp(`<!-- policy: ${name} -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(page);
  return JSON.parse((block?.[1] ?? "").replaceAll("ACCOUNT", "123456789012"));
}

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

function decide(
  policies: readonly unknown[],
  operation: string,
  parameter: string,
  principal = "arn:aws:iam::123456789012:role/people/Editor",
): string {
  return evaluateAccess(policies, {
    action: `ssm:${operation}`,
    resource: `arn:aws:ssm:eu-central-1:123456789012:parameter/oidc-reconciler/${parameter}`,
    context: new Map([["aws:PrincipalArn", [principal]]]),
  }).decision;
}

/** What only the functions write. */
const functionsOwn = [
  "status/production",
  "applied/production",
  "outputs/production",
  "journal",
  "heartbeat",
  "audit",
];

describe("the policies of docs/deploying.md", () => {
  const editor = [documented("editor")];
  const approver = [documented("approver")];
  const administrator = [everything, documented("everybody-else")];

  test("let editors write documents, and neither approve nor touch a status", () => {
    expect(decide(editor, "PutParameter", "environments/production")).toBe("allow");
    expect(decide(editor, "GetParameterHistory", "environments/production")).toBe("allow");
    expect(decide(editor, "GetParameter", "status/production")).toBe("allow");
    expect(decide(editor, "LabelParameterVersion", "environments/production")).toBe(
      "explicit-deny",
    );
    expect(decide(editor, "DeleteParameter", "environments/production")).toBe("allow");
    for (const state of functionsOwn) {
      for (const operation of ["PutParameter", "DeleteParameter"]) {
        expect(decide(editor, operation, state), state).toBe("implicit-deny");
      }
    }
  });

  test("let approvers approve, and neither write nor touch a status", () => {
    expect(decide(approver, "LabelParameterVersion", "environments/production")).toBe("allow");
    expect(decide(approver, "PutParameter", "environments/production")).toBe("explicit-deny");
    expect(decide(approver, "LabelParameterVersion", "status/production")).toBe("implicit-deny");
  });

  test("keep even administrators off what the functions write, and let them do the rest", () => {
    for (const state of functionsOwn) {
      for (const operation of ["PutParameter", "DeleteParameters", "LabelParameterVersion"]) {
        expect(decide(administrator, operation, state), state).toBe("explicit-deny");
      }
    }
    expect(decide(administrator, "PutParameter", "environments/production")).toBe("allow");
    expect(decide(administrator, "GetParameter", "status/production")).toBe("allow");
  });

  test("do not keep the reconciler off its own status", () => {
    const roles = "arn:aws:iam::123456789012:role/oidc-reconciler-prod";
    for (const [parameter, role] of [
      ["status/production", `${roles}-reconcile`],
      ["applied/production", `${roles}-reconcile`],
      ["outputs/production", `${roles}-reconcile`],
      ["journal", `${roles}-reconcile`],
      ["audit", `${roles}-audit`],
    ] as const) {
      expect(decide(administrator, "PutParameter", parameter, role)).toBe("allow");
    }
  });
});

test("docs/deploying.md names every parameter of the stack, with its default", () => {
  const stack: unknown = parse(textOf("serverless.yml"), { logLevel: "silent" });
  const params = isRecord(stack) && isRecord(stack["params"]) ? stack["params"]["default"] : null;
  if (!isRecord(params)) throw new Error("serverless.yml has no parameters.");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const reported = new Map(
    rows.flatMap((row) => {
      const [, names = "", value = ""] = row.split("|").map((cell) => cell.trim());
      return [...names.matchAll(/`([A-Za-z]+)`/g)].map(([, name = ""]) => [name, value] as const);
    }),
  );
  for (const [name, value] of Object.entries(params)) {
    expect(reported.get(name), name).toBe(value === "" ? "none" : `\`${value}\``);
  }
});
