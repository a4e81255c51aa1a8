import { type Fields, fieldsAt, textAt, textsAt } from "../aws/event-fields.ts";
import type { TouchedTarget } from "./wake.ts";
import type { TargetService } from "./watched.ts";

/** The cluster of a call that names none (ECS API reference, CreateService and its companions). */
const defaultCluster = "default";

/**
 * The repository, service or app that a call was about, by its CloudTrail record; null where the
 * record does not say.
 *
 * Source: the request and response members of the ECR, App Runner, ECS and Amplify API references,
 * with their first letter in lower case.
 */
export function targetOfCall(record: Fields, service: TargetService): TouchedTarget | null {
  const request = fieldsAt(record, "requestParameters");
  const response = fieldsAt(record, "responseElements");
  switch (service) {
    case "ecr": {
      const made = fieldsAt(response, "repository");
      const repository = textAt(request, "repositoryName") ?? textAt(made, "repositoryName");
      return repository === null ? null : { service, repository };
    }
    case "apprunner": {
      const made = fieldsAt(response, "service");
      return appRunnerService(
        textAt(request, "serviceName") ?? textAt(made, "serviceName"),
        textAt(request, "serviceArn") ?? textAt(made, "serviceArn"),
      );
    }
    case "ecs":
      return ecsServiceOfCall(request, fieldsAt(response, "service"));
    case "amplify": {
      const app = fieldsAt(response, "app");
      return amplifyApp(
        textAt(request, "appId") ?? textAt(app, "appId"),
        textAt(request, "name") ?? textAt(app, "name"),
      );
    }
    default:
      return service satisfies never;
  }
}

/**
 * The same of a service's own event; null where it does not say.
 *
 * Source: App Runner developer guide, "Handling App Runner events in EventBridge"; Amplify user
 * guide, "Notifications"; ECS developer guide, "Amazon ECS service deployment state change events".
 */
export function targetOfEvent(event: Fields, service: TargetService): TouchedTarget | null {
  const detail = fieldsAt(event, "detail");
  const [arn = null] = textsAt(event, "resources");
  switch (service) {
    // The events of ECR tell of images, which change no target.
    case "ecr":
      return null;
    case "apprunner":
      return appRunnerService(textAt(detail, "serviceName"), arn);
    case "ecs":
      return ecsService(arn, null);
    case "amplify":
      return amplifyApp(textAt(detail, "appId"), null);
    default:
      return service satisfies never;
  }
}

/** Of App Runner an ARN holds name and id, `service/NAME/ID`; a document names the name. */
function appRunnerService(name: string | null, arn: string | null): TouchedTarget | null {
  const found = name ?? /:service\/([^/]+)(\/[^/]+)?$/.exec(arn ?? "")?.[1] ?? null;
  return found === null ? null : { service: "apprunner", name: found };
}

/** A plain service is deleted by `service`, its name or its ARN; an Express one by `serviceArn`. */
function ecsServiceOfCall(request: Fields, made: Fields): TouchedTarget | null {
  const cluster = textAt(request, "cluster") ?? textAt(made, "clusterArn", "cluster");
  const named =
    textAt(request, "serviceArn", "service", "serviceName") ??
    textAt(made, "serviceArn", "serviceName");
  return ecsService(named, cluster);
}

/** ECS takes names and ARNs; an ARN of the old form, `service/NAME`, says no cluster. */
function ecsService(service: string | null, cluster: string | null): TouchedTarget | null {
  if (service === null) return null;
  const parts = service.slice(service.lastIndexOf(":") + 1).split("/");
  const name = parts.at(-1) ?? "";
  if (name === "") return null;
  const within = parts.length === 3 ? parts[1] : cluster?.slice(cluster.lastIndexOf("/") + 1);
  return { service: "ecs", cluster: within || defaultCluster, name };
}

function amplifyApp(id: string | null, name: string | null): TouchedTarget | null {
  return id === null && name === null ? null : { service: "amplify", id, name };
}
