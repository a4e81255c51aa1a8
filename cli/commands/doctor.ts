import {
  type GivenProvider,
  providerInFile,
  roleInFile,
} from "../../shared/diagnose/given-files.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import {
  checkSignature,
  invalidByItself,
  issuerKeysIn,
  type SignatureReading,
  signedTokenIn,
} from "../../shared/issuers/signature.ts";
import { doctor as examinePatient, type Patient } from "../../shared/runs/doctor.ts";
import { failureOf } from "../aws-failure.ts";
import { brokenJson } from "../broken-json.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkNames, unknownAmong } from "../environment-names.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { nameOf, textIn } from "../files.ts";
import type { Io } from "../io.ts";
import { readyAsInstalled, settingsIn } from "../settings.ts";
import { type Answered, doctorLines } from "./doctor-view.ts";

export const doctor = command({
  name: "doctor",
  summary: "Say why a token does not get in, and what to do",
  usage: [
    "NAME --token FILE [--jwks FILE] [--session-name TEXT] [--session-seconds NUMBER]",
    "[NAME] --role ROLE --token FILE …",
    "[NAME] --trust FILE --provider FILE --token FILE …",
  ],
  description: [
    "It makes every check that STS makes and names the first that fails: the same checks, codes and sentences as diagnose. The token is the job's, or its claims as JSON; no part of a token is printed.",
    "The role is the one of environment NAME, or --role: a name or an ARN, as the job asks for it. Role and provider are read from the account; --trust and --provider take them from files instead, and with both of them and no NAME no AWS account is asked.",
    "Only with --jwks is the signature checked: curl https://oidc.circleci.com/org/ID/.well-known/jwks-pub.json prints the keys of an organisation.",
  ],
  operands: { name: "NAME", least: 0, most: 1 },
  options: {
    token: { value: "FILE", summary: "A token, or its claims as JSON; - for standard input" },
    role: { value: "ROLE", summary: "The name or ARN of the role that the job asks for" },
    trust: { value: "FILE", summary: "A trust policy, or the output of aws iam get-role" },
    provider: {
      value: "FILE",
      summary: "The output of aws iam get-open-id-connect-provider",
    },
    jwks: { value: "FILE", summary: "The issuer's public keys: checks the signature too" },
    "session-name": { value: "TEXT", summary: "The session name that the job asks for" },
    "session-seconds": { value: "NUMBER", summary: "How long a session the job asks for" },
  },
  examples: [
    {
      line: 'echo "$CIRCLE_OIDC_TOKEN_V2" | oidc-reconciler doctor production --token -',
      does: "Say whether this job's token gets in, and if not, why",
    },
    {
      line: "oidc-reconciler doctor --trust role.json --provider provider.json --token claims.json",
      does: "The same from files, without an AWS account",
    },
  ],
  exits: {
    ok: "Admitted",
    failed: "It could not be decided, or the account could not be read",
    usage: "The command line or a file cannot be used, or no environment has this name",
    differs: "Refused, or the token cannot be read",
  },
  page: "docs/diagnosis.md#with-the-token-in-hand",
  run: async ({ operands: [name = null], value }, io) => {
    checkNames(name === null ? [] : [name]);
    const patient = await patientOf(name, value, io);
    const run = await examined(patient, io);
    const { answer, errors } = run;
    return {
      exit: exitOf(answer.admitted),
      json: answer,
      view: doctorLines(run),
      warnings: errors.map((error) => failureOf(error).message),
    };
  },
});

function exitOf(admitted: boolean | null): ExitCode {
  if (admitted === null) return exitCodes.failed;
  return admitted ? exitCodes.ok : exitCodes.differs;
}

type Value = (
  option: "token" | "role" | "trust" | "provider" | "jwks" | "session-name" | "session-seconds",
) => string | null;

async function patientOf(name: string | null, value: Value, io: Io): Promise<Patient> {
  const [tokenFile, role, trustFile, providerFile] = [
    value("token"),
    value("role"),
    value("trust"),
    value("provider"),
  ];
  if (tokenFile === null)
    throw new CommandError("doctor needs --token FILE, or - for standard input.");
  if (name === null && role === null && (trustFile === null || providerFile === null)) {
    const message =
      "doctor needs an environment's NAME, or --role ROLE, or both --trust FILE and --provider FILE.";
    throw new CommandError(message);
  }
  const sessionSeconds = secondsIn(value("session-seconds"));
  const text = async (path: string) => textIn(io, path, "small");
  const trust = trustFile === null ? null : roleInFile(await textIn(io, trustFile, "text"), role);
  if (trust?.kind === "refused") throw unusable(trustFile ?? "", trust.why);
  const provider =
    providerFile === null ? null : providerIn(await text(providerFile), providerFile);
  const jwks = value("jwks");
  const token = await textIn(io, tokenFile, "text");
  return {
    token,
    environment: name,
    role,
    trust: trust?.value ?? null,
    provider,
    signature:
      jwks === null
        ? withoutKeys(token)
        : signatureBy(await text(jwks), { jwks, token, tokenFile }),
    sessionName: value("session-name"),
    sessionSeconds,
  };
}

function unusable(file: string, why: string): CommandError {
  return new CommandError(`${nameOf(file)} cannot be used: ${why.replace(/\.$/, "")}.`, {
    where: file,
  });
}

function providerIn(text: string, file: string): GivenProvider {
  const read = providerInFile(text);
  if (read.kind === "read") return read.value;
  throw unusable(file, brokenJson(text) ?? read.why);
}

function secondsIn(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandError(`--session-seconds takes a whole number of seconds, not "${text}".`);
}

/** Some signatures are refused whatever the issuer's keys are; null where they would decide. */
function withoutKeys(token: string): SignatureReading | null {
  const signed = signedTokenIn(token);
  return signed === null ? null : invalidByItself(signed);
}

/** Null where there is no token at all: that is what is said then. */
function signatureBy(
  keysText: string,
  given: { readonly jwks: string; readonly token: string; readonly tokenFile: string },
): SignatureReading | null {
  const read = issuerKeysIn(keysText);
  if (read.kind === "unreadable") throw unusable(given.jwks, brokenJson(keysText) ?? read.why);
  const signed = signedTokenIn(given.token);
  if (signed !== null) return checkSignature(signed, read.keys);
  if (!/[{[]/.test(given.token)) return null;
  throw unusable(
    given.tokenFile,
    "it holds claims, which have no signature: give the token itself, or leave --jwks out",
  );
}

async function examined(patient: Patient, io: Io): Promise<Answered> {
  const { environment, trust, provider } = patient;
  const isOffline = environment === null && trust !== null && provider !== null;
  const settings = isOffline ? await settingsIn(io) : (await readyAsInstalled(io)).settings;
  const clients = makeClients(settings.region);
  const { installation, prefix } = settings;
  const place = { clients, installation, now: io.clock() };
  const run = await examinePatient(patient, place).catch((thrown: unknown) => {
    throw failureOf(thrown);
  });
  if (run.kind === "answered") return run;
  throw await unknownAmong(clients, prefix, environment ?? "");
}
