import { afterAll, beforeAll, expect, test } from "vitest";
import {
  openInSync,
  providerArn,
  setTrust,
  type Trust,
  type TrustStatement,
  trustNow,
} from "./by-hand.ts";
import { expectIdle, type Scenario } from "./harness.ts";

let account: Scenario;
beforeAll(async () => {
  account = await openInSync();
});
afterAll(() => account.close());

const projectId = `${providerArn.replace(/^.*oidc-provider\//, "")}:oidc.circleci.com/project-id`;

function withoutProjectId(trust: Trust): Trust {
  return changed(trust, ({ [projectId]: _, ...others }) => others);
}

function changed(
  trust: Trust,
  change: (equals: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Trust {
  const statements = trust.Statement.map((statement): TrustStatement => {
    const StringEquals = change(statement.Condition["StringEquals"] ?? {});
    return { ...statement, Condition: { ...statement.Condition, StringEquals } };
  });
  return { ...trust, Statement: statements };
}

type Drift = {
  readonly drift: string;
  readonly severity: "critical" | "warning";
  readonly change: (trust: Trust) => Trust;
};

// "Belt and braces": modernisation-platform#11206, and CircleCI's advice to name the project.
const drifts: readonly Drift[] = [
  {
    drift: "the project's id is taken off, which the subject says as well",
    severity: "warning",
    change: withoutProjectId,
  },
  {
    drift: "a statement more, for a role that holds another role's ARN",
    severity: "warning",
    change: (trust) => ({
      ...trust,
      Statement: [
        ...trust.Statement,
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:PrincipalAccount": "210987654321" } },
        },
      ],
    }),
  },
  {
    drift: "the project's id is taken off, and the subject is opened",
    severity: "critical",
    change: (trust) =>
      JSON.parse(
        JSON.stringify(withoutProjectId(trust)).replaceAll(
          /\/project\/[0-9a-f-]{36}/g,
          "/project/*",
        ),
      ),
  },
  {
    drift: "the project's id is taken off, and the audience as well",
    severity: "critical",
    change: (trust) =>
      changed(withoutProjectId(trust), () => ({ "aws:RequestedRegion": "us-east-1" })),
  },
  {
    drift: "a statement more, for the account",
    severity: "critical",
    change: (trust) => ({
      ...trust,
      Statement: [
        ...trust.Statement,
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:PrincipalAccount": "123456789012" } },
        },
      ],
    }),
  },
];

test.each(drifts)("$drift: corrected, and reported as $severity", async ({ severity, change }) => {
  const intended = await trustNow(account);
  await setTrust(account, change);
  const { report } = await account.run();
  expect(report.environments[0]?.widenings).toMatchObject([
    { source: "drift", resource: "trust-policy", disposition: "reverted" },
  ]);
  expect(report.alerts).toMatchObject([{ kind: "trust-widened", severity }]);
  const says = report.alerts[0]?.text.includes("No caller that can exist") ?? false;
  expect(says).toBe(severity === "warning");
  expect(await trustNow(account)).toEqual(intended);
  expectIdle(await account.run());
});
