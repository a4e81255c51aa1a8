import { parseEnvironment } from "../shared/document/index.ts";
import { groundOf } from "../shared/drill/ground.ts";
import { earlierTags, harmlessKey } from "../shared/drill/tag.ts";
import type { Clients } from "../shared/edge/clients.ts";
import { readPolicy, readRole } from "../shared/edge/identity.ts";
import { readNamed } from "../shared/edge/parameters.ts";
import { knownRecord, recordParameter } from "../shared/loop/records.ts";
import { digestOf } from "../shared/plan/digest.ts";
import type { ObservedRole } from "../shared/plan/observed.ts";
import { parseStatus } from "../shared/plan/status.ts";
import { failureOf } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import { unknownAmong } from "./environment-names.ts";

/** The role of a drill, and the key of a tag on it that harms nobody. */
export type DrillGround = {
  readonly role: string;
  readonly key: string;
  /** Tags of earlier drills that are still on the role. */
  readonly earlierTags: readonly string[];
};

type Place = { readonly prefix: string; readonly home: string };

/**
 * Reads whether a drill would show anything, and chooses its tag.
 *
 * @throws CommandError with 2 where the loop would take nothing off, or there is no such environment
 */
export async function readGround(
  clients: Clients,
  place: Place,
  name: string,
): Promise<DrillGround> {
  const { document } = await readInForce(clients, place, name);
  const role = await readRole(clients, document.role.name);
  if (role.kind === "unreadable") throw failureOf(role.fault);
  if (role.kind === "absent") {
    throw refused(
      name,
      `its role ${document.role.name} does not exist; the next run makes it again`,
    );
  }
  const { tags, inline, trustPolicy } = role.value;
  const policies = [
    trustPolicy,
    ...inline.flatMap((policy) => policy.document ?? []),
    ...(await readDocuments(clients, role.value)),
  ];
  const key = harmlessKey({ policies, tags, document });
  if (key === null) throw refused(name, "every key that the drill could use is in use");
  return { role: role.value.name, key, earlierTags: earlierTags(tags, document) };
}

async function readInForce(clients: Clients, { prefix, home }: Place, name: string) {
  const parameter = `${prefix}/environments/${name}`;
  const names = {
    status: `${prefix}/status/${name}`,
    record: recordParameter(prefix, name),
  };
  const read = await readNamed(clients, [parameter, ...Object.values(names)]).catch(
    (thrown: unknown) => {
      throw failureOf(thrown, "ssm:GetParameters");
    },
  );
  if (read.size === 0) throw await unknownAmong(clients, prefix, name);
  const found = read.get(parameter);
  const newest =
    found === undefined
      ? null
      : {
          version: found.version,
          digest: digestOf(found.value),
          modifiedAt: found.modifiedAt,
          text: found.value,
          parsed: parseEnvironment({
            parameter,
            version: found.version,
            text: found.value,
            region: home,
          }),
        };
  const status = read.get(names.status);
  const ground = groundOf({
    newest,
    status: status === undefined ? null : parseStatus(status.value),
    record: knownRecord(read.get(names.record), name),
  });
  if (ground.kind === "refused") throw refused(name, ground.why);
  return ground;
}

/** The texts of what is attached to the role, and of its boundary. */
async function readDocuments(
  clients: Clients,
  { attached, permissionsBoundary }: ObservedRole,
): Promise<readonly string[]> {
  const arns = [...attached, ...(permissionsBoundary === null ? [] : [permissionsBoundary])];
  const read = await Promise.all(arns.map((arn) => readPolicy(clients, arn)));
  return read.flatMap((policy) => {
    if (policy.kind === "unreadable") throw failureOf(policy.fault);
    return policy.kind === "absent" ? [] : [policy.value.document];
  });
}

function refused(name: string, why: string): CommandError {
  const message = `A drill in ${name} would show nothing: ${why}.`;
  return new CommandError(message, { code: "DrillRefused", where: name });
}
