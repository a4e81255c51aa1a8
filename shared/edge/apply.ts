import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { Fault } from "../aws/reading.ts";
import type { Change, ChangeResult, Step } from "../plan/change.ts";
import { tooLongCode } from "../plan/observed.ts";
import { type Course, carryOut } from "./carry-out.ts";
import type { Clients } from "./clients.ts";
import { faultOf, fullQuotaOf, isNamed } from "./faults.ts";
import { tagListOf } from "./iam-forms.ts";
import { mayBeCarriedOut } from "./lost-answers.ts";
import { patienceMs, patiently } from "./patience.ts";

export type Applying = Pick<Course, "beforeWrite"> & {
  /**
   * Did this write reach the account after all? Called where no answer came, so that a write that
   * happened is not reported as failed, and where what is to go is said to be gone. `null`: nobody knows.
   */
  readonly readBack?: (change: Change) => Promise<boolean | null>;
  /** Is there time for a pause of so many milliseconds? Left out: there always is. */
  readonly mayWait?: (ms: number) => boolean;
  /** Has IAM shown a second time what is written to? */
  readonly insists?: boolean;
};

/** Applies changes in IAM, in their order and by the rules of `carryOut`. */
export function applyChanges(
  clients: Clients,
  changes: readonly Change[],
  { beforeWrite, readBack, mayWait = () => true, insists = false }: Applying = {},
): Promise<readonly ChangeResult[]> {
  const done: Step[] = [];
  // However many steps IAM refuses, they are waited for once.
  let left = patienceMs;
  const maySpend = (ms: number): boolean => {
    if (ms > left || !mayWait(ms)) return false;
    left -= ms;
    return true;
  };
  const write = async (change: Change) => {
    const lookAgain = async () => {
      if (change.effect === "closes") return false;
      // IAM may show what was there before, and nobody looks again.
      if (!maySpend(againMs)) return null;
      await clients.time.sleep(againMs);
      return isThere(change, readBack);
    };
    const once = () => applyStep(clients.iam, change, { readBack, lookAgain });
    const result = await patiently(once, done, { time: clients.time, mayWait: maySpend, insists });
    if (result.outcome === "applied") done.push(change.step);
    return result;
  };
  return carryOut(changes, beforeWrite === undefined ? { write } : { write, beforeWrite });
}

/** A write that no answer came to is looked for once more after so long. */
const againMs = 2_000;

async function applyStep(
  iam: IAMClient,
  change: Change,
  {
    readBack,
    lookAgain,
  }: {
    readonly readBack: Applying["readBack"];
    /** Of what opens, once more a moment later: IAM may show what was there before. */
    readonly lookAgain: () => Promise<boolean | null>;
  },
): Promise<ChangeResult> {
  const { step } = change;
  try {
    return { change, outcome: "applied", policyVersion: await send(iam, step) };
  } catch (thrown) {
    const fault = faultOfStep(step, thrown);
    if (isRemovalOfNothing(step, thrown) && readBack === undefined) {
      return { change, outcome: "applied", policyVersion: null };
    }
    const mayBeMade = mayBeCarriedOut(thrown);
    const seen =
      mayBeMade || isRemovalOfNothing(step, thrown) ? await isThere(change, readBack) : false;
    const there = mayBeMade && seen === false ? await lookAgain() : seen;
    if (there === true) return { change, outcome: "applied", policyVersion: null };
    const failed = { change, outcome: "failed", fault } as const;
    if (!mayBeMade) return failed;
    return { ...failed, unanswered: true, ...(there === null ? { mayBeMade } : {}) };
  }
}

/** A look that fails as well shows nothing: `null`. */
async function isThere(change: Change, readBack: Applying["readBack"]): Promise<boolean | null> {
  try {
    return (await readBack?.(change)) ?? null;
  } catch {
    return null;
  }
}

function faultOfStep(step: Step, thrown: unknown): Fault {
  const fault = faultOf(`${step.do} ${nameOf(step)}`, thrown);
  const full = fullQuotaOf(thrown);
  // Another look makes no room in the account, nor among the tags of others.
  if (full === null) return fillsQuota(step, thrown) ? { ...fault, kind: "refused" } : fault;
  // The account's own quota of a trust policy can be raised, and may not have been known before.
  const message = full === "trust-policy" ? `${fault.message}. ${shorterTrust}` : fault.message;
  return { ...fault, code: tooLongCode, message };
}

/** Is there no room for what a step adds, whatever became of the rest of the plan? */
function fillsQuota(step: Step, thrown: unknown): boolean {
  const adds =
    step.do === "create-role" ||
    step.do === "create-policy" ||
    step.do === "create-provider" ||
    step.do === "tag-role" ||
    step.do === "tag-policy" ||
    step.do === "tag-provider";
  return adds && isNamed(thrown, "LimitExceeded");
}

const shorterTrust =
  'Name fewer projects, refs or audiences, use "all" or a closing *, split the environment, or have the quota L-C07B4B0D raised (up to 8192)';

/**
 * Is this the removal of something that IAM says is not there? Then there may be nothing left to do. A
 * look decides: the answer may come from a place that does not know the resource yet.
 */
function isRemovalOfNothing(step: Step, thrown: unknown): boolean {
  const removes =
    step.do === "detach" ||
    step.do === "delete-role" ||
    step.do === "delete-policy" ||
    step.do === "delete-policy-version" ||
    step.do === "delete-inline-policy" ||
    step.do === "delete-boundary" ||
    step.do === "delete-provider";
  return removes && isNamed(thrown, "NoSuchEntity");
}

