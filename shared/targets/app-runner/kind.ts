import * as z from "zod/mini";
import { type Fields, fieldsAt, textAt, textsAt } from "../../aws/event-fields.ts";
import type { Asked, TargetKind, TouchedTarget } from "../kind.ts";
import { collect } from "../missing.ts";
import { lastOutput } from "../output-names.ts";
import { onePart } from "../policy-part.ts";
import { appRunnerRegions } from "./regions.ts";
import { type FoundServices, namedService, newlyPassedBy, resolveService } from "./resolve.ts";
import { type AppRunnerTarget, serviceMay, services, servicesWritten } from "./schema.ts";
import { type ResolvedAppRunner, serviceStatements } from "./statements.ts";

/** What is looked up of App Runner services. */
export type AppRunnerQuestion = {
  readonly services: readonly string[];
  /** Services that jobs may update: the roles that they use are read as well. */
  readonly updated: readonly {
    readonly service: string;
    /** The ARN it had last: its roles are read at the same time as the list of services. */
    readonly likelyArn: string | null;
  }[];
};

const variable = "AWS_APP_RUNNER_SERVICE_ARN";

/** Services of App Runner, which has been closed to new customers since April 2026. */
export const appRunner: TargetKind<
  AppRunnerTarget,
  AppRunnerQuestion,
  FoundServices,
  ResolvedAppRunner
> = {
  noun: "App Runner service",
  schema: services,
  written: servicesWritten,
  pieces: ({ service, may }) =>
    may.map((word) => ({ entry: { service, may: [word] }, target: service, says: word })),
  regions: {
    names: appRunnerRegions,
    service: "App Runner",
    allowed: `App Runner services in one of ${appRunnerRegions.join(", ")}, or ecsExpress in any Region`,
  },
  memory: z.object({
    service: z.string(),
    arn: z.string(),
    // The release before `may` kept none of the words, and no job passed a role.
    may: z._default(z.array(z.enum(serviceMay)), ["deploy"]),
    passes: z._default(z.object({ instance: z.array(z.string()), access: z.array(z.string()) }), {
      instance: [],
      access: [],
    }),
  }),
  writtenWhenEmpty: true,
  ask: (documents) => ({
    services: [
      ...new Set(documents.flatMap(({ entries }) => entries.map(({ service }) => service))),
    ],
    updated: updatedIn(documents),
  }),
  unseen: (reading) => ({ services: reading, roles: new Map() }),
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveService(entry, found, memory))),
    granted: entries.flatMap((entry) => newlyPassedBy(entry, found, memory)),
  }),
  named: (entries, found, unknown) => entries.map((entry) => namedService(entry, found, unknown)),
  statements: serviceStatements,
  parts: (targets) => onePart(targets.length, serviceStatements(targets)),
  outputs: (_, targets) => [
    { variable, values: targets.map(({ service, arn }) => [service, arn] as const) },
  ],
  events: {
    service: "apprunner",
    calls: ["CreateService", "DeleteService"],
    detailTypes: ["AppRunner Service Status Change", "AppRunner Service Operation Status Change"],
    ofCall: serviceOfCall,
    ofEvent: (event) => {
      const [arn = null] = textsAt(event, "resources");
      return touchedService(textAt(fieldsAt(event, "detail"), "serviceName"), arn);
    },
    says: ({ name }) => `App Runner service ${name}`,
    names: ({ name }, { entries }) => entries.some(({ service }) => service === name),
  },
};

/** Each service once, with the ARN that the first document to name it remembers. */
function updatedIn(
  documents: readonly Asked<AppRunnerTarget, ResolvedAppRunner>[],
): AppRunnerQuestion["updated"] {
  const all = documents.flatMap(({ entries, last, outputs }) =>
    entries
      .filter(({ may }) => may.includes("update"))
      .map(({ service }) => ({
        service,
        likelyArn:
          last.find((before) => before.service === service)?.arn ??
          lastOutput(outputs, variable, service),
      })),
  );
  return all.filter(
    ({ service }, index) => all.findIndex((other) => other.service === service) === index,
  );
}

/** Source: the request and response members of the App Runner API reference, with a small first letter. */
function serviceOfCall(record: Fields): TouchedTarget | null {
  const request = fieldsAt(record, "requestParameters");
  const made = fieldsAt(fieldsAt(record, "responseElements"), "service");
  return touchedService(
    textAt(request, "serviceName") ?? textAt(made, "serviceName"),
    textAt(request, "serviceArn") ?? textAt(made, "serviceArn"),
  );
}

/**
 * An ARN holds name and id, `service/NAME/ID`; a document names the name.
 *
 * Source of events: App Runner developer guide, "Handling App Runner events in EventBridge".
 */
function touchedService(name: string | null, arn: string | null): TouchedTarget | null {
  const found = name ?? /:service\/([^/]+)(\/[^/]+)?$/.exec(arn ?? "")?.[1] ?? null;
  return found === null ? null : { service: "apprunner", name: found };
}
