import { Readable } from "node:stream";
import { IAMClient } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { getProvider, settingsIn } from "../../shared/edge/provider-settings.ts";

/** The answer of GetOpenIDConnectProvider as IAM sends it, with more inside its result. */
function answer(more: string): Buffer {
  return Buffer.from(
    `<GetOpenIDConnectProviderResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetOpenIDConnectProviderResult>
    <Url>oidc.circleci.com/org/11111111-2222-4333-8444-555555555555</Url>
    <ClientIDList><member>11111111-2222-4333-8444-555555555555</member></ClientIDList>
    <ThumbprintList><member>9e99a48a9960b14926bb7f3b02e22da2b0ab7280</member></ThumbprintList>
    <CreateDate>2026-11-22T10:00:00Z</CreateDate>
    <Tags><member><Key>a</Key><Value>b</Value></member></Tags>
    ${more}
  </GetOpenIDConnectProviderResult>
  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
</GetOpenIDConnectProviderResponse>`,
  );
}

describe("what the wire says of a provider and no model knows", () => {
  test.each<
    readonly [string, string, readonly { readonly name: string; readonly content: string }[]]
  >([
    ["nothing", "", []],
    [
      "a context provider",
      "<ContextProvider><SubjectSourceKey>sub</SubjectSourceKey><KeyDefinitionList><member><SourceKey>team</SourceKey><TargetKey>team</TargetKey></member></KeyDefinitionList></ContextProvider>",
      [
        {
          name: "ContextProvider",
          content:
            '{"SubjectSourceKey":"sub","KeyDefinitionList":{"member":{"SourceKey":"team","TargetKey":"team"}}}',
        },
      ],
    ],
    [
      "an instance of Identity Center",
      "<IdentityCenterInstanceArn>arn:aws:sso:::instance/ssoins-1</IdentityCenterInstanceArn>",
      [{ name: "IdentityCenterInstanceArn", content: "arn:aws:sso:::instance/ssoins-1" }],
    ],
    ["whatever comes next", "<Novelty>on</Novelty>", [{ name: "Novelty", content: "on" }]],
    ["two of one name", "<A>1</A><A>2</A>", [{ name: "A", content: '["1","2"]' }]],
    ["an empty element", "<ContextProvider/>", []],
    ["an element of empty ones", "<ContextProvider><SubjectSourceKey/></ContextProvider>", []],
    ["a flag that is off", "<IsPropagating>false</IsPropagating>", []],
    ["a comment, and text between", "<!-- <ContextProvider>x</ContextProvider> --> text", []],
    [
      "text that only looks like one",
      "<Note>&lt;ContextProvider&gt;</Note>",
      [{ name: "Note", content: "<ContextProvider>" }],
    ],
    [
      "a name that XML does not allow",
      "<a\u202eb>x</a\u202eb>",
      [{ name: "a member without a plain name", content: "x" }],
    ],
  ])("%s", (_, more, settings) => {
    expect(settingsIn(answer(more))).toEqual(settings);
  });

  test("a name out of a prototype", () => {
    expect(settingsIn(answer("<constructor>x</constructor>"))).toMatchObject([
      { name: "constructor" },
    ]);
  });

  test("is cut where it is long", () => {
    const [setting] = settingsIn(answer(`<Long>${"x".repeat(100_000)}</Long>`));
    expect(setting?.content).toHaveLength(2_001);
  });

  test.each([
    ["no XML", "no XML at all"],
    [
      "an element that is not closed",
      "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult>",
    ],
    ["nested without end", "<a>".repeat(200_000)],
    ["of the name of a prototype", answer("<__proto__>x</__proto__>").toString()],
  ])("is an error where the answer is %s", (_, text) => {
    expect(() => settingsIn(Buffer.from(text))).toThrow();
  });

  test.each([
    ["nothing", ""],
    ["another operation's answer", "<GetRoleResponse><GetRoleResult/></GetRoleResponse>"],
    [
      "an entity that would name a file",
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult>&e;</GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>',
    ],
  ])("is nothing in %s", (_, text) => {
    expect(settingsIn(Buffer.from(text))).toEqual([]);
  });
});

describe("a provider is asked for", () => {
  const arn =
    "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/11111111-2222-4333-8444-555555555555";

  /** A client whose other side gives these pieces as its answer. */
  function clientOf(statusCode: number, pieces: readonly Uint8Array[]): IAMClient {
    return new IAMClient({
      region: "us-east-1",
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "x" },
      maxAttempts: 1,
      requestHandler: {
        handle: async () => ({
          response: { statusCode, headers: {}, body: Readable.from(pieces) },
        }),
      },
    });
  }

  test("with what the model knows and what it does not, however the answer is cut", async () => {
    const whole = answer("<Novelty>é</Novelty>");
    for (const size of [1, 7, 64, whole.length]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      const read = await getProvider(clientOf(200, pieces), arn);
      expect(read.settings).toEqual([{ name: "Novelty", content: "é" }]);
      expect(read.answer).toMatchObject({
        ClientIDList: ["11111111-2222-4333-8444-555555555555"],
        Tags: [{ Key: "a", Value: "b" }],
      });
    }
  });

  test("and an answer without end is an error, not memory", async () => {
    const endless = Array.from({ length: 1_000 }, () => Buffer.alloc(1_024, "x"));
    await expect(getProvider(clientOf(200, endless), arn)).rejects.toThrow("longer than");
  });

  test("and a refusal stays what it was", async () => {
    const refusal = Buffer.from(
      "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>gone</Message></Error></ErrorResponse>",
    );
    await expect(getProvider(clientOf(404, [refusal]), arn)).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });
});
