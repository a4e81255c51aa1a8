import type { PublishedMessage } from "../../sandbox/index.ts";
import type { EnvironmentReport } from "../../shared/report/report.ts";
import type { Written } from "../scenarios/documents.ts";
import { namedBy } from "./callers.ts";
import type { GroundRun } from "./ground.ts";
import type { Seen } from "./look.ts";
import { type Access, accessLines, desiredAccess, desiredOperations, namesOf } from "./reading.ts";
import type { Installation } from "./story.ts";
import { type Environment, environmentOf, type Opened, type World } from "./world.ts";

/** Everybody's access through every role that is not the account's own. */
export function accessIn({ roles }: Seen): Access {
  return new Set(roles.flatMap((role) => [...accessLines(role)]));
}

/** What of some access no document that may be written would give. */
export function exceeding(world: World, access: Access): readonly string[] {
  return access.size === 0 ? [] : [...access.difference(allowedAccess(world))];
}

/** The same of what a run gives, but for what a role with an old name has by its own document. */
export function givenBeyond(world: World, seen: Seen, access: Access): readonly string[] {
  return exceeding(world, access).filter((line) => !isOfOldRole(world, seen, line));
}

/** What all documents that may be written would give. */
function allowedAccess(world: World): Access {
  const now = world.now();
  return new Set(
    world.environments.flatMap((environment) =>
      [...environment.may, ...letThrough(environment, now)].flatMap((document) => [
        ...desiredAccess(document, environment.reading, now),
      ]),
    ),
  );
}

/** What a document in force lets come into force by itself: it guards who gets in, what they may do, both, and itself. */
function letThrough({ may, since, versions, reading }: Environment, now: Date): readonly Written[] {
  const within = (left: Iterable<string>, right: Iterable<string>) =>
    new Set(left).isSubsetOf(new Set(right));
  return versions.flatMap(({ version, document }) => {
    if (document === null || version <= since) return [];
    const passes = may.some((known) => {
      const { trust, permissions } = guardsOf(known);
      const then = guardsOf(document);
      const isLowered =
        (trust !== "apply" && then.trust === "apply") ||
        (permissions !== "apply" && then.permissions === "apply");
      return (
        !isLowered &&
        (trust === "apply" || within(namedBy(document, now), namedBy(known, now))) &&
        (permissions === "apply" ||
          within(desiredOperations(document, reading), desiredOperations(known, reading)))
      );
    });
    return passes ? [document] : [];
  });
}

/**
 * A run that did not come to its end may have written what the guard lets through, and the record has it
 * in force then, though its parameter is deleted next. Without a record nothing of it is written.
 */
export function noteLetThrough(world: World, at: Installation, run: GroundRun): void {
  for (const environment of world.environments) {
    const newest = environment.versions.at(-1)?.document ?? null;
    const isOwn = environment.reading.prefix === world.installations[at].prefix;
    const isBegun = isOwn && keptRecord(run, environment.name);
    if (!isBegun || newest === null || environment.may.includes(newest)) continue;
    if (letThrough(environment, world.now()).includes(newest)) {
      environment.may = [...environment.may, newest];
    }
  }
}

/**
 * Does only a role with an old name give this, to somebody who its own document named, for a target that
 * this document named too? `onRemove: retain` leaves the role to its jobs, with the policy that it
 * shares with the role in force. What puts that policy right again, or follows a target that was
 * re-created, gives them nothing that their document did not.
 */
function isOfOldRole(world: World, { roles }: Seen, line: string): boolean {
  const now = world.now();
  const holders = roles.filter((role) => accessLines(role).has(line));
  return holders.every(
    ({ name, tags }) =>
      Object.keys(tags).some((key) => key.startsWith("oidc-reconciler:")) &&
      world.environments.some((environment) => {
        const { former, reading } = environment;
        const isOld = mayBeInForce(environment).every((each) => namesOf(each).role !== name);
        const own = former.filter((document) => namesOf(document).role === name);
        return isOld && own.some((each) => desiredAccess(each, reading, now).has(line));
      }),
  );
}

/** An approved version that another one followed before any run came into force releases nothing. */
function mayBeInForce({ may, versions, since }: Environment): readonly Written[] {
  const [first, ...others] = may;
  const passed = versions
    .slice(0, -1)
    .flatMap(({ approved, version, document }) => (approved && version > since ? document : []));
  return first === undefined ? [] : [first, ...others.filter((each) => !passed.includes(each))];
}

/** Documents that were in force, or may have been, as soon as another one is. */
export function formerDocuments(environment: Environment, now: Date): readonly Written[] {
  const { former, may } = environment;
  return [...new Set([...former, ...may, ...letThrough(environment, now)])];
}

function guardsOf({ onWiden = "hold" }: Written) {
  return typeof onWiden === "string" ? { trust: onWiden, permissions: onWiden } : onWiden;
}

/**
 * What a removed document left is nobody's any more once it lacks our tags: the run that sees it
 * releases it, until another document takes it over.
 */
