import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import {
  deleteRole,
  everything,
  newVersion,
  policyArn,
  providerArn,
  readOnlyArn,
  setTrust,
} from "./by-hand.ts";
import {
  blog,
  guideAs,
  organization,
  policyName,
  roleName,
  shopMain,
  type Written,
} from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { everybody } from "./holds.ts";
import {
  asking,
  elsewhere,
  expectDone,
  type Onwards,
  production,
  staging,
  two,
} from "./two-of-one-organization.ts";

type Start = {
  readonly start: string;
  readonly given: (account: Scenario) => Promise<unknown>;
  /** Those that the change is about: a run by name looks at them and at no others. */
  readonly named: readonly string[];
};

const both = ["production", "staging"];

/** What happens to two environments that share a provider. */
const shared = (onRemove: Onwards): readonly Start[] => [
  {
    start: "one of two that share a provider is removed",
    named: ["staging"],
    given: async (account) => {
      await two(account, onRemove);
      await account.remove("staging");
    },
  },
  {
    start: "both that share a provider are removed",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.remove("staging");
      await account.remove();
    },
  },
  {
    start: "two of three that share a provider are removed",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.put(guideAs("third", { ...asking("c") }), "third");
      await account.run();
      await account.remove("staging");
      await account.remove();
    },
  },
  {
    start: "one is removed, and another asks for its audience from now on",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.remove("staging");
      await account.put(production(onRemove, asking("b")));
    },
  },
  {
    start: "one is removed, and a held version of the other asks for its audience",
    named: ["staging"],
    given: async (account) => {
      await two(account, onRemove);
      await account.put(production(onRemove, { onWiden: "hold" }));
      await account.put(production(onRemove, { ...asking("a", "b"), onWiden: "hold" }));
      await account.run();
      await account.remove("staging");
    },
  },
  {
    start: "one moves to another organisation",
    named: ["staging"],
    given: async (account) => {
      await two(account, onRemove);
      await account.put(staging(onRemove, elsewhere("b")), "staging");
    },
  },
  {
    start: "both move to another organisation",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.put(staging(onRemove, elsewhere("b")), "staging");
      await account.put(production(onRemove, elsewhere("a")));
    },
  },
  {
    start: "one moves to another organisation and the other is removed",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.put(staging(onRemove, elsewhere("b")), "staging");
      await account.remove();
    },
  },
  {
    start: "one hands its role's name to the other",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.put(production(onRemove, { role: { name: "CircleCI-New" } }));
      await account.put(staging(onRemove, { role: { name: roleName } }), "staging");
    },
  },
  {
    start: "one hands its policy's name to the other",
    named: both,
    given: async (account) => {
      await two(account, onRemove);
      await account.put(production(onRemove, { policy: { name: "CircleCI-New" } }));
      await account.put(staging(onRemove, { policy: { name: policyName } }), "staging");
    },
  },
  {
    start: "an environment's own name changes: it is removed and re-created",
    named: ["production", "prod"],
    given: async (account) => {
      await two(account, onRemove);
      await account.remove();
      await account.put(production(onRemove), "prod");
    },
  },
  {
    start: "one is removed that is renamed and not applied yet",
    named: ["staging"],
    given: async (account) => {
      await two(account, onRemove);
      await account.put(staging(onRemove, { role: { name: "CircleCI-New" } }), "staging");
      await account.remove("staging");
    },
  },
  {
    start: "the only one has another role, another policy and another organisation at once",
    named: ["production"],
    given: async (account) => {
      await account.put(production(onRemove));
      await account.run();
      const names = { role: { name: "CircleCI-New" }, policy: { name: "CircleCI-New" } };
      await account.put(production(onRemove, { ...names, ...elsewhere() }));
    },
  },
  {
    start: "one is removed whose role somebody has opened and given more policies",
    named: ["staging"],
    given: async (account) => {
      await two(account, onRemove);
      const RoleName = "CircleCI-staging-Role";
      const inline = { RoleName, PolicyName: "debug", PolicyDocument: everything };
      await account.iam.send(new PutRolePolicyCommand(inline));
      await account.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnlyArn }));
      await account.remove("staging");
    },
  },
];

/** An account in sync with one environment, and what somebody does then. */
const single = (
  start: string,
  happens: (account: Scenario) => Promise<unknown>,
  document: Written = production("delete"),
): Start => ({
  start,
  named: ["production"],
  given: async (account) => {
    await account.put(document);
    await account.run();
    await happens(account);
  },
});

const role = { RoleName: roleName };
const provider = { OpenIDConnectProviderArn: providerArn };
const denyInTrust = {
  Effect: "Deny",
  Principal: "*",
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: { StringLike: { [`oidc.circleci.com/org/${organization}:sub`]: "*dependabot*" } },
};

