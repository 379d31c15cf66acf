import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dayjs from 'dayjs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCleaner } from '../../../src/gather/clean.ts';
import { pm2Log } from '../../../src/gather/pm2-log.ts';
import type { Host } from '../../../src/host/host.ts';
import { c, daemon } from '../../factories.ts';
import { fixtureHost } from '../../fixture-host.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm2-log-'));
  mkdirSync(join(folder, 'h'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 22, 12);

/** Rules of a zone: minutes east of UTC at a time. */
type Zone = (at: number) => number;
const utc: Zone = () => 0;
const india: Zone = () => 330;
const newYork: Zone = (at) => (at >= Date.UTC(2026, 2, 8, 7) && at < Date.UTC(2026, 10, 1, 6) ? -240 : -300);
const berlin: Zone = (at) => (at >= Date.UTC(2026, 2, 29, 1) && at < Date.UTC(2026, 9, 25, 1) ? 120 : 60);

/** What the daemon prints: dayjs itself, in the zone of the test. */
function print(format: string, at: number, zone: Zone): string {
  const offset = zone(at);
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const parts = [two(offset / 60), two(offset % 60)];
  const withZone = format
    .replaceAll('ZZ', `[${sign}${parts.join('')}]`)
    .replaceAll(/(?<!\[)Z(?!\])/g, `[${sign}${parts.join(':')}]`);
  // The process runs in some zone: its wall clock is made to show the one wanted.
  const shown = at + offset * minute;
  return dayjs(shown + new Date(shown).getTimezoneOffset() * minute).format(withZone);
}

function bannerTime(at: number, zone: Zone): string {
  const offset = zone(at);
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const shown = new Date(at + offset * minute).toUTCString().replace(',', '').split(' ');
  return `${shown[0]} ${shown[2]} ${shown[1]} ${shown[3]} ${shown[4]} GMT${sign}${two(offset / 60)}${two(offset % 60)} (Somewhere)`;
}

const online = (stamp: string, name = 'web') => `${stamp}: PM2 log: App [${name}:0] online\n`;
const banner = (format: string, at: number, zone: Zone) => {
  const stamp = print(format, at, zone);
  return [
    '===============================================================================',
    '--- New PM2 Daemon started ----------------------------------------------------',
    `Time                 : ${bannerTime(at, zone)}`,
    'PM2 version          : 7.0.4',
  ]
    .map((text) => `${stamp}: PM2 log: ${text}\n`)
    .join('');
};

async function read(text: string, options: { zone?: Zone; modifiedAt?: number; bornAt?: number } = {}) {
  const path = join(folder, 'h/pm2.log');
  writeFileSync(path, text);
  const modifiedAt = Math.round(options.modifiedAt ?? now - hour);
  const base = fixtureHost(folder);
  const stat: Host['stat'] = (asked) => {
    const outcome = base.stat(asked);
    return outcome.ok
      ? { ok: true, value: { ...outcome.value, createdAt: options.bornAt ?? null } }
      : outcome;
  };
  const open: Host['open'] = (asked) => {
    const outcome = base.open(asked);
    return outcome.ok ? { ok: true, value: { ...outcome.value, modifiedAt } } : outcome;
  };
  const host = fixtureHost(folder, { now: () => now, utcOffsetMinutes: options.zone ?? utc, stat, open });
  const daemons = [daemon([], { home: c('/h') })];
  const item = await pm2Log.gather(host, {
    options: {
      homes: [],
      window: { from: now - 7 * day, to: now },
      observeMs: 0,
      kernelLogs: [],
      storageBudget: { ms: 0, files: 0 },
    },
    clean: makeCleaner(),
    seen: (key) => (key === 'daemons' ? (daemons as never) : null),
  });
  if (!item.seen) throw new Error('not seen');
  const [log] = item.value;
  return {
    log: log!,
    gaps: item.gaps.map((gap) => `${gap.why}: ${gap.tried[0]?.detail ?? ''}`),
    times: log!.events.filter(({ event }) => event.kind === 'online').map(({ at }) => at),
  };
}

const precision = (format: string) => (format.includes('SSS') ? 1 : format.includes('s') ? 1000 : minute);
const floor = (at: number, format: string) => Math.floor(at / precision(format)) * precision(format);

const full = [
  'YYYY-MM-DDTHH:mm:ss',
  'YYYY-MM-DD HH:mm:ss',
  'YYYY-MM-DD HH:mm:ss.SSS',
  'YYYY-MM-DD HH:mm:ss,SSS',
  'YYYY-MM-DDTHH:mm:ssZ',
  'YYYY-MM-DDTHH:mm:ss.SSSZ',
  'YYYY-MM-DD HH:mm:ss Z',
  'YYYY-MM-DD HH:mm:ss ZZ',
  'YYYY-MM-DD HH:mm Z',
  'YYYY/MM/DD HH:mm:ss',
  'DD/MM/YYYY HH:mm:ss',
  'DD-MM-YYYY HH:mm:ss',
  'DD.MM.YYYY HH:mm:ss',
  'D.M.YYYY H:mm:ss',
  'MM/DD/YYYY HH:mm:ss',
  'MM-DD-YYYY hh:mm:ss A',
  'M/D/YYYY h:mm:ss a',
  'M/D/YYYY, h:mm:ss A',
  'DD/MM/YY HH:mm:ss',
  'YY-MM-DD HH:mm:ss',
  'MM/DD/YY HH:mm',
  'DD MMM YYYY HH:mm:ss',
  'MMM DD, YYYY hh:mm:ss A',
  'MMMM D YYYY HH:mm:ss',
  'dddd, MMMM D, YYYY h:mm A',
  'ddd MMM DD HH:mm:ss YYYY',
  'YYYY年MM月DD日 HH:mm:ss',
  'YYYY年M月D日 HH时mm分ss秒',
  'YYYYMMDDHHmmss',
  'YYYYMMDD HHmmss',
  'YYYYMMDD-HH:mm:ss.SSS',
  'DDMMYYYY HH:mm:ss',
  'YYMMDDHHmmss',
  'HH:mm:ss DD/MM/YYYY',
  'HH:mm:ss.SSS YYYY-MM-DD',
  '[[]YYYY-MM-DD HH:mm:ss[]]',
  'YYYY-MM-DD[ at ]HH:mm:ss',
  'YYYY-DD-MM HH:mm:ss',
];
const partial = [
  'MM-DD HH:mm:ss',
  'DD/MM HH:mm',
  'MMM D HH:mm:ss',
  'HH:mm:ss',
  'HH:mm',
  'hh:mm:ss A',
  'HH:mm:ss.SSS',
];

describe('a log with its banner', () => {
  const zones = { utc, india, newYork, berlin };
  for (const [name, zone] of Object.entries(zones)) {
    it.each([...full, ...partial])(`gives the times back: %s, ${name}`, async (format) => {
      // Over midnight, and over the end of summer time in Europe and America.
      const from = now - 6 * day;
      const ats = Array.from({ length: 60 }, (_, index) => from + index * 2.3 * hour + index * 1234);
      const text =
        banner(format, from - 1000, zone) + ats.map((at) => online(print(format, at, zone))).join('');
      const last = ats.at(-1) ?? 0;
      const { times, gaps, log } = await read(text, { zone, modifiedAt: last });
      expect(gaps).toEqual([]);
      expect(times).toEqual(ats.map((at) => floor(at, format)));
      expect(log.coversFrom).toBe(floor(from - 1000, format));
    });
  }
});

describe('what is not proven', () => {
  it.each(['DD/MM/YYYY HH:mm:ss', 'MM-DD-YYYY HH:mm', 'DD/MM/YY HH:mm:ss'])(
    'is a gap where day and month look alike: %s',
    async (format) => {
      const ats = [Date.UTC(2026, 3, 5, 10), Date.UTC(2026, 3, 5, 14)];
      const { times, gaps } = await read(ats.map((at) => online(print(format, at, utc))).join(''));
      expect(times).toEqual([null, null]);
      expect(gaps).toEqual([expect.stringContaining('malformed: 2 lines like "')]);
    },
  );

  it('is proven by a day above 12, by the future, or by the file’s last change', async () => {
    const format = 'DD/MM/YYYY HH:mm:ss';
    const lines = (...ats: number[]) => ats.map((at) => online(print(format, at, utc))).join('');
    const above = [Date.UTC(2026, 10, 12, 10), Date.UTC(2026, 10, 13, 10)];
    expect((await read(lines(...above))).times).toEqual(above);
    const future = [Date.UTC(2026, 10, 11, 10), Date.UTC(2026, 11 - 1, 12, 10)];
    expect((await read(lines(...future))).times).toEqual(future);
    const alike = [Date.UTC(2026, 3, 5, 10), Date.UTC(2026, 3, 5, 14)];
    expect((await read(lines(...alike), { modifiedAt: alike[1]! + 300 })).times).toEqual(alike);
    expect((await read(lines(...alike), { modifiedAt: alike[1]! + hour })).times).toEqual([null, null]);
  });

  it.each(['YYYY-MM-DD hh:mm:ss', 'DD/MM/YYYY hh:mm:ss'])(
    'is an afternoon without PM: %s',
    async (format) => {
      const ats = Array.from({ length: 30 }, (_, index) => now - 5 * day + index * 3 * hour);
      const lines = ats.map((at) => online(print(format, at, utc))).join('');
      for (const text of [lines, banner(format, ats[0]! + 6 * hour, utc) + lines]) {
        const { times, gaps } = await read(text);
        expect(times.every((time) => time === null)).toBe(true);
        expect(gaps).toHaveLength(1);
      }
    },
  );

  it.each(['YYYY-MM-DD HH:MM:ss', 'DD.MM.YYYY HH:MM'])(
    'is a month in the place of minutes: %s',
    async (format) => {
      const ats = Array.from({ length: 30 }, (_, index) => now - 5 * day + index * 3.1 * hour);
      const { times, gaps } = await read(ats.map((at) => online(print(format, at, utc))).join(''));
      expect(times.every((time) => time === null)).toBe(true);
      expect(gaps).toHaveLength(1);
    },
  );

  it('is the day of a time after a pause of more than a day', async () => {
    const format = 'HH:mm:ss';
    const start = now - 6 * day;
    const ats = [start + hour, start + 2 * day + 2 * hour, start + 3 * day + 3 * hour];
    const text = banner(format, start, utc) + ats.map((at) => online(print(format, at, utc))).join('');
    const { times, gaps, log } = await read(text, { modifiedAt: ats[2]! });
    expect(times).toEqual([null, null, null]);
    expect(gaps[0]).toContain('nothing proves which day');
    expect(log.coversFrom).toBeNull();
  });

  it('is the day of times without a banner, unless the file is as young as they are', async () => {
    const ats = [now - 5 * hour, now - 4 * hour];
    const text = ats.map((at) => online(print('HH:mm:ss', at, utc))).join('');
    expect((await read(text, { modifiedAt: ats[1]! })).times).toEqual([null, null]);
    expect((await read(text, { modifiedAt: ats[1]!, bornAt: ats[0]! - hour })).times).toEqual(ats);
    expect((await read(text, { modifiedAt: ats[1]! + 2 * hour, bornAt: ats[0]! - hour })).times).toEqual([
      null,
      null,
    ]);
  });

  it('is what dayjs does not know: `x` is printed as it stands', async () => {
    const { times, gaps } = await read(online('x') + online('x'));
    expect(times).toEqual([null, null]);
    expect(gaps[0]).toContain('a date format we cannot read');
  });

  it('keeps what is known of a log whose format was changed', async () => {
    const before = now - 6 * day;
    const change = now - 3 * day;
    const text =
      banner('YYYY-MM-DD HH:mm:ss', before, utc) +
      online(print('YYYY-MM-DD HH:mm:ss', before + hour, utc)) +
      banner('DD/MM/YYYY HH:mm', change, utc) +
      online(print('DD/MM/YYYY HH:mm', change + hour, utc)) +
      online(print('DD/MM/YYYY HH:mm', change + 26 * hour, utc));
    expect((await read(text)).times).toEqual([before + hour, change + hour, change + 26 * hour]);
  });
});

describe('lines an app has forged', () => {
  it('do not count in the default format where the daemon has another', async () => {
    const format = 'DD/MM/YYYY HH:mm:ss';
    const start = now - 5 * day;
    const text =
      banner(format, start, utc) +
      online(print(format, start + hour, utc)) +
      online('2026-11-18T00:00:00', 'forged') +
      banner('YYYY-MM-DDTHH:mm:ss', start + 2 * hour, utc)
        .split('\n')
        .slice(1, 3)
        .join('\n') +
      '\n' +
      online(print(format, start + 3 * hour, utc)) +
      online(print(format, start + 4 * hour, utc));
    const { log, times } = await read(text);
    expect(times).toEqual([start + hour, start + 3 * hour, start + 4 * hour]);
    expect(log.events.filter(({ event }) => event.kind === 'daemon-started')).toHaveLength(1);
  });

  it.each([
    ['long before', now - 300 * day],
    ['in the future', now + 40 * day],
    ['a day before', now - 3 * day - 30 * hour],
    ['a day later', now - 3 * day + 30 * hour],
  ])('do not count with a time %s', async (_, at) => {
    const stamp = (time: number) => print('YYYY-MM-DDTHH:mm:ss', time, utc);
    const start = now - 5 * day;
    const ats = Array.from({ length: 40 }, (_line, index) => start + index * 2 * hour);
    const text = ats
      .map((time, index) => online(stamp(time)) + (index === 24 ? online(stamp(at), 'forged') : ''))
      .join('');
    const { times, gaps, log } = await read(text);
    expect(times).toEqual(ats);
    expect(gaps).toEqual([expect.stringContaining('1 lines left out')]);
    expect(log.coversFrom).toBe(start);
  });
});

const hasTwice = (zone: Zone) => zone === berlin || zone === newYork;

it('never shows another time than the one that was printed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...full.filter((format) => !format.startsWith('YYYY-DD')), ...partial),
      fc.constantFrom(utc, india, newYork, berlin),
      fc.array(fc.integer({ min: 1, max: 40 * 60 }), { minLength: 2, maxLength: 25 }),
      fc.boolean(),
      fc.boolean(),
      async (format, zone, pauses, hasBanner, isLast) => {
        let at = now - pauses.reduce((total, pause) => total + pause, 5) * minute;
        const start = at;
        const ats: number[] = [];
        for (const pause of pauses) {
          at += pause * minute + 17;
          ats.push(at);
        }
        const text =
          (hasBanner ? banner(format, start, zone) : '') +
          ats.map((time) => online(print(format, time, zone))).join('');
        const { times, gaps } = await read(text, {
          zone,
          modifiedAt: isLast ? at : Math.min(now, at + 3 * minute),
        });
        for (const [index, time] of times.entries()) {
          if (time === null) expect(gaps).not.toEqual([]);
          // In the hour that comes twice it may be the other one.
          else
            expect(Math.abs(time - floor(ats[index]!, format))).toBeLessThanOrEqual(
              hasTwice(zone) ? hour : 0,
            );
        }
      },
    ),
    { numRuns: 150 },
  );
});
