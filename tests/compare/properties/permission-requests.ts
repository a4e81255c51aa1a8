import { accessEvaluator } from "../../../sandbox/evaluate/index.ts";
import { texts } from "./candidates.ts";
import { isObject, listOf, statementsOf } from "./documents.ts";
import { choicesOf, oneOfEachClass } from "./requests.ts";

type Request = Parameters<ReturnType<typeof accessEvaluator>>[0];

function textsUnder(documents: readonly unknown[], names: readonly string[]): readonly string[] {
  return documents
    .filter(isObject)
    .flatMap((document) => listOf(document["Statement"]).filter(isObject))
    .flatMap((statement) => names.flatMap((name) => listOf(statement[name]).map(String)));
}

/** Every class of requests that two sets of policies can tell apart, as far as near-misses reach. */
function* requestsOf(documents: readonly unknown[]): Iterable<Request> {
  const listedActions = textsUnder(documents, ["Action", "NotAction"]);
  const listedResources = textsUnder(documents, ["Resource", "NotResource"]);
  const allows = (part: object, request: Request) =>
    accessEvaluator([{ Version: "2012-10-17", Statement: { Effect: "Allow", ...part } }])(request)
      .decision;
  const context = new Map<string, readonly string[]>();
  const actionClasses = oneOfEachClass(
    texts(listedActions).filter((text) => /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(text)),
    (action) =>
      listedActions
        .map((listed) =>
          allows({ Action: listed, Resource: "*" }, { action, resource: "x", context }),
        )
        .join(),
  );
  const resourceClasses = oneOfEachClass(texts(listedResources), (resource) =>
    listedResources
      .map((listed) =>
        allows({ Action: "*", Resource: listed }, { action: "a:b", resource, context }),
      )
      .join(),
  );
  const atoms = statementsOf(documents).flatMap((statement) => statement.atoms);
  const keys = [...new Map(atoms.map((atom) => [atom.key.toLowerCase(), atom.key])).values()];
  let contexts: Map<string, readonly string[]>[] = [new Map()];
  for (const key of keys) {
    const choices = choicesOf(key, atoms, [], false);
    contexts = contexts.flatMap((known) =>
      choices.map((choice) => (choice === null ? known : new Map([...known, [key, choice]]))),
    );
  }
  for (const action of actionClasses) {
    for (const resource of resourceClasses) {
      for (const one of contexts.slice(0, 400)) yield { action, resource, context: one };
    }
  }
}

export type Sides = { readonly allows: readonly string[]; readonly refuses: readonly string[] };

function evaluatorsOf({ allows, refuses }: Sides) {
  const parsed = [allows, refuses].map((texts) => texts.map((text): unknown => JSON.parse(text)));
  const [allowing, refusing] = parsed.map((documents) => accessEvaluator(documents));
  return { documents: parsed.flat(), allowing, refusing };
}

/** Is the request allowed by the one set of policies and not by the other, in the sandbox? */
export function proves(sides: Sides, request: Request): boolean {
  const { allowing, refusing } = evaluatorsOf(sides);
  return allowing?.(request).decision === "allow" && refusing?.(request).decision !== "allow";
}

/** A request that is, as far as near-misses of the policies' own texts reach. */
export function overlooked(sides: Sides): Request | null {
  const { documents, allowing, refusing } = evaluatorsOf(sides);
  for (const request of requestsOf(documents)) {
    if (allowing?.(request).decision !== "allow") continue;
    if (refusing?.(request).decision !== "allow") return request;
  }
  return null;
}
