import * as amplify from "@aws-sdk/client-amplify";
import * as appRunner from "@aws-sdk/client-apprunner";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { isRecord } from "../stack/template.ts";

/**
 * The AWS CLI as far as the pages use it: `aws SERVICE OPERATION --member value` is the SDK's
 * operation with that member, so that a page's command does in the sandbox what it does in AWS.
 * Source: AWS CLI User Guide, "Loading a parameter from a file" and "Using shorthand syntax".
 */
export type AwsCall = {
  readonly words: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly connection: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
};

type Sender = {
  readonly send: (command: object) => Promise<unknown>;
  readonly destroy: () => void;
};
type Service = {
  readonly module: Readonly<Record<string, unknown>>;
  readonly client: string;
  /** Members begin with a small letter. */
  readonly small?: true;
};

const services: Readonly<Record<string, Service>> = {
  amplify: { module: amplify, client: "AmplifyClient", small: true },
  apprunner: { module: appRunner, client: "AppRunnerClient" },
  ecs: { module: ecs, client: "ECSClient", small: true },
  iam: { module: iam, client: "IAMClient" },
  ssm: { module: ssm, client: "SSMClient" },
  sts: { module: sts, client: "STSClient" },
};

/** Members that are lists also where the command line gives one word. */
const lists = new Set(["Labels", "TagKeys", "ClientIDList", "ThumbprintList", "Tags", "Names"]);
const numbers = new Set(["ParameterVersion", "MaxSessionDuration"]);
const spellings: Readonly<Record<string, string>> = { ClientIdList: "ClientIDList" };

/** What the CLI prints: JSON, a text where `--output text` asks for it, nothing where it has nothing. */
export async function awsCall(call: AwsCall): Promise<readonly string[]> {
  const [, name = "", operation = "", ...rest] = call.words;
  const service = services[name];
  if (service === undefined) throw new Error(`the pages' AWS CLI has no service ${name}`);
  const { query, output, input } = optionsOf(rest, service, call.files);
  const client = made(service.module, service.client, call.connection);
  if (!isSender(client)) throw new Error(`${service.client} sends nothing`);
  try {
    const answer = await client.send(made(service.module, `${pascal(operation)}Command`, input));
    return printed(queried(answer, query), output);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    const what = `An error occurred (${thrown.name}) when calling the ${pascal(operation)} operation`;
    return ["", `${what}: ${thrown.message}`];
  } finally {
    client.destroy();
  }
}

function made(module: Service["module"], name: string, input: object): object {
  const named = module[name];
  const thing: unknown = typeof named === "function" ? Reflect.construct(named, [input]) : null;
  if (typeof thing !== "object" || thing === null) throw new Error(`the SDK has no ${name}`);
  return thing;
}

function isSender(client: object): client is Sender {
  return "send" in client && "destroy" in client;
}

function optionsOf(
  words: readonly string[],
  service: Service,
  files: AwsCall["files"],
): { readonly query: string; readonly output: string; readonly input: object } {
  const given = new Map<string, string[]>();
  for (const word of words) {
    if (word.startsWith("--")) given.set(word.slice(2), []);
    else [...given.values()].at(-1)?.push(word);
  }
  const input = Object.fromEntries(
    [...given]
      .filter(([name]) => name !== "query" && name !== "output")
      .map(([name, values]) => {
        const member = spellings[pascal(name)] ?? pascal(name);
        const spelled = service.small ? member.charAt(0).toLowerCase() + member.slice(1) : member;
        return [spelled, memberOf(member, values, files)];
      }),
  );
  return {
    query: given.get("query")?.[0] ?? "",
    output: given.get("output")?.[0] ?? "json",
    input,
  };
}

function memberOf(member: string, values: readonly string[], files: AwsCall["files"]): unknown {
  const [value] = values;
  if (value === undefined) return true;
  if (numbers.has(member)) return Number(value);
  if (value.startsWith("file://")) {
    const content = files.get(value.slice("file://".length));
    if (content === undefined) throw new Error(`the page has no file ${value}`);
    return content;
  }
  const read = values.map(shorthand);
  return lists.has(member) ? read : read[0];
}

/** `Key=a,Value=b` is a structure; other words are texts. */
function shorthand(word: string): unknown {
  if (!/^\w+=/.test(word)) return word;
  return Object.fromEntries(word.split(",").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

function pascal(name: string): string {
  return name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("")
    .replace("OpenIdConnect", "OpenIDConnect");
}

/** The member that `--query` names by a path of names. */
function queried(answer: unknown, query: string): unknown {
  if (!isRecord(answer)) return answer;
  const { $metadata: _, ...rest } = answer;
  const path = query === "" ? [] : query.split(".");
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), rest);
}

function printed(value: unknown, output: string): readonly string[] {
  if (value === undefined || (isRecord(value) && Object.keys(value).length === 0)) return [];
  if (output === "text") return String(value).split("\n");
  // The CLI decodes the documents that IAM sends in the form of a URL.
  const isDocument = typeof value === "string" && value.startsWith("%7B");
  const data = isDocument ? JSON.parse(decodeURIComponent(value)) : value;
  return JSON.stringify(data, null, 4).split("\n");
}
