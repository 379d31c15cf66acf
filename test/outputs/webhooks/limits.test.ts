import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { webhookKinds } from '../../../src/model/delivery.ts';
import { readAccess } from '../../../src/outputs/webhooks/access.ts';
import { openWebhook } from '../../../src/outputs/webhooks/open-webhook.ts';
import { vendorOf } from '../../../src/outputs/webhooks/vendors.ts';
import { chatDigest } from '../../../src/report/chat/digest.ts';
import { fillParts } from '../../../src/report/chat/fill.ts';
import { noticeJson } from '../../../src/report/chat/notice.ts';
import { type Made, madeReport, madeWords } from '../../report/chat/made-report.ts';
import { auditWords } from '../../report/pages.ts';
import { reportOf, stories } from '../../stories/index.ts';
import { envOf, settingsOf, stillTools } from './settings.ts';
import { startVendor, takes, type VendorServer } from './vendor-server.ts';

const occasion = { reason: 'first', toldAt: null, diff: null } as const;
const files = { html: '/srv/reports/web-01.html', json: null, md: null };
const chats = webhookKinds.filter((kind) => kind !== 'json');
const locales = ['en', 'zh-CN'] as const;

let server: VendorServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe.each(webhookKinds)('%s takes the report of', (kind) => {
  it.each(Object.keys(stories))('%s, in both languages', async (story) => {
    server = await startVendor(kind);
    for (const locale of locales) {
      const made = await openWebhook(settingsOf(kind, { locale }), envOf(kind, server.origin), stillTools());
      if (!made.ok) throw new Error(made.problem.words);
      const parcel = made.channel.compose({ report: reportOf(story), words: auditWords, occasion, files });
      expect(await made.channel.send(parcel)).toEqual({ ok: true, to: `ops-${kind}` });
    }
    expect(server.taken.length).toBe(server.asked.length);
  });
});

/** Long Chinese, every markup, mentions, emoji, lone surrogates and endless words, as titles, names, lines and commands. */
const nasty = fc.oneof(
  fc.constantFrom(
    '内存不足'.repeat(200),
    '<@U123> <!channel> @everyone <at id=all></at> [x](http://evil.example) ![i](http://evil.example/i.png)',
    '*_~`|>#'.repeat(60),
    '&<>"\''.repeat(100),
    '👨‍👩‍👧‍👦'.repeat(120),
    'x'.repeat(3000),
    '\ud800\udc00\ud800 lone',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);
const finding = fc.record({
  priority: fc.constantFrom('P0', 'P1', 'P2', 'P3'),
  title: nasty,
  quote: fc.option(nasty, { nil: null }),
  fix: fc.option(nasty, { nil: null }),
  command: nasty,
  app: nasty,
});
const order = (a: Made, b: Made): number => (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0);

describe.each(chats)('%s, whatever a report holds,', (kind) => {
  it('gets whole findings in order, within its limits, all of them told or counted', async () => {
    const vendor = await vendorOf(kind);
    const env = envOf(kind, 'http://127.0.0.1');
    const read = await readAccess(settingsOf(kind), vendor, env);
    if (!read.ok) throw new Error(read.problem.words);
    const { access } = read;
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 45 }), fc.constantFrom(...locales), (made, locale) => {
        const report = madeReport([...made].sort(order));
        const digest = chatDigest(report, locale, madeWords, occasion, files);
        const parts = fillParts(digest, (part) => vendor.fits(vendor.payload(part, digest)));
        expect(parts.length).toBeLessThanOrEqual(3);
        for (const part of parts) {
          const request = vendor.request(vendor.payload(part, digest), access, Date.now(), 'id');
          expect(takes(kind, request)).toBe(true);
        }
        // Each block is a form of a finding, the next in order, or the head or foot.
        const forms = new Map(
          digest.findings.flatMap(({ forms: all }, index) => all.map((block) => [block, index] as const)),
        );
        const told = parts.flatMap(({ blocks }) => blocks.flatMap((block) => forms.get(block) ?? []));
        expect(told).toEqual([...told.keys()]);
        expect(parts.at(-1)!.blocks.at(-1)).toEqual(digest.foot(told.length));
        const left = report.findings.length - told.length;
        const foot = digest
          .foot(told.length)[0]!
          .spans.map(({ text }) => text)
          .join('');
        const counted = /(?:And |另有 |共 |^)([\d,]+) /.exec(foot)?.[1];
        expect(left === 0 || Number(counted) === left).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the generic webhook', () => {
  it('gets 200 findings of 1,000 and the number of those left out', () => {
    const report = madeReport(
      Array.from({ length: 1000 }, (_, index): Made => ({ priority: 'P1', title: `finding ${index}` })),
    );
    const notice = noticeJson(report, 'en', madeWords, occasion, files);
    expect(notice['schema']).toBe('pm2-audit.notice/1');
    expect(notice['findings']).toHaveLength(200);
    expect(notice['leftOut']).toBe(800);
    expect(JSON.stringify(notice).length).toBeLessThan(200_000);
  });
});
