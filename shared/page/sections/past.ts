import type { PageData, PageEnvironment, PageOpening, PageVerdict, PageVersion } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import type { Limits } from "../limits.ts";
import { countOf, type Grade, instant, lasted, row, shortWho, state, table } from "../shown.ts";
import { pastPicture, pastPicturedMax, picturedPast } from "./past-picture.ts";

type Happening = { readonly at: string | null; readonly cells: Html };

/** The time line: versions, who put them, what they changed, approvals, and what was opened beside them. */
export function pastSection(data: PageData, { events: rowsMax }: Limits): Html {
  const happenings = data.environments.flatMap((environment) =>
    happeningsOf(environment, data).map((each) => ({ ...each, environment })),
  );
  const ordered = happenings.toSorted((left, right) => timeOf(right) - timeOf(left));
  const left = ordered.length - rowsMax;
  const pictured = picturedPast(data);
  return html`<section aria-labelledby="past"><h2 id="past">What happened</h2>${unknownNote(data)}
    ${
      pictured.length > 0 &&
      html`<figure><div class="pic" role="region" aria-label="Picture of the time line" tabindex="0">${pastPicture(pictured, data)}</div>
      <figcaption>Above the line of an environment its versions: <span aria-hidden="true">◆</span> first, <span aria-hidden="true">▲</span> admits or grants more, <span aria-hidden="true">▼</span> less, <span aria-hidden="true">■</span> both, <span aria-hidden="true">●</span> the same or not known. A frame is a version that waited for approval, a full bar something that was open outside of the documents. In the grey nothing is known of openings.${data.environments.length > pastPicturedMax && html` Of ${data.environments.length} environments those with the latest events.`}</figcaption></figure>`
    }
    ${table({
      caption:
        left > 0
          ? `The newest ${rowsMax} of ${ordered.length} events; the data has all`
          : "The newest first",
      label: "Time line",
      heads: ["When", "Environment", "What", "Who", "Change"],
      rows: ordered.slice(0, rowsMax).map(({ environment, cells }) => row(environment, cells)),
    })}</section>`;
}

function timeOf({ at }: Happening): number {
  return at === null ? 0 : Date.parse(at) || 0;
}

/** What nothing keeps is said to be unknown. */
function unknownNote({ trail, environments }: PageData): Html {
  const from =
    trail.from === null
      ? html`${state("warn", "Not known")}: what was opened beside the documents, and who approved what (${trail.stopped ?? ""}).`
      : html`Before ${instant(trail.from)} it is not known what was opened beside the documents, for how long, or who approved what${trail.stopped !== null && html` (${trail.stopped})`}.`;
  const unread = environments.filter(({ history }) => history.unread !== null);
  const [first] = unread;
  const older = environments.reduce((sum, { history }) => sum + history.olderVersions, 0);
  return html`<p>Parameter Store keeps the last hundred versions of a document and CloudTrail ninety days; what was before is unknown. ${from} Whether a version that is no longer the newest was once held is known only where CloudTrail saw its approval.</p>
    ${first !== undefined && html`<p>${state("warn", "Not known")}: the versions of ${countOf(unread.length, "environment")} could not be read: ${first.history.unread}.</p>`}
    ${older > 0 && html`<p>${countOf(older, "older version")} in Parameter Store ${older === 1 ? "is" : "are"} not on this page: <code>oidc-reconciler history NAME</code> lists them.</p>`}`;
}

function happeningsOf(environment: PageEnvironment, data: PageData): readonly Happening[] {
  const { name, history } = environment;
  return [
    ...history.versions.flatMap((version) => versionRows(name, version)),
    ...history.openings.map((opening) => openingRow(name, opening, data)),
  ];
}

function versionRows(name: string, version: PageVersion): readonly Happening[] {
  const { at, by, approval } = version;
  const put = {
    at,
    cells: html`<td>${instant(at)}</td><th scope="row">${name}</th><td>version ${version.version}, ${stateOf(version)}</td><td>${shortWho(by)}</td><td>${changeOf(version)}</td>`,
  };
  if (approval === null) return [put];
  const held = approval.at === null || at === null ? null : waitOf(at, approval.at);
  const approved = {
    at: approval.at ?? at,
    cells: html`<td>${instant(approval.at)}</td><th scope="row">${name}</th><td>version ${version.version} ${state("ok", "approved")}</td><td>${shortWho(approval.by)}</td><td>${held !== null && html`it had waited ${held}`}</td>`,
  };
  return [approved, put];
}

function waitOf(put: string, approved: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(approved) - Date.parse(put)) / 60_000));
  return minutes < 120 ? countOf(minutes, "minute") : countOf(Math.round(minutes / 60), "hour");
}

function stateOf({ state: found }: PageVersion): Part {
  switch (found) {
    case "applied":
      return state("ok", "applied");
    case "held":
      return state("warn", "held");
    case "pending":
      return state("warn", "not judged yet");
    case "invalid":
      return state("bad", "not valid");
    case "older":
      return "older";
    default:
      return found satisfies never;
  }
}

const verdicts = {
  first: ["ok", "first document"],
  widened: ["warn", "widens"],
  narrowed: ["ok", "narrows"],
  changed: ["warn", "widens and narrows"],
  same: ["ok", "the same access"],
  unknown: ["warn", "not known"],
} as const satisfies Record<PageVerdict, readonly [Grade, string]>;

/** So many sentences of one version have a line. */
const sentencesMax = 8;

function changeOf({ verdict, gained, lost, other, problems }: PageVersion): Html {
  const [grade, word] = verdicts[verdict];
  const lines: readonly Html[] = [
    ...gained.map((words) => html`<li>+ ${words}</li>`),
    ...lost.map((words) => html`<li>− ${words}</li>`),
    ...other.map((words) => html`<li>~ ${words}</li>`),
    ...problems.map((words) => html`<li>${words}</li>`),
  ];
  const more = lines.length - sentencesMax;
  return html`${state(grade, word)}${lines.length > 0 && html`<ul>${lines.slice(0, sentencesMax)}${more > 0 && html`<li class="soft">and ${more} more</li>`}</ul>`}`;
}

function openingRow(name: string, opening: PageOpening, data: PageData): Happening {
  const { openedAt, by, closedAt, closedBy, says } = opening;
  const how = lasted(opening, data);
  const until: Part =
    closedAt !== null && html`<br><span class="soft">closed by ${shortWho(closedBy)}</span>`;
  return {
    at: openedAt,
    cells: html`<td>${instant(openedAt)}</td><th scope="row">${name}</th><td>${state("bad", "opened")}, ${how}${until}</td><td>${shortWho(by)}</td><td>${says}</td>`,
  };
}
