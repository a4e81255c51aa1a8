import { readFileSync } from "node:fs";
import type { Fault, HttpAnswer, RecordedCall } from "../../sandbox/index.ts";

/** A way in which a call goes wrong. */
export type Kind = {
  readonly kind: string;
  /** `silent`: the call never answers, and time has to be moved on. */
  readonly silent?: true;
  /** Once is made up for by the next try, within the run. */
  readonly passes?: true;
  readonly fault: (call: RecordedCall) => Pick<Fault, "at" | "how">;
};

const isQuery = ({ service }: RecordedCall) => ["iam", "sts", "sns"].includes(service);

function error(code: string, httpStatus: number): Pick<Fault, "at" | "how"> {
  return { at: "before", how: { error: code, httpStatus } };
}

const garbled =
  (make: (answer: HttpAnswer) => HttpAnswer, at: Fault["at"] = "after"): Kind["fault"] =>
  () => ({ at, how: { garbled: make } });

const page = "<html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>";

/** What goes wrong with any call. */
export const kinds: readonly Kind[] = [
  {
    kind: "throttled",
    passes: true,
    fault: (call) => error(isQuery(call) ? "Throttling" : "ThrottlingException", 400),
  },
  {
    kind: "a server's error",
    passes: true,
    fault: (call) => error(isQuery(call) ? "ServiceFailure" : "InternalServerError", 500),
  },
  {
    kind: "denied",
    fault: (call) =>
      error(isQuery(call) ? "AccessDenied" : "AccessDeniedException", isQuery(call) ? 403 : 400),
  },
  {
    kind: "reset before it",
    passes: true,
    fault: () => ({ at: "before", how: "connection-reset" }),
  },
  { kind: "reset after it", fault: () => ({ at: "after", how: "connection-reset" }) },
  {
    kind: "never answered",
    silent: true,
    passes: true,
    fault: () => ({ at: "before", how: "no-response" }),
  },
  {
    kind: "cut short",
    fault: garbled((answer) => ({
      ...answer,
      body: answer.body.slice(0, Math.floor(answer.body.length / 2)),
    })),
  },
  {
    kind: "a page in the place of AWS",
    fault: garbled(
      () => ({ status: 200, headers: { "content-type": "text/html" }, body: page }),
      "before",
    ),
  },
  {
    kind: "a page as if it were AWS's",
    fault: garbled((answer) => ({ ...answer, body: page })),
  },
  { kind: "nothing in it", fault: garbled((answer) => ({ ...answer, body: "" })) },
  {
    kind: "another kind of content",
    fault: garbled(({ status, headers }) => ({
      status,
      headers: { ...headers, "content-type": "application/octet-stream" },
      body: "\u0000\u0001\u0002",
    })),
  },
  { kind: "no members", fault: garbled((answer) => ({ ...answer, body: emptied(answer.body) })) },
  {
    kind: "null for each list and text",
    fault: garbled((answer) => ({ ...answer, body: withNulls(answer.body) })),
  },
];

/** An answer of the right form that says nothing. */
function emptied(body: string): string {
  if (!body.startsWith("<")) return "{}";
  return body.replace(/<(\w+)Result>[\s\S]*<\/\1Result>/, "<$1Result></$1Result>");
}

/** An answer whose lists hold null, and whose other members are null; in XML, empty elements. */
function withNulls(body: string): string {
  if (body.startsWith("<")) return body.replaceAll(/>[^<]+</g, "><");
  const members: unknown = body === "" ? {} : JSON.parse(body);
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(members ?? {}).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(() => null) : null,
      ]),
    ),
  );
}

/** The package of the SDK's client, by the service's name in the account. */
const clients: Readonly<Record<string, string>> = {
  iam: "iam",
  ssm: "ssm",
  ecr: "ecr",
  ecs: "ecs",
  lambda: "lambda",
  apprunner: "apprunner",
  amplify: "amplify",
  sns: "sns",
  events: "eventbridge",
  cloudtrail: "cloudtrail",
};

/**
 * The errors that an operation's model declares: the SDK names each in the documentation of its
 * command, with whose fault it is.
 */
export function modelledErrors(call: RecordedCall): readonly Kind[] {
  const client = clients[call.service];
  if (client === undefined) return [];
  const path = `node_modules/@aws-sdk/client-${client}/dist-types/commands/${call.operation}Command.d.ts`;
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/@throws \{@link (\w+)\} \((client|server) fault\)/g)].map(
    ([, name = "", whose]) => {
      const code = isQuery(call) ? name.replace(/Exception$/, "") : name;
      const fault = error(code, whose === "server" ? 500 : 400);
      return { kind: `the modelled ${code}`, fault: () => fault };
    },
  );
}
