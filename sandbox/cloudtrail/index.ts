/**
 * CloudTrail: the event history of all management calls, without delay, and trails. While a trail
 * logs, each call also goes to the default bus as `AWS API Call via CloudTrail`. Left out: data
 * events, the files in a trail's bucket, and CloudTrail Lake.
 */

import { type Emit, wholeSeconds } from "../eventbridge/event.ts";
import { type Authorization, requestTagContext, tagsIn, textIn } from "../input/authorization.ts";
import { validationSentence } from "../input/members.ts";
import { keepMap, operationsOf } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import type { FinishedCall } from "../server/record.ts";
import type { RoleArnOf } from "./identity.ts";
import { lookupEvents } from "./lookup.ts";
import { isKept, recordOf, type TrailRecord } from "./record.ts";
import {
  createTrail,
  deleteTrail,
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  isWatched,
  listTrails,
  putEventSelectors,
  startLogging,
  stopLogging,
  type Trails,
} from "./trail.ts";

/** The service. `onFinished` must get every call of every service. */
export function cloudTrail(dependencies: {
  readonly emit: Emit;
  readonly paging: () => Paging;
  readonly roleArnOf: RoleArnOf;
}): { readonly service: Service; readonly onFinished: (finished: FinishedCall) => void } {
  const { emit, paging, roleArnOf } = dependencies;
  const trails: Trails = new Map();
  const records: TrailRecord[] = [];
  const firstSeen = new Map<string, string>();
  const onFinished = (finished: FinishedCall): void => {
    if (!isKept(finished)) return;
    const { accessKeyId } = finished.call.caller;
    const sessionBegan = firstSeen.get(accessKeyId) ?? wholeSeconds(finished.call.now);
    firstSeen.set(accessKeyId, sessionBegan);
    const record = recordOf(finished, { ordinal: records.length, roleArnOf, sessionBegan });
    records.push(record);
    if (!isWatched(trails, record)) return;
    emit({
      source: `aws.${finished.call.service}`,
      detailType: "AWS API Call via CloudTrail",
      region: record.region,
      at: record.at,
      resources: [],
      get detail() {
        return record.event();
      },
      readOnly: record.readOnly,
    });
  };
  const service: Service = {
    name: "cloudtrail",
    protocol: "json-1.1",
    targetPrefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    operations: operationsOf({
      handlers: {
        LookupEvents: (_, members, call) => lookupEvents(records, members, call, paging()),
        CreateTrail: createTrail,
        DeleteTrail: deleteTrail,
        DescribeTrails: describeTrails,
        GetTrail: getTrail,
        ListTrails: listTrails,
        GetTrailStatus: getTrailStatus,
        StartLogging: startLogging,
        StopLogging: stopLogging,
        PutEventSelectors: putEventSelectors,
        GetEventSelectors: getEventSelectors,
      },
      stateOf: () => trails,
      refuse: (violation) => refused("ValidationException", validationSentence(violation)),
    }),
    keep: () => {
      const kept = [...records];
      const back = [keepMap(trails), keepMap(firstSeen)];
      return () => {
        records.splice(0, records.length, ...kept);
        for (const putBack of back) putBack();
      };
    },
    authorize: authorizeTrails,
  };
  return { service, onFinished };
}

/** Source: Service Authorization Reference, AWS CloudTrail. */
function authorizeTrails(call: Call): readonly Authorization[] {
  const action = `cloudtrail:${call.operation}`;
  switch (call.operation) {
    case "LookupEvents":
    case "DescribeTrails":
    case "ListTrails":
      return [{ action, resource: "*" }];
    default: {
      const name = textIn(call.input, "Name") ?? textIn(call.input, "TrailName") ?? "";
      const resource = name.startsWith("arn:")
        ? name
        : `arn:aws:cloudtrail:${call.region}:${call.account}:trail/${name}`;
      return [{ action, resource, context: requestTagContext(tagsIn(call.input, "TagsList")) }];
    }
  }
}
