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
      const answer = await client.send(question);
      return arnsByName(answer.repositories ?? []);
    } catch (thrown) {
      // One missing name fails the whole question: only the full list tells which.
      if (isNamed(thrown, "RepositoryNotFound")) {
        return names.length === 1 ? new Map() : listRepositories(clients, region);
      }
      throw thrown;
    }
  });
}

async function listRepositories(
  clients: Clients,
  region: string,
): Promise<ReadonlyMap<string, string>> {
  const { DescribeRepositoriesCommand } = await import("../sdk/ecr.ts");
  const client = await ecr(clients, region);
  const found = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeRepositoriesCommand({
        maxResults: 1000,
        ...(token === undefined ? {} : { nextToken: token }),
      }),
    );
    for (const [name, arn] of arnsByName(page.repositories ?? [])) found.set(name, arn);
    token = page.nextToken;
  } while (token !== undefined && token !== "");
  return found;
}

function arnsByName(
  repositories: readonly {
    repositoryName?: string | undefined;
    repositoryArn?: string | undefined;
  }[],
): Map<string, string> {
  return new Map(
    repositories.flatMap(({ repositoryName, repositoryArn }) =>
      repositoryName === undefined || repositoryArn === undefined
        ? []
        : [[repositoryName, repositoryArn]],
    ),
  );
}