const drifts: readonly Start[] = [
  single("audiences added and taken off by hand", async ({ iam }) => {
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: "x" }));
    await iam.send(
      new RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID: "a" }),
    );
  }),
  single("the provider deleted", ({ iam }) =>
    iam.send(new DeleteOpenIDConnectProviderCommand(provider)),
  ),
  single("the role deleted", deleteRole),
  single("the policy detached, and another attached", async ({ iam }) => {
    await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
    await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: readOnlyArn }));
  }),
  single("five versions of a policy that grants everything", async (account) => {
    for (const _ of [1, 2, 3, 4]) await newVersion(account, everything);
  }),
  single(
    "a trust policy that admits everybody, a longer session and an inline policy",
    async (account) => {
      const { iam } = account;
      const PolicyDocument = JSON.stringify(everybody);
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument }));
      await iam.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 43_200 }));
      const inline = { ...role, PolicyName: "debug", PolicyDocument: everything };
      await iam.send(new PutRolePolicyCommand(inline));
    },
  ),
  single("a Deny in a trust policy that is opened beside it", (account) =>
    setTrust(account, () => ({
      ...everybody,
      Statement: [...everybody.Statement, denyInTrust],
    })),
  ),
  single("another boundary, and a foreign tag", async (account) => {
    const boundary = { ...role, PermissionsBoundary: readOnlyArn };
    await account.iam.send(new PutRolePermissionsBoundaryCommand(boundary));
    account.sandbox.setTags(`arn:aws:iam::123456789012:role/${roleName}`, { "managed-by": "me" });
  }),
  single("an edit in every field", (account) =>
    account.put(
      production("delete", {
        ...asking("c"),
        trust: { projects: [{ ...shopMain, refs: ["refs/heads/dev"] }, { id: blog }] },
        role: { name: "CircleCI-New", maxSessionSeconds: 7200, tags: { team: "platform" } },
        policy: { name: "CircleCI-New" },
        deploy: { ecr: ["demo-backend"] },
      }),
    ),
  ),
  single("drift under observe, and enforce again", async (account) => {
    await account.put(production("delete", { mode: "observe" }));
    await account.run();
    await newVersion(account, everything);
    await account.run();
    await account.put(production("delete"));
  }),
  single("drift under suspend, and a removal", async (account) => {
    await account.put(production("delete", { mode: "suspend" }));
    await account.run();
    await newVersion(account, everything);
    await account.remove();
  }),
  single(
    "a held version, approved",
    async (account) => {
      await account.approve(
        await account.put(production("delete", { trust: { projects: "all" }, onWiden: "hold" })),
      );
    },
    production("delete", { onWiden: "hold" }),
  ),
  single("removed, and put again before a run", async (account) => {
    await account.remove();
    await account.put(production("delete"));
  }),
  single(
    "removed, seen, and put again",
    async (account) => {
      await account.remove();
      await account.run();
      await account.put(production("retain"));
    },
    production("retain"),
  ),
  single("removed, while a role that nobody manages names the provider", async (account) => {
    const Statement = [
      {
        ...everybody.Statement[0],
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`oidc.circleci.com/org/${organization}:aud`]: organization },
        },
      },
    ];
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await account.iam.send(
      new CreateRoleCommand({ RoleName: "Somebody-Elses", AssumeRolePolicyDocument }),
    );
    await account.remove();
  }),
  single("removed, while another role holds its policy", async (account) => {
    account.sandbox.createRole({ name: "Somebody-Elses" });
    const attachment = { RoleName: "Somebody-Elses", PolicyArn: policyArn };
    await account.iam.send(new AttachRolePolicyCommand(attachment));
    await account.remove();
  }),
];

const all = [
  ...drifts,
  ...(["delete", "retain"] as const).flatMap((onRemove) =>
    shared(onRemove).map((each) => ({ ...each, start: `${each.start} (${onRemove})` })),
  ),
];

describe("one run does it all", () => {
  test.each(all)("over all environments: $start", async ({ given }) => {
    const account = await startScenario();
    await given(account);
    await account.run();
    await expectDone(account, "all");
  });

  test.each(all)("over those that it is about: $start", async ({ given, named }) => {
    const account = await startScenario();
    await given(account);
    await account.run({ environments: named });
    await expectDone(account, "some");
  });
});

/** States that the frame itself lets wait, each with what has to happen first. */
describe("what one run leaves for another, and why", () => {
  test("what denies stays for twelve hours, so that no revoked session lives again", async () => {
    const account = await startScenario();
    await account.put(production("delete"));
    await account.run();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
    });
    const inline = { ...role, PolicyName: "AWSRevokeOlderSessions", PolicyDocument };
    await account.iam.send(new PutRolePolicyCommand(inline));
    expect((await account.run()).environment.outcome).toBe("degraded");
    await expectDone(account, "all");
  });

  test("a removed environment that was only observed writes nothing of its own", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(staging("delete", { mode: "observe" }), "staging");
    await account.run();
    await account.remove("staging");
    expect((await account.run({ environments: ["staging"] })).iamWrites).toEqual([]);
    // Anyone who stays and may write takes the audience off.
    expect((await account.run()).iamWrites).toEqual(["RemoveClientIDFromOpenIDConnectProvider"]);
    await expectDone(account, "all");
  });

  test("two that want each other's name are both refused, until one of them gives way", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(production("delete", { role: { name: "CircleCI-staging-Role" } }));
    await account.put(staging("delete", { role: { name: roleName } }), "staging");
    const run = await account.run();
    expect(run.report.environments.map(({ outcome }) => outcome)).toEqual(["conflict", "conflict"]);
    await expectDone(account, "all");
  });
});
