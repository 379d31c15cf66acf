import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultKeep } from '../../src/history/retention.ts';
import { openReader, saveReport } from '../../src/history/sqlite.ts';
import type { Subject } from '../../src/model/history.ts';
import { c, day, hour, minute } from '../factories.ts';
import {
  appSample,
  collector,
  driver,
  everyMs,
  exitEvent,
  MB,
  processSample,
  ref,
  run,
  sample,
  second,
  start,
  tempPath,
  wideDisk,
} from './factory.ts';

const paths: string[] = [];
const place = (): string => {
  const path = tempPath();
  paths.push(path);
  return path;
};
afterEach(() => {
  for (const path of paths.splice(0)) rmSync(dirname(dirname(path)), { recursive: true, force: true });
});
const api: Subject = { kind: 'app', app: ref() };
/** A line that rises a page a sample, so that every figure of a bucket is known. */
const rising = (at: number) => ({
  apps: [
    appSample({
      treeRssBytes: MB + ((at - start) / everyMs) * 4096,
      cpuPercent: ((at - start) / everyMs) % 7,
    }),
  ],
});

describe('what was sampled', () => {
  it('comes back as it was, rounded to what is kept', () => {
    const path = place();
    const store = collector(path);
    const seen = sample(start + 10_250, {
      apps: [
        appSample({
          treeRssBytes: 100 * MB + 5000,
          treePssBytes: 90 * MB,
          cpuPercent: 12.34,
          status: 'errored',
        }),
      ],
      host: {
        memoryTotalBytes: 8 * 1024 * MB,
        memoryAvailableBytes: 3 * 1024 * MB,
        swapTotalBytes: 0,
        swapUsedBytes: 0,
        memorySomePercent: 1.25,
        memoryFullPercent: null,
        load1: 0.42,
      },
      cgroups: [{ path: c('/system.slice/pm2.service'), usedBytes: 4096, limitBytes: null }],
      disks: [{ mount: c('/'), totalBytes: 2 ** 40, freeBytes: 2 ** 39 }],
      logs: [{ path: c('/var/log/api.log'), app: ref(), sizeBytes: 123_457 }],
    });
    expect(store.write({ at: seen.at, sample: seen })).toMatchObject({ kept: true, notices: [] });
    const value = (
      subject: Subject,
      metric: Parameters<typeof store.series>[1]['metric'],
    ): number | undefined => store.series(subject, { metric, from: start, to: start + hour })?.last[0];
    expect(value(api, 'treeRssBytes')).toBe(100 * MB + 4096);
    expect(value(api, 'treePssBytes')).toBe(90 * MB);
    expect(value(api, 'cpuPercent')).toBe(12.3);
    expect(value(api, 'pid')).toBe(4242);
    expect(value(api, 'status')).toBe(6);
    expect(value({ kind: 'host' }, 'memorySomePercent')).toBe(1.25);
    expect(value({ kind: 'host' }, 'memoryFullPercent')).toBeNaN();
    expect(value({ kind: 'host' }, 'load1')).toBe(0.42);
    expect(value({ kind: 'cgroup', path: c('/system.slice/pm2.service') }, 'limitBytes')).toBeNaN();
    expect(value({ kind: 'disk', mount: c('/') }, 'freeBytes')).toBe(2 ** 39);
    expect(value({ kind: 'log', path: c('/var/log/api.log'), app: ref() }, 'sizeBytes')).toBe(123_457);
    expect(store.subjects('app')).toEqual([{ kind: 'app', app: ref() }]);
    expect(store.subjects('disk')).toEqual([{ kind: 'disk', mount: '/' }]);
    expect(store.series({ kind: 'app', app: ref(1) }, { metric: 'pid', from: 0, to: start })).toBeNull();
    store.end();
  });

  it('is the same before and after the roll-up, in buckets too', () => {
    const path = place();
    const store = collector(path);
    run(store, start, start + 2 * hour, rising);
    const read = () => {
      const reader = openReader(driver, path);
      const raw = reader.series(api, {
        metric: 'treeRssBytes',
        from: start,
        to: start + day,
        resolution: 'raw',
      });
      const minutes = reader.series(api, {
        metric: 'treeRssBytes',
        from: start,
        to: start + day,
        resolution: 'minute',
      });
      const hours = reader.series(api, {
        metric: 'treeRssBytes',
        from: start,
        to: start + day,
        resolution: 'hour',
      });
      reader.close();
      return { raw, minutes, hours };
    };
    const { raw, minutes, hours } = read();
    expect(raw?.at.length).toBe(720);
    expect(Array.from(raw?.mean ?? [])).toEqual(Array.from({ length: 720 }, (_, index) => MB + index * 4096));
    expect(raw?.at[719]).toBe(start + 719 * everyMs);
    expect(minutes?.at.length).toBe(120);
    expect(Array.from(minutes?.at ?? []).slice(0, 3)).toEqual([start, start + minute, start + 2 * minute]);
    // Six samples a minute: 0 … 5 pages above 1 MB.
    expect([minutes?.min[0], minutes?.mean[0], minutes?.max[0], minutes?.last[0]]).toEqual(
      [0, 3, 5, 5].map((pages) => MB + pages * 4096),
    );
    expect([hours?.min[1], hours?.max[1]]).toEqual([360, 719].map((pages) => MB + pages * 4096));
    expect(hours?.at.length).toBe(2);
    run(store, start + 2 * hour, start + 3 * hour, rising);
    const later = read();
    expect(Array.from(later.raw?.mean ?? []).slice(0, 720)).toEqual(Array.from(raw?.mean ?? []));
    expect(Array.from(later.minutes?.max ?? []).slice(0, 120)).toEqual(Array.from(minutes?.max ?? []));
    expect(later.hours?.at.length).toBe(3);
    store.end();
  });

  it('keeps memory in buckets to a five-hundredth, minimum and maximum never inside the truth', () => {
    const store = collector(place());
    const bytes = [1000.3, 1000.9, 1001.7, 999.2, 1000.1, 1000.5].map(
      (mb) => Math.floor((mb * MB) / 4096) * 4096,
    );
    bytes.forEach((treeRssBytes, index) => {
      store.write({
        at: start,
        sample: sample(start + index * everyMs, { apps: [appSample({ treeRssBytes })] }),
      });
    });
    const series = store.series(api, {
      metric: 'treeRssBytes',
      from: start,
      to: start + hour,
      resolution: 'minute',
    });
    const [min = 0, mean = 0, max = 0] = [series?.min[0], series?.mean[0], series?.max[0]];
    expect(min).toBeLessThanOrEqual(Math.min(...bytes));
    expect(max).toBeGreaterThanOrEqual(Math.max(...bytes));
    const truth = bytes.reduce((sum, each) => sum + each, 0) / bytes.length;
    for (const [kept, real] of [
      [min, Math.min(...bytes)],
      [mean, truth],
      [max, Math.max(...bytes)],
    ] as const)
      expect(Math.abs(kept - real) / real).toBeLessThan(0.002);
    store.end();
  });

  it('is not known where an app was not there, and nothing where nobody looked', () => {
    const store = collector(place());
    run(store, start, start + 2 * minute, (at) => ({
      apps: at === start + minute ? [] : [appSample({ treePssBytes: at === start ? 50 * MB : null })],
      disks: at === start ? [{ mount: c('/'), totalBytes: 100 * MB, freeBytes: 40 * MB }] : null,
    }));
    const rss = store.series(api, { metric: 'treeRssBytes', from: start, to: start + hour });
    expect(rss?.at.length).toBe(11);
    expect(Array.from(rss?.at ?? [])).not.toContain(start + minute);
    const pss = store.series(api, { metric: 'treePssBytes', from: start, to: start + hour });
    expect(Array.from(pss?.mean ?? []).filter((value) => !Number.isNaN(value))).toEqual([50 * MB]);
    const disk = store.series(
      { kind: 'disk', mount: c('/') },
      { metric: 'freeBytes', from: start, to: start + hour },
    );
    expect(Array.from(disk?.at ?? [])).toEqual([start]);
    store.end();
  });

  it('chooses the finest resolution that reaches back far enough', () => {
    const store = collector(place(), { keep: { ...defaultKeep, rawMs: 3 * hour, minuteMs: day } });
    run(store, start, start + 2 * day, () => ({}), minute);
    const at = (from: number): string | undefined =>
      store.series(api, { metric: 'treeRssBytes', from, to: start + 2 * day })?.resolution;
    expect(at(start + 2 * day - 2 * hour)).toBe('raw');
    expect(at(start + 2 * day - 10 * hour)).toBe('minute');
    expect(at(start)).toBe('hour');
    expect(store.allSeries('app', { metric: 'treeRssBytes', from: start, to: start + 2 * day })).toHaveLength(
      1,
    );
    store.end();
    const young = collector(place());
    run(young, start, start + 3 * hour);
    expect(young.series(api, { metric: 'pid', from: start - day, to: start + day })?.resolution).toBe('raw');
    young.end();
  });
});

