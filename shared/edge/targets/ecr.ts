import type { FoundRepositories } from "../../targets/ecr/resolve.ts";
import { type Clients, lateClient } from "../clients.ts";
import { isNamed } from "../faults.ts";
import { type Look, reading } from "./reader.ts";

/** Above this many names, listing all repositories takes fewer calls than asking by name. */
const repositoriesByNameMax = 100;

const ecr = lateClient("ecr", async () => (await import("../sdk/ecr.ts")).ECRClient);

/** Reads the repositories that are asked for. */
export async function readRepositories(
  { clients, region }: Look,
  names: readonly string[],
): Promise<FoundRepositories> {
  if (names.length === 0) return { kind: "absent" };
  return reading(`ecr:DescribeRepositories in ${region}`, async () => {
    if (names.length > repositoriesByNameMax) return listRepositories(clients, region);
    try {
      const { DescribeRepositoriesCommand } = await import("../sdk/ecr.ts");
      const client = await ecr(clients, region);
      const question = new DescribeRepositoriesCommand({ repositoryNames: [...names] });
      const { repositories = [] } = await client.send(question);
      const found = arnsByName(repositories);
      // Where one is missing, ECR answers with an error.
      if (names.some((name) => !found.has(name))) throw new TypeError("a repository is left out");
      return found;
    } catch (thrown) {
      // One missing name fails the whole question: only the full list shows which.
      if (isNamed(thrown, "RepositoryNotFound")) {
        return names.length === 1 ? new Map() : listRepositories(clients, region);
      }
      throw thrown;
    }
  });
}

/** Every repository of a Region, by name. */
export async function listRepositories(
  clients: Clients,
  region: string,
): Promise<ReadonlyMap<string, string>> {
  const { paginateDescribeRepositories } = await import("../sdk/ecr.ts");
  const client = await ecr(clients, region);
  const pages = await Array.fromAsync(paginateDescribeRepositories({ client, pageSize: 1000 }, {}));
  return arnsByName(pages.flatMap(({ repositories = [] }) => repositories));
}

function arnsByName(
  repositories: readonly {
    repositoryName?: string | undefined;
    repositoryArn?: string | undefined;
  }[],
): ReadonlyMap<string, string> {
  return new Map(
    repositories.flatMap(({ repositoryName, repositoryArn }) =>
      typeof repositoryName !== "string" || typeof repositoryArn !== "string"
        ? []
        : [[repositoryName, repositoryArn]],
    ),
  );
}
