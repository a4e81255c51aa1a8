import { parseArn } from "../../../shared/aws/arn.ts";
import { accountBy } from "../../../shared/edge/caller.ts";
import type { SeenJobs } from "../../../shared/replay/seen-jobs.ts";
import { type TakenRole, takeRole } from "../../../shared/runs/takeover.ts";
import { trustUnsaid } from "../../../shared/takeover/trust.ts";
import type { Account } from "../../../shared/trust/index.ts";
import { failureOf } from "../../aws-failure.ts";
import { CommandError } from "../../command-error.ts";
import type { Ready } from "../../settings.ts";
import type { Sketch, WholeSketch } from "./draft.ts";
import { seenSays } from "./seen.ts";

/** Where a role is read and what its environment is called. */
type Where = Parameters<typeof takeRole>[0];

/** The account and the place of an environment's parameters. */
export async function placeOf(
  environment: string,
  { settings, invocation }: Ready,
): Promise<Where> {
  const account = await accountBy(invocation.clients, []).catch((thrown: unknown) => {
    throw failureOf(thrown, "sts:GetCallerIdentity");
  });
  const { prefix, region: home } = settings;
  const place = { prefix, home, environment };
  return { clients: invocation.clients, account, place, now: invocation.clock() };
}

/**
 * Reads a role by its name or ARN.
 *
 * @throws CommandError where this account has no such role, or it cannot be read
 */
export async function roleNamed(
  asked: string,
  organizationId: string | null,
  where: Where,
): Promise<TakenRole> {
  const { account } = where;
  const arn = parseArn(asked);
  const name = asked.slice(asked.lastIndexOf("/") + 1);
  if (arn !== null) checkArn(asked, arn, account);
  else if (!/^[\w+=,.@-]{1,64}$/.test(name) || name !== asked) {
    throw new CommandError(`--from-role takes a role's name or ARN, and "${asked}" is neither.`);
  }
  const reading = await takeRole(where, {
    role: name,
    organizationId: organizationId?.toLowerCase() ?? null,
  });
  switch (reading.kind) {
    case "unreadable":
      throw failureOf(reading.fault, "iam:GetRole");
    case "absent":
      throw noRole(`There is no role ${name} in account ${account.id}.`, asked);
    case "found": {
      const found = reading.value.held.role.arn;
      if (arn === null || found === asked) return reading.value;
      throw noRole(`The role is ${found}, and --from-role asks for ${asked}.`, asked);
    }
    default:
      return reading satisfies never;
  }
}

function checkArn(
  asked: string,
  arn: NonNullable<ReturnType<typeof parseArn>>,
  account: Account,
): void {
  if (arn.service !== "iam" || !arn.resource.startsWith("role/")) {
    throw new CommandError(`--from-role takes the ARN of a role, and "${asked}" is not one.`);
  }
  if (arn.account.id === account.id) return;
  throw noRole(
    `${asked} is a role of account ${arn.account.id}, and the credentials are of ${account.id}.`,
    asked,
  );
}

function noRole(message: string, where: string): CommandError {
  return new CommandError(message, { code: "NoRole", where });
}

/**
 * A sketch in which nothing is missing, where nobody can be asked.
 *
 * @throws CommandError that names the option which says what is missing
 */
export function wholeOf(
  sketch: Sketch,
  taken: TakenRole | null,
  { where, seen }: { readonly where: Where; readonly seen: readonly SeenJobs[] },
): WholeSketch {
  const { organizationId, projects } = sketch;
  const unsaid = taken === null ? [] : trustUnsaid(taken.held.role.trustPolicy, where);
  const reasons = unsaid.map((text) => ` ${text}.`).join("");
  if (organizationId === null) {
    const why =
      taken === null ? "" : ` Role ${taken.held.role.name} trusts no organisation of CircleCI.`;
    const message = `Name the CircleCI organisation with --organization.${why}${reasons}`;
    throw new CommandError(message, taken === null ? {} : { where: "circleci.organizationId" });
  }
  if (projects === null) {
    const message = `Name a project with --project ID, or every one with --project all.${reasons}${seenSays(seen)}`;
    // Where a role says more than a document can, usage would hide the reasons.
    throw new CommandError(message, unsaid.length === 0 ? {} : { where: "trust.projects" });
  }
  return { ...sketch, organizationId, projects };
}