describe('the roll-up', () => {
  it('is never seen half done, and goes on where a run was killed', () => {
    const path = place();
    const ids = Array.from({ length: 40 }, (_, id) => id);
    const apps = (at: number) => ({
      apps: ids.map((id) => appSample({ app: ref(id), restartCounter: (at - start) / everyMs })),
    });
    let store = collector(path);
    run(store, start, start + hour, apps);
    for (let number = 0; number < 12; number += 1) {
      const at = start + hour + number * everyMs;
      run(store, at, at + everyMs, apps);
      const counters = Array.from({ length: 361 + number }, (_, each) => each);
      for (const resolution of ['raw', 'minute', 'hour'] as const) {
        const all = store.allSeries('app', { metric: 'restartCounter', from: start, to: at, resolution });
        expect(all).toHaveLength(40);
        for (const { last, at: times } of all) {
          if (resolution === 'raw') expect(Array.from(last)).toEqual(counters);
          else expect(times.length).toBe(resolution === 'minute' ? 61 + Math.floor(number / 6) : 2);
          expect(last[last.length - 1]).toBe(360 + number);
        }
      }
      if (number % 2 === 1) continue;
      store.close();
      store = collector(path, { now: at });
    }
    store.end();
  });
});

describe('gaps', () => {
  it('are told from silence: before the first sample, between runs, after the last', () => {
    const path = place();
    const first = collector(path);
    run(first, start, start + minute);
    first.end();
    const second_ = collector(path, { now: start + hour });
    run(second_, start + hour, start + hour + minute);
    const gaps = second_.gaps({ from: start - hour, to: start + 3 * hour });
    expect(gaps).toEqual([
      { from: start - hour, to: start },
      { from: start + minute - everyMs, to: start + hour },
      { from: start + hour + minute - everyMs, to: start + 3 * hour },
    ]);
    expect(second_.series(api, { metric: 'pid', from: start, to: start + hour + 30_000 })?.gaps).toEqual([
      gaps[1],
    ]);
    second_.end();
  });
});

