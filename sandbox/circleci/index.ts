/**
 * CircleCI's API, versions 2 and 3, as far as variables, contexts and settings go. It is not a service
 * of AWS: it has its own tokens, its own paths and its own errors, and CloudTrail knows nothing of it.
 * `api.ts` is the HTTP side, `state.ts` what CircleCI keeps, the other files the operations.
 */

import { randomUUID } from "node:crypto";
import type { HttpRequest } from "../server/request.ts";
import type { Dispatched } from "../server/router.ts";
import { type ApiOptions, apiPath, dispatchApi } from "./api.ts";
import {
  addContext,
  addProject,
  addToken,
  emptyState,
  type NewContext,
  type NewProject,
  organizationOf,
  type TokenKind,
  type Variable,
} from "./state.ts";

export type { NewContext, NewProject, ProjectSettings, TokenKind } from "./state.ts";

/** What a test or a shell may do with CircleCI beside the API. */
export type CircleciSeeds = {
  /** A personal token that may do everything. */
  readonly token: string;
  createToken(kind: TokenKind): string;
  /** Takes the place of a project of that slug. Returns its id. */
  createProject(project: NewProject): string;
  /** Returns its id. */
  createContext(context: NewContext): string;
  /** Whether pipelines of the organisation may bring their own configuration. */
  setUnversionedConfig(organizationId: string, allowed: boolean): void;
  /** What is stored for a project's slug or a context's id, in the clear. */
  variablesOf(target: string): Readonly<Record<string, string>>;
};

export type CircleciApi = {
  readonly seeds: CircleciSeeds;
  /** Answers what is below the API's path; null for any other. */
  dispatch(request: HttpRequest): Promise<Dispatched> | null;
};

export function circleciApi(options: Omit<ApiOptions, "state">): CircleciApi {
  const state = emptyState();
  const { now } = options;
  return {
    seeds: {
      token: addToken(state, "personal"),
      createToken: (kind) => addToken(state, kind),
      createProject: (project) => addProject(state, project, now()).id,
      createContext: (context) => addContext(state, context, now()).id,
      setUnversionedConfig: (id, allowed) => {
        const organization = organizationOf(state, id);
        state.organizations.set(id, { ...organization, enable_unversioned_config: allowed });
      },
      variablesOf: (target) => {
        const found = state.projects.get(target) ?? state.contexts.get(target);
        if (found === undefined) throw new Error(`CircleCI has no project or context ${target}.`);
        return inTheClear(found.variables);
      },
    },
    dispatch: (request) =>
      request.path.startsWith(`${apiPath}/`)
        ? dispatchApi({ ...options, state }, request, randomUUID())
        : null,
  };
}

function inTheClear(variables: ReadonlyMap<string, Variable>): Readonly<Record<string, string>> {
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
}
