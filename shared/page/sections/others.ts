import type { AuditFinding } from "../../audit/findings.ts";
import type { PageData } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import { type Grade, instant, row, state, table } from "../shown.ts";

/** Who else trusts CircleCI in the account, as an audit finds it. */
export function othersSection({ unmanaged }: PageData): Html {
  const { findings, unread } = unmanaged;
  const note: Part =
    unread !== null &&
    html`<p>${state("warn", "Not known")}: the roles of the account could not be read (${unread}).</p>`;
  const found: Part =
    findings.length === 0
      ? unread === null && html`<p>${state("ok", "Nothing found")} in the whole account.</p>`
      : table({
          caption: "The worst first, of the whole account",
          label: "What an audit finds",
          heads: ["How bad", "What", "Found", "Next"],
          rows: findings.map(findingRow),
        });
  return html`<section aria-labelledby="others"><h2 id="others">Trust that nobody manages</h2>${note}${found}</section>`;
}

const grades = {
  critical: "bad",
  warning: "warn",
  info: "ok",
} as const satisfies Record<AuditFinding["severity"], Grade>;

function findingRow({ code, severity, subject, message, next }: AuditFinding): Html {
  return html`<tr><th scope="row">${state(grades[severity], severity)}</th><td><code>${subject}</code><br><span class="soft">${code}</span></td><td>${message}</td><td>${next}</td></tr>`;
}

/** Where the page comes from: the run that looked last, and what exactly is in force. */
export function proofSection(data: PageData): Html {
  const { heartbeat, environments, madeAt, madeBy, trail } = data;
  return html`<section aria-labelledby="proof"><h2 id="proof">What this page rests on</h2>
    <dl class="facts"><div><dt>Last run over all</dt><dd>${heartbeat === null ? "none" : html`<code>${heartbeat.runId}</code>`}</dd></div>
    <div><dt>It ended</dt><dd>${instant(heartbeat?.at ?? null)}</dd></div>
    <div><dt>CloudTrail read back to</dt><dd>${instant(trail.from)}</dd></div>
    <div><dt>This page</dt><dd>${instant(madeAt)}, oidc-reconciler ${madeBy}</dd></div></dl>
    ${table({
      caption:
        "The SHA-256 of each document in force: the text of that version has it, or it is another text",
      label: "Digests of what is in force",
      heads: ["Environment", "Version", "Digest of the text in force"],
      rows: environments.map((environment) =>
        row(
          environment,
          html`<th scope="row">${environment.name}</th><td>${environment.appliedVersion ?? "none"}</td><td>${environment.appliedDigest === null ? "none" : html`<code>${environment.appliedDigest}</code>`}</td>`,
        ),
      ),
    })}</section>`;
}