describe('events', () => {
  it('are kept once, whoever reads them again, with the place where their source was read to', () => {
    const path = place();
    const store = collector(path);
    const events = [exitEvent('kmsg:b:1', start), exitEvent('kmsg:b:2', start + second)];
    expect(store.write({ at: start, events, cursors: { kmsg: '2' } })).toMatchObject({ newEvents: 2 });
    expect(
      store.write({ at: start, events: [...events, exitEvent('kmsg:b:3', start)], cursors: { kmsg: '3' } }),
    ).toMatchObject({
      newEvents: 1,
    });
    store.end();
    const again = collector(path);
    expect(again.write({ at: start, events })).toMatchObject({ newEvents: 0 });
    expect(again.cursor('kmsg')).toBe('3');
    expect(again.cursor('pm2.log')).toBeNull();
    const read = again.events({ from: start, to: start + hour });
    expect(read.map(({ key }) => key)).toEqual(['kmsg:b:1', 'kmsg:b:3', 'kmsg:b:2']);
    expect(read[0]?.facts).toEqual(events[0]?.facts);
    expect(again.events({ from: start, to: start + hour, kinds: ['kill'] })).toEqual([]);
    expect(again.events({ from: start, to: start + hour, limit: 1 }).map(({ key }) => key)).toEqual([
      'kmsg:b:2',
    ]);
    again.end();
  });
});

