import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { organization, providerArn, providerUrl } from "./documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
});
afterEach(() => sandbox.close());

const OpenIDConnectProviderArn = providerArn;
const thumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";
const create = (more: { ThumbprintList?: string[]; ClientIDList?: string[]; Url?: string } = {}) =>
  iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${providerUrl}`,
      ClientIDList: [organization],
      ...more,
    }),
  );
const get = () => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
const add = (ClientID: string) =>
  iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));

describe("an OIDC provider", () => {
  it("is created once, has its URL without the scheme, and at least one thumbprint", async () => {
    expect((await create()).OpenIDConnectProviderArn).toBe(providerArn);
    expect(await refusal(create(), "EntityAlreadyExistsException")).toBe(
      `Provider with url https://${providerUrl} already exists.`,
    );
    const provider = await get();
    expect(provider.Url).toBe(providerUrl);
    expect(provider.ClientIDList).toEqual([organization]);
    expect(provider.ThumbprintList).toHaveLength(1);
    const list = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(list.OpenIDConnectProviderList).toEqual([{ Arn: providerArn }]);
  });

  it("adds and removes audiences idempotently", async () => {
    await create();
    await add("b");
    await add("b");
    expect((await get()).ClientIDList).toEqual([organization, "b"]);
    for (const ClientID of ["b", "b", organization]) {
      await iam.send(
        new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
      );
    }
    expect((await get()).ClientIDList ?? []).toEqual([]);
  });

  it("has its thumbprints replaced as a whole", async () => {
    await create({ ThumbprintList: [thumbprint] });
    const ThumbprintList = ["0".repeat(40), "A".repeat(40)];
    const update = (list: string[]) =>
      iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({
          OpenIDConnectProviderArn,
          ThumbprintList: list,
        }),
      );
    await update(ThumbprintList);
    expect((await get()).ThumbprintList).toEqual(["0".repeat(40), "a".repeat(40)]);
    await refusal(update(Array.from({ length: 6 }, () => thumbprint)), "InvalidInputException");
    await refusal(update(["z".repeat(40)]), "InvalidInputException");
    await refusal(update([]), "InvalidInputException");
  });

  it("keeps at most a hundred audiences", async () => {
    await create({ ClientIDList: Array.from({ length: 100 }, (_, i) => `a${i}`) });
    await add("a7");
    expect(await refusal(add("one-more"), "LimitExceededException")).toBe(
      "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    );
  });

  it("is not created from an address that is not plain https", async () => {
    for (const Url of ["http://a.example", "https://a.example:8443", "https://a.example/?q=1"]) {
      await refusal(create({ Url }), "InvalidInputException");
    }
  });

  it("is tagged and untagged", async () => {
    await create();
    const Tags = [
      { Key: "owner", Value: "us" },
      { Key: "empty", Value: "" },
    ];
    await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags }));
    const untag = new UntagOpenIDConnectProviderCommand({
      OpenIDConnectProviderArn,
      TagKeys: ["OWNER", "never there"],
    });
    await iam.send(untag);
    const left = await iam.send(
      new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }),
    );
    expect(left.Tags).toEqual([{ Key: "empty", Value: "" }]);
    expect((await get()).Tags).toEqual(left.Tags);
  });

  it("is deleted idempotently, and does not exist afterwards", async () => {
    await create();
    const gone = new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn });
    await iam.send(gone);
    await iam.send(gone);
    expect(await refusal(get(), "NoSuchEntityException")).toBe(
      `OpenIDConnect Provider not found for arn ${providerArn}`,
    );
    await refusal(add("x"), "NoSuchEntityException");
  });
});
