import type { Account } from "../aws/account.ts";
import { type AskedCall, tokenIn } from "../diagnose/call.ts";
import { type Diagnosis, diagnosisOf } from "../diagnose/cause.ts";
import type { Check } from "../diagnose/causes.ts";
import {
  type EnvironmentSeen,
  environmentSeen,
  sceneUnder,
} from "../diagnose/environment-check.ts";
import type { RoleSeen, Scene } from "../diagnose/examine.ts";
import { accountOfFiles, type GivenProvider } from "../diagnose/given-files.ts";
import type { Installation } from "../document/installation.ts";
import { readCaller } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import type { SignatureReading } from "../issuers/signature.ts";
import { readAgain } from "../loop/control.ts";
import type { ValidVersion } from "../plan/record.ts";
import type { ReportedError } from "../report/report.ts";
import { providerName, roleArn } from "../trust/index.ts";
import { faultsOf, readingOnce, type SceneReader, sceneOf } from "./scene.ts";

/** A token that does not get in, and what is known of where it wants to. */
export type Patient = {
  /** The token or its claims, as the person has them. */
  readonly token: string;
  readonly environment: string | null;
  /** The role that the job asks for; null: the environment's, or the one of the file. */
  readonly role: string | null;
  /** Each out of a file; null: the account is asked. */
  readonly trust: RoleSeen | null;
  readonly provider: GivenProvider | null;
  /** Null where nobody gave the issuer's keys. */
  readonly signature: SignatureReading | null;
  readonly sessionName: string | null;
  readonly sessionSeconds: number | null;
};

/** The JSON of `doctor`. */
export type DoctorAnswer = {
  readonly admitted: boolean | null;
  readonly cause: Diagnosis["cause"];
  /** In the order of the causes; before them `environment`, where one was named. */
  readonly checks: readonly DoctorCheck[];
  /** Null where nothing has to be done. */
  readonly fix: string | null;
};

export type DoctorCheck = Omit<Check, "check"> & {
  readonly check: Check["check"] | "environment";
};

export type DoctorRun =
  | {
      readonly kind: "answered";
      readonly answer: DoctorAnswer;
      readonly message: string;
      /** What could not be read, and why. */
      readonly errors: readonly ReportedError[];
    }
  | { readonly kind: "unknown-environment" };

type Place = {
  readonly clients: Clients;
  readonly installation: Installation;
  readonly now: Date;
};

/**
 * Says why a token does not get in. It asks AWS for what no file was given for, and writes nothing.
 *
 * @throws what AWS answers where whose account it is, or the environment, cannot be read
 */
export async function doctor(patient: Patient, place: Place): Promise<DoctorRun> {
  const { clients, installation, now } = place;
  const { environment } = patient;
  const [account, entries] = await Promise.all([
    accountOf(patient, clients),
    environment === null ? [] : readAgain(clients, installation, [environment]),
  ]);
  const [entry] = entries;
  if (environment !== null && entry === undefined) return { kind: "unknown-environment" };
  const seen = entry === undefined ? null : environmentSeen(entry);
  const arn = roleOf(seen, account);
  const scene = await sceneOf(callOf(patient, arn), {
    account,
    now,
    reader: readerOf(patient, clients, documentOf(seen)?.role.maxSessionSeconds ?? null),
  });
  const organization = documentOf(seen)?.circleci.organizationId ?? null;
  const signed: Scene = {
    ...scene,
    ...(patient.signature === null ? {} : { signature: patient.signature }),
    ...(organization === null ? {} : { expectedIssuer: providerName(organization) }),
  };
  const diagnosis = diagnosisOf(signed);
  return {
    kind: "answered",
    answer: {
      admitted: diagnosis.admitted,
      cause: diagnosis.cause,
      checks: [...(seen === null ? [] : [seen.check]), ...diagnosis.checks],
      fix: fixOf(diagnosis, { scene: signed, seen, arn, account }),
    },
    message: diagnosis.message,
    errors: faultsOf(signed),
  };
}

/** With both files nothing is asked of AWS, so that it works without credentials. */
async function accountOf(patient: Patient, clients: Clients): Promise<Account> {
  const { environment, role, trust, provider } = patient;
  if (environment === null && trust !== null && provider !== null) {
    return accountOfFiles({ role, trust, issuer: provider.issuer });
  }
  return (await readCaller(clients)).account;
}

function documentOf(seen: EnvironmentSeen | null) {
  return (seen?.inForce ?? seen?.waiting)?.document ?? null;
}

function roleOf(seen: EnvironmentSeen | null, account: Account): string | null {
  const document = documentOf(seen);
  return document === null ? null : roleArn(account, document.role.path, document.role.name);
}

function callOf(
  { token, role, sessionName, sessionSeconds }: Patient,
  arn: string | null,
): AskedCall {
  return {
    source: "question",
    role: role ?? arn,
    ...tokenIn(token),
    sessionName,
    durationSeconds: sessionSeconds,
    sessionPolicy: null,
    sessionPolicyArns: 0,
    outcome: { kind: "unknown" },
    at: null,
    sourceIp: null,
    userAgent: null,
    region: null,
  };
}

/** A file stands for what IAM would answer of the same thing. */
function readerOf(
  { trust, provider }: Patient,
  clients: Clients,
  documentSeconds: number | null,
): SceneReader {
  const reader = readingOnce(clients);
  return {
    role: async (name) => {
      if (trust === null) return reader.role(name);
      const maxSessionSeconds = trust.maxSessionSeconds ?? documentSeconds;
      return { kind: "found", value: { ...trust, maxSessionSeconds } };
    },
    provider: async (arn) => {
      if (provider === null) return reader.provider(arn);
      const isThis = arn.endsWith(`:oidc-provider/${provider.issuer}`);
      return isThis ? { kind: "found", value: provider } : { kind: "absent" };
    },
  };
}

type Around = {
  readonly scene: Scene;
  readonly seen: EnvironmentSeen | null;
  readonly arn: string | null;
  readonly account: Account;
};

/** What to do; where a version of the document would admit the token, that first. */
function fixOf(diagnosis: Diagnosis, { scene, seen, arn, account }: Around): string | null {
  if (diagnosis.admitted === true) return null;
  if (seen === null || arn === null || diagnosis.admitted === null) return diagnosis.next;
  const admits = (version: ValidVersion | null): version is ValidVersion => {
    if (version === null) return false;
    const under = sceneUnder(scene, version.document, { account, arn });
    return under !== null && diagnosisOf(under).admitted === true;
  };
  const { inForce, waiting, name } = seen;
  if (admits(inForce)) {
    return `Version ${inForce.version} of the document admits this token, and the account is not as it says: look with oidc-reconciler plan ${name}, then run oidc-reconciler reconcile ${name}.`;
  }
  if (admits(waiting)) {
    const how = waiting.isHeld
      ? `oidc-reconciler approve ${name} shows it and releases it`
      : `oidc-reconciler reconcile ${name} applies it or says what it waits for`;
    return `Version ${waiting.version} of the document admits this token and is not in force yet: ${how}.`;
  }
  return diagnosis.next;
}
