import type { Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";

export type Image = {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly tags: ReadonlySet<string>;
  readonly pushedAt: Date;
};

export type Repository = {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly registryId: string;
  readonly createdAt: Date;
  readonly mutability: string;
  readonly scanOnPush: boolean;
  readonly encryption: string;
  readonly images: Map<string, Image>;
  readonly tags: ReadonlyMap<string, string>;
};

/** One Region's repositories by name. */
export type Repositories = Map<string, Repository>;

const segment = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const nameRule = { min: 2, max: 256, pattern: new RegExp(`${segment}(?:/${segment})*`) } as const;

export function repositoryArn(
  place: { readonly region: string; readonly account: string },
  name: string,
): string {
  return `arn:aws:ecr:${place.region}:${place.account}:repository/${name}`;
}

export function repositoryName(members: Members): string {
  return members.text("repositoryName", nameRule);
}

export function existingRepository(
  repositories: Repositories,
  call: Call,
  name: string,
): Repository {
  const repository = repositories.get(name);
  if (repository === undefined) {
    throw refused(
      "RepositoryNotFoundException",
      `The repository with name '${name}' does not exist in the registry with id '${call.account}'`,
    );
  }
  return repository;
}

export function createRepository(repositories: Repositories, members: Members, call: Call): object {
  const name = repositoryName(members);
  const tags = members
    .structures("tags", { max: 50 })
    .map((tag): [string, string] => [tag.text("Key"), tag.text("Value")]);
  if (repositories.has(name)) {
    throw refused(
      "RepositoryAlreadyExistsException",
      `The repository with name '${name}' already exists in the registry with id '${call.account}'`,
    );
  }
  const repository: Repository = {
    name,
    arn: repositoryArn(call, name),
    uri: `${call.account}.dkr.ecr.${call.region}.amazonaws.com/${name}`,
    registryId: call.account,
    createdAt: call.now,
    mutability: members.optionalText("imageTagMutability", { oneOf: mutabilities }) ?? "MUTABLE",
    scanOnPush:
      members.optionalStructure("imageScanningConfiguration")?.flag("scanOnPush", false) ?? false,
    encryption:
      members
        .optionalStructure("encryptionConfiguration")
        ?.text("encryptionType", { oneOf: ["AES256", "KMS", "KMS_DSSE"] }) ?? "AES256",
    images: new Map(),
    tags: new Map(tags),
  };
  repositories.set(name, repository);
  return { repository: shown(repository) };
}

const mutabilities = [
  "MUTABLE",
  "IMMUTABLE",
  "IMMUTABLE_WITH_EXCLUSION",
  "MUTABLE_WITH_EXCLUSION",
] as const;

/** DescribeRepositories: one unknown name among `repositoryNames` fails the whole call. */
export function describeRepositories(
  repositories: Repositories,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const names = members.optionalTexts("repositoryNames", { min: 1, max: 100, each: nameRule });
  const asked = members.optionalCount("maxResults", { min: 1, max: 1000 });
  const token = members.optionalText("nextToken");
  if (names !== null) {
    if (asked !== null || token !== null) {
      throw refused(
        "InvalidParameterException",
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'may not be used with repositoryNames'",
      );
    }
    const found = names.map((name) => existingRepository(repositories, call, name));
    return { repositories: found.map(shown) };
  }
  const keyOf = (repository: Repository): string => repository.name;
  const page = listingPage(members, {
    items: [...repositories.values()].sort(byKey(keyOf)),
    keyOf,
    limit: asked ?? 100,
    tokenName: "nextToken",
    scope: "repositories",
    paging,
    badToken,
  });
  return { repositories: page.items.map(shown), ...page.next };
}

export function badToken(): Error {
  return refused(
    "InvalidParameterException",
    "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Token must be one that this operation gave out'",
  );
}

export function deleteRepository(repositories: Repositories, members: Members, call: Call): object {
  const repository = existingRepository(repositories, call, repositoryName(members));
  if (repository.images.size > 0 && !members.flag("force", false)) {
    throw refused(
      "RepositoryNotEmptyException",
      `The repository with name '${repository.name}' in registry with id '${call.account}' cannot be deleted because it still contains images`,
    );
  }
  repositories.delete(repository.name);
  return { repository: shown(repository) };
}

function shown(repository: Repository): object {
  return {
    repositoryArn: repository.arn,
    registryId: repository.registryId,
    repositoryName: repository.name,
    repositoryUri: repository.uri,
    createdAt: repository.createdAt,
    imageTagMutability: repository.mutability,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: { encryptionType: repository.encryption },
  };
}
