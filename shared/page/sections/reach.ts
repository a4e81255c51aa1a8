import type { PageAccess, PageData, PageEnvironment, PageProject, PageTarget } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import { countOf, instant, listOf, lookFirst, row, state, table } from "../shown.ts";
import { picturedMax, reachPicture } from "./reach-picture.ts";

/** So many projects and targets of one environment have a line; the rest is counted. */
const linesMax = 40;

/** Who can reach what: a picture, and the same as a table. */
export function reachSection({ environments }: PageData): Html {
  const ordered = lookFirst(environments);
  const pictured = ordered.filter(({ access }) => access.kind === "known").slice(0, picturedMax);
  const left = environments.length - pictured.length;
  const caption =
    left === 0
      ? "Long names are cut here; the table below has them whole."
      : `Of ${countOf(environments.length, "environment")} these ${pictured.length}, those that need a look first; the table below has all. Long names are cut here.`;
  return html`<section aria-labelledby="reach"><h2 id="reach">Who can reach what</h2>
    <p>By the version in force: the jobs of these projects and refs may assume the role, and the role may deploy to these targets.</p>
    ${pictured.length > 0 && html`<figure><div class="pic" role="region" aria-label="Picture of who can reach what" tabindex="0">${reachPicture(pictured)}</div><figcaption>${caption}</figcaption></figure>`}
    ${table({
      caption: "Projects and refs, the role they may assume, and what it may deploy to",
      label: "Projects, roles and targets",
      heads: ["Environment and role", "Jobs of", "Targets"],
      rows: ordered.map(reachRow),
    })}</section>`;
}

function reachRow(environment: PageEnvironment): Html {
  const { name, access } = environment;
  if (access.kind === "unknown") {
    return row(
      environment,
      html`<th scope="row">${name}</th><td colspan="2">${state("warn", "not known")}: it ${access.why}</td>`,
    );
  }
  return row(
    environment,
    html`<th scope="row">${name}<br><code>${access.role}</code></th><td>${jobsOf(access)}</td><td>${targetsOf(access.targets)}</td>`,
  );
}

function jobsOf({ projects, organization }: Extract<PageAccess, { kind: "known" }>): Part {
  if (projects === "all") {
    return html`${state("warn", "every project")} of organisation <code>${organization}</code>`;
  }
  return limited(projects.map(projectLine));
}

function projectLine({ id, origin, refs, until, hasEnded }: PageProject): Html {
  const where: Part =
    origin === null
      ? html`<strong>any repository</strong>, forks among them`
      : html`<strong>${origin}</strong>`;
  const which: Part =
    refs.length === 0
      ? "every branch and tag"
      : refs.map((ref, at) => html`${at > 0 && ", "}<code>${ref}</code>`);
  const ends: Part =
    until !== null && html`<br>${hasEnded ? state("warn", "ended") : "ends"} ${instant(until)}`;
  return html`${where}<br>${which}<br><span class="soft">project <code>${id}</code></span>${ends}`;
}

function targetsOf(targets: readonly PageTarget[]): Part {
  if (targets.length === 0) return "nothing yet";
  return limited(
    targets.map(({ noun, name, may, arn }) => {
      const words: Part = may !== "" && html`<span class="soft"> (${may})</span>`;
      const lost: Part = arn === null && html`<br>${state("bad", "not found")}`;
      return html`${noun} <strong>${name}</strong>${words}${lost}`;
    }),
  );
}

function limited(lines: readonly Html[]): Html {
  const more = lines.length - linesMax;
  return listOf(
    more > 0 ? [...lines.slice(0, linesMax), `and ${more} more, which are in the data`] : lines,
  );
}
