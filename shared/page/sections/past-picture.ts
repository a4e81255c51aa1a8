import type { PageData, PageEnvironment, PageHistory, PageVerdict } from "../data.ts";
import { type Html, html, type Part, svg } from "../html.ts";
import { type Scale, timeScale } from "../scale.ts";
import { cut } from "../shown.ts";

/** More rows than this make no picture that anybody reads. */
export const pastPicturedMax = 40;

const rowHeight = 34;
const labelWidth = 190;
const width = 780;
const head = 30;

/** The environments of the picture: those of which something is known, the latest events first. */
export function picturedPast({ environments }: PageData): readonly PageEnvironment[] {
  const latest = ({ history }: PageEnvironment) => Math.max(0, ...instantsIn(history));
  return environments
    .filter(({ history }) => instantsIn(history).length > 0)
    .toSorted((left, right) => latest(right) - latest(left))
    .slice(0, pastPicturedMax);
}

/** Versions, holds and openings of each environment over time, drawn as SVG. */
export function pastPicture(environments: readonly PageEnvironment[], data: PageData): Html {
  const now = Date.parse(data.madeAt);
  const from = data.trail.from === null ? null : Date.parse(data.trail.from);
  const first = Math.min(...environments.flatMap(({ history }) => instantsIn(history)));
  const scale = timeScale(first - (now - first) * 0.02, now, width);
  const height = head + environments.length * rowHeight + 6;
  const unknown = from === null ? width : scale.x(from);
  const ticks = scale.ticks.map(
    ({ x, label }) =>
      svg`<path class="g" d="M${labelWidth + x} ${head - 6}V${height}"/><text class="l" text-anchor="middle" x="${labelWidth + x}" y="14">${label}</text>`,
  );
  const rows = environments.map((environment, at) =>
    rowOf(environment, head + at * rowHeight + rowHeight / 2, scale),
  );
  return html`<svg viewBox="0 0 1000 ${height}" role="img" aria-label="Time line of ${environments.length} environments; the table below says the same">
    ${unknown > 0 && svg`<rect class="no" x="${labelWidth}" y="${head - 6}" width="${unknown}" height="${height - head + 6}"/>`}${ticks}${rows}</svg>`;
}

function instantsIn({ versions, openings }: PageHistory): readonly number[] {
  const texts = [...versions.map(({ at }) => at), ...openings.map(({ openedAt }) => openedAt)];
  return texts.flatMap((text) => (text === null ? [] : Date.parse(text) || []));
}

function rowOf({ name, history, held }: PageEnvironment, y: number, scale: Scale): Html {
  const x = (at: string | number) =>
    labelWidth + scale.x(typeof at === "number" ? at : Date.parse(at));
  const holds = history.versions.flatMap(({ version, at, approval }): Part[] => {
    const isHeld = held?.version === version;
    const until = approval?.at ?? (isHeld ? scale.to : null);
    if (at === null || until === null) return [];
    const wide = Math.max(5, x(until) - x(at));
    return [svg`<rect class="hold" x="${x(at)}" y="${y - 8}" width="${wide}" height="16" rx="3"/>`];
  });
  const openings = history.openings.map(({ openedAt, closedAt }) => {
    const wide = Math.max(4, x(closedAt ?? scale.to) - x(openedAt));
    return svg`<rect class="tb" x="${x(openedAt)}" y="${y + 3}" width="${wide}" height="6"/>`;
  });
  const versions = history.versions.flatMap(({ at, verdict }) =>
    at === null ? [] : [mark(verdict, x(at), y - 2)],
  );
  return svg`<g><title>${name}</title><text x="8" y="${y + 4}">${cut(name, 27)}</text><path class="g" d="M${labelWidth} ${y}H${labelWidth + width}"/>${holds}${openings}${versions}</g>`;
}

function mark(verdict: PageVerdict, x: number, y: number): Html {
  switch (verdict) {
    case "first":
      return svg`<path class="ta" d="M${x} ${y - 6}l6 6l-6 6l-6 -6z"/>`;
    case "widened":
      return svg`<path class="tw" d="M${x} ${y - 7}l6 11h-12z"/>`;
    case "narrowed":
      return svg`<path class="to" d="M${x} ${y + 6}l6 -11h-12z"/>`;
    case "changed":
      return svg`<path class="tw" d="M${x - 5} ${y - 5}h10v10h-10z"/>`;
    case "same":
    case "unknown":
      return svg`<circle class="ta" cx="${x}" cy="${y}" r="4"/>`;
    default:
      return verdict satisfies never;
  }
}
