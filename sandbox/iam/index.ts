/**
 * IAM: providers, roles, managed and inline policies, instance profiles, users with access keys,
 * tags, and the account's summary and details. All calls of one account share one directory. Left
 * out: groups, inline policies of users, login profiles, SAML providers, service-linked roles and
 * `iam:PassRole` for instance profiles. BEHAVIOUR.md has every difference from AWS.
 */

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
import { copyOf, type Directory, putBack } from "./state.ts";
import { userHandlers } from "./users.ts";

/** The service on a directory, which is the same for all Regions. */
export function iam(dependencies: {
  readonly directory: Directory;
  readonly paging: () => Paging;
  /** For how many milliseconds former states are kept. */
  readonly keepMs: () => number;
}): Service {
  const { directory, paging, keepMs } = dependencies;
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
  const past = pastOf({ ...parts, copy: copyOf, keepMs, writesToo: true });
  return {
    name: "iam",
    protocol: "query",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: operationsOf(parts),
    past,
    keep: () => {
      const kept = copyOf(directory);
      return () => {
        putBack(directory, kept);
        past.forget();
      };
    },
    authorize: (call) => authorizeIam(directory, call),
  };
}
