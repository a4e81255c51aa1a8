/**
 * Looks at pages of 1, 30 and 1,000 environments in Chromium, as `npm run page`: axe's rules at two
 * widths and in both themes, no request, no error, no text of strangers that runs. With `-- --pictures`
 * it makes the pictures in `docs/pictures/`. It needs a Chromium on the path, or named by
 * `CHROMIUM`: on Debian, `apt-get install chromium`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pageOf } from "../../shared/page/page.ts";
import { findChromium, openBrowser, type Tab, type View } from "./browser.ts";
import { axeSource, type Look, lookAt } from "./look.ts";
import { generatedPage } from "./sample-page.ts";
import { hostileTexts, pageWith } from "./strangers.ts";

const pictures = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const views: readonly View[] = (["light", "dark"] as const).flatMap((theme) =>
  [1200, 320].map((width) => ({ width, theme, policy: "kept", scripts: "on" }) as const),
);

function isClean({ violations, overflow, requests, errors, fired }: Look): boolean {
  return (
    [violations, requests, errors].every(({ length }) => length === 0) && overflow + fired === 0
  );
}

/** Axe looks at every element: over a thousand environments that takes minutes, so there without. */
async function lookAtSizes(tab: Tab, folder: string, axe: string | null): Promise<boolean> {
  let clean = true;
  for (const count of [1, 30, 1000]) {
    const text = pageOf(generatedPage(count));
    for (const view of views) {
      const started = performance.now();
      const look = await lookAt(tab, { text, folder, view }, count > 100 ? null : axe);
      const ms = Math.round(performance.now() - started);
      const paint = await tab.evaluate(
        "Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)",
      );
      const loaded = await tab.evaluate(
        "Math.round(performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd)",
      );
      console.log(
        `${count} environments, ${view.width} px, ${view.theme}: ${Buffer.byteLength(text)} bytes, ${look.elements} elements, read after ${loaded} ms, painted after ${paint} ms, all in ${ms} ms`,
      );
      if (isClean(look)) continue;
      clean = false;
      console.error(look);
    }
  }
  return clean;
}

const hostileEnvironments = 170;

async function lookAtStrangers(tab: Tab, folder: string): Promise<boolean> {
  let clean = true;
  for (const policy of ["kept", "bypassed"] as const) {
    const view = { width: 1200, theme: "light", policy, scripts: "on" } as const;
    const look = (text: string) => lookAt(tab, { text, folder, view }, null);
    const plain = await look(pageOf(pageWith(hostileEnvironments, () => "text")));
    const next = hostileTexts(7);
    let texts = 0;
    const strange = await look(
      pageOf(
        pageWith(hostileEnvironments, () => {
          texts += 1;
          return next();
        }),
      ),
    );
    const isSame = JSON.stringify(plain) === JSON.stringify(strange);
    console.log(`${texts} texts of strangers, policy ${policy}: ${strange.fired} ran`);
    if (isSame && isClean(strange)) continue;
    clean = false;
    console.error({ plain, strange });
  }
  return clean;
}

/** The pictures that README and docs show, each a part of one page in one theme. */
async function takePictures(tab: Tab, folder: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const text = pageOf(generatedPage(3));
  for (const [name, theme, from, height] of [
    ["report", "light", null, 1000],
    ["report", "dark", null, 1000],
    ["report-reach", "light", "reach", 620],
    ["report-past", "dark", "past", 860],
  ] as const) {
    const view = { width: 1120, theme, policy: "kept", scripts: "off" } as const;
    await lookAt(tab, { text, folder, view }, null);
    const top = from === null ? 0 : await topOf(tab, from);
    const data = await tab.picture({ top, width: view.width, height });
    const file = join(pictures, `${name}-${theme}.webp`);
    writeFileSync(file, Buffer.from(data, "base64"));
    console.log(file);
  }
}

async function topOf(tab: Tab, id: string): Promise<number> {
  const top = await tab.evaluate(
    `Math.round(document.getElementById('${id}').getBoundingClientRect().top + scrollY)`,
  );
  return typeof top === "number" ? top : 0;
}

const chromium = findChromium();
const axe = axeSource();
if (chromium === null || axe === null) {
  console.error(
    "This needs Chromium on the path, or named by CHROMIUM, and axe-core, which npm ci installs.",
  );
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-page-"));
const browser = await openBrowser(chromium);
try {
  const tab = await browser.tab();
  if (process.argv.includes("--pictures")) await takePictures(tab, folder);
  else if (!(await lookAtSizes(tab, folder, axe)) || !(await lookAtStrangers(tab, folder)))
    process.exitCode = 1;
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
