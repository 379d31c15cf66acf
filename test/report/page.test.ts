import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { buildView } from '../../src/report/view/view.ts';
import { allPlots } from '../stories/restart-plots.ts';
import { auditWords, locales, pageOf } from './pages.ts';

/** The page in a real browser. Elsewhere than in CI a machine without Chromium skips it, and says so. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  const says = `no Chromium at ${executablePath}: set CHROMIUM to a Chromium or Chrome, or install one`;
  if (process.env['CI'] !== undefined) throw new Error(says);
  console.warn(`SKIPPED test/report/page.test.ts: ${says}`);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const restartPlots = 'all restart plots';
const shown = [
  'sick-host',
  'healthy-host',
  'watched-host',
  'blind-host',
  'hostile-names',
  restartPlots,
] as const;
const widths = [1280, 375] as const;
const schemes = ['light', 'dark'] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.runIf(hasBrowser)('the page in Chromium', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pm2-audit-page-'));
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page and notes whatever it asks for, logs or pops up. */
  async function open(
    html: string,
    width: number,
    scheme: (typeof schemes)[number],
  ): Promise<{ page: Page; noise: string[] }> {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      bypassCSP: false,
    });
    const page = await context.newPage();
    const noise: string[] = [];
    page.on(
      'request',
      (request) => request.url().replace(/#.*$/, '') !== url && noise.push(`request ${request.url()}`),
    );
    page.on('dialog', (dialog) => {
      noise.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => noise.push(`error ${error.message}`));
    page.on('console', (message) => noise.push(`console ${message.text()}`));
    await page.goto(url);
    return { page, noise };
  }

  for (const story of shown) {
    for (const locale of locales) {
      it(`${story} in ${locale} is accessible, quiet and fits, in light and dark, at 1,280 and 375 px`, async () => {
        const html =
          story === restartPlots
            ? renderHtml(buildView(allPlots(), locale, auditWords))
            : pageOf(story, locale);
        const { page, noise } = await open(html, widths[0], schemes[0]);
        // Chromium's own door past the page's policy, which forbids every script.
        const session = await page.context().newCDPSession(page);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 });
          for (const scheme of schemes) {
            await page.emulateMedia({ colorScheme: scheme });
            const where = `${width} px ${scheme}`;
            const { scroll, client } = await page.evaluate<{ scroll: number; client: number }>(
              '({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth })',
            );
            expect(scroll, `no sideways scrolling at ${where}`).toBeLessThanOrEqual(client);
            await session.send('Runtime.evaluate', { expression: axe });
            const answer = await session.send('Runtime.evaluate', {
              expression:
                'axe.run(document,{resultTypes:["violations"]}).then((found)=>JSON.stringify(found.violations))',
              awaitPromise: true,
              returnByValue: true,
            });
            const violations = JSON.parse(String(answer.result.value)) as readonly Violation[];
            const told = violations.flatMap(({ id, nodes }) =>
              nodes.map((node) => `${where}: ${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
            );
            expect(told).toEqual([]);
          }
        }
        expect(noise).toEqual([]);
        await page.context().close();
      }, 180_000);
    }
  }

  it('runs no script of a hostile name, and every handler attribute is text', async () => {
    const html = pageOf('hostile-names', 'en');
    const { page, noise } = await open(html, 1280, 'light');
    const found = await page.evaluate<{
      scripts: number;
      handlers: string[];
      hrefs: string[];
      hasName: boolean;
    }>(`({
      scripts: document.querySelectorAll('script, iframe, img, object, embed, link, form').length,
      handlers: [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith('on'))),
      hrefs: [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')),
      hasName: document.body.textContent.includes('<script>alert(1)</script>'),
    })`);
    expect(found.scripts).toBe(0);
    expect(found.handlers).toEqual([]);
    for (const href of found.hrefs) expect(href).toMatch(/^#[a-z0-9-]+$/);
    expect(found.hasName, 'the name is there, as text').toBe(true);
    expect(noise).toEqual([]);
    await page.context().close();
  });

  it('refuses a script even if one got in', async () => {
    const html = pageOf('healthy-host', 'en').replace(
      '</main>',
      '<script>document.title="ran"</script></main>',
    );
    const { page } = await open(html, 1280, 'light');
    expect(await page.title()).not.toBe('ran');
    await page.context().close();
  });

  it('prints light, open and without the contents rail', async () => {
    const { page } = await open(pageOf('sick-host', 'en'), 1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const print = await page.evaluate<{ paper: string; rail: string; hidden: number }>(`({
      paper: getComputedStyle(document.body).backgroundColor,
      rail: getComputedStyle(document.querySelector('nav.toc')).display,
      hidden: [...document.querySelectorAll('details .three')].filter((element) => element.getBoundingClientRect().height === 0).length,
    })`);
    expect(print.paper).toBe('rgb(255, 255, 255)');
    expect(print.rail).toBe('none');
    expect(print.hidden, 'folded fixes are printed open').toBe(0);
    await page.context().close();
  });
});
