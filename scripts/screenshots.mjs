// Pictures of the sample page and the sample mail for the README, made by Chromium. Run after `npm run samples` changed the pages.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const samples = join(import.meta.dirname, '..', 'reports', 'samples');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const [locale, colorScheme, width, height] of [
    ['en', 'light', 1280, 1180],
    ['en', 'dark', 1280, 1180],
    ['zh-CN', 'light', 1280, 1180],
    ['zh-CN', 'dark', 375, 1180],
  ]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(pathToFileURL(join(samples, `sick-host.${locale}.html`)).href);
    await page.screenshot({ path: join(samples, `sick-host.${locale}.${colorScheme}.png`) });
    await page.close();
  }
  for (const [name, colorScheme, width, height] of [
    ['sick-host.en', 'light', 640, 1500],
    ['sick-host.zh-CN', 'dark', 375, 1500],
    ['healthy-host.en', 'dark', 640, 760],
  ]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(pathToFileURL(join(samples, `${name}.mail.html`)).href);
    await page.screenshot({ path: join(samples, `${name}.mail.${colorScheme}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
}
