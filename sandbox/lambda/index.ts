/**
 * Lambda: functions with their versions and aliases. Nothing runs: `mapping.ts` gives a test's own
 * handler what is in a queue, as an event source mapping does. Left out: the API of event source
 * mappings, layers, and everything that invokes a function.
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
import { lambdaError } from "./reference.ts";
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
] as const;

/** The service, with one state for each Region. */
export function lambda(dependencies: { readonly paging: () => Paging }): Service {
  const { paging } = dependencies;
  const stateOf = perRegion((): Functions => new Map());
  return {
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
      },
      stateOf,
      refuse: (violation) => lambdaError("ValidationException", validationSentence(violation)),
    }),
    authorize: (call) => authorizeLambda(stateOf(call), call),
  };
}
