import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type Mutation, mutatedBy } from "./json.ts";

/** What is done to answers on their way: from the one of this number on, or to it alone. */
export type Mangling = {
  readonly from: number;
  readonly all: boolean;
  readonly mutations: readonly Mutation[];
};

/** Somebody between the product and the account, who changes what the account answers. */
export type Mangler = {
  readonly endpoint: string;
  /** Changes answers from now on; null: none. */
  mangle(how: Mangling | null): void;
  close(): Promise<void>;
};

/** Listens on 127.0.0.1 and passes everything on to an account. */
export async function startMangler(account: string): Promise<Mangler> {
  let how: Mangling | null = null;
  let seen = 0;
  const mangled = (body: string, type: string): string => {
    if (how === null) return body;
    const number = seen;
    seen += 1;
    const isHit = how.all ? number >= how.from : number === how.from;
    return isHit ? changed(body, type, how.mutations) : body;
  };
  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    const onward = request(`${account}${url ?? "/"}`, { method, headers }, async (answer) => {
      const type = answer.headers["content-type"] ?? "";
      const body = mangled(await textOf(answer), type);
      const length = Buffer.byteLength(body);
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, "content-length": length });
      response.end(body);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    mangle: (next) => {
      how = next;
      seen = 0;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

function changed(body: string, type: string, mutations: readonly Mutation[]): string {
  if (!type.includes("xml")) return changedJson(body, mutations);
  return mutations.reduce(changedXml, body);
}

function changedJson(body: string, mutations: readonly Mutation[]): string {
  try {
    return mutatedBy(JSON.parse(body), mutations);
  } catch {
    return body;
  }
}

/** One text between tags is another one; a policy, which IAM writes in percents, is a mutated policy. */
function changedXml(body: string, mutation: Mutation): string {
  const texts = [...body.matchAll(/>([^<>]+)</g)];
  const text = texts[mutation.at % Math.max(texts.length, 1)];
  if (text === undefined) return body;
  const [whole, old = ""] = text;
  const next = old.startsWith("%7B")
    ? percents(changedJson(decodeURIComponent(old), [mutation]))
    : references(textAfter(old, mutation));
  return `${body.slice(0, text.index)}>${next}<${body.slice(text.index + whole.length)}`;
}

function textAfter(old: string, { how }: Mutation): string {
  switch (how.do) {
    case "plant":
      return how.where === "all" ? how.text : `${old}${how.text}`;
    case "replace":
    case "twice":
      return how.word;
    case "name":
    case "add":
      return how.text;
    case "drop":
      return "";
    case "wrap":
      return `${old}${old}`;
    default:
      return how satisfies never;
  }
}

function percents(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function references(text: string): string {
  return text.replaceAll(/[^ -;=?-~]|&/gu, (one) => `&#${one.codePointAt(0)};`);
}
