import { parseArn } from "../shared/aws/arn.ts";
import type { EnvironmentReport, Report } from "../shared/report/report.ts";

/** How a sentence names what is deleted, in the order in which it goes. */
const nouns = { role: "role", policy: "policy", "oidc-provider": "provider" } as const;

/**
 * What a run deletes because nothing asks for it any more, as a dry run lists it: roles, policies and
 * providers, those of earlier names too. One sentence for each environment that loses any.
 */
export function removalsAhead({ environments }: Report): readonly string[] {
  return environments.flatMap((environment) => removalOf(environment) ?? []);
}

function removalOf(environment: EnvironmentReport): string | null {
  const { name, outcome } = environment;
  const named = deletedBy(environment);
  if (named.length === 0) return null;
  const deletes = `A run deletes ${listed(named)}`;
  return outcome === "orphaned"
    ? `The document of ${name} is gone, and it said onRemove: delete. ${deletes}.`
    : `${deletes}: ${name} has no use for ${named.length === 1 ? "it" : "them"} any more, and onRemove is delete.`;
}

function deletedBy({ changes }: EnvironmentReport): readonly string[] {
  return (["role", "policy", "oidc-provider"] as const).flatMap((resource) =>
    changes.flatMap(({ action, resource: changed, id, after }) => {
      // A version of a policy has a number behind its ARN.
      const isWhole = action === "delete" && changed === resource && !/:v\d+$/.test(id);
      return isWhole && after === null ? [`${nouns[resource]} ${nameIn(id)}`] : [];
    }),
  );
}

/** The name that an ARN ends in, with its path. */
function nameIn(arn: string): string {
  const resource = parseArn(arn)?.resource ?? arn;
  return resource.slice(resource.indexOf("/") + 1);
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
