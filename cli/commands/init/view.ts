import {
  type Direction,
  describeWitness,
  mayWiden,
  type PermissionWitness,
  type TrustComparison,
  type Witness,
} from "../../../shared/compare/index.ts";
import { indented, type Line, line, type Tone } from "../../../shared/report/layout.ts";
import { changeLines, wideningLines } from "../../../shared/report/render.ts";
import type { Report, ReportedChange, ReportedWidening } from "../../../shared/report/report.ts";
import type { Takeover } from "../../../shared/takeover/comparison.ts";
import { capital } from "../../../shared/takeover/role.ts";
import { approvedLines } from "../../../shared/versions/approval-lines.ts";

/** The document, and behind it as comments what it would change: all of it can be saved as a file. */
export function documentLines(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split("\n")
    .map((row) =>
      row.startsWith("# ")
        ? comment(line(row.slice(2), { tone: "quiet" }))
        : line(row, { whole: true }),
    );
}

/** What the document admits and grants, held against a role. */
export function takeoverLines(takeover: Takeover, roleName: string): readonly Line[] {
  const { trust, permissions, notCarried, notes } = takeover;
  return comments([
    line(`Compared with role ${roleName} today:`, { tone: "title" }),
    ...trustLines(trust, roleName),
    ...permissionLines(permissions),
    ...list("Not carried over:", notCarried, "warning"),
    ...list("A run that applies it also does this:", notes, "plain"),
  ]);
}

function trustLines({ widening, narrowing }: TrustComparison, roleName: string): readonly Line[] {
  const says = (witness: Witness) => `for example ${describeWitness(witness, roleName)}`;
  return [
    ...wayLines(widening, { title: "more may get in", tone: "bad", says }),
    ...wayLines(narrowing, { title: "fewer may get in", tone: "warning", says }),
    ...sameLines("who gets in", [widening, narrowing]),
  ];
}

function permissionLines({ widening, narrowing }: Takeover["permissions"]): readonly Line[] {
  const says = ({ action, resource, context }: PermissionWitness) => {
    const keys = Object.entries(context).map(([key, values]) => `${key} = ${values.join(", ")}`);
    return `for example ${action} on ${resource}${keys.length === 0 ? "" : ` with ${keys.join(", ")}`}`;
  };
  return [
    ...wayLines(widening, { title: "jobs may do more", tone: "bad", says }),
    ...wayLines(narrowing, { title: "jobs may do less", tone: "warning", says }),
    ...sameLines("what jobs may do", [widening, narrowing]),
  ];
}

type Way<Proof> = {
  readonly title: string;
  readonly tone: Tone;
  readonly says: (witness: Proof) => string;
};

function wayLines<Proof>(
  direction: Direction<Proof>,
  { title, tone, says }: Way<Proof>,
): readonly Line[] {
  switch (direction.kind) {
    case "disproved":
      return [];
    case "proved": {
      const nobody = direction.possible === false ? ", though nobody is known to ask for it" : "";
      const text = `${capital(title)}${nobody}: ${says(direction.witness)}.`;
      return [line(text, { indent: 2, tone: nobody === "" ? tone : "plain" })];
    }
    case "open":
      return [
        line(`It is not decided whether ${title}:`, { indent: 2, tone }),
        ...direction.reasons.map(({ message }) => line(message, { indent: 4 })),
      ];
    default:
      return direction satisfies never;
  }
}

function sameLines(what: string, ways: readonly Direction<unknown>[]): readonly Line[] {
  if (ways.some(mayWiden)) return [];
  return [line(`${capital(what)} is the same.`, { indent: 2, tone: "good" })];
}

function list(title: string, texts: readonly string[], tone: Tone): readonly Line[] {
  if (texts.length === 0) return [];
  return [
    line(title, { tone: "title" }),
    ...texts.map((text) => line(`${text}.`, { indent: 2, mark: "-", tone })),
  ];
}

/**
 * What runs would do by the document.
 *
 * @param then once it is approved; null where it is not held, or nobody knows
 */
export function runLines(report: Report, then: Report | null): readonly Line[] {
  const [first] = report.environments;
  if (first === undefined) return [];
  if (first.outcome !== "held") {
    const { changes, errors } = first;
    const makes = changes.length === 1 ? "makes 1 change" : `makes ${changes.length} changes`;
    return comments([
      line(
        `A run by it ends with ${first.outcome} and ${makes}${changes.length === 0 ? "." : ":"}`,
        {
          tone: "title",
        },
      ),
      ...indented(changes.map(shortLine), 2),
      ...errors.map(({ code, message }) =>
        line(`${code}: ${message}.`, { indent: 2, mark: "✗", tone: "bad" }),
      ),
    ]);
  }
  const [later] = then?.environments ?? [];
  return comments([
    line("Somebody must approve it first:", { tone: "title" }),
    ...indented(first.widenings.filter(isShown).flatMap(wideningLines), 2),
    ...(later === undefined ? [] : approvedLines(later)),
  ]);
}

/** A first document is held whether it admits something new or not. */
function isShown({ admitted, says = [], undecided }: ReportedWidening): boolean {
  return admitted !== null || says.length + undecided.length > 0;
}

/** A role that the document names, and that was there before it; null where it would be created. */
export function existingRole({ environments }: Report): string | null {
  const changes = environments.flatMap((environment) => environment.changes);
  const found = changes.find(({ resource, action }) => resource === "role" && action !== "create");
  const isCreated = changes.some(
    ({ resource, action }) => resource === "role" && action === "create",
  );
  return found === undefined || isCreated ? null : found.id.slice(found.id.lastIndexOf("/") + 1);
}

/** What is written and why; the plan of the document shows each change whole. */
function shortLine(change: ReportedChange): Line {
  const [title = line(change.action)] = changeLines(change);
  return { ...title, text: `${title.text}: ${change.reason}` };
}

/** Comments of YAML. */
export function comments(lines: readonly Line[]): readonly Line[] {
  return lines.map(comment);
}

function comment(of: Line): Line {
  return { ...of, comment: true };
}
