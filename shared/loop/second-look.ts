import { foundIn, type Reading } from "../aws/reading.ts";
import { readCaller } from "../edge/caller.ts";
import { readPolicy, readProvider, readRole } from "../edge/identity.ts";
import { pausesMs } from "../edge/patience.ts";
import type { Change } from "../plan/change.ts";
import { refusalOf, versionOf } from "../plan/choice.ts";
import { mayClose } from "../plan/closing-changes.ts";
import { ownerOf } from "../plan/context.ts";
import { knownVersions, newestValid, recordIn, writtenNames } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { isMadeAgain, writeKey } from "../plan/last-writes.ts";
import { ownershipTags } from "../plan/ownership.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import { wasReported } from "../report/reported-key.ts";
import { releasedKey } from "../report/reported-keys.ts";
import { trailNameOfCall } from "../report/trail-name.ts";
import { isUndoneSince } from "../report/undone.ts";
import { policyArn, providerArn } from "../trust/index.ts";
import { isOwnSession, type RecordedCall } from "../wake/index.ts";
import { mayWait } from "./ending.ts";
import type { Planned, Planning, Plans } from "./planning.ts";
import { makePlans } from "./plans.ts";
import type { RunContext } from "./run-context.ts";
import { unshownIn } from "./unshown.ts";

/** Names of writes that IAM is known to have, whatever a read says: this very run made them. */
export type Certain = ReadonlyMap<string, readonly string[]>;

/** What speaks for a read that repeats a write: that it is so, and that somebody has undone it since. */
type Known = { readonly certain: Certain; readonly calls: readonly RecordedCall[] };

/** A read that repeats the last write of an earlier run is asked twice. */
const twiceMs: readonly number[] = [0, 2_000];
/** One that cannot be true is asked for a minute. */
const patientMs: readonly number[] = [0, ...pausesMs];

/**
 * IAM may answer a read with what our own last writes replaced. A plan that would write just the same
 * once more is made again from another look: no decision rests on one stale read. What closes waits two
 * seconds at most, unless nothing but our own writes has woken the run, or this very run has made them.
 * In a second pass, after IAM did not find what it has shown, what would be made once more is there.
 *
 * An event may also come before IAM shows the change it reports. Then the run looks until it does, for a minute
 * after the call: nobody would look again before the next run over all environments.
 */
export async function withSecondLook(
  run: RunContext,
  planned: Planned,
  certain: Certain,
): Promise<Planned> {
  const known = { certain, calls: run.wake.calls };
  const explained = new Set<RecordedCall>();
  let current = await withGoneConfirmed(run, planned);
  let pauses: readonly number[] | null = null;
  for (let nth = 0; nth < (pauses?.length ?? 1); nth += 1) {
    const again = repeating(current, known);
    const names = again.length > 0 ? again : await unshownIn(run, current, explained);
    if (names.length === 0) return current;
    const isSure = isDoubtful(run, current, known) || certain.size > 0 || again.length === 0;
    pauses ??= await pausesFor(run, isSure);
    const pause = pauses[nth] ?? 0;
    if (pause > 0) {
      const isEach = run.insists === true && nth >= twiceMs.length;
      if (closesElse(current, known, isEach) || !mayWait(run, pause)) return current;
      await run.clients.time.sleep(pause);
    }
    current = await lookAgain(run, current, names);
    if (pauses === twiceMs && isDoubtful(run, current, known)) pauses = patientMs;
  }
  return current;
}

/** Does it show what cannot be? Or, in a second pass, what is most likely not so? */
function isDoubtful(run: RunContext, planned: Planned, known: Known): boolean {
  if (doubted(planned).length > 0) return true;
  const isMade = ({ change, again }: Found) => again && change.action === "create";
  return run.insists === true && changesIn(planned, known).some(isMade);
}

/** Is it worth a minute? */
async function pausesFor(run: RunContext, isSure: boolean): Promise<readonly number[]> {
  return isSure || (await isOwnWake(run)) ? patientMs : twiceMs;
}

/** Is the run woken by nothing but what an earlier run of ours has written? */
async function isOwnWake({ wake, clients }: RunContext): Promise<boolean> {
  const { calls, source, scopes } = wake;
  if (source === "hand" || calls.length === 0) return false;
  if (scopes.some(({ kind }) => kind === "every")) return false;
  if (calls.some(({ actor }) => actor?.includes(":assumed-role/") !== true)) return false;
  const arn = await readCaller(clients).then(
    (caller) => caller.arn,
    () => "",
  );
  return calls.every(({ actor }) => isOwnSession(actor, arn));
}

type Found = {
  readonly name: string;
  readonly change: Change;
  readonly again: boolean;
  /** Does it only close, or shut what somebody opened, whatever else it does? */
  readonly shuts: boolean;
};

