import type { EnvironmentDocument, ProjectEntry } from "../document/index.ts";
import type { Gap } from "../explain/index.ts";
import { refusesSshReruns } from "./expression.ts";

/** Who closes a gap; `unknown` where the setting could not be read. */
type EnforcedBy = "aws" | "circleci" | "nobody" | "unknown";

export type GapRow = {
  readonly gap: Gap;
  readonly enforcedBy: EnforcedBy;
  /** What was found, as a sentence without a full stop. */
  readonly setting: string;
  /** What closes the gap, or closes it further; null where nothing is left to do. */
  readonly fix: string | null;
};

/** Switches of one project; null for one that could not be read. */
export type ProjectSwitches = {
  /** Null where CircleCI did not say which project the slug is, so that no trust can name it. */
  readonly id: string | null;
  /** The organisation that it is of; null where CircleCI did not say. */
  readonly organizationId: string | null;
  /** What people call it: the slug that they gave, or the id. */
  readonly name: string;
  readonly buildsForks: boolean | null;
  readonly passesSecretsToForks: boolean | null;
  readonly disablesSshReruns: boolean | null;
  readonly allowsUnversionedConfig: boolean | null;
};

/** What CircleCI shows of the projects that were looked at, whether a trust names them or not. */
export type CircleciSide = {
  readonly projects: readonly ProjectSwitches[];
  /** Whether the organisation allows unversioned configuration at all; null: not readable. */
  readonly organizationAllowsUnversionedConfig: boolean | null;
  /** The context that was asked about, with its expressions; null for those: not readable. */
  readonly context: { readonly id: string; readonly expressions: readonly string[] | null } | null;
};

/**
 * What AWS cannot enforce for the jobs that a document names, and who does.
 *
 * A gap is closed only if it is closed for each project whose jobs may assume the role, by its id: the
 * switches of another one close and open nothing. What was not looked at or could not be read is `unknown`, unless what
 * could be read decides already. Sources: CircleCI docs, "Using contexts",
 * "Pull request build settings", "VS Code extension overview" (Feature controls).
 *
 * @param now entries that ended before are left out, as IAM does
 */
export function gapsOf(
  { trust, circleci }: Pick<EnvironmentDocument, "trust" | "circleci">,
  side: CircleciSide,
  now: Date,
): readonly GapRow[] {
  const { projects } = trust;
  const entries = projects === "all" ? projects : projects.filter((each) => !hasEnded(each, now));
  const asked: Asked = {
    ...side,
    entries,
    projects:
      entries === "all"
        ? ofOrganization(circleci.organizationId, side.projects)
        : namedBy(entries, side.projects),
  };
  if (entries.length === 0) return gaps.map(nobodyGetsIn);
  return [contextGap(asked), sshGap(asked), unversionedGap(asked), forksGap(asked)];
}

const gaps: readonly Gap[] = ["context", "ssh-rerun", "unversioned-config", "forks"];

type Asked = CircleciSide & { readonly entries: "all" | readonly ProjectEntry[] };

/** The switches of each project that the entries name, unknown where it was not looked at. */
function namedBy(
  entries: readonly ProjectEntry[],
  looked: readonly ProjectSwitches[],
): readonly ProjectSwitches[] {
  return [...new Set(entries.map(({ id }) => id))].flatMap((id) => {
    const own = looked.filter((each) => each.id === id);
    const name = nameOf(id, entries);
    return own.length === 0
      ? [unknownSwitches(id, name)]
      : own.map((each) => (each.name === id ? { ...each, name } : each));
  });
}

/** An id with its repository, where the document names one: nobody knows projects by their ids. */
function nameOf(id: string, entries: readonly ProjectEntry[]): string {
  const named = entries.flatMap((each) => (each.id === id ? (each.origin ?? []) : []));
  const origins = [...new Set(named)];
  return origins.length === 0 ? id : `${origins.join(" and ")} (${id})`;
}

