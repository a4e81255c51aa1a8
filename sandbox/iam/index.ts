import { operationsOf, pastOf } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import type { Service } from "../server/operation.ts";
import { accountDeeds } from "./account.ts";
import { authorizeIam } from "./authorize.ts";
import { instanceProfileDeeds } from "./instance-profiles.ts";
import { policyDeeds } from "./policies.ts";
import { policyVersionDeeds } from "./policy-versions.ts";
import { providerDeeds } from "./providers.ts";
import { refuseMember } from "./refusals.ts";
import { rolePolicyDeeds } from "./role-policies.ts";
import { roleDeeds } from "./roles.ts";
import { copyOf, type Directory } from "./state.ts";
import { userDeeds } from "./users.ts";

/** IAM on a directory of providers, roles, policies and users; one for all Regions. */
export function iam(surroundings: {
  readonly directory: Directory;
  readonly paging: () => Paging;
}): Service {
  const { directory, paging } = surroundings;
  const parts = {
    deeds: {
      ...providerDeeds,
      ...roleDeeds(paging),
      ...rolePolicyDeeds(paging),
      ...policyDeeds(paging),
      ...policyVersionDeeds(paging),
      ...userDeeds(paging),
      ...instanceProfileDeeds(paging),
      ...accountDeeds(paging),
    },
    stateOf: () => directory,
    refuse: refuseMember,
  };
  return {
    name: "iam",
    protocol: "query",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: operationsOf(parts),
    past: pastOf({ ...parts, copy: copyOf }),
    authorize: (call) => authorizeIam(directory, call),
  };
}