/** Every change that is planned, by environment, and whether it repeats what was written a moment ago. */
function changesIn({ planning, plans }: Planned, { certain, calls }: Known): readonly Found[] {
  return plans.environments.flatMap(({ entry, plan }) => {
    const { name, record } = entry;
    const last = record.kind === "found" ? record.record.last : null;
    const { now } = planning;
    const shared = plans.organisations
      .filter(({ members }) => members.includes(name))
      .flatMap((each) => [...each.plan.closing, ...each.plan.opening]);
    return [...plan.changes, ...shared].map((change) => ({
      name,
      change,
      again:
        (isMadeAgain(change, last, now) &&
          !isUndoneSince(change, calls, { since: last?.at ?? "", now })) ||
        certain.get(name)?.includes(writeKey(change)) === true,
      shuts:
        change.effect === "closes" || plan.widenings.some((widening) => mayClose(widening, change)),
    }));
  });
}

function repeating(planned: Planned, known: Known): readonly string[] {
  const found = changesIn(planned, known).filter(({ again }) => again);
  const names = [...found.map(({ name }) => name), ...doubted(planned), ...heldByNobody(planned)];
  return [...new Set(names)];
}

/**
 * Environments that would be in conflict from now on over a policy that something holds, while their own role is not
 * there: an answer that knows nothing of the role makes its policy another identity's.
 */
function heldByNobody({ planning, plans }: Planned): readonly string[] {
  return plans.environments.flatMap(({ entry, plan }) => {
    const isKnown = entry.status?.conditions.InSync?.reason === "Conflict";
    const isInUse = claimsOn(plan).some(({ code }) => code === "PolicyInUse");
    const document = newestValid(entry)?.document;
    if (isKnown || !isInUse || document === undefined) return [];
    return planning.snapshot.role(document.role.name).kind === "absent" ? [entry.name] : [];
  });
}

/**
 * Environments that would be in conflict from now on over a policy that bears their own tags: the role
 * that holds it may be one of theirs that was just removed. And those whose role holds a policy that is
 * not there: IAM deletes none that is attached, so it only shows it late.
 */
function doubted({ planning, plans }: Planned): readonly string[] {
  return plans.environments.flatMap(({ entry, plan }) => {
    if (isUnseenOnRole(plan, planning)) return [entry.name];
    const known = entry.status?.conditions.InSync?.reason === "Conflict";
    if (known || !claimsOn(plan).some(({ resource }) => resource === "policy")) return [];
    const name = newestValid(entry)?.document.policy.name ?? "";
    const policy = planning.snapshot.policy(policyArn(planning.account, name));
    const tags = policy.kind === "found" ? policy.value.tags : null;
    const own = Object.entries(ownershipTags(ownerOf(planning, entry)));
    return own.every(([key, value]) => tags?.[key] === value) ? [entry.name] : [];
  });
}

function isUnseenOnRole(plan: EnvironmentPlan, { snapshot }: Planning): boolean {
  if (plan.kind !== "planned") return false;
  const { role, policy } = plan.desired;
  const attached = foundIn(snapshot.role(role.name))?.attached ?? [];
  return attached.includes(policy.arn) && snapshot.policy(policy.arn).kind === "absent";
}

/** Who else claims what is desired, before a version is in force and after. */
function claimsOn({ choice, blocked }: EnvironmentPlan): readonly Blocked[] {
  const refusal = refusalOf(choice);
  return refusal?.kind === "conflict" ? [...refusal.claims, ...blocked] : blocked;
}

/** Would anything else be closed meanwhile, or anything at all? That waits for nobody. */
function closesElse(planned: Planned, known: Known, isEach: boolean): boolean {
  return changesIn(planned, known).some(({ again, shuts }) => shuts && (isEach || !again));
}

/** The same plans from what these environments' resources are now, each read by its name. */
async function lookAgain(
  run: RunContext,
  { planning, plans }: Planned,
  names: readonly string[],
): Promise<Planned> {
  const documents = plans.environments
    .filter(({ entry }) => names.includes(entry.name))
    // A conflict over the names of an edit leaves another version in force.
    .flatMap(({ entry, plan }) => [
      versionOf(plan.choice),
      newestValid(entry),
      // Where nothing is in force, doors are shut on what known versions name.
      ...(plan.choice.kind === "nothing" ? knownVersions(plan.evidence, entry) : []),
    ])
    .flatMap((version) => version?.document ?? []);
  const { account } = planning;
  return readAgainOf(run, planning, {
    roles: documents.map(({ role }) => role.name),
    policies: documents.map(({ policy }) => policyArn(account, policy.name)),
    providers: documents.map(({ circleci }) => providerArn(account, circleci.organizationId)),
  });
}

