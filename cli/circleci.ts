import type { CircleciClient } from "../shared/edge/circleci/client.ts";
import { CircleciError } from "../shared/edge/circleci/error.ts";
import { apiAccess } from "../shared/projects/index.ts";
import { failureOf } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { whileWorking } from "./while-working.ts";

type CommandClient = CircleciClient & {
  /** Ends what is still asked and waited for, once nobody needs the answers. */
  readonly end: () => void;
  /** Shows how long something is asked for, and what it waits for. */
  readonly asking: <T>(what: string, work: () => Promise<T>) => Promise<T>;
};

/**
 * CircleCI's API as the environment's variables name it.
 *
 * @throws CommandError with `CredentialsMissing` where there is no token, or with 2 where the token or
 *   the address cannot be used
 */
export function circleciClient(io: Io): CommandClient {
  const read = apiAccess(io.environment);
  if (read.kind === "refused") {
    const { code, message, where } = read;
    const exit = code === "CredentialsMissing" ? exitCodes.failed : exitCodes.usage;
    const sentence = `${message[0]?.toUpperCase() ?? ""}${message.slice(1)}.`;
    throw new CommandError(sentence, { exit, code, where });
  }
  const over = new AbortController();
  const waits = new Set<string>();
  return {
    ...read.access,
    now: io.clock,
    interrupted: AbortSignal.any([io.interrupted(), over.signal]),
    waited: { ms: 0, until: 0 },
    wait: async (milliseconds) => {
      const says = `CircleCI is busy or does not answer: waiting ${Math.ceil(milliseconds / 1000)} s`;
      io.progress(says);
      waits.add(says);
      await io.wait(milliseconds, over.signal);
      waits.delete(says);
      io.progress(null);
    },
    end: () => over.abort(),
    asking: (what, work) =>
      whileWorking(
        io,
        (seconds) => [...waits].at(-1) ?? `asking CircleCI for ${what}, ${seconds} s`,
        work,
      ),
  };
}

/**
 * Ends a command for which CircleCI failed: with 1 and a code. Anything else is AWS's failure.
 *
 * @param done what was done before, as a sentence; empty where nothing was
 */
export function circleciFailure(thrown: unknown, done = ""): CommandError {
  if (thrown instanceof CommandError) {
    return new CommandError([thrown.message, done].join(" ").trim(), thrown.details);
  }
  if (!(thrown instanceof CircleciError)) return failureOf(thrown);
  const { code, request } = thrown.failed;
  const message = [`${thrown.message}.`, adviceOn(thrown.failed), done]
    .filter((each) => each !== "")
    .join(" ");
  const where = code === "LoginExpired" ? "CIRCLE_TOKEN" : code === "AccessDenied" ? request : "";
  return new CommandError(message, { exit: exitCodes.failed, code, where });
}

function adviceOn({ code, request, status }: CircleciError["failed"]): string {
  switch (code) {
    case "LoginExpired":
      return "Set CIRCLE_TOKEN to a personal API token that has not expired: a project's token does not work here.";
    case "AccessDenied":
      return / context\//.test(request)
        ? "The token's owner may not do this, or there is no such context."
        : "The token's owner may not do this.";
    case "CircleciNotFound":
      return / context\//.test(request)
        ? "Check the id of the context, and that the token's owner may see it."
        : "Check the slug, and that the token's owner may see the project.";
    case "CircleciAnswerUnreadable":
      return "Check CIRCLECI_CLI_HOST: a proxy or a sign-in page may answer in CircleCI's place.";
    case "CircleciUnavailable":
      return "Check the network and CIRCLECI_CLI_HOST, and run it again.";
    case "CircleciThrottled":
      return "Run it again later.";
    case "CircleciRefused":
      return status !== null && status >= 300 && status < 400
        ? "Let CIRCLECI_CLI_HOST be the address that answers itself: a token is not sent on to another one."
        : "";
    case "Interrupted":
      return "";
    default:
      return code satisfies never;
  }
}
