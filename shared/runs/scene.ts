import type { Reading } from "../aws/reading.ts";
import type { AskedCall } from "../diagnose/call.ts";
import type { RoleSeen, Scene } from "../diagnose/examine.ts";
import { providerToRead } from "../diagnose/request.ts";
import { askedRole } from "../diagnose/role.ts";
import type { ProviderSeen } from "../diagnose/token-checks.ts";
import type { Clients } from "../edge/clients.ts";
import { readProvider, readRoleAlone } from "../edge/identity.ts";
import { type ReportedError, reportedError } from "../report/report.ts";
import type { Account } from "../trust/index.ts";

/** What is looked at, from IAM or from a file. */
export type SceneReader = {
  /** Of a call that names no role by a name that IAM could have, the name is null. */
  readonly role: (name: string | null) => Promise<Reading<RoleSeen>>;
  readonly provider: (arn: string) => Promise<Reading<ProviderSeen>>;
};

/** Reads IAM, and nothing twice. */
export function readingOnce(clients: Clients): SceneReader {
  const role = once((name) => readRoleAlone(clients, name));
  return {
    role: async (name) => (name === null ? { kind: "absent" } : role(name)),
    provider: once((arn) => readProvider(clients, arn)),
  };
}

function once<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const reading = known.get(key) ?? read(key);
    known.set(key, reading);
    return reading;
  };
}

/** A call with the role and the provider that it is about, as they are now. */
export async function sceneOf(
  call: AskedCall,
  here: { readonly account: Account; readonly reader: SceneReader; readonly now: Date },
): Promise<Scene> {
  const { account, reader, now } = here;
  const absent = { kind: "absent" } as const;
  const name = call.role === null ? null : askedRole(call.role).name;
  const arn = call.token === null ? null : providerToRead(call.token.issuer, account);
  const [role, provider] = await Promise.all([
    reader.role(name),
    arn === null ? absent : reader.provider(arn),
  ]);
  return { call, account, role, provider, now };
}

/** Why parts of a scene could not be read. */
export function faultsOf({ role, provider }: Scene): readonly ReportedError[] {
  return [role, provider].flatMap((reading) =>
    reading.kind === "unreadable" ? reportedError(reading.fault) : [],
  );
}
