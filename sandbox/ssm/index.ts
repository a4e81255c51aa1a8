import type { Emit } from "../eventbridge/event.ts";
import { validationSentence } from "../input/members.ts";
import { type Deed, operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { authorizeParameters } from "./authorize.ts";
import { labelVersion, unlabelVersion } from "./labels.ts";
import { describeParameters, getParametersByPath } from "./listing.ts";
import { newestOf, type Parameter, type Parameters } from "./parameter.ts";
import { putParameter } from "./put.ts";
import { existing, getParameter, getParameterHistory, getParameters } from "./read.ts";
import { addTags, listTags, removeTags } from "./tags.ts";

const labelOperation = "LabelParameterVersion";

/**
 * Systems Manager Parameter Store, one set of parameters for each Region. Writes are told to the
 * default bus as `Parameter Store Change`.
 */
export function parameterStore(surroundings: {
  readonly emit: Emit;
  readonly paging: () => Paging;
}): Service {
  const stateOf = perRegion((): Parameters => new Map());
  const { emit, paging } = surroundings;
  const tell = (call: Call, parameter: Parameter, operation: string): void => {
    const newest = newestOf(parameter);
    emit({
      source: "aws.ssm",
      detailType: "Parameter Store Change",
      region: call.region,
      at: call.now,
      resources: [parameter.arn],
      detail: {
        operation,
        name: parameter.name,
        type: newest.type,
        ...(newest.description === null ? {} : { description: newest.description }),
      },
    });
  };
  const remove = (parameters: Parameters, call: Call, parameter: Parameter): void => {
    parameters.delete(parameter.name);
    tell(call, parameter, "Delete");
  };
  const deeds: Readonly<Record<string, Deed<Parameters>>> = {
    PutParameter: (parameters, members, call) => {
      const { parameter, operation } = putParameter(parameters, call, members);
      tell(call, parameter, operation);
      const newest = newestOf(parameter);
      return { Version: newest.version, Tier: newest.tier };
    },
    GetParameter: getParameter,
    GetParameters: getParameters,
    GetParametersByPath: (parameters, members) =>
      getParametersByPath(parameters, members, paging()),
    GetParameterHistory: (parameters, members) =>
      getParameterHistory(parameters, members, paging()),
    DescribeParameters: (parameters, members) => describeParameters(parameters, members, paging()),
    [labelOperation]: (parameters, members, call) => {
      const { parameter, labelled, answer } = labelVersion(parameters, members);
      if (labelled.length > 0) tell(call, parameter, labelOperation);
      return answer;
    },
    UnlabelParameterVersion: unlabelVersion,
    DeleteParameter: (parameters, members, call) => {
      remove(parameters, call, existing(parameters, members.text("Name", { min: 1, max: 2048 })));
      return {};
    },
    DeleteParameters: (parameters, members, call) => {
      const names = [...new Set(members.texts("Names", { min: 1, max: 10 }))];
      const gone = names.filter((name) => parameters.has(name));
      for (const name of gone) remove(parameters, call, existing(parameters, name));
      return {
        DeletedParameters: gone,
        InvalidParameters: names.filter((name) => !gone.includes(name)),
      };
    },
    AddTagsToResource: addTags,
    RemoveTagsFromResource: removeTags,
    ListTagsForResource: listTags,
  };
  return {
    name: "ssm",
    protocol: "json-1.1",
    targetPrefix: "AmazonSSM",
    operations: operationsOf({
      deeds,
      stateOf,
      refuse: (violation) => refused("ValidationException", validationSentence(violation)),
    }),
    authorize: (call) => authorizeParameters(stateOf(call), call),
  };
}
