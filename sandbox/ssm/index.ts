/**
 * Systems Manager Parameter Store: put, read, list, label, tag and delete parameters, with one
 * store for each Region. Changes go to the default bus as `Parameter Store Change`. Left out:
 * encryption of SecureString values and the two notification policies, which are stored and do
 * nothing.
 */

import type { Emit } from "../eventbridge/event.ts";
import { type Violation, validationSentence } from "../input/members.ts";
import { type Handler, operationsOf, pastOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { authorizeParameters } from "./authorize.ts";
import { labelVersion, unlabelVersion } from "./labels.ts";
import { describeParameters, getParametersByPath } from "./listing.ts";
import { newestOf, type Parameter, type Parameters } from "./parameter.ts";
import { expiredBy } from "./policies.ts";
import { putParameter } from "./put.ts";
import { existing, getParameter, getParameterHistory, getParameters } from "./read.ts";
import { type NewParameter, seedParameter } from "./seed.ts";
import { addTags, listTags, removeTags } from "./tags.ts";

const labelOperation = "LabelParameterVersion";

export type { NewParameter } from "./seed.ts";

export type ParameterStore = {
  readonly service: Service;
  /** Deletes the parameters that have expired. */
  readonly expire: (now: Date) => void;
  /** Puts parameters into the store without the API; returns their versions. Counts as one write. */
  readonly seed: (
    place: { readonly account: string; readonly region: string; readonly now: Date },
    parameters: readonly NewParameter[],
  ) => readonly number[];
};

type Place = Pick<Call, "region" | "now">;

/** Sends the event of a change to the default bus. */
type Notify = (place: Place, parameter: Parameter, operation: string) => void;

/** The service, and what can change it without a call. */
export function ssm(dependencies: {
  readonly emit: Emit;
  readonly paging: () => Paging;
  /** For how many milliseconds former states are kept. */
  readonly keepMs: () => number;
}): ParameterStore {
  const copy = (parameters: Parameters): Parameters => new Map(parameters);
  const stateOf = perRegion((): Parameters => new Map(), copy);
  const notify = notifier(dependencies.emit);
  const handlers = handlersOf(notify, dependencies.paging);
  const parts = {
    handlers,
    stateOf,
    refuse: (violation: Violation) => refused("ValidationException", validationSentence(violation)),
  };
  const past = pastOf({ ...parts, copy, keepMs: dependencies.keepMs, writesToo: false });
  return {
    service: {
      name: "ssm",
      protocol: "json-1.1",
      targetPrefix: "AmazonSSM",
      operations: operationsOf(parts),
      past,
      keep: stateOf.keep,
      authorize: (call) => authorizeParameters(stateOf(call), call),
    },
    expire: (now) => {
      for (const [region, parameters] of stateOf.all()) {
        for (const gone of expiredBy(parameters, now))
          remove(notify, parameters, { region, now }, gone);
      }
    },
    seed: (place, given) => {
      const keeps = new Set(given.map(({ region = place.region }) => region));
      const kept = [...keeps].map((region) => past.note({ ...place, region }));
      const versions = given.map((parameter) => {
        const region = parameter.region ?? place.region;
        return seedParameter(stateOf({ region }), { ...place, region }, parameter);
      });
      for (const keep of kept) keep();
      return versions;
    },
  };
}

function notifier(emit: Emit): Notify {
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

function remove(notify: Notify, parameters: Parameters, place: Place, parameter: Parameter): void {
  parameters.delete(parameter.name);
  notify(place, parameter, "Delete");
}

function handlersOf(
  notify: Notify,
  paging: () => Paging,
): Readonly<Record<string, Handler<Parameters>>> {
  return {
    PutParameter: (parameters, members, call) => {
      const { parameter, operation } = putParameter(parameters, call, members);
      notify(call, parameter, operation);
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
      if (labelled.length > 0) notify(call, parameter, labelOperation);
      return answer;
    },
    UnlabelParameterVersion: unlabelVersion,
    DeleteParameter: (parameters, members, call) => {
      remove(
        notify,
        parameters,
        call,
        existing(parameters, members.text("Name", { min: 1, max: 2048 })),
      );
      return {};
    },
    DeleteParameters: (parameters, members, call) => {
      const names = [...new Set(members.texts("Names", { min: 1, max: 10 }))];
      const gone = names.filter((name) => parameters.has(name));
      for (const name of gone) remove(notify, parameters, call, existing(parameters, name));
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
