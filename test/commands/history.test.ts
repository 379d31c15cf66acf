import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HistoryFlags, runHistory } from '../../src/commands/history.ts';
import type { HistoryFacts } from '../../src/model/history.ts';
import { cells } from '../../src/report/cells.ts';
import { csvText } from '../../src/report/history/history-csv.ts';
import { attributed, c, home, hour, kill, minute } from '../factories.ts';
import { ref as appRef, collector, MB } from '../history/factory.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Filled, fill, keep, listen } from './history-store.ts';

const named = (pmId: number, name: string, at: string = home) => ({ ...appRef(pmId, name), home: c(at) });
const noise = (before: number): number => ((before / minute) * 7919) % 13;
const pm2Line = (
  event: Extract<HistoryFacts, { kind: 'pm2-log' }>['line']['event'],
  of: string = home,
): HistoryFacts => ({
  kind: 'pm2-log',
  home: c(of),
  line: { at: 0, text: c('line'), event },
});

async function history(
  app: string | null,
  flags: HistoryFlags,
  columns = 80,
  color = false,
): Promise<string> {
  const { terminal, out } = listen(columns, color);
  expect(await runHistory(app, { lang: 'en', ...flags }, terminal)).toBe(0);
  return out();
}
const widest = (text: string): number => Math.max(...text.split('\n').map(cells));
/** Block characters take two cells in many Chinese terminals. */
const widestInChinese = (text: string): number =>
  Math.max(...text.split('\n').map((line) => cells(line) + (line.match(/[▁-█]/g) ?? []).length));
/** The rows of the chart, without their labels. */
const plot = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) =>
      /^ *[^ ]* ?[KMG]?B? \|/.test(line) || /^ +\|/.test(line) ? [line.slice(line.indexOf('|') + 1)] : [],
    );

