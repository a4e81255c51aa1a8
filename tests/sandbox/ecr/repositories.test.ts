import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ecr: ECRClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  ecr = new ECRClient(connection(sandbox));
});
afterEach(async () => {
  ecr.destroy();
  await sandbox.close();
});

const create = (repositoryName: string) =>
  ecr.send(new CreateRepositoryCommand({ repositoryName }));
const manifest = (layer: string) => JSON.stringify({ schemaVersion: 2, layer });
const push = (repositoryName: string, layer: string, imageTag?: string) =>
  ecr.send(
    new PutImageCommand({
      repositoryName,
      imageManifest: manifest(layer),
      ...(imageTag === undefined ? {} : { imageTag }),
    }),
  );

describe("a repository", () => {
  test("has its name with slashes in its ARN, and a URI in the registry", async () => {
    const { repository } = await create("team/demo-backend");
    expect(repository).toMatchObject({
      repositoryArn: "arn:aws:ecr:us-east-1:123456789012:repository/team/demo-backend",
      registryId: "123456789012",
      repositoryUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/demo-backend",
      imageTagMutability: "MUTABLE",
    });
    expect(repository?.createdAt).toBeInstanceOf(Date);
    await refusal(create("team/demo-backend"), "RepositoryAlreadyExistsException");
  });

  test.each(["Demo", "a", "-demo", "demo-", "de..mo", "demo/", "demo backend"])(
    "cannot be named %s",
    async (name) => {
      await refusal(create(name), "InvalidParameterException");
    },
  );

  test("is described by name, and one that is missing fails the whole call", async () => {
    await create("a1");
    await create("b1");
    const one = new DescribeRepositoriesCommand({ repositoryNames: ["b1"] });
    const { repositories } = await ecr.send(one);
    expect(repositories?.map(({ repositoryName }) => repositoryName)).toEqual(["b1"]);
    const both = new DescribeRepositoriesCommand({ repositoryNames: ["b1", "none"] });
    const sentence = await refusal(ecr.send(both), "RepositoryNotFoundException");
    expect(sentence).toContain("'none'");
    const paged = new DescribeRepositoriesCommand({ repositoryNames: ["b1"], maxResults: 1 });
    await refusal(ecr.send(paged), "InvalidParameterException");
  });

  test("is listed page by page, also with short and empty pages", async () => {
    for (let i = 0; i < 7; i += 1) await create(`repo-${i}`);
    sandbox.setPaging("short-pages");
    const names: string[] = [];
    const sizes: number[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.send(
        new DescribeRepositoriesCommand({ maxResults: 4, ...(nextToken ? { nextToken } : {}) }),
      );
      sizes.push(page.repositories?.length ?? 0);
      names.push(...(page.repositories ?? []).map(({ repositoryName }) => repositoryName ?? ""));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(sizes).toEqual([0, 1, 2, 4]);
    expect(names).toEqual(Array.from({ length: 7 }, (_, i) => `repo-${i}`));
  });

  test("is not in another Region", async () => {
    await create("here");
    const elsewhere = new ECRClient(connection(sandbox, { region: "eu-west-1" }));
    expect((await elsewhere.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    elsewhere.destroy();
  });

  test("with images can only be deleted with force", async () => {
    await create("full");
    await push("full", "a", "latest");
    const plain = new DeleteRepositoryCommand({ repositoryName: "full" });
    await refusal(ecr.send(plain), "RepositoryNotEmptyException");
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: "full", force: true }));
    await refusal(ecr.send(plain), "RepositoryNotFoundException");
  });
});

describe("an image", () => {
  test("has its manifest's digest, and a tag moves to the newest push", async () => {
    await create("demo");
    const first = await push("demo", "a", "latest");
    const second = await push("demo", "b", "latest");
    expect(first.image?.imageId?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const listed = await ecr.send(new ListImagesCommand({ repositoryName: "demo" }));
    expect(listed.imageIds).toHaveLength(2);
    expect(listed.imageIds).toContainEqual(second.image?.imageId);
    expect(listed.imageIds).toContainEqual({ imageDigest: first.image?.imageId?.imageDigest });
    await refusal(push("demo", "b", "latest"), "ImageAlreadyExistsException");
  });

  test("is found by tag, and a missing one is a failure in the answer", async () => {
    await create("demo");
    await push("demo", "a", "v1");
    const answer = await ecr.send(
      new BatchGetImageCommand({
        repositoryName: "demo",
        imageIds: [{ imageTag: "v1" }, { imageTag: "v2" }],
      }),
    );
    expect(answer.images?.map(({ imageManifest }) => imageManifest)).toEqual([manifest("a")]);
    expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual(["ImageNotFound"]);
  });

  test("is described with its tags, and one that is missing fails the whole call", async () => {
    await create("demo");
    const pushed = await push("demo", "a", "v1");
    const describe = (...imageIds: readonly { readonly imageTag: string }[]) =>
      ecr.send(new DescribeImagesCommand({ repositoryName: "demo", imageIds: [...imageIds] }));
    const { imageDetails } = await describe({ imageTag: "v1" });
    const imageDigest = pushed.image?.imageId?.imageDigest;
    expect(imageDetails).toMatchObject([{ imageDigest, imageTags: ["v1"] }]);
    expect((await describe()).imageDetails).toEqual(imageDetails);
    await refusal(describe({ imageTag: "v1" }, { imageTag: "v2" }), "ImageNotFoundException");
  });

  test("sends an event when it is pushed", async () => {
    await create("demo");
    const seen: EventBridgeEvent[] = [];
    sandbox.events.onEvent((event) => seen.push(event));
    await push("demo", "a", "v1");
    expect(seen).toMatchObject([
      {
        source: "aws.ecr",
        "detail-type": "ECR Image Action",
        detail: { "action-type": "PUSH", "repository-name": "demo", "image-tag": "v1" },
      },
    ]);
  });
});

describe("the registry", () => {
  test("returns a password that is valid for twelve hours", async () => {
    sandbox.clock.set(new Date("2026-11-22T10:00:00Z"));
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    expect(data?.proxyEndpoint).toBe("https://123456789012.dkr.ecr.us-east-1.amazonaws.com");
    expect(Buffer.from(data?.authorizationToken ?? "", "base64").toString()).toMatch(/^AWS:./);
    expect(data?.expiresAt?.toISOString()).toMatch(/^2026-11-22T22:00:0/);
  });
});