describe('remembered processes', () => {
  it('say whose a pid was, after it is gone and its number is used again', () => {
    const path = place();
    const store = collector(path);
    const worker = processSample({
      pid: 77,
      ppid: 4242,
      role: 'child',
      comm: c('gunicorn'),
      rssBytes: 50 * MB,
    });
    run(store, start, start + 60 * second, (at) => ({
      processes: [
        processSample(),
        ...(at < start + 30 * second ? [{ ...worker, rssBytes: 50 * MB + (at - start) }] : []),
        ...(at >= start + 40 * second
          ? [processSample({ pid: 77, startedAt: start + 35 * second, app: ref(1, 'web') })]
          : []),
      ],
    }));
    const old = store.processes({ from: start + 25 * second, to: start + 25 * second }, 77);
    // Between two samples nobody looked: the last one that saw it is at 20 s.
    expect(old?.processes).toEqual([]);
    expect(
      store.processes({ from: start + 20 * second, to: start + 20 * second }, 77)?.processes,
    ).toMatchObject([
      {
        pid: 77,
        role: 'child',
        comm: 'gunicorn',
        app: ref(),
        firstSeen: start,
        lastSeen: start + 20 * second,
        rssBytes: 50 * MB + 20_000,
      },
    ]);
    expect(
      store.processes({ from: start, to: start + hour }, 77)?.processes.map(({ app }) => app?.name),
    ).toEqual(['api', 'web']);
    const all = store.processes({ from: start - hour, to: start + hour });
    expect(all).toMatchObject({ from: start, to: start + 50 * second, everyMs });
    expect(all?.processes.find(({ pid }) => pid === 4242)).toEqual({
      ...processSample(),
      firstSeen: start,
      lastSeen: start + 50 * second,
    });
    expect(store.processes({ from: start - 2 * hour, to: start - hour })).toBeNull();
    store.end();
  });

  it('that outlive the collector stay one; those that died meanwhile ended with its last sample', () => {
    const path = place();
    const first = collector(path);
    run(first, start, start + minute, () => ({ processes: [processSample(), processSample({ pid: 77 })] }));
    first.close(); // no proper end: as if it had been killed
    const reader = openReader(driver, path);
    expect(reader.processes({ from: start, to: start + minute }, 77)?.processes[0]?.lastSeen).toBe(
      start + 50 * second,
    );
    reader.close();
  });

  it('are remembered by the next run', () => {
    const path = place();
    const first = collector(path);
    run(first, start, start + minute, () => ({ processes: [processSample(), processSample({ pid: 77 })] }));
    first.end();
    const next = collector(path, { now: start + hour });
    run(next, start + hour, start + hour + minute, () => ({
      processes: [processSample({ startedAt: start - hour + 400 })],
    }));
    const seen = next.processes({ from: start, to: start + day })?.processes ?? [];
    expect(seen.map(({ pid, firstSeen, lastSeen }) => [pid, firstSeen, lastSeen])).toEqual([
      [4242, start, start + hour + 50 * second],
      [77, start, start + 50 * second],
    ]);
    next.end();
  });
});

