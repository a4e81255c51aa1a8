import { createHash } from "node:crypto";
import { CreateOpenIDConnectProviderCommand, type IAMClient } from "@aws-sdk/client-iam";
import { GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { NewParameter, Sandbox } from "../../sandbox/index.ts";
import { foundByOf } from "../../shared/plan/known-versions.ts";
import { accountState } from "../scenarios/state.ts";

/** The environment that the others are copies of, by its number. */
const first = 10_000;

/** One environment of many; its number as digits is in every name of it, and in nothing else. */
export type Member = Readonly<Record<"digits" | "name" | "role" | "document", string>>;

/**
 * The environment of that number, from 0: with a role, a policy and a project of its own, the guide's
 * targets, and one of so many organisations.
 */
export function memberOf(number: number, organisations = 1): Member {
  // Of one length, so that each environment's texts are as long as the first's.
  const digits = String(first + number);
  const name = `team-${digits}`;
  const role = `CircleCI-${digits}-Role`;
  const document = `# ${name} deploys the shop from its main branch.
circleci:
  organizationId: ${organisationOf(number % organisations)}
trust:
  projects:
    - id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeee${digits}
      origin: github.com/acme/shop-${digits}
      refs: [refs/heads/main]
role:
  name: ${role}
policy:
  name: CircleCI-${digits}-Policy
deploy:
  ecr: [demo-backend]
  appRunner: [demo-backend]
  amplify:
    - app: demo-frontend
      branches: [main]
`;
  return { digits, name, role, document };
}

/** The id of the organisation of that number, from 0. */
export function organisationOf(number: number): string {
  return `11111111-2222-4333-8444-5555555${90_000 + number}`;
}

/** The documents of environments as parameters, all put at one time. */
export function documentsOf(members: readonly Member[], at: Date): readonly NewParameter[] {
  return members.map(({ name, document: value }) => ({
    name: `/oidc-reconciler/environments/${name}`,
    value,
    at,
  }));
}

/**
 * Fills an account with environments that are in sync: the loop applies the first, and each other one is
 * made like it, with numbers of its own. What the loop has written names a document by the SHA-256 of its
 * text and the time at which it was put, and a policy by a digest of ARN and text: nothing else depends on the
 * environment.
 *
 * @param given.apply lets the loop apply what is there
 */
export async function settle(
  account: { readonly sandbox: Sandbox; readonly iam: IAMClient; readonly ssm: SSMClient },
  given: {
    readonly count: number;
    readonly organisations?: number;
    readonly apply: () => Promise<unknown>;
  },
): Promise<readonly Member[]> {
  const { sandbox, iam } = account;
  const { count, organisations = 1, apply } = given;
  const at = sandbox.clock.now();
  const [like, ...others] = Array.from({ length: count }, (_, number) =>
    memberOf(number, organisations),
  );
  if (like === undefined) return [];
  sandbox.createMany({ roles: [], policies: [], parameters: documentsOf([like], at) });
  await apply();
  const made = await madeFor(account, like);
  for (let number = 1; number < organisations; number += 1) {
    const own = (text: string) => text.replaceAll(organisationOf(0), organisationOf(number));
    await iam.send(new CreateOpenIDConnectProviderCommand(JSON.parse(own(made.provider))));
  }
  const owns = others.map((member, index) =>
    renumbering({ like, member, made }, organisationOf((index + 1) % organisations)),
  );
  sandbox.createMany({
    roles: owns.map((own) => JSON.parse(own(made.role))),
    policies: owns.map((own) => JSON.parse(own(made.policy))),
    parameters: [
      ...documentsOf(others, at),
      ...owns.flatMap((own) =>
        made.parameters.map(({ name, value }) => ({ name: own(name), value: own(value) })),
      ),
    ],
  });
  return [like, ...others];
}

/** Turns what the loop has made for one environment into what it would have made for another one. */
function renumbering(
  given: { readonly like: Member; readonly member: Member; readonly made: Made },
  organisation: string,
): (text: string) => string {
  const { like, member, made } = given;
  const digest = (document: string) => createHash("sha256").update(document).digest("hex");
  const numbers = replacing([
    [organisationOf(0), organisation],
    [like.digits, member.digits],
  ]);
  const { arn, document } = made.written;
  const own = { arn: numbers(arn), document: numbers(document) };
  const digests = replacing([
    [digest(like.document), digest(member.document)],
    [foundByOf(made.written, []), foundByOf(own, [])],
  ]);
  return (text) => digests(numbers(text));
}

type Pairs = readonly (readonly [from: string, to: string])[];

function replacing(pairs: Pairs): (text: string) => string {
  return (text) => pairs.reduce((sum, [from, to]) => sum.replaceAll(from, to), text);
}

/** What the loop has made for an environment, as texts: what it has written. */
type Made = Readonly<Record<"provider" | "role" | "policy", string>> & {
  /** The policy as the loop wrote it. */
  readonly written: { readonly arn: string; readonly document: string };
  /** One for each version: a record counts how often it was written. */
  readonly parameters: readonly NewParameter[];
};

async function madeFor(
  { iam, ssm }: { readonly iam: IAMClient; readonly ssm: SSMClient },
  { name, role: roleName }: Member,
): Promise<Made> {
  const { roles, policies, providers } = await accountState(iam);
  const [[url, provider] = []] = Object.entries(providers);
  const [[arn = "", policy] = []] = Object.entries(policies);
  const role = roles[roleName];
  const Names = ["status", "applied"].map((folder) => `/oidc-reconciler/${folder}/${name}`);
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
  if (role === undefined || policy === undefined || provider === undefined) {
    throw new Error(`the loop has not applied ${name}`);
  }
  const tags = Object.entries(provider.tags).map(([Key, Value]) => ({ Key, Value }));
  const Url = `https://${url?.slice(url.indexOf("/") + 1)}`;
  const { audiences: ClientIDList } = provider;
  const written = { arn, document: JSON.stringify(policy.document) };
  if (!Parameters.some(({ Value = "" }) => Value.includes(foundByOf(written, [])))) {
    throw new Error(`the status of ${name} does not say by which policy its versions are known`);
  }
  const { description, trust, attached } = role;
  return {
    written,
    provider: JSON.stringify({ Url, ClientIDList, Tags: tags }),
    role: JSON.stringify({ name: roleName, description, trust, attached, tags: role.tags }),
    policy: JSON.stringify({
      name: arn.slice(arn.lastIndexOf("/") + 1),
      document: policy.document,
      tags: policy.tags,
    }),
    parameters: Parameters.flatMap(({ Name = "", Value = "", Version = 1 }) =>
      Array.from({ length: Version }, () => ({ name: Name, value: Value })),
    ),
  };
}
