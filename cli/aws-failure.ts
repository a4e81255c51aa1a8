import { isUnreadable, namelessErrors } from "../shared/edge/faults.ts";
import { CommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { nearestName } from "./nearest.ts";

/** What AWS, or the SDK before it asks AWS, said: a thrown error, or one that a report lists. */
type Said = { readonly name: string; readonly message: string };

const loginAdvice =
  'Log in again, for instance with "aws sso login" or "aws login", or set fresh keys.';
const credentialsAdvice =
  'Name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "aws configure sso" makes a profile.';
const accessAdvice =
  "docs/AWS_DEVELOPER_ACCESS.md has a policy for each kind of work; a boundary or a policy of the organisation can refuse it too.";

const unreadableAdvice =
  "the answer is not one of AWS. A proxy or a sign-in page may answer in its place: check the network and AWS_ENDPOINT_URL.";

const networkAdvice =
  "Check the network, a proxy, AWS_ENDPOINT_URL, and whether the Region is right and has the service.";

/** No answer came. */
const silentErrors = ["Error", "NetworkError", "TimeoutError"];

const endedLogins = [
  "ExpiredToken",
  "RequestExpired",
  "InvalidClientTokenId",
  "UnrecognizedClient",
  "InvalidSignature",
];
const denials = ["AccessDenied", "AuthorizationError", "UnauthorizedOperation", "NotAuthorized"];
/** What a report calls an answer that is not one of AWS. */
const unreadableCode = "AnswerUnreadable";

/** Names of what the SDK's credential providers throw. */
const ownErrors = ["CredentialsProviderError", "TokenProviderError"];

/**
 * Ends a command for which AWS failed: always with 1, and with a code that says whose turn it is.
 * `AccessDenied` has the missing action as its `where`; anything else keeps AWS's own code.
 *
 * @param thrown an error, or an error of a report
 * @param doing what was tried, as an IAM action where it is one call: for a denial that names none
 */
export function failureOf(thrown: unknown, doing = ""): CommandError {
  if (thrown instanceof CommandError) return thrown;
  const said = saidBy(thrown);
  const end = (code: string, message: string, where = "") =>
    new CommandError(message, { exit: exitCodes.failed, code, where });
  const kind = failureKind(said);
  switch (kind) {
    case "login":
      return end(
        "LoginExpired",
        `AWS no longer accepts the login: ${ended(said.message)} ${loginAdvice}`,
      );
    case "credentials":
      return end("CredentialsMissing", `There are no AWS credentials. ${credentialsAdvice}`);
    case "denied": {
      const action = missingAction(said.message) ?? doing;
      const what =
        action === "" ? "AWS denies it (AccessDenied)" : `You are not allowed to call ${action}`;
      return end("AccessDenied", `${what}: ${ended(said.message)} ${accessAdvice}`, action);
    }
    case "unreadable":
      return end(unreadableCode, `${doing === "" ? "AWS" : doing}: ${unreadableAdvice}`);
    case "other": {
      const tried = doing === "" || said.message.includes(doing) ? "" : `${doing} failed: `;
      return end(
        said.name === "Error" ? "NetworkError" : said.name,
        `${tried}${ended(said.message)}${silentErrors.includes(said.name) ? ` ${networkAdvice}` : ""}`,
      );
    }
    default:
      return kind satisfies never;
  }
}

/**
 * As `failureOf`, where the credentials are looked for.
 *
 * @param profile the profile that somebody chose; empty for none
 */
export function withoutCredentials(thrown: unknown, profile: string): CommandError {
  const failure = failureOf(thrown);
  const { code, exit } = failure.details;
  if (profile === "" || code !== "CredentialsMissing") return failure;
  const message = `The profile "${profile}" is not in AWS's shared files, or has no credentials there. "aws configure list-profiles" lists those that there are; "aws configure sso" makes one.`;
  return new CommandError(message, { exit, code });
}

/** An answer's JSON with what failed beside it, in the form of a command that has no answer. */
export function withFailure<Json extends object>(
  json: Json,
  { message, details: { code, where } }: CommandError,
): Json & { readonly error: object } {
  return { ...json, error: { code, message, where } };
}

function saidBy(thrown: unknown): Said {
  // A page of HTML, above all.
  if (thrown instanceof Error) {
    return isUnreadable(thrown) ? { name: unreadableCode, message: "" } : thrown;
  }
  if (isReported(thrown)) return { name: thrown.code, message: thrown.message };
  return { name: "Error", message: String(thrown) };
}

function isReported(value: unknown): value is { readonly code: string; readonly message: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

type FailureKind = "login" | "credentials" | "denied" | "unreadable" | "other";

function failureKind({ name, message }: Said): FailureKind {
  const bare = name.replace(/Exception$/, "");
  if (endedLogins.includes(bare)) return "login";
  if (ownErrors.includes(bare)) {
    // The SDK has one error for both; only its words tell a login that ended from none.
    return /expired|refresh|sso login|aws login|reauthenticate/i.test(message)
      ? "login"
      : "credentials";
  }
  const isNameless = namelessErrors.includes(name) || name === unreadableCode;
  if (isNameless || isUnreadable({ name })) return "unreadable";
  return denials.includes(bare) ? "denied" : "other";
}

/** The action in IAM's own sentence, "… is not authorized to perform: iam:GetRole on resource: …". */
function missingAction(message: string): string | null {
  const named = /not authorized to perform:?\s+([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1];
  return named ?? /^([a-z0-9-]+:[A-Z][A-Za-z0-9]+)\b.* failed: /.exec(message)?.[1] ?? null;
}

/** Why something beside the work at hand is left out, as a clause: who lacks which action, or AWS's words. */
export function inShort(thrown: unknown, doing = ""): string {
  const { message, details } = failureOf(thrown, doing);
  const { code, where } = details;
  return code === "AccessDenied" && where !== ""
    ? `you are not allowed to call ${where}`
    : message.replace(/\.$/, "");
}

/** A sentence with its full stop. */
function ended(message: string): string {
  const whole = message.replaceAll(/\s+/g, " ").trim();
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/**
 * Ends a command for a name that no environment has: wrong input.
 *
 * @param existing the names that there are
 */
export function unknownEnvironment(name: string, existing: readonly string[]): CommandError {
  const nearest = nearestName(name, existing);
  const meant = nearest === null ? "" : ` Did you mean "${nearest}"?`;
  const others =
    existing.length === 0
      ? `There is none yet. Look elsewhere with --region or --prefix, or make it: oidc-reconciler init ${name}`
      : `There are: ${existing.join(", ")}.`;
  const message = `There is no environment "${name}".${meant === "" ? ` ${others}` : meant}`;
  return new CommandError(message, { code: "UnknownEnvironment", where: name });
}
