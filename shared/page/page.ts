import { createHash } from "node:crypto";
import type { PageData } from "./data.ts";
import { constant, type Html, html, htmlText } from "./html.ts";
import { bytesMax, type Limits, tight, usual } from "./limits.ts";
import { script } from "./script.ts";
import { maySection } from "./sections/may.ts";
import { othersSection, proofSection } from "./sections/others.ts";
import { pastSection } from "./sections/past.ts";
import { reachSection } from "./sections/reach.ts";
import { safeSection } from "./sections/safe.ts";
import { whySection } from "./sections/why.ts";
import { instant } from "./shown.ts";
import { style } from "./style.ts";

/**
 * The policy of the page: nothing is fetched, nothing is sent, and of scripts and styles only our own
 * run, by their hashes. https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/**
 * The whole page as one file, from its data object alone. The same object gives the same bytes. Where
 * it would be too long, its tables are shorter.
 */
export function pageOf(data: PageData): string {
  const whole = pageWithin(data, usual);
  return Buffer.byteLength(whole) <= bytesMax ? whole : pageWithin(data, tight);
}

function pageWithin(data: PageData, limits: Limits): string {
  const { account, region, madeAt } = data;
  const page = html`${head(data)}<body><a class="skip" href="#main">Skip to the page</a>
    <header><h1>Who can deploy from CircleCI</h1>
      <p class="soft">AWS account <strong>${account}</strong>, ${region}, as it was on ${instant(madeAt)}</p>${tools}
      <nav aria-label="Sections"><ul>${sections}</ul></nav></header>
    <main id="main" tabindex="-1">${safeSection(data)}${reachSection(data)}${pastSection(data, limits)}${whySection(data, limits)}${maySection(data, limits)}${othersSection(data)}${proofSection(data)}</main>
    <footer><p>Made by oidc-reconciler ${data.madeBy}. Nothing on this page is fetched, and no link leaves it. A character that would hide, or that only looks like another, is underlined with dots.</p></footer>
    ${constant(`<script>${script}</script>`)}</body></html>`;
  return `${htmlText(page)}\n`;
}

function head({ account, madeAt }: PageData): Html {
  return html`${constant("<!doctype html>")}<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${constant(policy)}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><title>Who can deploy from CircleCI: account ${account}, ${madeAt.slice(0, 10)}</title>${constant(`<style>${style}</style>`)}</head>`;
}

/** Shown by the script, since they do nothing without it. */
const tools = html`<div class="tools" id="tools" hidden>
  <label>Environment <input type="search" id="find" autocomplete="off" spellcheck="false"></label>
  <label><input type="checkbox" id="only"> only those that need a look</label>
  <button type="button" id="theme">Theme</button>
  <span id="said" role="status"></span></div>`;

const sections = html`<li><a href="#safe">Is it safe now?</a></li><li><a href="#reach">Who can reach what</a></li><li><a href="#past">What happened</a></li><li><a href="#why">Why</a></li><li><a href="#may">What jobs may do</a></li><li><a href="#others">Trust nobody manages</a></li><li><a href="#proof">What it rests on</a></li>`;
