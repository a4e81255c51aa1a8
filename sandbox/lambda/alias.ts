import { randomUUID } from "node:crypto";
import { isRecord, type Members } from "../input/members.ts";
import type { Paging } from "../input/page.ts";
import type { Call } from "../server/operation.ts";
import {
  checkRevision,
  existingFunction,
  lambdaError,
  notFound,
  unqualified,
  versionOf,
} from "./reference.ts";
import type { Alias, Functions, LambdaFunction } from "./state.ts";
import { cut } from "./version.ts";

const nameRule = { min: 1, max: 128, pattern: /(?![0-9]+$)[A-Za-z0-9_-]+/ } as const;
const versionRule = { min: 1, max: 1024, pattern: /\$LATEST|[0-9]+/ } as const;

export function createAlias(functions: Functions, members: Members, call: Call): object {
  const found = functionOf(functions, members, call);
  const name = members.text("Name", nameRule);
  if (found.aliases.has(name)) {
    const message = `Alias already exists: ${found.arn}:${name}`;
    throw lambdaError("ResourceConflictException", message, 409);
  }
  return kept(functions, found, {
    name,
    functionVersion: existingVersion(found, members.text("FunctionVersion", versionRule), call),
    description: members.optionalText("Description", { max: 256 }) ?? "",
    routing: routingOf(members) ?? new Map(),
    revisionId: randomUUID(),
  });
}

export function getAlias(functions: Functions, members: Members, call: Call): object {
  const found = functionOf(functions, members, call);
  return shownAlias(found, existingAlias(found, members));
}

/** ListAliases: all aliases, or those of one version. */
export function listAliases(
  functions: Functions,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const found = functionOf(functions, members, call);
  const version = members.optionalText("FunctionVersion", versionRule);
  const items = [...found.aliases.values()]
    .filter(({ functionVersion }) => version === null || functionVersion === version)
    .map((alias) => ({ configuration: shownAlias(found, alias), key: alias.name }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const { page, more } = cut(items, { members, paging, scope: `aliases ${found.arn} ${version}` });
  return { Aliases: page, ...more };
}

/** UpdateAlias: what is not sent stays as it was. */
export function updateAlias(functions: Functions, members: Members, call: Call): object {
  const found = functionOf(functions, members, call);
  const before = existingAlias(found, members);
  checkRevision(members, before.revisionId);
  const version = members.optionalText("FunctionVersion", versionRule) ?? before.functionVersion;
  return kept(functions, found, {
    name: before.name,
    functionVersion: existingVersion(found, version, call),
    description: members.optionalText("Description", { max: 256 }) ?? before.description,
    routing: routingOf(members) ?? before.routing,
    revisionId: randomUUID(),
  });
}

/** DeleteAlias: an alias that does not exist is not an error. */
export function deleteAlias(functions: Functions, members: Members, call: Call): object {
  const found = functionOf(functions, members, call);
  const name = members.text("Name", nameRule);
  const aliases = new Map([...found.aliases].filter(([other]) => other !== name));
  functions.set(found.name, { ...found, aliases });
  return {};
}

function functionOf(functions: Functions, members: Members, call: Call): LambdaFunction {
  return existingFunction(functions, call, { name: unqualified(members), qualifier: null });
}

function existingAlias(found: LambdaFunction, members: Members): Alias {
  const name = members.text("Name", nameRule);
  const alias = found.aliases.get(name);
  if (alias !== undefined) return alias;
  const message = `Cannot find alias arn: ${found.arn}:${name}`;
  throw lambdaError("ResourceNotFoundException", message, 404);
}

function existingVersion(found: LambdaFunction, version: string, call: Call): string {
  if (versionOf(found, version) !== null) return version;
  throw notFound(call, { name: found.name, qualifier: version });
}

function routingOf(members: Members): ReadonlyMap<string, number> | null {
  const weights = members.optionalStructure("RoutingConfig")?.raw("AdditionalVersionWeights");
  if (!isRecord(weights)) return null;
  return new Map(Object.entries(weights).map(([version, weight]) => [version, Number(weight)]));
}

function kept(functions: Functions, found: LambdaFunction, alias: Alias): object {
  const aliases = new Map([...found.aliases, [alias.name, alias]]);
  functions.set(found.name, { ...found, aliases });
  return shownAlias(found, alias);
}

function shownAlias(found: LambdaFunction, alias: Alias): object {
  return {
    AliasArn: `${found.arn}:${alias.name}`,
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    ...(alias.routing.size === 0
      ? {}
      : { RoutingConfig: { AdditionalVersionWeights: Object.fromEntries(alias.routing) } }),
    RevisionId: alias.revisionId,
  };
}
