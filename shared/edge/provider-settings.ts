import {
  GetOpenIDConnectProviderCommand,
  type GetOpenIDConnectProviderCommandInput,
  type GetOpenIDConnectProviderCommandOutput,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { XmlShapeDeserializer } from "@aws-sdk/core/protocols";
import type { DeserializeMiddleware } from "@smithy/types";
import type { ProviderSetting } from "../plan/observed.ts";

/** The members that the SDK's model knows; they are read from the SDK's answer. */
const modelled: ReadonlySet<string> = new Set([
  "Url",
  "ClientIDList",
  "ThumbprintList",
  "CreateDate",
  "Tags",
]);

/** A hundred audiences and fifty tags, all as long as can be, are some 50 KB. */
const answerBytesMax = 262_144;
const contentLengthMax = 2_000;

type Input = GetOpenIDConnectProviderCommandInput;
type Answer = GetOpenIDConnectProviderCommandOutput;

/**
 * Reads a provider, and also those parts of IAM's answer that the SDK drops because its model does
 * not know them: a context provider, an Identity Center association, or what comes next.
 *
 * @throws what the call throws, and an error if the answer is longer than any of IAM's
 */
export async function getProvider(
  iam: IAMClient,
  arn: string,
): Promise<{ readonly answer: Answer; readonly settings: readonly ProviderSetting[] }> {
  const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
  let body: Uint8Array = new Uint8Array();
  const keep: DeserializeMiddleware<Input, Answer> = (next) => async (args) => {
    const result = await next(args);
    const { response } = result;
    if (isAnswer(response) && response.statusCode < 300) {
      body = await wholeBody(response.body);
      response.body = body;
    }
    return result;
  };
  // Before the model reads the answer.
  const place = { relation: "after", toMiddleware: "deserializerMiddleware" } as const;
  command.middlewareStack.addRelativeTo(keep, { ...place, name: "keepWhatTheWireSays" });
  const answer = await iam.send(command);
  return { answer, settings: settingsIn(body) };
}

function isAnswer(value: unknown): value is { readonly statusCode: number; body: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    "statusCode" in value &&
    typeof value.statusCode === "number" &&
    "body" in value
  );
}

async function wholeBody(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (!isChunks(body)) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) continue;
    length += bytes.byteLength;
    if (length > answerBytesMax) throw tooLong();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function isChunks(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function tooLong(): Error {
  const error = new Error(`the answer is longer than ${answerBytesMax} bytes`);
  error.name = "AnswerTooLong";
  return error;
}

/** Smithy's number for a value without a model: the parser then returns everything. */
const anyDocument = 15;

/** The members of the answer that the model does not know, if they say anything. */
export function settingsIn(body: Uint8Array): readonly ProviderSetting[] {
  if (body.byteLength === 0) return [];
  const parser = new XmlShapeDeserializer({
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    serviceNamespace: "com.amazonaws.iam",
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
  });
  const result: unknown = parser.read(anyDocument, body, "GetOpenIDConnectProviderResult");
  if (typeof result !== "object" || result === null) return [];
  return Object.entries(result)
    .filter(([name, value]) => !modelled.has(name) && !isMarkup(name) && saysAnything(value))
    .map(([name, value]) => ({ name: plainName(name), content: contentOf(value) }));
}

/** Is it an attribute, or text between elements, and so not a member? */
function isMarkup(name: string): boolean {
  return name === "#text" || /^xmlns(:|$)/.test(name);
}

/** An empty element sets nothing, and neither does a flag that is off. */
function saysAnything(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(saysAnything);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).some(([name, part]) => !isMarkup(name) && saysAnything(part));
  }
  const text = typeof value === "string" ? value.trim() : "";
  return text !== "" && text.toLowerCase() !== "false";
}

function plainName(name: string): string {
  return /^[A-Za-z][\w.-]{0,99}$/.test(name) ? name : "a member without a plain name";
}

function contentOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > contentLengthMax ? `${text.slice(0, contentLengthMax)}…` : text;
}
