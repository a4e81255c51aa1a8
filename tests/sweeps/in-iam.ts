import type { Sandbox } from "../../sandbox/index.ts";
import type { AccountState } from "../scenarios/state.ts";

type Directory = ReturnType<Sandbox["directory"]>;

/** Roles that stand for the stack's own and are not part of what is compared. */
const ownRoles = /^oidc-reconciler-/;

/** What IAM holds, without a call, in an order that does not depend on when it was made. */
export function inIam(sandbox: Sandbox): AccountState {
  const directory = sandbox.directory();
  return {
    providers: providersOf(directory),
    roles: rolesOf(directory),
    policies: policiesOf(directory),
  };
}

function providersOf({ providers }: Directory): AccountState["providers"] {
  return sorted(
    [...providers.values()].map(({ arn, audiences, thumbprints, tags }) => [
      arn,
      {
        audiences: audiences.toSorted(),
        thumbprints: thumbprints.toSorted(),
        tags: sorted([...tags]),
      },
    ]),
  );
}

function rolesOf({ roles }: Directory): AccountState["roles"] {
  const compared = [...roles.values()].filter(({ name }) => !ownRoles.test(name));
  return sorted(
    compared.map((role) => [
      role.name,
      {
        arn: role.arn,
        trust: JSON.parse(role.trust),
        description: role.description ?? "",
        maxSessionSeconds: role.maxSessionSeconds,
        boundary: role.boundary,
        tags: sorted([...role.tags]),
        attached: role.attached.toSorted(),
        inline: sorted([...role.inline].map(([name, text]) => [name, JSON.parse(text)])),
      },
    ]),
  );
}

function policiesOf({ policies }: Directory): AccountState["policies"] {
  const compared = [...policies.values()].filter(({ owner }) => owner === "customer");
  return sorted(
    compared.map((policy) => [
      policy.arn,
      {
        document: JSON.parse(
          policy.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? "null",
        ),
        defaultVersion: policy.defaultVersion,
        versions: policy.versions.map(({ id }) => id).toSorted(),
        tags: sorted([...policy.tags]),
      },
    ]),
  );
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