/**
 * What a removal finds gone is forgotten, so it is asked for a second time: an answer that knows
 * nothing of it yet must not leave it behind, with nobody who knows its name. So is a role of ours that would be
 * made again: what its policy grants meanwhile would count as open to nobody.
 */
async function withGoneConfirmed(run: RunContext, planned: Planned): Promise<Planned> {
  const { planning, plans } = planned;
  const { account, snapshot } = planning;
  const gone = plans.environments.map(({ orphans }) => orphans.gone);
  const roles = gone.flatMap((names) => names.roles);
  const policies = gone.flatMap((names) => names.policies.map((name) => policyArn(account, name)));
  const providers = gone.flatMap((names) =>
    names.organizations.map((id) => providerArn(account, id)),
  );
  const released = newlyReleased(plans);
  const doubted = {
    roles: [
      ...[...roles, ...madeAgain(run, plans)].filter(
        (name) => snapshot.role(name).kind === "absent",
      ),
      ...released.flatMap((arn) => (arn.includes(":role/") ? arn.replace(/^.*\//, "") : [])),
      ...bareInList(planned),
    ],
    policies: [
      ...policies.filter((arn) => snapshot.policy(arn).kind === "absent"),
      ...released.filter((arn) => arn.includes(":policy/")),
    ],
    providers: providers.filter((arn) => snapshot.provider(arn).kind === "absent"),
  };
  const isNone = Object.values(doubted).every((names) => names.length === 0);
  return isNone ? planned : readAgainOf(run, planning, doubted);
}

/** What shows no tag of ours for the first time: it would be forgotten for one answer that leaves them out. */
function newlyReleased({ environments }: Plans): readonly string[] {
  return environments.flatMap(({ entry, plan, orphans }) => {
    const before = recordIn(plan.evidence)?.released ?? [];
    return orphans.released.filter(
      (arn) => !before.includes(arn) && !wasReported({ entry }, releasedKey(arn)),
    );
  });
}

/** Roles that plans make although they were written before, and no event says that somebody has deleted them. */
function madeAgain({ wake }: RunContext, { environments }: Plans): readonly string[] {
  const deleted = wake.calls.flatMap((call) =>
    call.eventName === "DeleteRole" ? trailNameOfCall(call).toLowerCase() : [],
  );
  return environments.flatMap(({ entry, plan }) => {
    const written = writtenNames(plan.evidence, entry).roles.map((name) => name.toLowerCase());
    return plan.changes.flatMap(({ step }) => {
      if (step.do !== "create-role") return [];
      const name = step.name.toLowerCase();
      return written.includes(name) && !deleted.includes(name) ? [step.name] : [];
    });
  });
}

/** So many are asked for by name; that more of them were stripped at once is for a listing to say. */
const bareMax = 10;

/**
 * Roles of ours that a listing of the account shows without a tag, or without their policy. What an answer leaves out looks
 * the same as what somebody took off.
 */
function bareInList({ planning, plans }: Planned): readonly string[] {
  if (!planning.snapshot.whole) return [];
  const bare = plans.environments.flatMap(({ entry, plan }) => {
    const { roles } = writtenNames(plan.evidence, entry);
    return plan.changes.flatMap(({ step }) =>
      (step.do === "tag-role" || step.do === "attach") && roles.includes(step.name)
        ? step.name
        : [],
    );
  });
  return bare.slice(0, bareMax);
}

/** Plans from another look at these: roles by name, policies and providers by ARN. */
async function readAgainOf(
  run: RunContext,
  planning: Planning,
  asked: Readonly<Record<"roles" | "policies" | "providers", readonly string[]>>,
): Promise<Planned> {
  const [roles, policies, providers] = await Promise.all([
    readAll(asked.roles, (name) => readRole(run.clients, name)),
    readAll(asked.policies, (arn) => readPolicy(run.clients, arn, [], { withVersions: true })),
    readAll(asked.providers, (arn) => readProvider(run.clients, arn)),
  ]);
  const { snapshot } = planning;
  const fresh: Planning = {
    ...planning,
    now: run.clock(),
    snapshot: {
      ...snapshot,
      role: (name) => roles.get(name) ?? snapshot.role(name),
      policy: (arn) => policies.get(arn) ?? snapshot.policy(arn),
      provider: (arn) => providers.get(arn) ?? snapshot.provider(arn),
    },
  };
  return { planning: fresh, plans: makePlans(fresh) };
}

async function readAll<Value>(
  keys: readonly string[],
  read: (key: string) => Promise<Reading<Value>>,
): Promise<ReadonlyMap<string, Reading<Value>>> {
  const each = [...new Set(keys)].map(async (key) => [key, await read(key)] as const);
  return new Map(await Promise.all(each));
}