function nameOf(step: Step): string {
  return "name" in step ? step.name : step.arn;
}

/** Makes the one call of a step and returns the id of the policy version that it wrote, if any. */
async function send(iam: IAMClient, step: Step): Promise<string | null> {
  switch (step.do) {
    case "create-provider":
    case "add-audience":
    case "remove-audience":
    case "set-thumbprints":
    case "tag-provider":
    case "delete-provider":
      await sendProvider(iam, step);
      return null;
    case "create-policy":
    case "create-policy-version":
    case "delete-policy-version":
    case "tag-policy":
    case "delete-policy":
      return sendPolicy(iam, step);
    default:
      await sendRole(iam, step);
      return null;
  }
}

type ProviderStep = Extract<
  Step,
  { readonly do: `${string}provider` | `${string}audience` | "set-thumbprints" }
>;

function sendProvider(iam: IAMClient, step: ProviderStep): Promise<unknown> {
  switch (step.do) {
    case "create-provider":
      return iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url: step.url,
          ClientIDList: [...step.audiences],
          Tags: tagListOf(step.tags),
          // Without a list IAM fetches the issuer's own.
          ...(step.thumbprints.length === 0 ? {} : { ThumbprintList: [...step.thumbprints] }),
        }),
      );
    case "add-audience":
      return iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: step.arn,
          ClientID: step.audience,
        }),
      );
    case "remove-audience":
      return iam.send(
        new RemoveClientIDFromOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: step.arn,
          ClientID: step.audience,
        }),
      );
    case "set-thumbprints":
      return iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({
          OpenIDConnectProviderArn: step.arn,
          ThumbprintList: [...step.thumbprints],
        }),
      );
    case "tag-provider":
      return iam.send(
        new TagOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: step.arn,
          Tags: tagListOf(step.tags),
        }),
      );
    case "delete-provider":
      return iam.send(
        new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: step.arn }),
      );
    default:
      return step satisfies never;
  }
}

type PolicyStep = Extract<
  Step,
  {
    readonly do:
      | "create-policy"
      | "create-policy-version"
      | "delete-policy-version"
      | "tag-policy"
      | "delete-policy";
  }
>;

async function sendPolicy(iam: IAMClient, step: PolicyStep): Promise<string | null> {
  switch (step.do) {
    case "create-policy": {
      const answer = await iam.send(
        new CreatePolicyCommand({
          PolicyName: step.name,
          PolicyDocument: step.document,
          Description: "What CircleCI jobs may deploy to. Kept by oidc-reconciler.",
          Tags: tagListOf(step.tags),
        }),
      );
      return answer.Policy?.DefaultVersionId ?? null;
    }
    case "create-policy-version": {
      const answer = await iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: step.arn,
          PolicyDocument: step.document,
          SetAsDefault: true,
        }),
      );
      return answer.PolicyVersion?.VersionId ?? null;
    }
    case "delete-policy-version":
      await iam.send(
        new DeletePolicyVersionCommand({ PolicyArn: step.arn, VersionId: step.version }),
      );
      return null;
    case "tag-policy":
      await iam.send(new TagPolicyCommand({ PolicyArn: step.arn, Tags: tagListOf(step.tags) }));
      return null;
    case "delete-policy":
      await iam.send(new DeletePolicyCommand({ PolicyArn: step.arn }));
      return null;
    default:
      return step satisfies never;
  }
}

type RoleStep = Exclude<Step, ProviderStep | PolicyStep>;

function sendRole(iam: IAMClient, step: RoleStep): Promise<unknown> {
  switch (step.do) {
    case "create-role":
      return iam.send(createRole(step));
    case "update-role":
      return iam.send(
        new UpdateRoleCommand({
          RoleName: step.name,
          Description: step.description,
          MaxSessionDuration: step.maxSessionSeconds,
        }),
      );
    case "put-boundary":
      return iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: step.name,
          PermissionsBoundary: step.boundary,
        }),
      );
    case "delete-boundary":
      return iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: step.name }));
    case "update-trust-policy":
      return iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: step.name,
          PolicyDocument: step.trustPolicy,
        }),
      );
    case "tag-role":
      return iam.send(new TagRoleCommand({ RoleName: step.name, Tags: tagListOf(step.tags) }));
    case "untag-role":
      return iam.send(new UntagRoleCommand({ RoleName: step.name, TagKeys: [...step.keys] }));
    case "delete-role":
      return iam.send(new DeleteRoleCommand({ RoleName: step.name }));
    case "attach":
      return iam.send(new AttachRolePolicyCommand({ RoleName: step.name, PolicyArn: step.arn }));
    case "detach":
      return iam.send(new DetachRolePolicyCommand({ RoleName: step.name, PolicyArn: step.arn }));
    case "delete-inline-policy":
      return iam.send(
        new DeleteRolePolicyCommand({ RoleName: step.name, PolicyName: step.policy }),
      );
    default:
      return step satisfies never;
  }
}

function createRole(step: Extract<Step, { readonly do: "create-role" }>): CreateRoleCommand {
  return new CreateRoleCommand({
    RoleName: step.name,
    Path: step.path,
    AssumeRolePolicyDocument: step.trustPolicy,
    Description: step.description,
    MaxSessionDuration: step.maxSessionSeconds,
    Tags: tagListOf(step.tags),
    ...(step.permissionsBoundary === null ? {} : { PermissionsBoundary: step.permissionsBoundary }),
  });
}