/** Nobody lists all projects of an organisation: what some of them allow is known, and never all. */
function ofOrganization(
  organizationId: string,
  looked: readonly ProjectSwitches[],
): readonly ProjectSwitches[] {
  const own = looked.filter((each) => each.organizationId === organizationId);
  const others = own.length === 0 ? "the projects of the organisation" : "its other projects";
  return [...own, unknownSwitches(null, others)];
}

function unknownSwitches(id: string | null, name: string): ProjectSwitches {
  return {
    id,
    organizationId: null,
    name,
    buildsForks: null,
    passesSecretsToForks: null,
    disablesSshReruns: null,
    allowsUnversionedConfig: null,
  };
}

function hasEnded({ until }: ProjectEntry, now: Date): boolean {
  return until !== undefined && new Date(until) <= now;
}

function nobodyGetsIn(gap: Gap): GapRow {
  const setting = "every entry of the trust has ended, so no job may assume the role";
  return { gap, enforcedBy: "aws", setting, fix: null };
}

/** A context guards its own variables and no token: what a job may do hangs on its ref alone. */
function contextGap({ entries }: Asked): GapRow {
  const gap = "context";
  if (entries !== "all" && entries.every(namesRefs)) {
    const setting =
      "only jobs of the named refs may assume the role, whichever context they use: their configuration is what is reviewed there";
    return { gap, enforcedBy: "aws", setting, fix: null };
  }
  return {
    gap,
    enforcedBy: "nobody",
    setting:
      "a job may assume the role with or without a context, since every job gets a token; a restricted context guards its own variables alone",
    fix: "Name an origin and refs for each project in the document, and use a role for each environment",
  };
}

/** Every branch is not a choice of refs: anyone who may push makes one. */
function namesRefs({ refs }: ProjectEntry): boolean {
  return refs?.every((ref) => !/^(refs\/((heads|tags)\/)?)?\*$/.test(ref)) ?? false;
}

const sshSwitch = '"Disable SSH reruns" (Project Settings, Advanced)';

function sshGap({ projects, context }: Asked): GapRow {
  const gap = "ssh-rerun";
  const closed = over(projects, ({ disablesSshReruns }) => disablesSshReruns);
  if (closed.all === true) {
    return { gap, enforcedBy: "circleci", setting: `${sshSwitch} is on`, fix: null };
  }
  const refused = context === null ? null : refusesSsh(context.expressions);
  if (context !== null && refused === true) {
    return {
      gap,
      enforcedBy: "circleci",
      setting: `context ${context.id} refuses SSH reruns by its expression`,
      fix: `This covers only jobs that need the context: turn on ${sshSwitch} for the others`,
    };
  }
  const [restrict, naming, ofContext] =
    context === null || refused === null
      ? ["the context that the deploy jobs need", ", and name it with --context", ""]
      : [
          `context ${context.id}`,
          "",
          `, and context ${context.id} has no expression that is certain to refuse them`,
        ];
  const hint = `Turn on ${sshSwitch}, or restrict ${restrict} with the expression not job.ssh.enabled${naming}`;
  if (closed.all === false && context?.expressions !== null) {
    const setting = `${sshSwitch} is off for ${closed.open}${ofContext}`;
    return { gap, enforcedBy: "nobody", setting, fix: hint };
  }
  const setting =
    closed.all === false
      ? `${sshSwitch} is off for ${closed.open}, and the expressions of context ${context?.id} are not known`
      : `${sshSwitch} is not known for ${closed.unknown}${ofContext}`;
  return { gap, enforcedBy: "unknown", setting, fix: hint };
}

/** Several expressions are read with care: each has to refuse. Null: not readable. */
function refusesSsh(expressions: readonly string[] | null): boolean | null {
  return expressions === null
    ? null
    : expressions.length > 0 && expressions.every(refusesSshReruns);
}

const unversionedSwitch = '"Trigger pipelines with unversioned config"';

