import type { Emit } from "../eventbridge/event.ts";
import { type Violation, validationSentence } from "../input/members.ts";
import { type Deed, operationsOf, pastOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { authorizeParameters } from "./authorize.ts";
import { labelVersion, unlabelVersion } from "./labels.ts";
import { describeParameters, getParametersByPath } from "./listing.ts";
import { newestOf, type Parameter, type Parameters } from "./parameter.ts";
import { type NewParameter, plantParameter } from "./plant.ts";
import { expiredBy } from "./policies.ts";
import { putParameter } from "./put.ts";
import { existing, getParameter, getParameterHistory, getParameters } from "./read.ts";
import { addTags, listTags, removeTags } from "./tags.ts";

const labelOperation = "LabelParameterVersion";

export type { NewParameter } from "./plant.ts";

/** Parameter Store and what happens to it without a call. */
export type ParameterStore = {
  readonly service: Service;
  /** Parameters whose expiration is over delete themselves. */
  readonly expire: (now: Date) => void;
  /** Puts a parameter into the store without the API; gives its version. Counts as a write. */
  readonly plant: (
    place: { readonly account: string; readonly region: string; readonly now: Date },
    parameter: NewParameter,
  ) => number;
};

type Place = Pick<Call, "region" | "now">;

/** Tells the default bus of a change to a parameter. */
type Tell = (place: Place, parameter: Parameter, operation: string) => void;

/**
 * Systems Manager Parameter Store, one set of parameters for each Region. Writes are told to the
 * default bus as `Parameter Store Change`.
 */
export function parameterStore(surroundings: {
  readonly emit: Emit;
  readonly paging: () => Paging;
}): ParameterStore {
  const regions = new Map<string, Parameters>();
  const stateOf = perRegion((region): Parameters => {
    const parameters: Parameters = new Map();
    regions.set(region, parameters);
    return parameters;
  });
  const tell = teller(surroundings.emit);
  const deeds = deedsOf(tell, surroundings.paging);
  const parts = {
    deeds,
    stateOf,
    refuse: (violation: Violation) => refused("ValidationException", validationSentence(violation)),
  };
  const past = pastOf({ ...parts, copy: (parameters) => new Map(parameters) });
  return {
    service: {
      name: "ssm",
      protocol: "json-1.1",
      targetPrefix: "AmazonSSM",
      operations: operationsOf(parts),
      past,
      authorize: (call) => authorizeParameters(stateOf(call), call),
    },
    expire: (now) => {
      for (const [region, parameters] of regions) {
        for (const gone of expiredBy(parameters, now))
          remove(tell, parameters, { region, now }, gone);
      }
    },
    plant: (place, parameter) => {
      const region = parameter.region ?? place.region;
      const keep = past.note({ region });
      const version = plantParameter(stateOf({ region }), { ...place, region }, parameter);
      keep();
      return version;
    },
  };
}

function teller(emit: Emit): Tell {
  return (place, parameter, operation) => {
    const newest = newestOf(parameter);
    emit({
      source: "aws.ssm",
      detailType: "Parameter Store Change",
      region: place.region,
      at: place.now,
      resources: [parameter.arn],
      detail: {
        operation,
        name: parameter.name,
        type: newest.type,
        ...(newest.description === null ? {} : { description: newest.description }),
      },
    });
  };
}

function remove(tell: Tell, parameters: Parameters, place: Place, parameter: Parameter): void {
  parameters.delete(parameter.name);
  tell(place, parameter, "Delete");
}

function deedsOf(tell: Tell, paging: () => Paging): Readonly<Record<string, Deed<Parameters>>> {
  return {
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
      remove(
        tell,
        parameters,
        call,
        existing(parameters, members.text("Name", { min: 1, max: 2048 })),
      );
      return {};
    },
    DeleteParameters: (parameters, members, call) => {
      const names = [...new Set(members.texts("Names", { min: 1, max: 10 }))];
      const gone = names.filter((name) => parameters.has(name));
      for (const name of gone) remove(tell, parameters, call, existing(parameters, name));
      return {
        DeletedParameters: gone,
        InvalidParameters: names.filter((name) => !gone.includes(name)),
      };
    },
    AddTagsToResource: addTags,
    RemoveTagsFromResource: removeTags,
    ListTagsForResource: listTags,
  };
}
