import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, findChromium, openBrowser, type Tab } from "../../scripts/page/browser.ts";
import { axeSource, lookAt } from "../../scripts/page/look.ts";
import { generatedPage } from "../../scripts/page/sample-page.ts";
import { hostileTexts, pageWith } from "../../scripts/page/strangers.ts";
import { pageOf } from "../../shared/page/page.ts";

const chromium = findChromium();
const axe = axeSource();
const without =
  chromium === null
    ? " (skipped: there is no Chromium; name one by CHROMIUM)"
    : axe === null
      ? " (axe's rules are skipped: axe-core is not installed)"
      : "";
const clean = { overflow: 0, requests: [], errors: [], fired: 0 };

describe.skipIf(chromium === null)(`the page in a browser${without}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-look-"));
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    browser = await openBrowser(chromium ?? "");
    tab = await browser.tab();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const text = pageOf(generatedPage(2));
  test.skipIf(axe === null).each([
    ["wide and light", { width: 1200, theme: "light", policy: "kept", scripts: "on" }],
    ["wide and dark", { width: 1200, theme: "dark", policy: "kept", scripts: "on" }],
    ["narrow and light", { width: 320, theme: "light", policy: "kept", scripts: "on" }],
    ["narrow and dark", { width: 320, theme: "dark", policy: "kept", scripts: "on" }],
  ] as const)("has nothing that axe finds, %s", async (_, view) => {
    expect(await lookAt(tab, { text, folder, view }, axe)).toMatchObject({
      ...clean,
      violations: [],
    });
  });

  test("is all there without scripts, but for what needs one", async () => {
    const view = { width: 320, theme: "light", policy: "kept", scripts: "off" } as const;
    expect(await lookAt(tab, { text, folder, view }, null)).toMatchObject(clean);
    const hidden = await tab.evaluate(
      "[...document.querySelectorAll('[hidden]')].map((e) => e.id)",
    );
    expect(hidden).toEqual(["tools"]);
  });

  test("filters by name, and says how many are left", async () => {
    const view = { width: 1200, theme: "light", policy: "kept", scripts: "on" } as const;
    await lookAt(tab, { text, folder, view }, null);
    await tab.evaluate(
      "new Promise((done) => { const box = document.getElementById('find'); box.value = 'STAG'; box.dispatchEvent(new Event('input')); requestAnimationFrame(() => requestAnimationFrame(done)); })",
    );
    expect(await tab.evaluate("document.getElementById('said').textContent")).toBe(
      "1 of 2 environments",
    );
    const shown =
      "[...document.querySelectorAll('[data-n]:not([hidden])')].map((e) => e.dataset.n)";
    expect(await tab.evaluate(`new Set(${shown}).size`)).toBe(1);
    await tab.evaluate("document.getElementById('theme').click()");
    expect(await tab.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  });

  test.each(["kept", "bypassed"] as const)(
    "runs no text of strangers, its policy %s",
    async (policy) => {
      const view = { width: 1200, theme: "light", policy, scripts: "on" } as const;
      const look = async (next: () => string) =>
        lookAt(tab, { text: pageOf(pageWith(12, next)), folder, view }, null);
      const plain = await look(() => "text");
      // The script plays 10,000 of them.
      expect(await look(hostileTexts(7))).toEqual(plain);
      expect(plain).toMatchObject(clean);
    },
  );
});
