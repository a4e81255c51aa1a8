import { admitsTrust, type Obstacle } from "../compare/index.ts";
import type { ObservedProvider, Reading } from "../plan/observed.ts";
import type { RefusedCall } from "./question.ts";

export type CauseCode =
  | "role-missing"
  | "provider-missing"
  | "audience-not-listed"
  | "token-expired"
  | "condition-refused"
  | "not-decided"
  | "admitted"
  | "unreadable"
  | "token-unknown";

/** Why a call was refused, as far as it can be told from what is there now. */
export type Diagnosis = {
  readonly role: string;
  readonly subject: string | null;
  readonly cause: CauseCode;
  readonly message: string;
  /** Which condition refused which value; empty where it was none. */
  readonly obstacles: readonly Obstacle[];
  readonly next: string;
};

export type Scene = {
  readonly call: RefusedCall;
  readonly trustPolicy: Reading<string>;
  readonly provider: Reading<ObservedProvider>;
  readonly now: Date;
};

/** Goes through what STS checks, in its order, and names the first that fails. */
export function causeOf(scene: Scene): Diagnosis {
  const { call, trustPolicy, provider } = scene;
  const about = { role: call.role, subject: call.claims?.sub ?? null, obstacles: [] };
  if (trustPolicy.kind === "unreadable") {
    return { ...about, ...unreadable(trustPolicy.fault.message) };
  }
  if (trustPolicy.kind === "absent") {
    return {
      ...about,
      cause: "role-missing",
      message: `there is no role ${call.role}`,
      next: "Compare AWS_ROLE_ARN in CircleCI with the output AWS_ROLE_ARN of the environment's status.",
    };
  }
  if (call.claims === null) {
    return {
      ...about,
      cause: "token-unknown",
      message: "the record does not say whose token it was: STS could not read it",
      next: "Check that the job hands over CIRCLE_OIDC_TOKEN_V2 as it is, and that its issuer is the organisation's.",
    };
  }
  if (provider.kind === "unreadable") return { ...about, ...unreadable(provider.fault.message) };
  return tokenCause(scene, call.claims, trustPolicy.value, about);
}

function unreadable(message: string): Pick<Diagnosis, "cause" | "message" | "next"> {
  return { cause: "unreadable", message, next: "Give the function's role the right to read it." };
}

function tokenCause(
  { call, provider, now }: Scene,
  claims: NonNullable<RefusedCall["claims"]>,
  trustPolicy: string,
  about: Pick<Diagnosis, "role" | "subject" | "obstacles">,
): Diagnosis {
  if (provider.kind !== "found") {
    return {
      ...about,
      cause: "provider-missing",
      message: `the account has no provider for the issuer ${claims.iss}`,
      next: "Compare circleci.organizationId in the document with the organisation of the project.",
    };
  }
  const audiences = [claims.azp ?? claims.aud].flat();
  if (!audiences.some((audience) => provider.value.audiences.includes(audience))) {
    return {
      ...about,
      cause: "audience-not-listed",
      message: `the token's audience ${audiences.join(", ")} is none of the provider's: ${provider.value.audiences.join(", ")}`,
      next: "Name it under circleci.audiences in the document, or let the job use the default audience, the organisation id.",
    };
  }
  const expired = call.expiresAt !== null && call.expiresAt * 1000 <= now.getTime();
  if (expired || call.errorCode?.startsWith("ExpiredToken")) {
    return {
      ...about,
      cause: "token-expired",
      message: "the token had expired: CircleCI's are good for an hour from the job's start",
      next: "Let a late step ask for a fresh one: circleci run oidc get.",
    };
  }
  return policyCause(claims, trustPolicy, about, call.at ?? now.toISOString());
}

function policyCause(
  claims: NonNullable<RefusedCall["claims"]>,
  trustPolicy: string,
  about: Pick<Diagnosis, "role" | "subject" | "obstacles">,
  at: string,
): Diagnosis {
  const admission = admitsTrust(trustPolicy, claims, new Map([["aws:currenttime", at]]));
  switch (admission.kind) {
    case "admitted":
      return {
        ...about,
        cause: "admitted",
        message: `the trust policy as it is now admits this token (${admission.statement})`,
        next: "It was changed since, or the change had not spread yet: run the job again. If it is refused again, the session name, the duration or a policy of the organisation refuses it.",
      };
    case "not-admitted":
      return {
        ...about,
        cause: "condition-refused",
        obstacles: admission.obstacles,
        message: admission.obstacles.map(({ message }) => message.replace(/\.$/, "")).join("; "),
        next: likelyCause(claims.sub, admission.obstacles),
      };
    case "undecided":
    case "refused":
      return {
        ...about,
        cause: "not-decided",
        message:
          admission.kind === "refused"
            ? admission.error.message
            : `whether ${admission.statement} admits this token could not be decided`,
        next: "Ask oidc-reconciler trust explain what the policy says.",
      };
    default:
      return admission satisfies never;
  }
}

/** What people most often got wrong when this very part refuses. */
function likelyCause(subject: string, obstacles: readonly Obstacle[]): string {
  const asked = obstacles.map(({ asked: pattern }) => pattern).join(" ");
  if (subject.includes("/file-streaming/")) {
    return "This is CircleCI's audit-log stream, no job: it should be refused.";
  }
  if (asked.includes("/vcs-ref/") && !subject.includes("/vcs-ref/")) {
    return "The token names no branch: a V1 token, or a pipeline of a custom webhook. Use CIRCLE_OIDC_TOKEN_V2 (orb circleci/aws-cli 3.1.5 or later), or leave origin and refs out of the entry.";
  }
  if (/\/vcs-ref\/refs\/heads\/pull\/\d+$/.test(subject)) {
    return "This is a build of a pull request, perhaps from a fork: it should be refused unless its origin is named.";
  }
  if (asked.includes("DateLessThan")) return "The entry's until is over.";
  return "Name this project, origin and ref under trust.projects in the document, or leave the job out on purpose.";
}
