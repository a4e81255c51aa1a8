import { randomUUID } from "node:crypto";
import { maskedInContext } from "./mask.ts";
import {
  type ApiCall,
  ApiError,
  type ApiOperation,
  created,
  listed,
  ok,
  textIn,
} from "./request.ts";
import { addContext, type Context, type Restriction, type State } from "./state.ts";
import { withoutVariable, withVariable } from "./variables.ts";

/** Whether a context does not exist or is another organisation's, the answer is 403. */
function contextOf({ contexts }: State, { labels: { id = "" } }: ApiCall): Context {
  const found = contexts.get(id);
  if (found === undefined) throw new ApiError(403, "Forbidden");
  return found;
}

const listContexts: ApiOperation = (state, call) => {
  const owner = ownerOf(state, call.query.get("owner-id"), call.query.get("owner-slug"));
  const ofType = call.query.get("owner-type") ?? "organization";
  if (ofType !== "organization") {
    throw new ApiError(400, "Only organization is supported at present.");
  }
  return listed(call, {
    items: [...state.contexts.values()].filter((each) => each.organizationId === owner),
    keyOf: ({ name }) => name,
    size: 20,
    scope: `contexts of ${owner}`,
    shown: shownContext,
  });
};

/** The id of the organisation that a request names by its id or its slug. */
function ownerOf(state: State, id: string | null, slug: string | null): string {
  const named = [...state.organizations.values()].find(
    (each) => each.id === id || each.slug === slug,
  );
  if (id === null && slug === null) throw new ApiError(400, "Specify owner-id or owner-slug.");
  if (named === undefined) throw new ApiError(404, "Organization not found.");
  return named.id;
}

const createContext: ApiOperation = (state, call) => {
  const owner: unknown = call.body["owner"];
  const named = (member: string): string | null => {
    const value: unknown =
      typeof owner === "object" && owner !== null ? Reflect.get(owner, member) : undefined;
    return typeof value === "string" ? value : null;
  };
  const organizationId = ownerOf(state, named("id"), named("slug"));
  const name = textIn(call, "name");
  const taken = [...state.contexts.values()].some(
    (each) => each.organizationId === organizationId && each.name === name,
  );
  if (taken) throw new ApiError(409, "A context with that name already exists.");
  return ok(shownContext(addContext(state, { name, organizationId }, call.now)));
};

const getContext: ApiOperation = (state, call) => ok(shownContext(contextOf(state, call)));

const deleteContext: ApiOperation = (state, call) => {
  state.contexts.delete(contextOf(state, call).id);
  return ok({ message: "Context deleted." });
};

const listVariables: ApiOperation = (state, call) => {
  const { id, variables } = contextOf(state, call);
  return listed(call, {
    items: [...variables],
    keyOf: ([name]) => name,
    size: 100,
    scope: `variables of ${id}`,
    shown: ([variable, { value, createdAt, updatedAt }]) => ({
      variable,
      context_id: id,
      truncated_value: maskedInContext(value),
      created_at: createdAt.toISOString(),
      updated_at: updatedAt.toISOString(),
    }),
  });
};

/** A body without `value` stores an empty one, as people found. */
const setVariable: ApiOperation = (state, call) => {
  const context = contextOf(state, call);
  const name = call.labels["name"] ?? "";
  const given = call.body["value"];
  const value = typeof given === "string" ? given : "";
  const variables = withVariable(context.variables, { name, value, now: call.now });
  state.contexts.set(context.id, { ...context, variables });
  const stored = variables.get(name);
  return ok({
    variable: name,
    context_id: context.id,
    created_at: stored?.createdAt.toISOString(),
    updated_at: stored?.updatedAt.toISOString(),
  });
};

const deleteVariable: ApiOperation = (state, call) => {
  const context = contextOf(state, call);
  const variables = withoutVariable(context.variables, call.labels["name"] ?? "");
  state.contexts.set(context.id, { ...context, variables });
  return ok({ message: "Environment variable deleted." });
};

const listRestrictions: ApiOperation = (state, call) => {
  const context = contextOf(state, call);
  return ok({ items: context.restrictions.map((each) => shownRestriction(state, context, each)) });
};

const createRestriction: ApiOperation = (state, call) => {
  const context = contextOf(state, call);
  const type = textIn(call, "restriction_type");
  if (type !== "project" && type !== "expression" && type !== "group") {
    throw new ApiError(400, "restriction_type must be project, expression or group.");
  }
  const made: Restriction = { id: randomUUID(), type, value: textIn(call, "restriction_value") };
  const restrictions = [...context.restrictions, made];
  state.contexts.set(context.id, { ...context, restrictions });
  return created({ ...shownRestriction(state, context, made), name: undefined });
};

const deleteRestriction: ApiOperation = (state, call) => {
  const context = contextOf(state, call);
  const restrictions = context.restrictions.filter(({ id }) => id !== call.labels["restriction"]);
  if (restrictions.length === context.restrictions.length) {
    throw new ApiError(404, "Restriction not found.");
  }
  state.contexts.set(context.id, { ...context, restrictions });
  return ok({ message: "Context restriction deleted." });
};

function shownContext({ id, name, createdAt }: Context): object {
  return { id, name, created_at: createdAt.toISOString() };
}

function shownRestriction(state: State, context: Context, restriction: Restriction): object {
  const { id, type, value } = restriction;
  return {
    id,
    context_id: context.id,
    name: nameOf(state, context, restriction),
    restriction_type: type,
    restriction_value: value,
    ...(type === "project" ? { project_id: value } : {}),
  };
}

/** What a restriction points at, in words; the group of everybody has the organisation's id. */
function nameOf(state: State, context: Context, { type, value }: Restriction): string {
  switch (type) {
    case "project":
      return [...state.projects.values()].find(({ id }) => id === value)?.slug ?? "";
    case "group":
      return value === context.organizationId ? "All members" : "A group";
    case "expression":
      return "";
    default:
      throw new Error(`no such restriction: ${type satisfies never}`);
  }
}

export const contextOperations = {
  ListContexts: listContexts,
  CreateContext: createContext,
  GetContext: getContext,
  DeleteContext: deleteContext,
  ListContextVariables: listVariables,
  SetContextVariable: setVariable,
  DeleteContextVariable: deleteVariable,
  ListContextRestrictions: listRestrictions,
  CreateContextRestriction: createRestriction,
  DeleteContextRestriction: deleteRestriction,
};
