import type { Account } from "../aws/account.ts";
import type { Installation } from "../document/index.ts";
import type { Owner } from "./ownership.ts";

/** Where and when a run decides. Made once for each pass, and handed down whole. */
export type PlanContext = {
  readonly account: Account;
  readonly installation: Installation;
  readonly now: Date;
  /** Do what `enforce` would, once; it releases no hold. */
  readonly force: boolean;
};

/** Whose an environment's role and policy are, and where its parameters lie. */
export type EnvironmentOwner = Owner & { readonly environment: string };

export function ownerOf(
  { installation: { prefix, home } }: Pick<PlanContext, "installation">,
  { name }: { readonly name: string },
): EnvironmentOwner {
  return { prefix, home, environment: name };
}

/** May nothing be opened, since the installation's own settings cannot be read? */
export function opensNothing({ installation }: Pick<PlanContext, "installation">): boolean {
  return installation.organizations.kind === "malformed";
}

/** Whose a provider is: environments share it. */
export function providerOwnerOf({
  installation: { prefix, home },
}: Pick<PlanContext, "installation">): Owner {
  return { prefix, home, environment: null };
}
