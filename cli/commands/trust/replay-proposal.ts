import { type EnvironmentDocument, parseEnvironment } from "../../../shared/document/index.ts";
import type { TrustPolicy } from "../../../shared/policy/document.ts";
import { parseTrustPolicy } from "../../../shared/policy/parse.ts";
import type { Account } from "../../../shared/trust/index.ts";
import { CommandError } from "../../command-error.ts";
import { nameOf, textIn } from "../../files.ts";
import type { Io } from "../../io.ts";
import { trustOfDocument } from "../../role.ts";
import { settingsIn } from "../../settings.ts";
import { readPolicy } from "./policy-file.ts";
import { type Documents, readVersion, validDocument } from "./replayed-documents.ts";

/** A trust policy that is proposed, as far as it is known before AWS is asked. */
export type Proposal =
  | { readonly kind: "none" }
  | { readonly kind: "policy"; readonly policy: TrustPolicy }
  | { readonly kind: "document"; readonly document: EnvironmentDocument }
  | { readonly kind: "version"; readonly environment: string; readonly version: number };

/** The options that propose, and the environment that is named; null for what is not given. */
type Given = Readonly<Record<"name" | "document" | "trust" | "version", string | null>>;

/**
 * Reads what is proposed; files of the user's own before anything is asked of AWS.
 *
 * @throws CommandError where two things are proposed, or one cannot be used
 */
export async function readProposal({ name, ...given }: Given, io: Io): Promise<Proposal> {
  const { document, trust, version } = given;
  const options = Object.entries(given).flatMap(([option, each]) => (each === null ? [] : option));
  if (options.length > 1) {
    const listed = options.map((option) => `--${option}`).join(" and ");
    throw new CommandError(`${listed} each propose a policy: give one of them.`);
  }
  if (trust !== null) return { kind: "policy", policy: await policyIn(io, trust) };
  if (document !== null) {
    const { region } = await settingsIn(io);
    const source = {
      parameter: nameOf(document),
      version: 0,
      text: await textIn(io, document, "text"),
    };
    const read = parseEnvironment({ ...source, region });
    return { kind: "document", document: validDocument(read, document) };
  }
  if (version === null) return { kind: "none" };
  if (name === null) {
    throw new CommandError("--version is one of an environment's document: give its NAME.");
  }
  if (!/^[1-9]\d{0,8}$/.test(version)) {
    throw new CommandError(`--version is a number from 1 on: "${version}" is not one.`);
  }
  return { kind: "version", environment: name, version: Number(version) };
}

async function policyIn(io: Io, file: string): Promise<TrustPolicy> {
  const given = await readPolicy(io, file, { role: null });
  const parsed = parseTrustPolicy(given.text);
  if (parsed.kind === "parsed") return parsed.policy;
  const { code, message, where } = given.advised(parsed.problem);
  const place = where === "" ? "" : ` (at ${where})`;
  const sentence = `IAM would refuse the trust policy in ${nameOf(file)}${place}: ${message}`;
  throw new CommandError(sentence, { code, where: where === "" ? file : where });
}

/**
 * The trust policy that is proposed, as IAM would have it; null where none is.
 *
 * @param account the role's, in which the provider is
 * @throws CommandError where there is no such version, or IAM has no room for what it asks
 */
export async function proposedPolicy(
  proposal: Proposal,
  documents: Documents,
  { account, now }: { readonly account: Account; readonly now: Date },
): Promise<TrustPolicy | null> {
  switch (proposal.kind) {
    case "none":
      return null;
    case "policy":
      return proposal.policy;
    case "document":
      return trustOfDocument(proposal.document, account, now);
    case "version": {
      const { environment, version } = proposal;
      const document = await readVersion(documents, environment, version);
      return trustOfDocument(document, account, now);
    }
    default:
      return proposal satisfies never;
  }
}
