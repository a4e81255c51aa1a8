import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { organization, roleName, shop, somebody } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { account, createRole, issuer, trusting } from "./made-role.ts";
import { documentIn, init } from "./run-init.ts";

const fromRole = ["production", "--from-role", roleName];
const guideTrust = trusting({ StringEquals: { [`${issuer}:aud`]: organization } });

describe("init NAME --from-role where the event history shows who used the role", () => {
  const anyProject = `org/${organization}/project/*/user/*/vcs-origin/github.com/acme/*/vcs-ref/*`;
  const byOrigin = trusting({
    StringEquals: { [`${issuer}:aud`]: organization },
    StringLike: { [`${issuer}:sub`]: anyProject },
  });

  async function used(trust: string): Promise<Scenario> {
    const scenario = await startScenario();
    await scenario.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${issuer}`,
        ClientIDList: [organization],
      }),
    );
    await createRole(scenario, trust);
    const sts = new STSClient(clientOptions(scenario.sandbox));
    const assume = async (origin: string, branch: string) => {
      const token = await scenario.sandbox.circleci.issueToken({
        organizationId: organization,
        projectId: shop,
        userId: somebody,
        origin,
        ref: `refs/heads/${branch}`,
      });
      const RoleArn = `arn:aws:iam::${account}:role/${roleName}`;
      const call = { RoleArn, RoleSessionName: "deploy", WebIdentityToken: token };
      await sts.send(new AssumeRoleWithWebIdentityCommand(call)).catch(() => undefined);
    };
    await assume("github.com/acme/shop", "main");
    await assume("github.com/acme/shop", "main");
    await assume("github.com/acme/shop", "x;rm|id");
    await assume("github.com/mallory/shop", "main");
    return scenario;
  }

  const options = `--project ${shop} --origin github.com/acme/shop --ref refs/heads/main 'refs/heads/x;rm|id'`;

  test("names them in the error, as options that a shell takes as they are", async () => {
    const scenario = await used(byOrigin);
    const { code, err } = await init(scenario, fromRole);
    expect(code).toBe(2);
    expect(err).toContain(`Those that used the role in the last 30 days: ${options}.`);
    // STS refused the fork.
    expect(err).not.toContain("mallory");
  });

  test("offers them at a terminal", async () => {
    const scenario = await used(byOrigin);
    const { code, out, err } = await init(scenario, fromRole, { answers: ["1", "", "n"] });
    expect({ code, err }).toMatchObject({ code: 3 });
    expect(err).toContain(`  1  ${options} (3 times)`);
    expect(documentIn(out).trust.projects).toEqual([
      {
        id: shop,
        origin: "github.com/acme/shop",
        refs: ["refs/heads/main", "refs/heads/x;rm|id"],
      },
    ]);
  });

  test("shows them beside a document that lets every project in", async () => {
    const scenario = await used(guideTrust);
    const { out } = await init(scenario, fromRole);
    expect(out).toContain("# Jobs that used the role in the last 30 days:");
    expect(out).toContain(`#   1  ${options} (3 times)`);
    expect(documentIn(out).trust.projects).toBe("all");
  });

  test("goes on without them where the history may not be read", async () => {
    const scenario = await used(guideTrust);
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "LookupEvents",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, out } = await init(scenario, fromRole);
    expect(code).toBe(3);
    expect(out).not.toContain("used the role");
  });
});
