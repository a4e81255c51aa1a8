/**
 * Lambda: functions with their versions and aliases. No code of an archive runs: a test says what an
 * invoked function does (`invoke.ts`), and `mapping.ts` gives its handler what is in a queue, as an
 * event source mapping does. Left out: the API of event source mappings, and layers.
 */

import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import type { Service } from "../server/operation.ts";
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from "./alias.ts";
import { authorizeLambda } from "./authorize.ts";
import {
  createFunction,
  deleteFunction,
  getFunction,
  getFunctionConfiguration,
  updateFunctionCode,
} from "./function.ts";
import { type FunctionHandler, invoke, newHandlers, seedFunction } from "./invoke.ts";
import { lambdaError, type Place } from "./reference.ts";
import type { Functions } from "./state.ts";
import { listFunctions, listVersions, publishVersion } from "./version.ts";

const all = "/2015-03-31/functions";
const one = `${all}/{FunctionName}`;

const routes = [
  { method: "POST", path: all, operation: "CreateFunction", status: 201 },
  { method: "GET", path: all, operation: "ListFunctions" },
  { method: "GET", path: one, operation: "GetFunction" },
  { method: "DELETE", path: one, operation: "DeleteFunction", status: 204 },
  { method: "GET", path: `${one}/configuration`, operation: "GetFunctionConfiguration" },
  { method: "PUT", path: `${one}/code`, operation: "UpdateFunctionCode" },
  { method: "POST", path: `${one}/versions`, operation: "PublishVersion", status: 201 },
  { method: "GET", path: `${one}/versions`, operation: "ListVersionsByFunction" },
  { method: "POST", path: `${one}/aliases`, operation: "CreateAlias", status: 201 },
  { method: "GET", path: `${one}/aliases`, operation: "ListAliases" },
  { method: "GET", path: `${one}/aliases/{Name}`, operation: "GetAlias" },
  { method: "PUT", path: `${one}/aliases/{Name}`, operation: "UpdateAlias" },
  { method: "DELETE", path: `${one}/aliases/{Name}`, operation: "DeleteAlias", status: 204 },
  {
    method: "POST",
    path: `${one}/invocations`,
    operation: "Invoke",
    payload: "Payload",
    headers: {
      "x-amz-invocation-type": "InvocationType",
      "x-amz-executed-version": "ExecutedVersion",
      "x-amz-function-error": "FunctionError",
    },
  },
] as const;

/** What a test says of the account's functions, without the API. */
export type SandboxFunctions = {
  /**
   * Says what a function of the account's Region does when it is invoked, by its name; makes the
   * function where there is none. Returns its ARN.
   */
  handle(name: string, handler: FunctionHandler): string;
};

/** The service, with one state for each Region. */
export function lambda(dependencies: { readonly paging: () => Paging }): {
  readonly service: Service;
  /** Says what a function does. */
  readonly handle: (place: Place, name: string, handler: FunctionHandler) => string;
} {
  const { paging } = dependencies;
  const stateOf = perRegion((): Functions => new Map());
  const handlersOf = perRegion(newHandlers);
  const service: Service = {
    name: "lambda",
    protocol: "rest-json",
    routes,
    operations: operationsOf({
      handlers: {
        CreateFunction: createFunction,
        ListFunctions: (functions, members) => listFunctions(functions, members, paging()),
        GetFunction: getFunction,
        GetFunctionConfiguration: getFunctionConfiguration,
        UpdateFunctionCode: updateFunctionCode,
        DeleteFunction: deleteFunction,
        PublishVersion: publishVersion,
        ListVersionsByFunction: (functions, members, call) =>
          listVersions(functions, members, call, paging()),
        CreateAlias: createAlias,
        ListAliases: (functions, members, call) => listAliases(functions, members, call, paging()),
        GetAlias: getAlias,
        UpdateAlias: updateAlias,
        DeleteAlias: deleteAlias,
        Invoke: (functions, members, call) => invoke(functions, handlersOf(call), members, call),
      },
      stateOf,
      refuse: (violation) => lambdaError("ValidationException", validationSentence(violation)),
    }),
    keep: stateOf.keep,
    authorize: (call) => authorizeLambda(stateOf(call), call),
  };
  return {
    service,
    handle: (place, name, handler) => {
      handlersOf(place).set(name, handler);
      return seedFunction(stateOf(place), place, name);
    },
  };
}
