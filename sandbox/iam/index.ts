import { operationsOf, pastOf } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import type { Service } from "../server/operation.ts";
import { accountHandlers } from "./account.ts";
import { authorizeIam } from "./authorize.ts";
import { instanceProfileHandlers } from "./instance-profiles.ts";
import { policyHandlers } from "./policies.ts";
import { policyVersionHandlers } from "./policy-versions.ts";
import { providerHandlers } from "./providers.ts";
import { refuseMember } from "./refusals.ts";
import { rolePolicyHandlers } from "./role-policies.ts";
import { roleHandlers } from "./roles.ts";
import { copyOf, type Directory } from "./state.ts";
import { userHandlers } from "./users.ts";

/** IAM on a directory of providers, roles, policies and users; one for all Regions. */
export function iam(dependencies: {
  readonly directory: Directory;
  readonly paging: () => Paging;
}): Service {
  const { directory, paging } = dependencies;
  const parts = {
    handlers: {
      ...providerHandlers,
      ...roleHandlers(paging),
      ...rolePolicyHandlers(paging),
      ...policyHandlers(paging),
      ...policyVersionHandlers(paging),
      ...userHandlers(paging),
      ...instanceProfileHandlers(paging),
      ...accountHandlers(paging),
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