describe('reports', () => {
  it('are kept beside a running collector, newest first, one a time', () => {
    const path = place();
    const store = collector(path);
    const report = (takenAt: number, host: string, score: number) =>
      saveReport(
        driver,
        path,
        { takenAt, host: c(host), verdict: 'attention', score, grade: 'C', summary: { score, 名: ['a'] } },
        { disk: wideDisk },
      );
    report(start, 'web-1', 70);
    report(start + hour, 'web-1', 60);
    report(start + hour, 'web-1', 61);
    report(start + 2 * hour, 'web-2', 90);
    expect(store.reports({ host: 'web-1', limit: 5 }).map(({ score }) => score)).toEqual([61, 70]);
    expect(store.reports({ host: 'web-1', limit: 5, before: start + hour })[0]?.summary).toEqual({
      score: 70,
      名: ['a'],
    });
    expect(store.reports({ limit: 1 })[0]?.host).toBe('web-2');
    store.end();
  });

  it('stay below the size of the store without a collector, the two newest whatever happens', () => {
    const path = place();
    const noise = (): string =>
      Array.from({ length: 4000 }, (_, each) => Math.sin(each * start).toString(36)).join('');
    const keep = { ...defaultKeep, maxBytes: 300 * 1024 };
    for (let number = 0; number < 12; number += 1) {
      const report = { takenAt: start + number, host: c('h'), verdict: 'healthy', score: 1, grade: 'A' };
      saveReport(driver, path, { ...report, summary: noise() }, { disk: wideDisk, keep });
    }
    const reader = openReader(driver, path);
    const kept = reader.reports({ limit: 99 }).map(({ takenAt }) => takenAt - start);
    expect(kept.slice(0, 2)).toEqual([11, 10]);
    expect(kept.length).toBeLessThan(12);
    reader.close();
  });

  it('make the store when there is none', () => {
    const path = place();
    saveReport(
      driver,
      path,
      { takenAt: start, host: c('h'), verdict: 'healthy', score: null, grade: null, summary: [] },
      { disk: wideDisk },
    );
    const reader = openReader(driver, path);
    expect(reader.reports({ limit: 9 })).toHaveLength(1);
    expect(reader.state()).toMatchObject({ firstAt: null, lastAt: null, collectorPid: null });
    expect(reader.gaps({ from: 1, to: 2 })).toEqual([{ from: 1, to: 2 }]);
    reader.close();
  });
});

describe('the file', () => {
  it('belongs to its owner alone', () => {
    const path = place();
    const store = collector(path);
    run(store, start, start + minute);
    const mode = (file: string): number => statSync(file).mode & 0o777;
    expect(mode(dirname(path))).toBe(0o700);
    for (const end of ['', '-wal', '-shm', '.lock']) expect(mode(`${path}${end}`)).toBe(0o600);
    store.end();
  });

  it('drops what is older than it is kept for, and keeps the rest', () => {
    const store = collector(place(), {
      keep: { ...defaultKeep, rawMs: 2 * hour, minuteMs: 12 * hour, hourMs: 3 * day },
    });
    store.write({ at: start, events: [exitEvent('old', start)] });
    run(store, start, start + 5 * day, () => ({}), 5 * minute);
    const oldest = (resolution: 'raw' | 'minute' | 'hour'): number =>
      (start +
        5 * day -
        (store.series(api, { metric: 'pid', from: 0, to: start + 9 * day, resolution })?.at[0] ?? 0)) /
      hour;
    expect(oldest('raw')).toBeGreaterThan(2);
    expect(oldest('raw')).toBeLessThan(5);
    expect(oldest('minute')).toBeGreaterThan(12);
    expect(oldest('minute')).toBeLessThan(40);
    expect(store.events({ from: 0, to: start + 9 * day, kinds: ['exit'] })).toEqual([]);
    store.end();
  });

  it('stays below its size, at the cost of the oldest samples', () => {
    const maxBytes = 200 * 1024;
    const path = place();
    const store = collector(path, { everyMs: minute, keep: { ...defaultKeep, maxBytes } });
    let seed = 1;
    const noise = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed;
    };
    const notices = run(
      store,
      start,
      start + 3 * day,
      () => ({
        apps: [0, 1, 2, 3].map((id) =>
          appSample({ app: ref(id), treeRssBytes: noise(), pm2RssBytes: noise(), cpuPercent: noise() % 900 }),
        ),
      }),
      minute,
    );
    expect(notices.some((line) => /reached its size/.test(line))).toBe(true);
    expect(store.state().usedBytes).toBeLessThan(maxBytes * 1.2);
    expect(
      store.series(api, { metric: 'pid', from: start, to: start + 9 * day, resolution: 'hour' })?.at.length,
    ).toBe(72);
    store.end();
    expect(statSync(path).size).toBeLessThan(maxBytes * 1.2 + 1024 * 1024);
  });
});
