import { parsePermissionPolicy } from "../policy/parse.ts";
import type { AskedCall } from "./call.ts";
import { type CheckResult, shown } from "./causes.ts";

/** Source of the limits: STS API reference, AssumeRoleWithWebIdentity, request parameters. */
const secondsMin = 900;
const secondsMax = 43_200;
const sessionNameGrammar = /^[\w+=,.@-]{2,64}$/;
const policyLengthMax = 2048;
const policyArnsMax = 10;

/**
 * Is the session as long as STS and the role give? The limit of an hour for chained roles does not
 * apply: who comes with a token has no role yet.
 *
 * @param longest the role's maximum; null where it could not be read
 */
export function lengthFinding({ durationSeconds }: AskedCall, longest: number | null): CheckResult {
  const check = "session-length";
  if (durationSeconds === null) {
    return {
      check,
      ok: true,
      detail: "the call names no length, so it is an hour, which every role allows",
    };
  }
  const asked = `the job asked for a session of ${durationSeconds} seconds`;
  if (durationSeconds < secondsMin) {
    return {
      check,
      ok: false,
      code: "session-too-short",
      detail: `${asked}, and STS allows no fewer than ${secondsMin}`,
      next: `Ask for ${secondsMin} seconds or more (session_duration of the orb's setup).`,
    };
  }
  const most = Math.min(longest ?? secondsMax, secondsMax);
  if (durationSeconds > most) {
    const [limit, next] =
      durationSeconds > secondsMax
        ? [
            `STS allows at most ${secondsMax}`,
            `Ask for ${secondsMax} seconds or less (session_duration of the orb's setup), and for no more than the role allows.`,
          ]
        : [`the role allows at most ${most}`, lengthNext];
    return {
      check,
      ok: false,
      code: "session-too-long",
      detail: `${asked}, and ${limit}`,
      next,
    };
  }
  if (longest !== null)
    return { check, ok: true, detail: `${asked}, and the role allows ${longest}` };
  // The least that a role's maximum can be.
  if (durationSeconds <= 3600)
    return { check, ok: true, detail: `${asked}, which every role allows` };
  return { check, ok: null, detail: `${asked}; how long the role allows is not known` };
}

/** What helps against a session that is too long. */
export const lengthNext =
  "Raise role.maxSessionSeconds in the document (43200 at most), or ask for less (session_duration of the orb's setup).";

/** Is the session's name one that STS takes? */
export function nameFinding({ sessionName }: AskedCall): CheckResult {
  const check = "session-name";
  if (sessionName === null) return { check, ok: null, detail: "the session's name is not known" };
  if (sessionNameGrammar.test(sessionName)) {
    return { check, ok: true, detail: `the session is called ${shown(sessionName)}` };
  }
  const odd = [...new Set(sessionName.replaceAll(/[\w+=,.@-]/g, ""))].join("");
  const why =
    odd === ""
      ? `it has ${sessionName.length} character${sessionName.length === 1 ? "" : "s"}`
      : `${JSON.stringify(shown(odd))} is not allowed in it`;
  return {
    check,
    ok: false,
    code: "session-name-invalid",
    detail: `the session's name ${JSON.stringify(shown(sessionName))} is not valid: ${why}; allowed are 2 to 64 of A-Z a-z 0-9 _ + = , . @ -`,
    next: nameNext,
  };
}

/** What helps against a session's name that STS does not take. */
export const nameNext =
  "Set role_session_name (of the orb's setup) or AWS_ROLE_SESSION_NAME to a name without blanks and slashes.";

/** Are the policies that were passed with the call such as STS takes? */
export function sessionPolicyFinding(call: AskedCall): CheckResult {
  const check = "session-policy";
  const { sessionPolicy, sessionPolicyArns } = call;
  const next = policyNext;
  if (sessionPolicyArns > policyArnsMax) {
    return {
      check,
      ok: false,
      code: "session-policy-invalid",
      detail: `${sessionPolicyArns} managed policies were passed for the session, and STS allows ${policyArnsMax}`,
      next,
    };
  }
  if (sessionPolicy === null) {
    return { check, ok: true, detail: "no policy was passed for the session" };
  }
  if (sessionPolicy.length > policyLengthMax) {
    return {
      check,
      ok: false,
      code: "session-policy-too-large",
      detail: `the policy that was passed for the session has ${sessionPolicy.length} characters, and STS allows ${policyLengthMax}`,
      next,
    };
  }
  const read = parsePermissionPolicy(sessionPolicy);
  if (read.kind === "refused") {
    return {
      check,
      ok: false,
      code: "session-policy-invalid",
      detail: `the policy that was passed for the session is not valid: ${shown(read.problem.message)}`,
      next,
    };
  }
  return { check, ok: true, detail: "the policy that was passed for the session can be read" };
}

/** What helps against a session's policy. */
export const policyNext =
  "Pass no policy with the call, or a shorter one: the role's own policy limits the session already.";
