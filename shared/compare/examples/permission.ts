import { arnOf } from "../../aws/arn.ts";
import { calledArn, wellKnownCalls } from "../../callers/well-known-calls.ts";
import { instance, matches, type Pattern } from "../../language/pattern.ts";
import type { PermissionStatement } from "../../policy/document.ts";
import {
  type Answer,
  actionFits,
  decide,
  matchesUnclear,
  withConditions,
} from "../../policy/evaluate.ts";
import type { RequestContext } from "../../policy/request.ts";

export type PermissionRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
};

/** A call that proves a difference in what is granted. */
export type PermissionWitness = {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
};

/**
 * Do the statements, taken together, allow a call? A plain reading, without sets. Hundreds of calls are
 * asked about, of few actions, so that the statements of each action are looked up once.
 */
export function permitsOf(
  statements: readonly PermissionStatement[],
): (request: PermissionRequest) => Answer {
  const byAction = new Map<string, readonly PermissionStatement[]>();
  const about = (action: string) => {
    const known = byAction.get(action) ?? statements.filter((each) => actionFits(each, action));
    byAction.set(action, known);
    return known;
  };
  return (request) =>
    decide(about(request.action), (statement) =>
      withConditions(resourceFits(statement, request), statement, request.context),
    );
}

function resourceFits({ resources }: PermissionStatement, request: PermissionRequest): Answer {
  const named = resources.patterns.some((pattern) => matches(pattern, request.resource))
    ? ["yes" as const]
    : resources.unclear.map((value) => matchesUnclear(value, request.resource, request.context));
  if (named.includes("yes")) return resources.kind === "only" ? "yes" : "no";
  if (named.includes("unclear")) return "unclear";
  return resources.kind === "only" ? "no" : "yes";
}

/** More candidates than this are not tried; the request at hand is a proof as well. */
const candidatesMax = 600;

/**
 * The call to show for a difference: one that a reader knows, then one that the documents' own
 * actions and resources bring to mind, then the one at hand; null where none passes.
 */
export function showPermission(input: {
  readonly plain: PermissionRequest;
  readonly isWitness: (request: PermissionRequest) => boolean;
  readonly statements: readonly PermissionStatement[];
}): PermissionWitness | null {
  const { plain } = input;
  const contexts = plain.context.size === 0 ? [plain.context] : [new Map(), plain.context];
  let tried = 0;
  for (const [action, resource] of candidatesOf(input)) {
    for (const context of contexts) {
      tried += 1;
      const request = { action, resource, context };
      if (input.isWitness(request)) return shown(request);
    }
    if (tried > candidatesMax) break;
  }
  return input.isWitness(plain) ? shown(plain) : null;
}

function* candidatesOf(input: {
  readonly plain: PermissionRequest;
  readonly statements: readonly PermissionStatement[];
}): Generator<readonly [string, string]> {
  const patterns = new Map<string, Pattern>();
  for (const { resources } of input.statements)
    for (const pattern of resources.patterns) patterns.set(pattern.identity, pattern);
  const texts = [...patterns.values()].map((each) => instance(each, { run: "any", one: "x" }));
  const inTexts = (part: RegExp): string | undefined =>
    texts
      .values()
      .flatMap((text) => part.exec(text)?.slice(1) ?? [])
      .next().value;
  const account = inTexts(/:(\d{12}):/) ?? "123456789012";
  const region = inTexts(/:([a-z]{2}(?:-[a-z]+)+-\d):/) ?? "us-east-1";
  const known = (ofService: string | null) =>
    wellKnownCalls
      .values()
      .filter(([service]) => ofService === null || service === ofService)
      .map(
        ([service, action, rest]) =>
          [`${service}:${action}`, calledArn(service, rest, region, account)] as const,
      );
  yield* known(null);
  const resourcesOf = Map.groupBy(texts, (text) => /^arn:aws:([^:]*):/.exec(text)?.[1] ?? null);
  for (const [action] of known(null))
    for (const resource of resourcesOf.get(serviceOf(action)) ?? []) yield [action, resource];
  const named = input.statements.flatMap((statement) => statement.actions.named);
  for (const action of new Set([...named, input.plain.action])) {
    const service = serviceOf(action);
    for (const [, resource] of known(service)) yield [action, resource];
    for (const resource of resourcesOf.get(service) ?? []) yield [action, resource];
    yield [action, arnOf({ id: account, partition: "aws" }, service, region, "any/resource")];
    yield [action, input.plain.resource];
  }
}

function serviceOf(action: string): string {
  return action.split(":")[0] ?? "";
}

function shown(request: PermissionRequest): PermissionWitness {
  return {
    action: request.action,
    resource: request.resource,
    context: Object.fromEntries(request.context),
  };
}
