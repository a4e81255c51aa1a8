import { expect, test } from "vitest";
import { imports, repositoryFiles, textOf } from "../source-files.ts";
import { chosenTemplate } from "./package.ts";
import { executionRole, isRecord } from "./template.ts";

/** IAM's prefix of a service where it is not the end of the client's package name. */
const prefixes = new Map([["eventbridge", "events"]]);

/** The files that the functions are made of. What only the command calls is a person's own right. */
function filesOfFunctions(): ReadonlySet<string> {
  const reached = new Set(repositoryFiles.filter((path) => /^functions\/.*\.ts$/.test(path)));
  // A set goes on to what is added while it is gone through.
  for (const path of reached) {
    for (const { from, to, isOurs } of imports) if (isOurs && from === path) reached.add(to);
  }
  return reached;
}

/** Every AWS call that the functions' code can make, as the IAM action of the same name. */
const calls: ReadonlySet<string> = new Set(
  [...filesOfFunctions()]
    .flatMap((path) => [
      ...textOf(path).matchAll(
        /(?:import|export) (?:type )?\{([^}]*)\} from "@aws-sdk\/client-([a-z0-9]+)"/g,
      ),
    ])
    .flatMap(([, names = "", client = ""]) =>
      [...names.matchAll(/\b(?:([A-Z]\w+)Command|paginate([A-Z]\w+))\b/g)].map(
        ([, sent, paged]) => `${prefixes.get(client) ?? client}:${sent ?? paged}`,
      ),
    ),
);

const template = chosenTemplate({ params: { reportBucket: "shop-reports" } });

function allowedActions(): ReadonlySet<string> {
  const place = { account: "123456789012", region: "us-east-1" };
  const statements = (["reconcile", "audit", "diagnose"] as const)
    .flatMap((name) => executionRole(template, name, place).policies)
    .flatMap(({ document }): readonly unknown[] =>
      Array.isArray(document["Statement"]) ? document["Statement"] : [],
    )
    .filter(isRecord)
    .filter(({ Effect }) => Effect === "Allow");
  return new Set(statements.flatMap(({ Action }) => [Action].flat().map(String)));
}

test("the functions make no call that no execution role allows", () => {
  expect(calls.size).toBeGreaterThan(30);
  const allowed = allowedActions();
  expect([...calls].filter((call) => !allowed.has(call))).toEqual([]);
});

/** What Lambda itself does as the function: no call of the product's code. */
const byLambda: ReadonlySet<string> = new Set([
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
]);

test("no execution role allows what the functions never call", () => {
  const unused = [...allowedActions()].filter(
    (action) => !calls.has(action) && !byLambda.has(action),
  );
  expect(unused).toEqual([]);
});
