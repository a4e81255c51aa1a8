import { createHash } from "node:crypto";
import type { Emit } from "../eventbridge/event.ts";
import { isRecord, type Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import {
  badToken,
  existingRepository,
  type Image,
  type Repositories,
  type Repository,
  repositoryName,
} from "./repository.ts";

const defaultMediaType = "application/vnd.docker.distribution.manifest.v2+json";

/**
 * PutImage: keeps the manifest under its digest and moves the tag here. The layers that a manifest
 * names need not have been uploaded.
 */
export function putImage(
  repositories: Repositories,
  members: Members,
  call: Call,
  emit: Emit,
): object {
  const repository = existingRepository(repositories, call, repositoryName(members));
  const manifest = members.text("imageManifest", { min: 1, max: 4_194_304 });
  const tag = members.optionalText("imageTag", { min: 1, max: 300 });
  const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  checkPush(repository, { digest, tag });
  for (const image of repository.images.values()) {
    if (tag !== null && image.tags.has(tag))
      repository.images.set(image.digest, without(image, tag));
  }
  const before = repository.images.get(digest);
  const image: Image = {
    digest,
    manifest,
    mediaType: members.optionalText("imageManifestMediaType") ?? mediaTypeOf(manifest),
    tags: new Set([...(before?.tags ?? []), ...(tag === null ? [] : [tag])]),
    pushedAt: call.now,
  };
  repository.images.set(digest, image);
  emit({
    source: "aws.ecr",
    detailType: "ECR Image Action",
    region: call.region,
    at: call.now,
    resources: [],
    detail: {
      "action-type": "PUSH",
      result: "SUCCESS",
      "repository-name": repository.name,
      "image-digest": digest,
      ...(tag === null ? {} : { "image-tag": tag }),
    },
  });
  return { image: shown(repository, image, tag) };
}

function checkPush(
  repository: Repository,
  pushed: { readonly digest: string; readonly tag: string | null },
): void {
  const { digest, tag } = pushed;
  const holder = repository.images.values().find((image) => tag !== null && image.tags.has(tag));
  const same = repository.images.get(digest);
  if (same !== undefined && (tag === null || same.tags.has(tag))) {
    throw refused(
      "ImageAlreadyExistsException",
      `Image with digest '${digest}' and tag '${tag ?? ""}' already exists in the repository with name '${repository.name}' in registry with id '${repository.registryId}'`,
    );
  }
  if (holder !== undefined && repository.mutability === "IMMUTABLE") {
    throw refused(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag ?? ""}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
}

function without(image: Image, tag: string): Image {
  return { ...image, tags: new Set([...image.tags].filter((held) => held !== tag)) };
}

function mediaTypeOf(manifest: string): string {
  let read: unknown;
  try {
    read = JSON.parse(manifest);
  } catch {
    throw refused(
      "InvalidParameterException",
      "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    );
  }
  const mediaType = isRecord(read) ? read["mediaType"] : undefined;
  return typeof mediaType === "string" ? mediaType : defaultMediaType;
}

function shown(repository: Repository, image: Image, tag: string | null): object {
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, ...(tag === null ? {} : { imageTag: tag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

/** ListImages: one entry for each tag, and one for an image without tags. */
export function listImages(
  repositories: Repositories,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const repository = existingRepository(repositories, call, repositoryName(members));
  const status =
    members
      .optionalStructure("filter")
      ?.optionalText("tagStatus", { oneOf: ["TAGGED", "UNTAGGED", "ANY"] }) ?? "ANY";
  const ids = [...repository.images.values()].flatMap((image) => idsOf(image, status));
  const keyOf = (id: ImageId): string => `${id.imageDigest} ${id.imageTag ?? ""}`;
  const page = listingPage(members, {
    items: ids.sort(byKey(keyOf)),
    keyOf,
    limit: members.optionalCount("maxResults", { min: 1, max: 1000 }) ?? 100,
    tokenName: "nextToken",
    scope: `images ${repository.name} ${status}`,
    paging,
    badToken,
  });
  return { imageIds: page.items, ...page.next };
}

type ImageId = { readonly imageDigest: string; readonly imageTag?: string };

function idsOf(image: Image, status: string): readonly ImageId[] {
  if (image.tags.size === 0) return status === "TAGGED" ? [] : [{ imageDigest: image.digest }];
  if (status === "UNTAGGED") return [];
  return [...image.tags].map((imageTag) => ({ imageDigest: image.digest, imageTag }));
}

/** DescribeImages: all images, or those that are named, which must all exist. */
export function describeImages(
  repositories: Repositories,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const repository = existingRepository(repositories, call, repositoryName(members));
  const images = [...repository.images.values()];
  const asked = members.structures("imageIds", { max: 100 }).map((id) => {
    const digest = id.optionalText("imageDigest");
    const tag = id.optionalText("imageTag");
    const found = images.find((image) => isImage(image, digest, tag));
    if (found !== undefined) return found;
    throw refused(
      "ImageNotFoundException",
      `The image with imageId {imageDigest:'${digest ?? "null"}', imageTag:'${tag ?? "null"}'} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
    );
  });
  const page = listingPage(members, {
    items: (asked.length > 0 ? asked : images).sort(byKey(({ digest }) => digest)),
    keyOf: ({ digest }) => digest,
    limit: members.optionalCount("maxResults", { min: 1, max: 1000 }) ?? 100,
    tokenName: "nextToken",
    scope: `described images ${repository.name}`,
    paging,
    badToken,
  });
  return {
    imageDetails: page.items.map((image) => ({
      registryId: repository.registryId,
      repositoryName: repository.name,
      imageDigest: image.digest,
      ...(image.tags.size === 0 ? {} : { imageTags: [...image.tags] }),
      imageSizeInBytes: Buffer.byteLength(image.manifest),
      imagePushedAt: image.pushedAt,
      imageManifestMediaType: image.mediaType,
    })),
    ...page.next,
  };
}

function isImage(image: Image, digest: string | null, tag: string | null): boolean {
  return (digest === null || image.digest === digest) && (tag === null || image.tags.has(tag));
}

/** BatchGetImage: a missing image is a failure in the answer, not of the call. */
export function batchGetImage(repositories: Repositories, members: Members, call: Call): object {
  const repository = existingRepository(repositories, call, repositoryName(members));
  const asked = members.structures("imageIds", { min: 1, max: 100 }).map((id) => ({
    digest: id.optionalText("imageDigest"),
    tag: id.optionalText("imageTag"),
  }));
  const found = asked.map(({ digest, tag }) => ({
    digest,
    tag,
    image: repository.images.values().find((image) => isImage(image, digest, tag)),
  }));
  return {
    images: found.flatMap(({ image, tag }) =>
      image === undefined ? [] : [shown(repository, image, tag)],
    ),
    failures: found.flatMap(({ digest, tag, image }) =>
      image !== undefined
        ? []
        : [
            {
              imageId: {
                ...(digest === null ? {} : { imageDigest: digest }),
                ...(tag === null ? {} : { imageTag: tag }),
              },
              failureCode: "ImageNotFound",
              failureReason: "Requested image not found",
            },
          ],
    ),
  };
}