describe('pm2-audit history', () => {
  let store: Filled;
  beforeAll(() => {
    store = fill(
      [
        { app: named(0, 'steady'), bytes: (before) => (100 + noise(before) / 10) * MB },
        {
          app: named(1, 'leaky'),
          bytes: (before) => (400 - (before / hour) * 24 + noise(before) / 10) * MB,
          restarts: () => 2,
        },
        {
          app: named(2, 'worker'),
          bytes: (before) => (before < 30 * minute ? null : 50 * MB),
          restarts: (before) => (before > 2 * hour ? 1 : 4),
        },
        { app: named(3, '数据导出服务-每日任务'), bytes: () => 80 * MB, startedMs: 10 * minute },
      ],
      6,
      {
        isLost: (before) => before > 3 * hour && before < 4 * hour,
        events: [
          [
            2 * hour,
            pm2Line({ kind: 'exited', name: c('worker'), pmId: 2, old: false, code: 3, signal: c('SIGINT') }),
          ],
          [2 * hour - 1000, pm2Line({ kind: 'online', name: c('worker'), pmId: 2, old: false })],
          [
            hour,
            {
              kind: 'kill',
              kill: attributed({
                app: named(2, 'worker'),
                role: 'app',
                confidence: 'likely',
                kill: kill({ comm: c('python3'), pid: 77 }),
              }),
            },
          ],
        ],
      },
    );
    keep(store.path, hostname(), store.end - minute, {
      processes: [
        { app: named(1, 'leaky'), maxMemoryRestartBytes: 500 * MB, restarts: { counter: 2, last: null } },
      ],
    });
  }, 60_000);

  it('shows one row an app: now, peak, verdict, restarts and their cause, with a sparkline', async () => {
    const text = await history(null, { db: store.path, since: '6h' });
    expect(text).toMatch(/^steady .* 10\d MB +10\d MB +stable +0 .*[▇█/]{4}/m);
    expect(text).toMatch(/^leaky .* 4\d\d MB +4\d\d MB +rising +0 .*▆.*▇.*█/m);
    expect(text).toMatch(/^worker +stopped +50 MB +- +3 /m);
    expect(text).toMatch(/^数据导出服务.* 80 MB/m);
    // The hour without samples is hatched, not low.
    expect(text.split('\n').find((line) => line.startsWith('steady'))).toMatch(/█\/+█/);
    expect(text).toContain('No samples for 1 h');
  });

  it('counts the restarts of the first hour, which a bucket of an hour hides', async () => {
    const looping = fill(
      [{ app: named(0, 'loop'), bytes: () => 50 * MB, restarts: (before) => 2000 - before / minute }],
      30,
    );
    const few = {
      app: named(1, 'late'),
      bytes: () => 50 * MB,
      restarts: (before: number) => 9 - before / minute,
    };
    const brief = fill([few], 0.1);
    for (const since of ['7d', '60d']) {
      expect(await history(null, { db: brief.path, since })).toMatch(/^late .* 6 /m);
      expect(await history('late', { db: brief.path, since })).toMatch(/restarts 6 /);
      expect(await history(null, { db: looping.path, since })).toMatch(/^loop .* 1,800 /m);
      const json = JSON.parse(await history('loop', { db: looping.path, since, json: true }));
      expect(json.apps[0].restarts).toBe(30 * 60);
    }
  });

  it('dates the limits of a leak: its own and the host s', async () => {
    const text = (await history('leaky', { db: store.path, since: '6h' })).replaceAll('\n', ' ');
    // Six hours: a morning of load looks the same.
    expect(text).toMatch(
      /Rising, perhaps a leak: by 2\d MB an hour( \(95 %: 2\d MB to 2\d MB\))? since .* Watched for (6 h|5 h 5\d min)/,
    );
    expect(text).toMatch(
      /reaches its max_memory_restart \(500 MB\) about .*; between .* and .*reaches the end of this host’s memory/,
    );
    const { apps } = JSON.parse(await history('leaky', { db: store.path, json: true }));
    const [own, host] = apps[0].trend.reaches;
    expect(own).toMatchObject({ limit: 'max-memory-restart', bytes: 500 * MB });
    // 100 MB at 24 MB an hour; 600 MB of the host.
    expect((Date.parse(own.at) - store.end) / hour).toBeGreaterThan(3.5);
    expect((Date.parse(own.at) - store.end) / hour).toBeLessThan(4.7);
    expect((Date.parse(host.at) - store.end) / hour).toBeGreaterThan(22);
    expect((Date.parse(host.at) - store.end) / hour).toBeLessThan(28);
  });

  it('draws gaps as gaps, no process as nothing, and marks restarts and kills under the axis', async () => {
    const text = await history('worker', { db: store.path, since: '6h' });
    const rows = plot(text);
    expect(rows).toHaveLength(10);
    for (const row of rows) expect(row).toMatch(/^[^/]*\/{8,14}[^/]*$/);
    // The last half hour has no process: blank to the right end, on every row.
    for (const row of rows) expect(row.length).toBeLessThan(70);
    const marks = text.split('\n').find((line) => /^ +[R2-9+].* K *$/.test(line));
    expect(marks).toBeDefined();
    expect(text).toContain('/ no samples   blank = no process   K OOM kill   R restart');
    expect(text).toMatch(/ended with exit code 3, again after 1 s/);
    expect(text).toMatch(/2 restarts on PM2’s counter; no line tells why/);
    expect(text).toMatch(/OOM kill of python3 \(pid 77\) \(likely\)/);
    expect(text.indexOf('exit code 3')).toBeLessThan(text.indexOf('OOM kill of python3'));
    expect(text).toContain('Unknown whether it leaks: nothing of it runs now');
  });

  it('says how long a young process must still be watched', async () => {
    expect(await history('3', { db: store.path, lang: 'zh-CN' })).toMatch(/还需观察|当前进程运行时间太短/);
  });

  it('keeps to the width of the terminal, in both languages, with every kind of span and metric', async () => {
    for (const lang of ['en', 'zh-CN'] as const) {
      for (const columns of [60, 80, 133]) {
        for (const app of [null, 'worker', 'leaky', '3']) {
          for (const flags of [
            {},
            { since: '10m' },
            { since: '700d' },
            { metric: 'cpu' },
            { metric: 'restarts' },
          ]) {
            const text = await history(app, { db: store.path, lang, ...flags }, columns);
            expect(lang === 'en' ? widest(text) : widestInChinese(text), text).toBeLessThanOrEqual(columns);
            expect(text).not.toContain('\u001b');
            expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
          }
        }
      }
    }
  }, 30_000);

  it('colour adds nothing but colour', async () => {
    const plain = await history(null, { db: store.path });
    const colored = await history(null, { db: store.path }, 80, true);
    expect(colored).toContain('\u001b[33mrising');
    expect(colored.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(plain.replace(/ +$/gm, ''));
  });

  it('prints pm2-audit.history/1, with null for what is not known', async () => {
    const all = JSON.parse(await history(null, { db: store.path, json: true, since: '6h' }));
    expect(all).toMatchObject({
      schema: 'pm2-audit.history/1',
      metric: 'memory',
      unit: 'bytes',
      collectorRuns: true,
    });
    expect(all.gaps.length).toBeGreaterThan(0);
    expect(all.apps).toHaveLength(4);
    expect(all.apps[0]).not.toHaveProperty('points');
    const worker = JSON.parse(await history('worker', { db: store.path, json: true, since: '6h' })).apps[0];
    expect(worker).toMatchObject({ status: 'stopped', now: null, restarts: 3, trend: null });
    const { points } = worker;
    for (const list of ['min', 'mean', 'max', 'last']) expect(points[list]).toHaveLength(points.at.length);
    expect(points.last.at(-1)).toBeNull();
    expect(points.last).not.toContain(0);
  });

  it('prints CSV by RFC 4180, with units, and no field a spreadsheet would run', async () => {
    const text = await history('leaky', { db: store.path, csv: true, since: '1h' });
    const rows = text.split('\r\n');
    expect(rows[0]).toBe(
      'time,step_ms,home,namespace,app,pm_id,memory_min_bytes,memory_mean_bytes,memory_max_bytes,memory_last_bytes',
    );
    expect(rows.length).toBeGreaterThan(55);
    expect(rows.at(-1)).toBe('');
    expect(rows[1]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d,60000,\/home\/deploy\/\.pm2,default,leaky,1,\d+,\d+,\d+,\d+$/,
    );
    expect(csvText('=cmd|"/C calc"!A0')).toBe('"\'=cmd|""/C calc""!A0"');
    for (const name of ['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1'])
      expect(csvText(name), name).toMatch(/^'/);
    expect(csvText('a,b')).toBe('"a,b"');
    expect(csvText('plain-name_1')).toBe('plain-name_1');
  });

  it('shows each instance of a name, or a table where there are many', async () => {
    const instances = fill(
      [0, 1, 2, 3, 4, 5].map((pmId) => ({
        app: named(pmId, pmId < 2 ? 'pair' : 'many'),
        bytes: () => 50 * MB,
      })),
      1,
    );
    const two = await history('pair', { db: instances.path, since: '1h' });
    expect(two.match(/^pair {2}id \d/gm)).toEqual(['pair  id 0', 'pair  id 1']);
    expect(
      (await history('many', { db: instances.path, since: '1h' })).match(/^many {2}id \d/gm),
    ).toHaveLength(4);
    expect((await history('5', { db: instances.path, since: '1h' })).match(/^many {2}id 5/gm)).toHaveLength(
      1,
    );
    const six = fill(
      [0, 1, 2, 3, 4, 5].map((pmId) => ({
        app: named(pmId, 'api', pmId < 3 ? home : '/b/.pm2'),
        bytes: () => 50 * MB,
      })),
      1,
    );
    const table = await history('api', { db: six.path, since: '1h' });
    expect(table).toMatch(/^api 2 +50 MB/m);
    expect(table).toContain('home /b/.pm2');
    expect(table).toContain('api has 6 instances');
  }, 30_000);

  it('steers no terminal by a name, and cuts what is long', async () => {
    const hostile = fill(
      [
        { app: named(0, '\u001b[2Jx\u202egnp'), bytes: () => 50 * MB },
        { app: named(1, 'n'.repeat(300)), bytes: () => 50 * MB },
        { app: named(2, '=cmd()'), bytes: () => 50 * MB },
      ],
      1,
    );
    for (const app of [null, '0', '1']) {
      const text = await history(app, { db: hostile.path });
      expect(text).not.toMatch(/[\u001b\u202e]/);
      expect(widest(text)).toBeLessThanOrEqual(80);
    }
    expect(await history(null, { db: hostile.path, csv: true })).toContain(",'=cmd(),");
  });

  it('says that the collector stands still, and forecasts nothing then', async () => {
    const old = fill([{ app: named(0, 'leaky'), bytes: (before) => (400 - (before / hour) * 24) * MB }], 6, {
      endMs: 5 * hour,
    });
    const text = await history(null, { db: old.path });
    expect(text).toContain('The collector does not run');
    expect(text).not.toContain('LEAK');
    expect(JSON.parse(await history(null, { db: old.path, json: true })).collectorRuns).toBe(false);
  });

  it('answers bad input with one sentence that says what to do', async () => {
    const { terminal } = listen();
    const fails = (app: string | null, flags: HistoryFlags) => runHistory(app, flags, terminal);
    const nowhere = join(temporaryFolder('history'), 'none.db');
    await expect(fails(null, { db: nowhere })).rejects.toThrow(
      /none\.db: there is none; start `pm2-audit watch`/,
    );
    await expect(fails('nope', { db: store.path })).rejects.toThrow(
      /nope: no app of that name or id is kept\. There are leaky, steady, worker, 数据导出服务-每日任务\./,
    );
    await expect(fails('\u001b[31m', { db: store.path })).rejects.toThrow(/^[^\u001b]*$/);
    await expect(fails(null, { db: store.path, metric: 'ram' })).rejects.toThrow(
      /--metric ram: not kept\. Use one of memory/,
    );
    await expect(fails(null, { db: store.path, metric: 'toString' })).rejects.toThrow(/not kept/);
    await expect(fails(null, { db: store.path, since: 'soon' })).rejects.toThrow(/--since soon/);
    await expect(fails(null, { db: store.path, since: '2s' })).rejects.toThrow(/too short a span/);
    await expect(fails(null, { db: store.path, json: true, csv: true })).rejects.toThrow(/--json and --csv/);
    const broken = join(temporaryFolder('history'), 'broken.db');
    writeFileSync(broken, 'this is no database, and it is long enough to be looked at'.repeat(100));
    await expect(fails(null, { db: broken })).rejects.toThrow(/broken\.db: .*;/);
    const empty = join(temporaryFolder('history'), 'state', 'empty.db');
    const fresh = collector(empty);
    fresh.close();
    await expect(fails(null, { db: empty })).rejects.toThrow(
      /holds no samples so far\. Start pm2-audit watch/,
    );
    const past = fill([{ app: named(0, 'api'), bytes: () => MB }], 1, { endMs: 3 * hour });
    await expect(fails('api', { db: past.path, since: '1h' })).rejects.toThrow(
      /no samples in this span\. Samples are kept from .* of api; name an earlier --since/,
    );
  });
});
