import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { type DiffFlags, runDiff } from '../../src/commands/diff.ts';
import { keepReport } from '../../src/commands/keep-report.ts';
import { openReader } from '../../src/history/sqlite.ts';
import type { Report } from '../../src/model/report.ts';
import { cells } from '../../src/report/cells.ts';
import { renderReport } from '../../src/report/render.ts';
import { c, hour } from '../factories.ts';
import { collector, driver, tempPath } from '../history/factory.ts';
import { reportOf, stories } from '../stories/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { wordsOf } from '../words.ts';
import { listen } from './history-store.ts';

const words = wordsOf(audits);
const folder = (): string => temporaryFolder('pm2-audit-diff');

function onHost(report: Report, name: string, takenAt = report.takenAt): Report {
  return { ...report, takenAt, host: report.host === null ? null : { ...report.host, name: c(name) } };
}
function write(path: string, report: Report, locale: 'en' | 'zh-CN' = 'en'): string {
  writeFileSync(path, renderReport(report, { locale, words, format: 'json' }));
  return path;
}
function file(story: string, locale: 'en' | 'zh-CN' = 'en', host = 'web-01'): string {
  return write(join(folder(), `${story}.json`), onHost(reportOf(story), host), locale);
}
async function diff(
  a: string | undefined,
  b: string | undefined,
  flags: DiffFlags = {},
  columns = 80,
  color = false,
) {
  const { terminal, out } = listen(columns, color);
  const state = process.env['XDG_STATE_HOME'];
  process.env['XDG_STATE_HOME'] = folder();
  try {
    const code = await runDiff(a, b, { lang: 'en', reports: folder(), ...flags }, terminal);
    return { code, text: out() };
  } finally {
    if (state === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = state;
  }
}
const sick = file('sick-host');
const healthy = file('healthy-host', 'zh-CN');

describe('pm2-audit diff', () => {
  it('exits 0 when nothing is new or worse, 1 when something is', async () => {
    const same = await diff(sick, file('sick-host', 'zh-CN'));
    expect(same.code).toBe(0);
    expect(same.text).toContain('Nothing new, nothing worse.');
    const worse = await diff(healthy, sick);
    expect(worse.code).toBe(1);
    expect(worse.text).toMatch(/\[WORSE\] {2}\d+ new, 0 worse, 0 better, 0 gone/);
    expect(worse.text).toContain('Verdict: healthy -> critical   Score: 100 (A)');
    expect(worse.text).toMatch(/\[P0\] The OOM killer took an app: flask-app/);
    const better = await diff(sick, healthy);
    expect(better.code).toBe(0);
    expect(better.text).toMatch(/\[NOT WORSE\] {2}0 new, 0 worse, 0 better, \d+ gone/);
  });

  it('keeps to the width and adds nothing but colour, for every pair of stories in both languages', async () => {
    const names = Object.keys(stories).filter(
      (name) => !name.includes('1000') && reportOf(name).host !== null,
    );
    const files = names.map((name) => file(name));
    for (const a of files) {
      for (const b of files) {
        for (const lang of ['en', 'zh-CN'] as const) {
          for (const columns of [60, 80]) {
            const { text } = await diff(a, b, { lang }, columns);
            expect(Math.max(...text.split('\n').map(cells)), text).toBeLessThanOrEqual(columns);
            expect(text).not.toMatch(/undefined|NaN|\[object|[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
          }
        }
      }
    }
    const plain = (await diff(healthy, sick)).text;
    const colored = (await diff(healthy, sick, {}, 80, true)).text;
    const bare = colored.replace(/\u001b\[[\d;]*m/g, '');
    expect(
      bare
        .replace(/^ (P\d) /gm, '[$1]')
        .replace(/^ WORSE /m, '[WORSE]')
        .replace(/ +$/gm, ''),
    ).toBe(plain);
  }, 60_000);

  it('prints pm2-audit.diff/1', async () => {
    const { code, text } = await diff(healthy, sick, { json: true });
    const json = JSON.parse(text);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      schema: 'pm2-audit.diff/1',
      host: 'web-01',
      before: { source: healthy, verdict: 'healthy', score: 100, grade: 'A' },
      after: { source: sick, verdict: 'critical' },
      isWorse: true,
      verdictChange: 'worse',
      worse: [],
      gone: [],
      memory: { atLeast: { ratio: 0.25, bytes: 67_108_864 } },
      restarts: { atLeast: 3 },
    });
    expect(json.new[0]).toEqual({
      audit: expect.any(String),
      priority: 'P0',
      subject: { kind: expect.any(String), app: null, text: 'git' },
    });
  });

  it('takes the last two of this host from the folder of reports, by number and by time', async () => {
    const reports = folder();
    const day = join(reports, '2026-11-20');
    mkdirSync(day);
    const put = (story: string, stamp: string, host: string) =>
      write(
        join(day, `health-${host}-20261120-${stamp}.json`),
        onHost(reportOf(story), host, new Date(`2026-11-20T${stamp.slice(0, 2)}:00:00`).getTime()),
      );
    put('sick-host', '010000', hostname());
    put('healthy-host', '020000', hostname());
    put('sick-host', '030000', hostname());
    put('healthy-host', '040000', 'another-host');
    writeFileSync(join(day, 'health-x.json'), '{');
    symlinkSync(join(day, 'nowhere'), join(reports, 'latest.json'));
    expect((await diff(undefined, undefined, { reports })).text).toContain('Verdict: healthy -> critical');
    expect((await diff('-3', '-2', { reports })).text).toContain('Verdict: critical -> healthy');
    expect((await diff('2026-11-20T01:30', undefined, { reports })).text).toContain('Verdict: critical');
    expect((await diff('2026-11-20T01:30', '2026-11-20T02:30', { reports })).text).toContain(
      'critical -> healthy',
    );
    await expect(diff('-4', undefined, { reports })).rejects.toThrow(
      /only 3 reports of .* are kept in .*; number 4 back/,
    );
    await expect(diff('2026-11-19', undefined, { reports })).rejects.toThrow(/no report of .* that old/);
    await expect(diff('-0', undefined, { reports })).rejects.toThrow(/counted from -1/);
  });

  it('takes them from the store, where an audit keeps its figures, and only where there is one', async () => {
    const db = tempPath();
    const report = (story: string, at: number) => onHost(reportOf(story), hostname(), at);
    const now = Date.now();
    await keepReport(report('healthy-host', now - 2 * hour), db);
    await expect(diff(undefined, undefined, { db })).rejects.toThrow(/there is none/);
    collector(db).close();
    await keepReport(report('healthy-host', now - 2 * hour), db);
    await expect(diff(undefined, undefined, { db })).rejects.toThrow(
      /only one report of .* is kept in the history or in .*; number 2 back/,
    );
    await keepReport(report('sick-host', now - hour), db);
    await keepReport({ ...report('healthy-host', now), onlyApp: 'api' }, db);
    const { code, text } = await diff(undefined, undefined, { db, json: true });
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      before: { source: 'history', verdict: 'healthy' },
      after: { verdict: 'critical' },
    });
    expect((await diff('90m', '-1', { db })).text).toContain('healthy -> critical');
    // Kept short: ids and figures, no sentences.
    const reader = openReader(driver, db);
    const [kept] = reader.reports({ limit: 1 });
    expect(JSON.stringify(kept?.summary)).not.toContain('because');
    reader.close();
  });

  it('refuses a report that does not say its host', async () => {
    const nameless = write(join(folder(), 'nameless.json'), { ...reportOf('sick-host'), host: null });
    for (const [a, b] of [
      [nameless, sick],
      [sick, nameless],
      [nameless, nameless],
    ] as const)
      await expect(diff(a, b)).rejects.toThrow(/nameless\.json does not say which host it is of/);
  });

  it('refuses two hosts, and one app against all', async () => {
    await expect(diff(sick, file('sick-host', 'en', 'db-01'))).rejects.toThrow(
      /two hosts, web-01 and db-01\. Name two reports of one host/,
    );
    const one = write(join(folder(), 'one.json'), { ...reportOf('sick-host'), onlyApp: 'flask-app' });
    await expect(diff(sick, one)).rejects.toThrow(/one report is of all apps, the other of only flask-app/);
  });

  it('answers a hostile file with one sentence', async () => {
    const whole = renderReport(reportOf('sick-host'), { locale: 'en', words, format: 'json' });
    const made = (text: string | Buffer): string => {
      const path = join(folder(), 'report.json');
      writeFileSync(path, text);
      return path;
    };
    const cases: readonly (readonly [string, RegExp])[] = [
      [made(whole.slice(0, whole.length / 2)), /ends in the middle/],
      [made(''), /is empty/],
      [made('PK\u0003\u0004 not json'), /is no JSON/],
      [made(Buffer.from([0, 1, 2, 255, 254])), /is no JSON/],
      [made('[]'), /is no report of pm2-audit/],
      [made('null'), /is no report of pm2-audit/],
      [
        made('{"schema":"pm2-audit.report/2"}'),
        /has the schema pm2-audit\.report\/2; this version compares pm2-audit\.report\/1/,
      ],
      [made('{"schema":"pm2-audit.report/1"}'), /takenAt is not as a report has it/],
      [made(JSON.stringify({ ...JSON.parse(whole), findings: {} })), /findings is not as a report has it/],
      [made('['.repeat(200_000)), /ends in the middle|is no JSON/],
      [folder(), /is no file/],
      [join(folder(), 'none.json'), /no such file, and no time/],
      ['\u001b[2J\u202e', /no such file, and no time/],
      ['x'.repeat(5000), /no such file/],
    ];
    for (const [path, sentence] of cases) {
      const error = await diff(path, sick).then(
        () => new Error('it was taken'),
        (thrown: unknown) => (thrown instanceof Error ? thrown : new Error('no error')),
      );
      expect(error.message).toMatch(sentence);
      expect(error.name, error.message).toBe('UsageError');
      expect(error.message).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(error.message.length).toBeLessThan(500);
    }
    // Names in a report are not ours: they steer no terminal.
    const evil = JSON.parse(whole.replaceAll('flask-app', 'x\\u001b[2J\\u202ey'.repeat(50)));
    const { text } = await diff(healthy, made(JSON.stringify(evil)));
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(Math.max(...text.split('\n').map(cells))).toBeLessThanOrEqual(80);
  });
});
