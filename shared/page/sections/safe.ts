import { conditionNames } from "../../plan/status.ts";
import { durationText } from "../../report/overview-lines.ts";
import type { PageData, PageEnvironment } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import {
  countOf,
  type Grade,
  instant,
  isOpen,
  isUnknown,
  lookFirst,
  needsLook,
  row,
  shapeOf,
  state,
  table,
} from "../shown.ts";

/** Is it safe now? The answer in one sentence, then the heartbeat, each environment, what is held. */
export function safeSection(data: PageData): Html {
  const { environments } = data;
  const held = environments.filter((each) => each.held !== null);
  return html`<section aria-labelledby="safe"><h2 id="safe">Is it safe now?</h2>
    ${verdictOf(data)}${facts(data)}${spoiltNote(data)}
    ${table({
      caption: "Every environment, those that need a look first",
      label: "State of each environment",
      heads: ["Environment", "State", "In force", "Conditions"],
      rows: lookFirst(environments).map(environmentRow),
    })}
    ${held.length > 0 && html`<h3>Held: waiting for a person</h3>${held.map(holdCard)}`}</section>`;
}

type Verdict = { readonly grade: Grade; readonly says: string };

function verdictOf(data: PageData): Html {
  const { grade, says } = overall(data);
  return html`<p class="big ${grade}"><span class="${grade}" aria-hidden="true">${shapeOf(grade)}</span><span>${says}</span></p>`;
}

/** The worst of what is known decides. */
function overall({ environments, isStale, heartbeat, spoilt }: PageData): Verdict {
  const open = environments.filter(isOpen).length;
  const unknown = environments.filter(isUnknown).length;
  const waiting = environments.filter(needsLook).length;
  if (open > 0) {
    const count = `${countOf(open, "environment")} ${open === 1 ? "lets" : "let"}`;
    return { grade: "bad", says: `No. ${count} in, or may let in, what no document asks for.` };
  }
  if (heartbeat === null || isStale) {
    const says =
      "Not known. No run has looked at the environments lately: nothing is being corrected.";
    return { grade: "bad", says };
  }
  if (environments.length === 0) {
    return { grade: "warn", says: "There is no environment: nothing is watched here." };
  }
  if (unknown > 0) {
    const says = `Not known for ${unknown} of ${countOf(environments.length, "environment")}: no run could say yet what the role lets in.`;
    return { grade: "bad", says };
  }
  if (waiting > 0 || spoilt.length > 0) {
    const says = `Yes, as far as it is watched: nothing is open that no document asks for. ${countOf(waiting, "environment")} of ${environments.length} ${waiting === 1 ? "needs" : "need"} a look.`;
    return { grade: "warn", says };
  }
  const all =
    environments.length === 1
      ? "The environment is"
      : `All ${countOf(environments.length, "environment")} are`;
  return { grade: "ok", says: `Yes. ${all} in force as written, and nothing waits for a person.` };
}

function isFalse(condition: { readonly status: boolean } | undefined): boolean {
  return condition?.status === false;
}

function facts(data: PageData): Html {
  const { heartbeat, environments, isStale, staleAfterMinutes } = data;
  const beat: Part =
    heartbeat === null
      ? state("bad", "no run over all environments yet")
      : state(isStale ? "bad" : "ok", `${durationText(heartbeat.ageSeconds)} before`);
  const outcomes = Object.entries(heartbeat?.outcomes ?? {})
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ");
  const held = environments.filter(({ held }) => held !== null).length;
  return html`<dl class="facts">
    <div><dt>Last run, at most ${staleAfterMinutes} min ago</dt><dd>${beat}</dd></div>
    <div><dt>What it found</dt><dd>${outcomes === "" ? "not known" : outcomes}</dd></div>
    <div><dt>Environments</dt><dd>${environments.length}</dd></div>
    <div><dt>Need a look</dt><dd>${environments.filter(needsLook).length}</dd></div>
    <div><dt>Held versions</dt><dd>${held}</dd></div></dl>`;
}

function spoiltNote({ spoilt }: PageData): Part {
  if (spoilt.length === 0) return null;
  return html`<p>${state("bad", "Not written by the reconciler")}: ${spoilt.map((name) => html`<code>${name}</code> `)}</p>`;
}

function environmentRow(environment: PageEnvironment): Html {
  const { grade, says } = stateOf(environment);
  return row(
    environment,
    html`<th scope="row">${environment.name}</th><td>${state(grade, says)}</td><td>${inForceText(environment)}</td><td>${conditionsOf(environment)}</td>`,
  );
}

function stateOf(environment: PageEnvironment): Verdict {
  const { conditions, version, held, mode } = environment;
  if (isOpen(environment)) return { grade: "bad", says: "open" };
  if (version === null) return { grade: "warn", says: "orphaned" };
  if (Object.keys(conditions).length === 0) return { grade: "warn", says: "not looked at yet" };
  if (held !== null) return { grade: "warn", says: held.isApproved ? "approved" : "held" };
  if (mode === "observe" || mode === "suspend") return { grade: "warn", says: mode };
  if (isFalse(conditions.Ready)) return { grade: "bad", says: "not ready" };
  return needsLook(environment)
    ? { grade: "warn", says: "needs a look" }
    : { grade: "ok", says: "ready" };
}

function inForceText({ version, appliedVersion }: PageEnvironment): string {
  if (appliedVersion === null) return "nothing";
  if (version === null) return `version ${appliedVersion}, document removed`;
  return version === appliedVersion
    ? `version ${appliedVersion}`
    : `version ${appliedVersion} of ${version}`;
}

function conditionsOf({ conditions }: PageEnvironment): Part {
  const known = conditionNames.filter((name) => conditions[name] !== undefined);
  const wrong = known.filter((name) => isFalse(conditions[name]));
  if (known.length === 0) return "none yet";
  if (wrong.length === 0) return html`<span class="soft">all ${known.length} hold</span>`;
  return html`<ul>${wrong.map((name) => {
    const { reason = "", message = "", since = null } = conditions[name] ?? {};
    return html`<li><strong>${name}</strong> is false: ${message} <span class="soft">(${reason}, since ${instant(since)})</span></li>`;
  })}</ul>`;
}

function holdCard(environment: PageEnvironment): Part {
  const { name, held } = environment;
  if (held === null) return null;
  const next = held.isApproved
    ? "It is approved: the next run applies it."
    : html`Nobody has approved it. Look at it and decide: <code>oidc-reconciler approve ${name}</code>`;
  return html`<div class="card" data-n="${name}" data-w=""><h4>${name}, version ${held.version}</h4>
    <ul class="plain">${held.says.map((words) => html`<li><span aria-hidden="true">+ </span>${words}</li>`)}</ul>
    ${held.example !== null && html`<p class="soft">For example, ${held.example}.</p>`}<p>${next}</p></div>`;
}
