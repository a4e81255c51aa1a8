import { type Fields, fieldsAt, textAt, textsAt } from "../aws/event-fields.ts";
import type { TextRule } from "../schema/text-rule.ts";
import { arnIn } from "./arns.ts";
import type { Piece, Place, TouchedTarget } from "./kind.ts";

/** A service of ECS and the cluster it runs in. */
export type EcsService = { readonly cluster: string; readonly service: string };

/** The cluster where none is named (ECS API reference, CreateService and its companions). */
const defaultCluster = "default";

/** ECS: cluster and service names have up to 255 letters, digits, `_` and `-`. */
export const ecsServiceRule: TextRule = {
  pattern: /^([A-Za-z0-9_-]{1,255}\/)?[A-Za-z0-9_-]{1,255}$/,
  lengthMax: 511,
  allowed: "SERVICE (in the cluster named default) or CLUSTER/SERVICE, each of A-Z a-z 0-9 - _",
  mistakes: [{ when: (text) => text.startsWith("arn:"), says: "is an ARN; write CLUSTER/SERVICE" }],
};

/** The service of a text under the rule. */
export function ecsServiceIn(text: string): EcsService {
  const [first = "", second] = text.split("/");
  return second === undefined
    ? { cluster: defaultCluster, service: first }
    : { cluster: first, service: second };
}

/** `CLUSTER/SERVICE`. */
export function ecsServiceName({ cluster, service }: EcsService): string {
  return `${cluster}/${service}`;
}

/** ARN of a service. */
export function ecsServiceArn(place: Place, service: EcsService): string {
  return arnIn(place, "ecs", `service/${ecsServiceName(service)}`);
}

/**
 * The service of a call. A plain service is deleted by `service`, its name or its ARN; an Express one
 * by `serviceArn`.
 *
 * Source: the request and response members of the ECS API reference, with a small first letter.
 */
export function ecsServiceOfCall(record: Fields): TouchedTarget | null {
  const request = fieldsAt(record, "requestParameters");
  const made = fieldsAt(fieldsAt(record, "responseElements"), "service");
  const cluster = textAt(request, "cluster") ?? textAt(made, "clusterArn", "cluster");
  const named =
    textAt(request, "serviceArn", "service", "serviceName") ??
    textAt(made, "serviceArn", "serviceName");
  return touchedService(named, cluster);
}

/** Source: ECS developer guide, "Amazon ECS service deployment state change events". */
export function ecsServiceOfEvent(event: Fields): TouchedTarget | null {
  const [arn = null] = textsAt(event, "resources");
  return touchedService(arn, null);
}

/** ECS takes names and ARNs; an ARN of the old form, `service/NAME`, says no cluster. */
function touchedService(service: string | null, cluster: string | null): TouchedTarget | null {
  if (service === null) return null;
  const parts = service.slice(service.lastIndexOf(":") + 1).split("/");
  const name = parts.at(-1) ?? "";
  if (name === "") return null;
  const within = parts.length === 3 ? parts[1] : cluster?.slice(cluster.lastIndexOf("/") + 1);
  return { service: "ecs", cluster: within || defaultCluster, name };
}

/** A touched service in a sentence. */
export function ecsServiceSays({ cluster, name }: TouchedTarget): string {
  return `ECS service ${cluster}/${name}`;
}

/** Is this one of the services? */
export function isOneOf(
  services: readonly EcsService[],
  { cluster, name }: TouchedTarget,
): boolean {
  return services.some((each) => each.cluster === cluster && each.service === name);
}

/** The services of all documents, each once. */
export function servicesOnce(
  documents: readonly { readonly entries: readonly EcsService[] }[],
): readonly EcsService[] {
  const all = documents.flatMap(({ entries }) => entries);
  return [...new Map(all.map((entry) => [ecsServiceName(entry), entry])).values()];
}

/** A service has no words: it is listed or not. */
export function wholeService(entry: EcsService): readonly Piece<EcsService>[] {
  return [{ entry, target: ecsServiceName(entry), says: "" }];
}
