import { beforeAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import { auditWords } from '../../src/commands/deliver.ts';
import { recallFrom } from '../../src/commands/recall.ts';
import { decodeCapture, encodeCapture } from '../../src/gather/capture-file.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { Report } from '../../src/model/report.ts';
import { renderReport } from '../../src/report/render.ts';
import {
  app,
  c,
  daemon,
  day,
  disk,
  evidence,
  GB,
  host,
  hour,
  MB,
  minute,
  now,
  ref,
  seen,
} from '../factories.ts';
import { appSample, collector, run, tempPath } from '../history/factory.ts';

/** Three days of a host: one app leaks 12 MB an hour, one comes to rest, and the disk fills by 4 GB a day. */
const begin = now - 3 * day;
const apps = [
  app('leaky', 0, {
    startedAt: begin,
    pm2RssBytes: 940 * MB,
    settings: { maxMemoryRestartBytes: 1200 * MB },
  }),
  app('calm', 1, { startedAt: begin, pm2RssBytes: 100 * MB, settings: { maxMemoryRestartBytes: 300 * MB } }),
];
const noise = (at: number) => ((((at / minute) * 7919) % 97) / 97) * 3 * MB;
const disks = [disk({ totalBytes: 80 * GB, freeBytes: 20 * GB, usedRatio: 0.75 })];

async function recall(path: string, values: Partial<EvidenceMap>) {
  const known: Partial<EvidenceMap> = values;
  const recalled = await recallFrom(path, {
    now,
    window: { from: now - 7 * day, to: now },
    seen: (key) => known[key] ?? null,
  });
  if (!recalled.ok) throw new Error(recalled.message);
  return recalled.value;
}

describe('a store with a leaking app', () => {
  let report: Report;
  const render = (format: 'terminal' | 'markdown' | 'html' | 'json', locale: 'en' | 'zh-CN') =>
    renderReport(report, { format, locale, words: auditWords, columns: 80, top: 10, color: false });

  beforeAll(async () => {
    const path = tempPath();
    const into = collector(path, { now: begin, everyMs: minute });
    run(
      into,
      begin,
      now,
      (at) => {
        const hours = (at - begin) / hour;
        const size = (mb: number) => Math.round(mb * MB + noise(at));
        return {
          apps: [
            appSample({
              app: ref('leaky', 0),
              treeRssBytes: size(80 + 12 * hours),
              pm2RssBytes: size(78 + 12 * hours),
            }),
            appSample({ app: ref('calm', 1), treeRssBytes: size(100), pm2RssBytes: size(98) }),
          ],
          disks: [{ mount: c('/'), totalBytes: 80 * GB, freeBytes: (32 - hours / 6) * GB }],
        };
      },
      minute,
    );
    into.end();
    into.close();
    const daemons = [daemon(apps)];
    const values = { daemons, disks, host: host() };
    const history = await recall(path, values);
    const whole = evidence({ ...values, history });
    const again = decodeCapture(encodeCapture(whole), makeCleaner());
    if (!again.ok) throw new Error(again.reason);
    report = analyze(again.evidence, audits, {});
  });

  it('is found, with the day it reaches the limit that stops it first', () => {
    const leaky = report.processes.find(
      ({
        app: {
          ref: { name },
        },
      }) => name === 'leaky',
    );
    expect(leaky?.trend).toMatchObject({ kind: 'leak', reach: { kind: 'max-memory-restart' } });
    expect((leaky?.trend?.bytesPerHour ?? 0) / MB).toBeCloseTo(12, 0);
    // 942 MB now, 1200 MB at 12 MB an hour: in 21 hours.
    const hours = ((leaky?.trend?.reach?.at ?? 0) - now) / hour;
    expect(hours).toBeGreaterThan(19);
    expect(hours).toBeLessThan(25);
    const { earliest, latest } = leaky?.trend?.reach ?? { earliest: 0, latest: 0 };
    const truly = now + ((1200 - 78 - 12 * 72) / 12) * hour;
    expect(earliest).toBeLessThan(truly);
    expect(latest).toBeGreaterThan(truly);
    const calm = report.processes.find(
      ({
        app: {
          ref: { name },
        },
      }) => name === 'calm',
    );
    expect(calm?.trend).toMatchObject({ kind: 'stable', reach: null });
    expect(report.findings.filter(({ audit }) => audit === 'memory-leak')).toMatchObject([
      { priority: 'P1', confidence: 'likely', subject: { kind: 'app', app: { name: 'leaky' } } },
    ]);
    expect(report.risks.memoryLeak.level).toBe('high');
  });

  it('has the day the disk is full, before it is four fifths full', () => {
    const [found] = report.findings.filter(({ audit }) => audit === 'disk-filling');
    expect(found).toMatchObject({ priority: 'P1', args: { isFull: false } });
    expect(Math.round((Number(found?.args['fullAt']) - now) / day)).toBe(5);
  });

  it.each(['en', 'zh-CN'] as const)('is told in each format: %s', (locale) => {
    const terminal = render('terminal', locale);
    const markdown = render('markdown', locale);
    const html = render('html', locale);
    const json = JSON.parse(render('json', locale));
    const date = locale === 'en' ? /21 Nov|22 Nov/ : /11 月 2[12] 日/;
    for (const text of [terminal, markdown, html]) {
      expect(text).toContain('leaky');
      expect(text).toMatch(date);
      expect(text).not.toMatch(/undefined|NaN/);
    }
    expect(markdown).toMatch(locale === 'en' ? /leak \+12\.?\d* MB\/h/ : /泄漏 \+12\.?\d* MB\/小时/);
    const row = json.processes.find((one: { app: { name: string } }) => one.app.name === 'leaky');
    expect(row.trend).toMatchObject({ kind: 'leak' });
    expect(row.trend.bytesPerHour / MB).toBeCloseTo(12, 0);
    expect(row.trend.reachesLimitAt).toMatch(/^2026-11-2[12]T/);
    expect(row.trend.interval.earliest <= row.trend.reachesLimitAt).toBe(true);
    for (const line of terminal.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });
});

it('leaves a host without a collector as it is', () => {
  const report = analyze(evidence(), audits, {});
  expect(report.history).toBeNull();
  expect(report.evidence.map(({ key }) => key)).not.toContain('history');
  expect(report.verdicts.find(({ audit }) => audit === 'memory-leak')?.outcome).toBe('not-applicable');
  expect(JSON.stringify(report.findings)).not.toContain('history');
});

it('says in one sentence what is wrong with a store', async () => {
  const { writeFileSync, mkdirSync } = await import('node:fs');
  const { dirname } = await import('node:path');
  const path = tempPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'this is no database, and long enough to be looked at as one'.repeat(40));
  const recalled = await recallFrom(path, { now, window: { from: 0, to: now }, seen: () => null });
  expect(recalled).toMatchObject({ ok: false, why: 'malformed' });
  if (!recalled.ok) expect(recalled.message.split('\n')).toHaveLength(1);
  const broken = evidence(
    {},
    {
      history: {
        seen: false,
        gaps: [{ key: 'history', subject: c(path), why: 'malformed', tried: [], remedy: 'none' }],
      },
    },
  );
  const report = analyze(broken, audits, {});
  expect(report.findings.find(({ audit }) => audit === 'evidence-gap')).toMatchObject({ priority: 'P2' });
  expect(seen(1).seen).toBe(true);
});
