import type { Reading } from "../../aws/reading.ts";
import type { AppRunnerQuestion } from "../../targets/app-runner/kind.ts";
import type { FoundServices } from "../../targets/app-runner/resolve.ts";
import type { PassedRoles } from "../../targets/app-runner/statements.ts";
import { type Clients, lateClient } from "../clients.ts";
import { type Look, reading } from "./reader.ts";

const appRunner = lateClient(
  "apprunner",
  async () => (await import("../sdk/apprunner.ts")).AppRunnerClient,
);

/** States of a service that is no longer there, though the listing may still show it. */
const goneStates: readonly string[] = ["DELETED", "CREATE_FAILED"];

/** Reads the services that are asked for, and the roles of those that jobs may update. */
export async function readAppRunner(
  { clients, region }: Look,
  { services: names, updated }: AppRunnerQuestion,
): Promise<FoundServices> {
  if (names.length === 0) return { services: { kind: "absent" }, roles: new Map() };
  const likely = new Map(
    updated.flatMap(({ likelyArn: arn }) =>
      arn === null ? [] : [[arn, readServiceRoles(clients, region, arn)] as const],
    ),
  );
  const services = await reading(`apprunner:ListServices in ${region}`, () =>
    listServices(clients, region),
  );
  if (services.kind !== "found") return { services, roles: new Map() };
  const roles = updated.map(async ({ service }) => {
    const arn = services.value.get(service);
    if (arn === undefined) return [];
    const read = await (likely.get(arn) ?? readServiceRoles(clients, region, arn));
    return [[service, read] as const];
  });
  return { services, roles: new Map((await Promise.all(roles)).flat()) };
}

/** Every live service of a Region, by name. */
export async function listServices(
  clients: Clients,
  region: string,
): Promise<ReadonlyMap<string, string>> {
  const { paginateListServices } = await import("../sdk/apprunner.ts");
  const client = await appRunner(clients, region);
  const pages = await Array.fromAsync(paginateListServices({ client }, {}));
  return new Map(
    pages
      .flatMap(({ ServiceSummaryList = [] }) => ServiceSummaryList)
      .flatMap(({ ServiceName: name, ServiceArn: arn, Status: status = "" }) =>
        typeof name !== "string" || typeof arn !== "string" || goneStates.includes(status)
          ? []
          : [[name, arn] as const],
      ),
  );
}

/** The roles that a service uses: its tasks' own, and the one that fetches a private image. */
function readServiceRoles(
  clients: Clients,
  region: string,
  arn: string,
): Promise<Reading<PassedRoles>> {
  return reading(`apprunner:DescribeService ${arn}`, async () => {
    const { DescribeServiceCommand } = await import("../sdk/apprunner.ts");
    const client = await appRunner(clients, region);
    const { Service: service } = await client.send(new DescribeServiceCommand({ ServiceArn: arn }));
    const instance = service?.InstanceConfiguration?.InstanceRoleArn ?? "";
    const access = service?.SourceConfiguration?.AuthenticationConfiguration?.AccessRoleArn ?? "";
    return {
      instance: instance === "" ? [] : [instance],
      access: access === "" ? [] : [access],
    };
  });
}
