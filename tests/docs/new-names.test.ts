import { AttachRolePolicyCommand, CreatePolicyCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { allow } from "../scenarios/by-hand.ts";
import { guide, guideWith, organization, shop, shopMain } from "../scenarios/documents.ts";
import { expectIdle, startScenario } from "../scenarios/harness.ts";
import { textOf } from "../source-files.ts";

const host = `oidc.circleci.com/org/${organization}`;
const trustOfJobs = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: { [`${host}:aud`]: organization },
        StringLike: { [`${host}:sub`]: `org/${organization}/project/${shop}/*` },
      },
    },
  ],
};

/** docs/taking-over.md, "If the role cannot be taken over". */
test("a role with a tag that nobody can remove goes on, beside a new one that takes its place", async () => {
  expect(textOf("docs/taking-over.md")).toContain("## If the role cannot be taken over");
  const account = await startScenario();
  const { iam, sandbox } = account;
  const old = sandbox.createRole({ name: "CircleCI-OIDC-Role", trust: trustOfJobs });
  const PolicyName = "CircleCI-Deployment-Policy";
  const PolicyDocument = allow("ecr:GetAuthorizationToken", "*");
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  const PolicyArn = Policy?.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName: "CircleCI-OIDC-Role", PolicyArn }));
  sandbox.setTags(old, { "aws:cloudformation:stack-name": "ci" });

  await account.put(guide);
  const blocked = await account.run();
  expect(blocked.environment.errors).toContainEqual(
    expect.objectContaining({ code: "ForeignOwner", message: expect.stringContaining(old) }),
  );
  const before = (await account.state()).roles["CircleCI-OIDC-Role"];

  const renamed = guideWith({
    trust: { projects: [shopMain] },
    role: { name: "CircleCI-Deploy-Role" },
    policy: { name: "CircleCI-Deploy-Policy" },
  });
  await account.put(renamed);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.environment.outputs["AWS_ROLE_ARN"]).toBe(
    "arn:aws:iam::123456789012:role/CircleCI-Deploy-Role",
  );
  const { roles } = await account.state();
  expect(roles["CircleCI-OIDC-Role"]).toEqual(before);
  expect(roles["CircleCI-Deploy-Role"]?.attached).toHaveLength(1);
  expectIdle(await account.run());
});
