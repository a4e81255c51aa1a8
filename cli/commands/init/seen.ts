import { type SeenJobs, seenJobs } from "../../../shared/replay/seen-jobs.ts";
import { type Sighting, sightingOf } from "../../../shared/replay/sighting.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import { readHistory } from "../../../shared/runs/replay.ts";
import type { Io } from "../../io.ts";
import type { Ready } from "../../settings.ts";

const days = 30;
const dayMs = 24 * 60 * 60 * 1000;

/** So long a person waits for what is good to know. */
const patienceMs = 10_000;

/**
 * Which jobs the event history shows for a role: what to name where its trust policy names nobody.
 * Empty where the history cannot be read, since nothing depends on it.
 */
export async function jobsSeen(
  role: { readonly arn: string; readonly organizationId: string; readonly region: string },
  io: Io,
  { invocation, settings }: Ready,
): Promise<readonly SeenJobs[]> {
  const now = io.clock();
  const sightings: Sighting[] = [];
  io.progress(`looking which jobs used the role in the last ${days} days`);
  try {
    const wanted = {
      regions: [settings.region, role.region],
      since: new Date(now.getTime() - days * dayMs),
      now,
      signal: AbortSignal.timeout(patienceMs),
      time: { now: () => io.clock().getTime(), sleep: (ms: number) => io.wait(ms) },
      onPage: () => undefined,
    };
    await readHistory(invocation.clients, wanted, (record) => {
      // A refused call did not use the role.
      const sighting = record.errorCode == null ? sightingOf(record, role.arn) : null;
      if (sighting !== null) sightings.push(sighting);
    });
  } catch {
    return [];
  } finally {
    io.progress(null);
  }
  return seenJobs(sightings, role.organizationId);
}

/** One row for each repository, with the options that name it. */
export function seenLines(seen: readonly SeenJobs[]): readonly Line[] {
  if (seen.length === 0) return [];
  return [
    line(`Jobs that used the role in the last ${days} days:`, { tone: "title" }),
    ...seen.map(({ project, times }, index) =>
      line(`${index + 1}  ${optionsOf(project)} (${times === 1 ? "once" : `${times} times`})`, {
        indent: 2,
      }),
    ),
  ];
}

/** The same at the end of a message. */
export function seenSays(seen: readonly SeenJobs[]): string {
  if (seen.length === 0) return "";
  const options = seen.map(({ project }) => optionsOf(project)).join(" ");
  return ` Those that used the role in the last ${days} days: ${options}.`;
}

/** A project as the command takes it. */
function optionsOf({ id, origin, refs = [] }: SeenJobs["project"]): string {
  const repository = origin === undefined ? "" : ` --origin ${quoted(origin)}`;
  const named = refs.length === 0 ? "" : ` --ref ${refs.map(quoted).join(" ")}`;
  return `--project ${id}${repository}${named}`;
}

/** A branch can have any name, one that a shell obeys too: people paste what they read here. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
