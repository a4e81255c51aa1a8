import type { PageAccess, PageEnvironment, PageProject, PageTarget } from "../data.ts";
import { type Html, html, type Part, svg } from "../html.ts";
import { type Edge, type Layers, layered, type Node } from "../layers.ts";
import { cut } from "../shown.ts";

/** More roles than this make no picture that anybody reads. */
export const picturedMax = 40;

/** A box of the picture: two lines of text in one of three columns. */
type Box = Node & {
  readonly title: string;
  readonly line: string;
  readonly look: "plain" | "role" | "open" | "lost";
};

type Line = Edge & { readonly look: "plain" | "dim" | "lost" };

const lefts = [8, 372, 664];
const widths = [290, 218, 328];
const signs = [45, 33, 51];
const boxHeight = 42;

/** Projects and refs, roles, targets: three columns, drawn as SVG that needs no script and no style of its own. */
export function reachPicture(environments: readonly PageEnvironment[]): Html {
  const boxes = new Map<string, Box>();
  const lines = new Map<string, Line>();
  for (const [at, { name, access }] of environments.entries()) {
    if (access.kind === "known") addEnvironment({ at, name, access }, boxes, lines);
  }
  const layers = layered([...boxes.values()], [...lines.values()]);
  const height = layers.height + 46;
  const roles = [...boxes.values()].filter(({ column }) => column === 1).length;
  return html`<svg viewBox="0 0 1000 ${height}" role="img" aria-label="Picture of ${roles} roles, the projects that may assume them and their targets; the table below says the same">
    ${heads}${[...lines.values()].map((line) => lineOf(line, layers))}${[...boxes.values()].map((box) => boxOf(box, layers))}</svg>`;
}

const heads = svg`<text class="l" x="8" y="18">PROJECTS AND REFS</text><text class="l" x="372" y="18">ENVIRONMENT AND ROLE</text><text class="l" x="664" y="18">TARGETS</text>`;

type Known = Extract<PageAccess, { readonly kind: "known" }>;

function addEnvironment(
  { at, name, access }: { readonly at: number; readonly name: string; readonly access: Known },
  boxes: Map<string, Box>,
  lines: Map<string, Line>,
): void {
  const role = `role ${at}`;
  add(boxes, { key: role, column: 1, title: name, line: access.role, look: "role" });
  const projects =
    access.projects === "all"
      ? [everyProject(access.organization)]
      : access.projects.map((project) => projectBox(project));
  for (const { box, ended } of projects) {
    add(boxes, box);
    lines.set(`${box.key} ${role}`, { from: box.key, to: role, look: ended ? "dim" : "plain" });
  }
  for (const target of access.targets) {
    const box = targetBox(target, at);
    add(boxes, box);
    const look = target.arn === null ? "lost" : "plain";
    lines.set(`${role} ${box.key}`, { from: role, to: box.key, look });
  }
}

function add(boxes: Map<string, Box>, box: Omit<Box, "height">): void {
  if (!boxes.has(box.key)) boxes.set(box.key, { ...box, height: boxHeight });
}

type Source = { readonly box: Omit<Box, "height">; readonly ended: boolean };

function everyProject(organization: string): Source {
  const box = {
    key: `every ${organization}`,
    column: 0,
    title: "every project",
    line: `of organisation ${organization}`,
    look: "open",
  } as const;
  return { box, ended: false };
}

function projectBox({ id, origin, refs, hasEnded }: PageProject): Source {
  const which = refs.length === 0 ? "every branch and tag" : refs.join(", ");
  const box = {
    key: `project ${JSON.stringify([id, origin, refs])}`,
    column: 0,
    title: origin ?? `any repository of ${id}`,
    line: hasEnded ? `ended; ${which}` : which,
    look: origin === null ? "open" : "plain",
  } as const;
  return { box, ended: hasEnded };
}

function targetBox({ noun, name, arn }: PageTarget, at: number): Omit<Box, "height"> {
  return {
    key: arn === null ? `lost ${at} ${noun} ${name}` : `arn ${arn}`,
    column: 2,
    title: name,
    line: arn === null ? `not found: ${noun}` : noun,
    look: arn === null ? "lost" : "plain",
  };
}

/** A shape of ours comes with the look of a box, so that no text of strangers can play it. */
const boxClass = { plain: "n", role: "n role", open: "n open", lost: "n lost" } as const;
const lineClass = { plain: "e", dim: "e dim", lost: "e lost" } as const;

function boxOf({ key, column, title, line, look }: Box, { places }: Layers): Html {
  const top = (places.get(key)?.top ?? 0) + 30;
  const [left = 0, width = 0, max = 0] = [lefts[column], widths[column], signs[column]];
  return svg`<g><title>${title}: ${line}</title><rect class="${boxClass[look]}" x="${left}" y="${top}" width="${width}" height="${boxHeight}" rx="5"/><text class="h" x="${left + 10}" y="${top + 18}">${look === "open" && svg`▲ `}${cut(title, max - 5)}</text><text class="l" x="${left + 10}" y="${top + 33}">${look === "lost" && svg`✕ `}${cut(line, max)}</text></g>`;
}

function lineOf({ from, to, look }: Line, { places }: Layers): Part {
  const [start, end] = [places.get(from), places.get(to)];
  if (start === undefined || end === undefined) return null;
  const isFirst = to.startsWith("role ");
  const [x1, x2] = isFirst ? [298, 372] : [590, 664];
  const middle = (x1 + x2) / 2;
  const [y1, y2] = [start.middle + 30, end.middle + 30];
  return svg`<path class="${lineClass[look]}" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
}
