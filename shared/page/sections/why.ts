import { beyondAws } from "../../explain/beyond-aws.ts";
import type { GapRow } from "../../projects/index.ts";
import type { PageData, PageEnvironment, PageTrust } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import type { Limits } from "../limits.ts";
import { countOf, lookFirst, row, state, table } from "../shown.ts";

/** So many statements of one policy have a sentence; the rest is counted. */
const statementsMax = 8;

/** So many names are listed in one cell. */
const namesMax = 30;

/** The trust in words, what it leaves loose, and what AWS does not enforce at all. */
export function whySection(data: PageData, { policies }: Limits): Html {
  const ordered = lookFirst(data.environments);
  const loose = ordered.filter(({ trust }) => trust.looseEnds.length + trust.undecided.length > 0);
  const ends: Part =
    loose.length === 0
      ? html`<p>${state("ok", "None")}: every pattern of every policy names what it lets in.</p>`
      : html`<ul class="plain ends">${loose.map(looseOf)}</ul>`;
  return html`<section aria-labelledby="why"><h2 id="why">Why: the trust explained</h2>
    ${table({
      caption: captionOf(ordered.length, policies),
      label: "Trust policies in words",
      heads: ["Environment", "Says", "Read from"],
      rows: ordered.slice(0, policies).map(trustRow),
    })}
    <h3>Loose ends</h3>${ends}
    <h3>What AWS does not enforce</h3>
    <p>AWS never sees these of a CircleCI job, so only a setting of CircleCI helps. Nobody has asked CircleCI for this page: <code>oidc-reconciler circleci check NAME</code> does.</p>
    ${table({
      caption: "Gaps, who closes them, and the setting that does",
      label: "What AWS does not enforce",
      heads: ["Gap", "Closed by", "Found", "Setting", "Environments"],
      rows: gapRows(data.environments),
    })}</section>`;
}

function captionOf(all: number, most: number): string {
  const says =
    "Each statement of each role's trust policy in words; all conditions of one have to hold";
  return all > most ? `${says}. The first ${most} of ${all} environments: the data has all` : says;
}

const sources = {
  role: "the role in IAM",
  document: "the version in force: the role could not be read",
  none: "nothing: it could not be read",
} as const satisfies Record<PageTrust["source"], string>;

function trustRow(environment: PageEnvironment): Html {
  const { statements, source } = environment.trust;
  const more = statements.length - statementsMax;
  const says: Part =
    statements.length === 0
      ? state("warn", "not known")
      : html`<ul>${statements.slice(0, statementsMax).map(statementOf)}${more > 0 && html`<li class="soft">and ${countOf(more, "more statement")}</li>`}</ul>`;
  return row(
    environment,
    html`<th scope="row">${environment.name}</th><td>${says}</td><td class="soft">${sources[source]}</td>`,
  );
}

function statementOf({
  effect,
  who,
  actions,
  conditions,
  nobody,
}: PageTrust["statements"][number]): Html {
  const may = effect === "Allow" ? "may call" : "may never call";
  const when: Part =
    conditions.length > 0 &&
    html`, if<ul class="if">${conditions.map((condition) => html`<li>${shortened(condition, who)}</li>`)}</ul>`;
  const dead: Part =
    nobody !== null && html`${state("warn", "nobody gets in by this")}: ${nobody}.`;
  return html`<li><strong>${effect}</strong>: ${who} ${may} ${actions}${when}${dead}</li>`;
}

/** Keys begin with the issuer, which is said before; our own dots take its place. */
function shortened(condition: string, who: string): Part {
  const at = condition.indexOf(":");
  const isIssuer = at > 0 && who.endsWith(`/${condition.slice(0, at)}`);
  return isIssuer ? html`<span class="soft">…</span>${condition.slice(at)}` : condition;
}

function looseOf({ name, trust }: PageEnvironment): Html {
  const ends = trust.looseEnds.map(
    ({ code, message, example }) =>
      html`<li>${state("warn", code)} ${message}${example !== null && html`<br><code>${example}</code>`}</li>`,
  );
  const open = trust.undecided.map(
    (message) => html`<li>${state("warn", "not decided")} ${message}</li>`,
  );
  return html`<li data-n="${name}"><strong>${name}</strong><ul class="plain">${ends}${open}</ul></li>`;
}

const enforcers = {
  aws: ["ok", "AWS"],
  circleci: ["ok", "CircleCI"],
  nobody: ["bad", "nobody"],
  unknown: ["warn", "not known"],
} as const satisfies Record<GapRow["enforcedBy"], readonly ["ok" | "warn" | "bad", string]>;

/** Each gap once for all environments in which it is the same. */
function gapRows(environments: readonly PageEnvironment[]): readonly Html[] {
  const found = environments.flatMap(({ name, trust }) =>
    trust.gaps.map((gap) => ({ name, gap, key: JSON.stringify(gap) })),
  );
  const groups = [...Map.groupBy(found, ({ key }) => key).values()];
  return groups.flatMap((group): Html[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { gap, enforcedBy, setting, fix } = first.gap;
    const [grade, word] = enforcers[enforcedBy];
    const names = group.slice(0, namesMax).map(({ name }) => name);
    const more = group.length - names.length;
    return [
      html`<tr><th scope="row">${gap}</th><td>${state(grade, word)}</td><td>${setting}</td><td>${beyondAws[gap]}${fix !== null && enforcedBy !== "aws" && html`<br><span class="soft">${fix}.</span>`}</td><td>${names.join(", ")}${more > 0 && ` and ${more} more`}</td></tr>`,
    ];
  });
}
