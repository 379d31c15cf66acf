import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locales, reportOf } from '../pages.ts';
import { mailOf, mails } from './mails.ts';
import { worstReport } from './worst.ts';

/** The mail in a real browser. Elsewhere than in CI a machine without Chromium skips it, and says so. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  const says = `no Chromium at ${executablePath}: set CHROMIUM to a Chromium or Chrome, or install one`;
  if (process.env['CI'] !== undefined) throw new Error(says);
  console.warn(`SKIPPED test/report/mail/mail-page.test.ts: ${says}`);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shown = [
  'blind-host',
  'dead-daemon',
  'hostile-names',
  'many-apps-100',
  'healthy-host after sick-host: recovered',
  'sick-host after healthy-host: new',
];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.runIf(hasBrowser)('the mail in Chromium', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pm2-audit-mail-'));
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(html: string): Promise<{ page: Page; noise: string[] }> {
    const file = join(folder, 'mail.html');
    writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const context = await browser.newContext({ viewport: { width: 640, height: 900 } });
    const page = await context.newPage();
    const noise: string[] = [];
    page.on('request', (request) => request.url() !== url && noise.push(`request ${request.url()}`));
    page.on('dialog', (dialog) => {
      noise.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => noise.push(`console ${message.text()}`));
    await page.goto(url);
    return { page, noise };
  }

  async function faults(page: Page, where: string): Promise<readonly string[]> {
    const { scroll, client } = await page.evaluate<{ scroll: number; client: number }>(
      '({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth })',
    );
    await page.evaluate(axe);
    // A mail is one part of its reader's page: landmarks are not its business.
    const answer = await page.evaluate<string>(
      'axe.run(document,{resultTypes:["violations"],rules:{region:{enabled:false},"landmark-one-main":{enabled:false}}}).then((found)=>JSON.stringify(found.violations))',
    );
    const violations = JSON.parse(answer) as readonly Violation[];
    return [
      ...(scroll > client ? [`${where}: ${scroll} px wide`] : []),
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${where}: ${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
      ),
    ];
  }

  for (const name of shown) {
    for (const locale of locales) {
      it(`${name} in ${locale} fits and reads, at 640 and 375 px, light, dark and without light-dark()`, async () => {
        const { html } = mails.find((mail) => mail.name === name)!.of(locale);
        const plain = html.replace(/[a-z-]+:light-dark\([^)]*\);?/g, '');
        expect(plain).not.toContain('light-dark');
        const told: string[] = [];
        // In the light both look alike.
        for (const [kind, text, schemes] of [
          ['', html, ['light', 'dark']],
          ['plain ', plain, ['dark']],
        ] as const) {
          const { page, noise } = await open(text);
          for (const width of [640, 375])
            for (const colorScheme of schemes) {
              await page.setViewportSize({ width, height: 900 });
              await page.emulateMedia({ colorScheme });
              told.push(...(await faults(page, `${kind}${width} px ${colorScheme}`)));
            }
          told.push(...noise);
          await page.context().close();
        }
        expect(told).toEqual([]);
      }, 180_000);
    }
  }

  it('is no wider than a phone with names of 300 characters, and runs none of them', async () => {
    const { page, noise } = await open(mailOf(worstReport(100), 'en').html);
    await page.setViewportSize({ width: 375, height: 900 });
    const found = await page.evaluate<{ wide: number; scripts: number; raw: boolean }>(
      `({ wide: document.documentElement.scrollWidth, scripts: document.querySelectorAll('script, iframe, img, a').length, raw: document.body.textContent.includes('{{x}}') })`,
    );
    expect(found).toEqual({ wide: 375, scripts: 0, raw: true });
    expect(noise).toEqual([]);
    await page.context().close();
  });

  it('has no colour of alarm where nothing is wrong', async () => {
    const { page } = await open(mailOf(reportOf('empty-host'), 'en').html);
    const colors = await page.evaluate<string[]>(
      `[...new Set([...document.querySelectorAll('*')].map((element) => getComputedStyle(element).color))]`,
    );
    expect(colors).not.toContain('rgb(179, 38, 26)');
    await page.context().close();
  });
});