export function forgetReleased(
  world: World,
  at: Installation,
  run: GroundRun,
  isUndisturbed: boolean,
): void {
  const seen = world.look();
  for (const environment of world.environments) {
    if (environment.reading.prefix !== world.installations[at].prefix) continue;
    const { may, former, released } = environment;
    const roles = [...former, ...may].map((document) => namesOf(document).role);
    const isGone = (role: string) => isReleased(environment, seen, role);
    environment.released = new Set(
      roles.filter((role) => (isUndisturbed || released.has(role)) && isGone(role)),
    );
    const isRemoved = environment.versions.length === 0;
    const isLearnt = !run.stopped || keptRecord(run, environment.name);
    if (isLearnt && isRemoved && isGone(roles.at(-1) ?? "")) environment.known = false;
  }
}

/** Did a run keep the record of an environment? What it begins it keeps first, and what it reported later. */
function keptRecord({ calls }: GroundRun, name: string): boolean {
  return calls.some(
    ({ operation, input, error }) =>
      operation === "PutParameter" &&
      error === null &&
      String(input["Name"]).endsWith(`/applied/${name}`),
  );
}

/**
 * Is what a removed or renamed document left released, or will it be with the next run? Once it is, it
 * is not ours either where somebody claims it for another environment.
 */
export function isReleased(
  { may, versions, released, known, name: environment }: Environment,
  { roles }: Seen,
  name: string,
): boolean {
  const [inForce] = may;
  const isNamed = known && (inForce === undefined || namesOf(inForce).role === name);
  const isLeft = versions.length === 0 || !isNamed;
  const owner = roles.find((role) => role.name === name)?.tags["oidc-reconciler:environment"];
  return isLeft && (owner === undefined || (owner !== environment && released.has(name)));
}

/** What a run leaves open it has reported, also where it is shut and opened again before the next look. */
export function noteLeft(
  world: World,
  at: Installation,
  { report, messages }: GroundRun,
  isUndisturbed: boolean,
): void {
  const seen = world.look();
  const looked = world.environments.filter(
    ({ name, reading }) =>
      reading.prefix === world.installations[at].prefix &&
      report.environments.some((each) => each.name === name),
  );
  for (const document of looked.flatMap(({ may, former }) => [...may, ...former])) {
    const { role } = namesOf(document);
    const now = accessOf(seen, role);
    const before = world.left.get(role) ?? new Set();
    world.left.set(role, isUndisturbed ? now : now.intersection(before));
    noteHalves(world, seen, role, messages);
  }
}

/**
 * An alert about one policy of a role is about all that this policy lets be at the end of its run, whatever else went wrong
 * in that run.
 */
function noteHalves(
  { halves }: World,
  { roles }: Seen,
  name: string,
  messages: readonly PublishedMessage[],
): void {
  const role = roles.find((each) => each.name === name);
  const before = halves.get(name);
  const reported = (kind: string, now: ReadonlySet<string>, earlier: ReadonlySet<string>) =>
    messages.some(
      ({ attributes, message }) =>
        attributes.get("kind")?.value === kind && message.includes(` ${name} `),
    )
      ? now
      : now.intersection(earlier);
  halves.set(name, {
    who: reported("trust-widened", new Set(role?.who), before?.who ?? new Set()),
    what: reported("permissions-widened", role?.what ?? new Set(), before?.what ?? new Set()),
  });
}

/**
 * Was one half of this reported by itself, while the other half was shut? Who gets in is reported also
 * where nobody may do anything, and the other way round. Anyone who then opens by hand no more than what a
 * document says of the other half, or than what was reported of it too, opens nothing that needs another alert.
 */
export function isReportedByHalf(
  { halves, now }: World,
  { may, reading }: Environment,
  role: string,
  line: string,
): boolean {
  const [caller = "", operation = ""] = line.split(" does ");
  const own = may.filter((document) => namesOf(document).role === role);
  const { who = new Set(), what = new Set() } = halves.get(role) ?? {};
  return (
    (who.has(caller) && what.has(operation)) ||
    (who.has(caller) && own.some((each) => desiredOperations(each, reading).has(operation))) ||
    (what.has(operation) && own.some((each) => namedBy(each, now()).includes(caller)))
  );
}

/** What nobody can do any more before a run saw it, or may do by now, no run has to report. */
export function forgetUndone(world: World, seen: Seen): void {
  for (const environment of world.environments) {
    const { opened } = environment;
    if (opened === null || opened.seen) continue;
    const left = exceeding(world, accessOf(seen, opened.role)).filter(
      (line) => !isMeantInParts(environment, line, world.now()),
    );
    if (!opened.lines.some((line) => left.includes(line))) environment.opened = null;
  }
}

/**
 * Do documents that may be written name both who and what, though not together? A person has approved
 * the one while the other is in force: each policy is compared with both.
 */
