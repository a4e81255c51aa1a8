import { randomUUID } from "node:crypto";
import type { Members } from "../input/members.ts";
import { ordinalKey, type Paging, pageOf } from "../input/page.ts";
import type { Call } from "../server/operation.ts";
import { shown } from "./configuration.ts";
import { checkRevision, existingFunction, lambdaError, unqualified } from "./reference.ts";
import type { Functions, LambdaFunction, Version } from "./state.ts";

/**
 * The function once `$LATEST` is published, and the version that then stands for it: the newest one
 * where nothing has changed since.
 */
export function published(
  before: LambdaFunction,
  description: string | null,
): { readonly after: LambdaFunction; readonly version: Version } {
  const { latest } = before;
  const newest = before.published.at(-1);
  if (newest !== undefined && newest.modifiedAt.getTime() === latest.modifiedAt.getTime()) {
    return { after: before, version: newest };
  }
  const version: Version = {
    ...latest,
    version: String(before.versionsEver + 1),
    settings: {
      ...latest.settings,
      description: description ?? latest.settings.description,
    },
    revisionId: randomUUID(),
  };
  const after: LambdaFunction = {
    ...before,
    published: [...before.published, version],
    versionsEver: before.versionsEver + 1,
  };
  return { after, version };
}

export function publishVersion(functions: Functions, members: Members, call: Call): object {
  const name = unqualified(members);
  const before = existingFunction(functions, call, { name, qualifier: null });
  const { latest } = before;
  checkRevision(members, latest.revisionId);
  const sha256 = members.optionalText("CodeSha256");
  if (sha256 !== null && sha256 !== latest.settings.code.sha256) {
    throw lambdaError(
      "InvalidParameterValueException",
      `CodeSHA256 (${sha256}) is different from current CodeSHA256 in $LATEST (${latest.settings.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
  const { after, version } = published(
    before,
    members.optionalText("Description", { min: 0, max: 256 }),
  );
  functions.set(name, after);
  return shown(after, version, version.version);
}

/** At most this many in a page, whatever is asked for. */
const pageMax = 50;

/** ListFunctions: each function once, or with `FunctionVersion` ALL each of its versions. */
export function listFunctions(functions: Functions, members: Members, paging: Paging): object {
  const all = members.optionalText("FunctionVersion", { oneOf: ["ALL"] }) !== null;
  const names = [...functions.keys()].sort();
  const items = names.flatMap((name) => {
    const one = functions.get(name);
    if (one === undefined) return [];
    const configurations = all ? versionsOf(one) : [shown(one, one.latest, null)];
    return configurations.map((configuration, i) => ({
      configuration,
      key: `${name} ${ordinalKey(i)}`,
    }));
  });
  const { page, more } = cut(items, { members, paging, scope: `functions ${all}` });
  return { Functions: page, ...more };
}

export function listVersions(
  functions: Functions,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const name = unqualified(members);
  const found = existingFunction(functions, call, { name, qualifier: null });
  const items = versionsOf(found).map((configuration, i) => ({
    configuration,
    key: ordinalKey(i),
  }));
  const { page, more } = cut(items, { members, paging, scope: `versions ${found.arn}` });
  return { Versions: page, ...more };
}

function versionsOf(found: LambdaFunction): readonly object[] {
  return [found.latest, ...found.published].map((one) => shown(found, one, one.version));
}

/** A page of a listing, as Lambda cuts it. */
export function cut(
  items: readonly { readonly configuration: object; readonly key: string }[],
  asked: { readonly members: Members; readonly paging: Paging; readonly scope: string },
): { readonly page: readonly object[]; readonly more: { readonly NextMarker?: string } } {
  const { members, paging, scope } = asked;
  const most = members.optionalCount("MaxItems", { min: 1, max: 10_000 }) ?? pageMax;
  const page = pageOf({
    items,
    keyOf: ({ key }) => key,
    limit: Math.min(most, pageMax),
    token: members.optionalText("Marker"),
    scope,
    paging,
  });
  if (page.kind === "bad-token") {
    throw lambdaError("InvalidParameterValueException", "The pagination token is invalid.");
  }
  return {
    page: page.items.map(({ configuration }) => configuration),
    more: page.nextToken === null ? {} : { NextMarker: page.nextToken },
  };
}
