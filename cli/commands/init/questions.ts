import type { ProjectDraft } from "../../../shared/document/draft.ts";
import { readCircleProviders } from "../../../shared/edge/audit.ts";
import type { Clients } from "../../../shared/edge/clients.ts";
import { type Offer, offerOf } from "../../../shared/edge/targets/offers.ts";
import type { SeenJobs } from "../../../shared/replay/seen-jobs.ts";
import { line } from "../../../shared/report/layout.ts";
import { kindNames, targetKinds } from "../../../shared/targets/index.ts";
import { CommandError } from "../../command-error.ts";
import type { Io, Terminal } from "../../io.ts";
import { printLines } from "../../output.ts";
import { check, type Sketch, type WholeSketch } from "./draft.ts";
import { amplifyEntry } from "./flags.ts";
import { seenLines } from "./seen.ts";

type Asking = { readonly io: Io; readonly terminal: Terminal; readonly clients: Clients };

/**
 * Asks for what a document needs and nobody has said, and offers what the account has. An answer that
 * no document takes is asked for again.
 *
 * @param given.targets whether the options name any target: then none is asked for
 * @param given.seen jobs that used the role, to choose from
 */
export async function askForRest(
  sketch: Sketch,
  asking: Asking,
  given: { readonly targets: boolean; readonly seen: readonly SeenJobs[] },
): Promise<WholeSketch> {
  const organizationId = sketch.organizationId ?? (await askOrganization(asking));
  const projects = sketch.projects ?? (await askProjects(given.seen, asking));
  const deploy = given.targets ? sketch.deploy : await askTargets(sketch.deploy, asking);
  return { ...sketch, organizationId, projects, deploy };
}

/** The answer; the end of input or Ctrl-C ends the command before anything is written. */
async function ask(question: string, { terminal }: Pick<Asking, "terminal">): Promise<string> {
  const answer = await terminal.ask(question);
  if (answer === null)
    throw new CommandError("No answer: nothing was written.", { where: "terminal" });
  return answer.trim();
}

/** Asks until the answer is one that a document takes. */
async function askUntil<Value>(
  question: string,
  read: (answer: string) => Value,
  asking: Asking,
): Promise<Value> {
  for (;;) {
    const answer = await ask(question, asking);
    try {
      return read(answer);
    } catch (thrown) {
      if (!(thrown instanceof CommandError)) throw thrown;
      await say(thrown.message, asking);
    }
  }
}

async function say(text: string, { io }: Pick<Asking, "io">): Promise<void> {
  await printLines(io.stderr, [line(text)]);
}

async function askOrganization(asking: Asking): Promise<string> {
  // Only an offer: without the permission to list them one types the id.
  const providers = await readCircleProviders(asking.clients, []).catch(() => []);
  const ids = providers.flatMap(({ arn }) => /\/org\/([0-9a-f-]{36})$/.exec(arn)?.[1] ?? []);
  const [only] = ids;
  if (ids.length > 1) await say(`The account trusts the organisations ${ids.join(", ")}.`, asking);
  const usual = ids.length === 1 && only !== undefined ? only : null;
  const hint = usual === null ? "CircleCI, Organization Settings, Overview" : `Enter: ${usual}`;
  return askUntil(
    `Organisation id (${hint}): `,
    (answer) => {
      const id = answer === "" && usual !== null ? usual : answer;
      check({ organizationId: id });
      return id;
    },
    asking,
  );
}

async function askProjects(
  seen: readonly SeenJobs[],
  asking: Asking,
): Promise<WholeSketch["projects"]> {
  const projects: ProjectDraft[] = [];
  await printLines(asking.io.stderr, seenLines(seen));
  const numbers = seen.length === 0 ? "" : "; or a number of these";
  const seenAt = (answer: string) => (/^\d+$/.test(answer) ? seen[Number(answer) - 1] : undefined);
  for (;;) {
    const rest = projects.length === 0 ? `or all for every project${numbers}` : "Enter: no more";
    const id = await askUntil(
      `Project id (CircleCI, Project Settings, Overview; ${rest}): `,
      (answer) => {
        const isDone = answer === "all" || (answer === "" && projects.length > 0);
        if (!isDone) check({ projects: [seenAt(answer)?.project ?? { id: answer }] });
        return answer;
      },
      asking,
    );
    if (id === "all") return "all";
    if (id === "") return projects;
    projects.push(seenAt(id)?.project ?? (await askProject(id, asking)));
  }
}

async function askProject(id: string, asking: Asking): Promise<ProjectDraft> {
  const origin = await askUntil(
    "Repository, such as github.com/acme/shop (Enter: any, builds of forks too): ",
    (answer) => {
      if (answer !== "") check({ projects: [{ id, origin: answer }] });
      return answer;
    },
    asking,
  );
  if (origin === "") return { id };
  const refs = await askUntil(
    "Branches, or refs such as refs/tags/v*, with blanks between (Enter: every one): ",
    (answer) => {
      const named = wordsIn(answer).map((word) =>
        word.startsWith("refs/") ? word : `refs/heads/${word}`,
      );
      if (named.length > 0) check({ projects: [{ id, origin, refs: named }] });
      return named;
    },
    asking,
  );
  return refs.length === 0 ? { id, origin } : { id, origin, refs };
}

function wordsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** Asks for each kind; one of which the account has nothing is skipped. */
async function askTargets(deploy: Sketch["deploy"], asking: Asking): Promise<Sketch["deploy"]> {
  const region = deploy.region ?? asking.clients.region;
  const chosen = new Map<string, readonly unknown[]>();
  for (const kind of kindNames) {
    const offer = await offerOf(asking.clients, region, kind);
    if (offer.kind === "names" && offer.names.length === 0) continue;
    const names = await askNames(kind, offer, asking);
    if (names.length > 0) chosen.set(kind, names);
  }
  return { ...deploy, ...Object.fromEntries(chosen) };
}

async function askNames(
  kind: (typeof kindNames)[number],
  offer: Offer,
  asking: Asking,
): Promise<readonly unknown[]> {
  const { noun } = targetKinds[kind];
  const offered = offer.kind === "names" ? offer.names : [];
  const rows = offered.map((name, index) => line(`${index + 1}  ${name}`, { indent: 2 }));
  if (rows.length > 0) await printLines(asking.io.stderr, [line(`${noun}:`), ...rows]);
  if (offer.kind === "unlisted" && offer.why !== null) await say(`${offer.why}.`, asking);
  const how = rows.length > 0 ? "numbers or names" : "names";
  return askUntil(
    `Which ${noun} may jobs deploy to? (${how}, with blanks between; Enter: none) `,
    (answer) => {
      const names = wordsIn(answer).map((word) => nameBy(word, offered));
      const entries = names.map((name) => (kind === "amplify" ? amplifyEntry(name) : name));
      if (entries.length > 0) check({ deploy: { [kind]: entries } });
      return entries;
    },
    asking,
  );
}

/**
 * The name that a number of the list stands for; one with branches behind it is a number too: `1:main`.
 *
 * @throws CommandError for a number that is not in the list: a slip, and hardly ever a name
 */
function nameBy(word: string, offered: readonly string[]): string {
  return word.replace(/^\d+(?=:|$)/, (number) => {
    const name = offered[Number(number) - 1];
    if (name !== undefined) return name;
    if (offered.includes(number)) return number;
    throw new CommandError(
      offered.length === 0
        ? `There is no list here that ${number} is from: write the name. An option takes a name of digits alone.`
        : `The list has no number ${number}: the last one is ${offered.length}.`,
    );
  });
}