/** The organisation must allow it first; then each project may still opt out. */
function unversionedGap({ projects, organizationAllowsUnversionedConfig }: Asked): GapRow {
  const gap = "unversioned-config";
  const organization = organizationAllowsUnversionedConfig;
  if (organization === false) {
    const setting = `${unversionedSwitch} is off for the whole organisation (Organization Settings, Advanced)`;
    return { gap, enforcedBy: "circleci", setting, fix: null };
  }
  const closed = over(projects, ({ allowsUnversionedConfig }) => not(allowsUnversionedConfig));
  if (closed.all === true) {
    const setting = `${unversionedSwitch} is off (Project Settings, Advanced)`;
    return { gap, enforcedBy: "circleci", setting, fix: null };
  }
  const fix = `Turn off ${unversionedSwitch}: in Organization Settings, Advanced, for all projects, or in Project Settings, Advanced`;
  if (closed.all === false && organization === true) {
    const setting = `${unversionedSwitch} is on for the organisation and for ${closed.open}`;
    return { gap, enforcedBy: "nobody", setting, fix };
  }
  const unknown = [
    ...(organization === null ? ["the organisation"] : []),
    ...(closed.unknown === "" ? [] : [closed.unknown]),
  ];
  const setting = `${unversionedSwitch} is not known for ${unknown.join(", ")}`;
  return { gap, enforcedBy: "unknown", setting, fix };
}

const forkSwitches =
  '"Build forked pull requests" and "Pass secrets to builds from forked pull requests" (Project Settings, Advanced)';

/** A build of a fork gets a token only with the project's secrets, and carries the fork's origin. */
function forksGap({ entries, projects }: Asked): GapRow {
  const gap = "forks";
  const open = entries === "all" ? entries : entries.filter(({ origin }) => origin === undefined);
  if (open !== "all" && open.length === 0) {
    const setting =
      "every project names its origin, and the token of a build of a fork carries the fork's";
    return { gap, enforcedBy: "aws", setting, fix: null };
  }
  const concerned =
    open === "all" ? projects : projects.filter(({ id }) => open.some((entry) => entry.id === id));
  const closed = over(concerned, ({ buildsForks, passesSecretsToForks }) =>
    either(not(buildsForks), not(passesSecretsToForks)),
  );
  if (closed.all === true) {
    const setting = `of ${forkSwitches} one is off, so no build of a fork gets a token`;
    return { gap, enforcedBy: "circleci", setting, fix: null };
  }
  const fix =
    open === "all"
      ? `Name projects with their origins in the document in place of all, or turn off one of ${forkSwitches}`
      : `Name an origin for each project in the document, or turn off one of ${forkSwitches}`;
  if (closed.all === false) {
    const setting = `${forkSwitches} are on for ${closed.open}, so builds of forks get tokens`;
    return { gap, enforcedBy: "nobody", setting, fix };
  }
  const setting = `${forkSwitches} are not known for ${closed.unknown}`;
  return { gap, enforcedBy: "unknown", setting, fix };
}

/** Is it closed for all of the projects? And the names of those for which it is open, or not known. */
function over(
  projects: readonly ProjectSwitches[],
  isClosed: (project: ProjectSwitches) => boolean | null,
): { readonly all: boolean | null; readonly open: string; readonly unknown: string } {
  const answers = projects.map((project) => ({ name: project.name, closed: isClosed(project) }));
  const named = (which: boolean | null) =>
    answers
      .filter(({ closed }) => closed === which)
      .map(({ name }) => name)
      .join(", ");
  const [open, unknown] = [named(false), named(null)];
  return { all: open !== "" ? false : unknown !== "" ? null : true, open, unknown };
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** One that is true decides, also beside one that is not known. */
function either(one: boolean | null, other: boolean | null): boolean | null {
  if (one === true || other === true) return true;
  return one === null || other === null ? null : false;
}