function isMeantInParts({ may, reading }: Environment, line: string, now: Date): boolean {
  const [caller = "", operation = ""] = line.split(" does ");
  return (
    may.some((document) => namedBy(document, now).includes(caller)) &&
    may.some((document) => desiredOperations(document, reading).has(operation))
  );
}

/** A run has seen what it closes, even if it is stopped then. */
export function noteClosed(
  { environments }: World,
  { was, is }: { readonly was: Seen; readonly is: Seen },
): void {
  for (const environment of environments) {
    const { opened } = environment;
    if (opened === null) continue;
    const closed = accessOf(was, opened.role).difference(accessOf(is, opened.role));
    if (opened.lines.some((line) => closed.has(line))) {
      environment.opened = { ...opened, seen: true };
    }
  }
}

function accessOf({ roles }: Seen, name: string): Access {
  return new Set(
    roles.filter((role) => role.name === name).flatMap((role) => [...accessLines(role)]),
  );
}

/**
 * Could the run write down what a parameter is to say? If not, the next one knows only what was
 * before.
 */
export function isWritten({ calls }: GroundRun, parameter: string): boolean {
  const last = calls.findLast(
    ({ operation, input }) =>
      operation === "PutParameter" && String(input["Name"]).endsWith(parameter),
  );
  return last === undefined || last.error === null;
}

/** No channel took the alerts, and no journal could keep them: report, log and metric have them alone. */
export function isUntold(run: GroundRun): boolean {
  const { errors } = run.report;
  return errors.some(({ code }) => code === "AlertUndelivered") && !isWritten(run, "/journal");
}

/** What a run has closed and could neither report nor keep, a later one does not know. */
export function forgetSeen({ environments }: World): void {
  for (const environment of environments) {
    if (environment.opened?.seen === true) environment.opened = null;
  }
}

/** And what it finds widened. Neither an event of something else nor another installation looks. */
export function noteReported(world: World, { name, widenings }: EnvironmentReport): void {
  const environment = environmentOf(world, name);
  const { opened } = environment;
  if (opened === null) return;
  // A run that cannot read the role may still find an audience, which says nothing of what the role lets be done.
  const found = widenings.filter(
    ({ source, resource }) =>
      source === "drift" && (resource !== "audience" || opened.provider !== null),
  );
  if (found.length > 0) environment.opened = { ...opened, seen: true };
}

/** What somebody opened and a run saw, and that nobody was alerted of by the end of it. */
export function unreported(world: World, at: Installation): readonly string[] {
  const { prefix } = world.installations[at];
  return world.environments.flatMap((environment) => {
    const { opened, name, reading } = environment;
    if (opened === null || reading.prefix !== prefix) return [];
    const messages = world.ground.sandbox.messages.slice(opened.from);
    environment.opened = null;
    // A document in conflict names another's role: the alert is about the one that has it, or had it.
    const having = world.environments.filter(({ may, former }) =>
      [...may, ...former].some((document) => namesOf(document).role === opened.role),
    );
    const names = [name, ...having.map((each) => each.name)];
    const sharing = world.environments.filter(({ may }) =>
      may.some((document) => namesOf(document).provider === opened.provider),
    );
    const isTold =
      names.some((each) => messages.some((message) => isAbout(message, each))) ||
      sharing.some((each) => messages.some((message) => isOfAudience(message, each.name)));
    return isTold || isFoughtOver(world, environment, opened)
      ? []
      : [`nobody was alerted that ${opened.by}: ${opened.lines.slice(0, 3).join("; ")}`];
  });
}

const dayMs = 24 * 3_600_000;

/**
 * Was the same opened again and again? Then an alert of the last day has said so of all that comes. It
 * may have been opened in other ways, and long before a run saw it.
 */
function isFoughtOver(
  { ground, now }: World,
  { name, doors }: Environment,
  { role, lines, by }: Opened,
): boolean {
  const rounds = doors.filter((door) => lines.some((line) => door.includes(line)));
  // Another trust policy lets in others each time: the same inline policy is what is fought over.
  const inline = by.includes("an inline policy that allows everything")
    ? `role/${role}/debug was changed`
    : null;
  return ground.sandbox.messages.some(
    ({ attributes, message, at }) =>
      attributes.get("kind")?.value === "contended" &&
      attributes.get("environment")?.value.includes(name) === true &&
      (rounds.length >= 3 ? message.includes(role) : inline !== null && message.includes(inline)) &&
      now().getTime() - at.getTime() <= dayMs,
  );
}

const reporting = /widened|contended|run-interrupted|conflict/;

function isAbout({ attributes }: PublishedMessage, name: string): boolean {
  const kind = attributes.get("kind")?.value ?? "";
  const environment = attributes.get("environment")?.value ?? "";
  return reporting.test(kind) && (kind === "run-interrupted" || environment.includes(name));
}

function isOfAudience({ attributes }: PublishedMessage, name: string): boolean {
  return (
    attributes.get("kind")?.value === "audience-widened" &&
    attributes.get("environment")?.value.includes(name) === true
  );
}
