import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCleaner } from '../../src/gather/clean.ts';
import { pm2Log } from '../../src/gather/pm2-log.ts';
import type { Host } from '../../src/host/host.ts';
import { c, daemon, day, hour, window } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm2-log-'));
  mkdirSync(join(folder, 'h'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, 'h', name);
const capture = (name: string) =>
  readFileSync(join(import.meta.dirname, '../fixtures/pm2-log', `${name}.log`));
const banner = (stamp: string, time: string) =>
  `${stamp}: PM2 log: --- New PM2 Daemon started ----\n${stamp}: PM2 log: Time                 : ${time}\n${stamp}: PM2 log: PM2 version          : 7.0.4\n${stamp}: PM2 log: Node.js version      : 20.20.2\n`;
const online = (stamp: string, name = 'web') => `${stamp}: PM2 log: App [${name}:0] online\n`;
const read = async (over: Partial<Host> = {}, homes = ['/h'], from = window.from) => {
  const daemons = homes.map((home) => daemon([], { home: c(home) }));
  return pm2Log.gather(fixtureHost(folder, { utcOffsetMinutes: () => 0, ...over }), {
    options: {
      homes: [],
      window: { from, to: window.to },
      observeMs: 0,
      kernelLogs: [],
      storageBudget: { ms: 0, files: 0 },
    },
    clean: makeCleaner(),
    seen: (key) => (key === 'daemons' ? (daemons as never) : null),
  });
};
const one = async (over: Partial<Host> = {}, from?: number) => {
  const item = await read(over, ['/h'], from);
  if (!item.seen) throw new Error('not seen');
  return { log: item.value[0]!, gaps: item.gaps };
};
const kinds = (log: { readonly events: readonly { readonly event: { readonly kind: string } }[] }) =>
  log.events.map((event) => event.event.kind);

describe('pm2Log', () => {
  it('reads what a real daemon wrote', async () => {
    writeFileSync(file('pm2.log'), capture('oom-fork'));
    const { log, gaps } = await one();
    expect(gaps).toEqual([]);
    expect(kinds(log)).toEqual([
      'starting',
      'online',
      'exited',
      'starting',
      'online',
      'exited',
      'starting',
      'online',
    ]);
    expect(log.coversFrom).toBe(Date.UTC(2026, 10, 21, 21, 16, 8));
    expect(log.events[2]).toMatchObject({
      at: Date.UTC(2026, 10, 21, 21, 16, 11),
      text: 'App [oomfork:0] exited with code [0] via signal [SIGKILL]',
    });
  });

  it('learns the zone and the versions from each banner', async () => {
    writeFileSync(
      file('pm2.log'),
      online('2026-11-20T09:00:00', 'before') +
        banner('2026-11-20T10:00:00', 'Fri Nov 20 2026 10:00:00 GMT-0500 (Eastern Standard Time)') +
        online('2026-11-20T10:00:01') +
        banner('2026-11-20T16:00:00', 'Fri Nov 20 2026 16:00:00 GMT+0100 (CET)') +
        online('2026-11-20T16:00:01'),
    );
    const { log } = await one();
    expect(log.utcOffsetMinutes).toBe(60);
    expect(log.events.map((event) => event.at)).toEqual([
      Date.UTC(2026, 10, 20, 14),
      Date.UTC(2026, 10, 20, 15),
      Date.UTC(2026, 10, 20, 15, 0, 1),
      Date.UTC(2026, 10, 20, 15),
      Date.UTC(2026, 10, 20, 15, 0, 1),
    ]);
    expect(log.coversFrom).toBe(Date.UTC(2026, 10, 20, 14));
    expect(log.events[1]?.event).toMatchObject({
      kind: 'daemon-started',
      pm2Version: '7.0.4',
      nodeVersion: '20.20.2',
    });
  });

  it('does not take a Time line of an app for the zone', async () => {
    writeFileSync(
      file('pm2.log'),
      `${online('2026-11-20T09:00:00')}2026-11-20T09:00:00: PM2 log: Time : Fri Nov 20 2026 09:00:00 GMT+1400 (x)\n`,
    );
    expect((await one()).log.events[0]?.at).toBe(Date.UTC(2026, 10, 20, 9));
  });

  it('follows the host through the hour that comes twice', async () => {
    const change = Date.UTC(2026, 9, 25, 1);
    const utcOffsetMinutes = (at: number) => (at < change ? 120 : 60);
    const stamps = [
      '2026-10-25T01:59:00',
      '2026-10-25T02:30:00',
      '2026-10-25T02:59:59',
      '2026-10-25T02:10:00',
      '2026-10-25T03:00:00',
    ];
    writeFileSync(file('pm2.log'), stamps.map((stamp) => online(stamp)).join(''));
    const { log } = await one({ utcOffsetMinutes }, change - day);
    expect(log.events.map((event) => ((event.at ?? 0) - change) / 60_000)).toEqual([
      -61,
      -30,
      -1 / 60,
      10,
      60,
    ]);
  });

  it('stops at the window, and says from when on it speaks', async () => {
    const line = (at: number) => online(new Date(at).toISOString().slice(0, 19));
    let text = '';
    for (let at = window.to - 60 * day; at < window.to; at += 60_000) text += line(at);
    writeFileSync(file('pm2.log'), text);
    const { log, gaps } = await one();
    expect(gaps).toEqual([]);
    expect(log.coversFrom).toBeLessThanOrEqual(window.from - day);
    expect(log.coversFrom).toBeGreaterThan(window.to - 59 * day);
    expect(log.events.length).toBeLessThan(45_000);
    expect(log.events.at(-1)?.at).toBe(window.to - 60_000 - ((window.to - 60_000) % 1000));
  });

  it('finds the few lines of PM2 in much output of apps, across chunks, and long lines do not hurt', async () => {
    writeFileSync(file('pm2.log'), '');
    const noise = `${'x'.repeat(999)}\n`.repeat(1500);
    for (let round = 0; round < 3; round += 1)
      appendFileSync(file('pm2.log'), noise + online(`2026-11-20T0${round}:00:00`) + 'y'.repeat(3_000_000));
    const { log } = await one();
    // Round 1 and 2 follow an unfinished line of an app: their noise ends it.
    expect(log.events.map((event) => event.at)).toEqual([0, 1, 2].map((h) => Date.UTC(2026, 10, 20, h)));
  });

  it('comes past a line of several megabytes, with and without an end', async () => {
    for (const end of ['', '\n', '\n\n']) {
      writeFileSync(
        file('pm2.log'),
        `${online('2026-11-20T01:00:00')}${online('2026-11-20T02:00:00').trim()}${'z'.repeat(3_500_000)}${end}`,
      );
      expect((await one()).log.events.map((event) => event.at)).toEqual([Date.UTC(2026, 10, 20, 1)]);
    }
  });

  it('reads rotated and packed generations in order, and no copy twice', async () => {
    writeFileSync(file('pm2.log'), online('2026-11-20T03:00:00', 'd'));
    writeFileSync(file('pm2.log.1'), online('2026-11-20T02:00:00', 'c'));
    writeFileSync(file('pm2__2026-11-20_01-00-00.log.gz'), gzipSync(online('2026-11-20T01:00:00', 'b')));
    writeFileSync(
      file('pm2.log.bak'),
      online('2026-11-20T00:00:00', 'a') +
        online('2026-11-20T01:00:00', 'b') +
        online('2026-11-20T02:00:00', 'c'),
    );
    writeFileSync(file('pm2.pid'), '1');
    const order = ['pm2.log.1', 'pm2__2026-11-20_01-00-00.log.gz', 'pm2.log.bak'];
    const base = fixtureHost(folder);
    const stat: Host['stat'] = (path) => {
      const outcome = base.stat(path);
      const age = order.findIndex((name) => path.endsWith(name));
      return outcome.ok
        ? { ok: true, value: { ...outcome.value, modifiedAt: window.to - (age + 1) * hour } }
        : outcome;
    };
    const { log, gaps } = await one({ stat });
    expect(gaps).toEqual([]);
    expect(log.events.map((event) => ('name' in event.event ? event.event.name : ''))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(log.allBytes).toBeGreaterThan(log.sizeBytes);
  });

  it('sees the heap abort of a cluster worker, with its pid', async () => {
    writeFileSync(file('pm2.log'), capture('v8-heap-oom'));
    const { log } = await one();
    const abort = log.events.findIndex((event) => event.event.kind === 'heap-abort');
    expect(log.events[abort]?.event).toEqual({ kind: 'heap-abort', pid: 21687 });
    expect(log.events[abort + 2]?.event).toMatchObject({
      kind: 'exited',
      name: 'heapcluster',
      signal: 'SIGABRT',
    });
  });

  it('joins the lines of a name with line breaks', async () => {
    writeFileSync(
      file('pm2.log'),
      '2026-11-20T01:00:00: PM2 log: App [two\nlines:4] exited with code [3] via signal [SIGINT]\n',
    );
    expect((await one()).log.events[0]?.event).toMatchObject({
      kind: 'exited',
      name: 'two lines',
      pmId: 4,
      code: 3,
    });
  });

  it('says so when lines have no readable time', async () => {
    writeFileSync(file('pm2.log'), '03.04.2026 16:24: PM2 log: App [web:0] online\n');
    const { log, gaps } = await one();
    expect(log.events[0]?.at).toBeNull();
    expect(gaps.map((gap) => gap.why)).toEqual(['malformed']);
    writeFileSync(file('pm2.log'), 'App [web:0] online\n');
    expect((await one()).gaps.map((gap) => gap.why)).toEqual(['malformed']);
  });

  it('ignores lines without a time in a log that has times', async () => {
    writeFileSync(file('pm2.log'), `${online('2026-11-20T01:00:00')}x: PM2 log: App [forged:9] online\n`);
    expect(kinds((await one()).log)).toEqual(['online']);
  });

  it('reports what is missing or locked, home by home', async () => {
    expect((await read()).gaps).toMatchObject([{ why: 'not-found', remedy: 'keep-pm2-log' }]);
    writeFileSync(file('pm2.log'), online('2026-11-20T01:00:00'));
    expect((await read({}, ['/h', '/other'])).gaps).toMatchObject([
      { why: 'not-found', subject: '/other/pm2.log' },
    ]);
    writeFileSync(file('pm2.log.EACCES'), '');
    const locked = await read();
    expect(locked.seen).toBe(false);
    expect(locked.gaps).toMatchObject([{ why: 'permission-denied', remedy: 'run-as-owner' }]);
  });

  it('survives an empty, a binary and a damaged packed log', async () => {
    writeFileSync(file('pm2.log'), '');
    expect((await one()).log).toMatchObject({ events: [], coversFrom: null });
    writeFileSync(file('pm2.log'), Buffer.from([0, 255, 10, 58, 32, 80, 77, 50, 32, 10, 0]));
    expect((await one()).log.events).toEqual([]);
    writeFileSync(file('pm2.log.2.gz'), 'not gzip');
    expect((await one()).gaps.map((gap) => gap.why)).toContain('malformed');
  });
});
