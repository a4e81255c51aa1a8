import type { Reading } from "../../aws/reading.ts";
import { arnIn } from "../arns.ts";
import { isInForce } from "../in-force.ts";
import type { Place, Placeholders, TargetMemory } from "../kind.ts";
import { absenceIn, type Collected } from "../missing.ts";
import type { RepositoryTarget } from "./schema.ts";
import { type ResolvedRepository, repositoryGrants } from "./statements.ts";

/** Repository ARNs by name; a name that was asked for and is not in the map does not exist. */
export type FoundRepositories = Reading<ReadonlyMap<string, string>>;

/** Resolves one repository. */
export function resolveRepository(
  { repository, may }: RepositoryTarget,
  found: FoundRepositories,
  { place, last, grants }: TargetMemory<ResolvedRepository>,
): Collected<ResolvedRepository> {
  const shown = shownArn(found, repository, place);
  if (shown !== undefined) return { found: [{ repository, arn: shown, may }], missing: [] };
  const absence = absenceIn(found);
  const arn = repositoryArn(place, repository);
  const isRemembered = last.some(
    (before) => before.repository === repository && before.arn === arn,
  );
  const words =
    isRemembered || absence.why === "unreadable"
      ? may.filter((word) => isInForce(grants, repositoryGrants({ arn, may: [word] })))
      : [];
  const kept = words.length > 0;
  return {
    found: kept ? [{ repository, arn, may: words }] : [],
    missing: [{ ...absence, name: repository, kept }],
  };
}

/** The repository, whether it exists or not. */
export function namedRepository(
  { repository, may }: RepositoryTarget,
  _: FoundRepositories,
  { place }: Placeholders,
): ResolvedRepository {
  return { repository, arn: repositoryArn(place, repository), may };
}

/** What is not the ARN of a repository of that name here would go into the policy as it is. */
function shownArn(found: FoundRepositories, name: string, place: Place): string | undefined {
  const arn = found.kind === "found" ? found.value.get(name) : undefined;
  return arn === repositoryArn(place, name) ? arn : undefined;
}

function repositoryArn(place: Place, name: string): string {
  return arnIn(place, "ecr", `repository/${name}`);
}
