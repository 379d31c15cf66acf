import { describe, expect, it } from 'vitest';
import { judge, type Level, type Standings, worstOf } from '../../src/collector/levels.ts';
import type { Sample } from '../../src/model/history.ts';
import { app, c, daemon, GB, home, MB, settings } from '../factories.ts';
import { appSample, hostSample, sampleOf } from './samples.ts';

const limited = (limitBytes: number | null) => [
  daemon([app('web', 0, { settings: settings({ maxMemoryRestartBytes: limitBytes }) })]),
];
/** Levels of one kind of figure after each of these samples. */
function levelsOf(kind: string, samples: readonly Sample[], daemons = limited(300 * MB)): readonly Level[] {
  let standings: Standings = new Map();
  return samples.map((sample) => {
    standings = judge(standings, sample, daemons, GB).standings;
    return [...standings].find(([key]) => key === kind || key.startsWith(`${kind} `))?.[1].level ?? 'normal';
  });
}
const memory = (usedRatio: number) =>
  sampleOf({ host: hostSample({ memoryAvailableBytes: Math.round(10 * GB * (1 - usedRatio)) }) });
const web = (over: Parameters<typeof appSample>[2]) => sampleOf({ apps: [appSample('web', 0, over)] });

describe('levels', () => {
  it('calls memory high at its limits, not just below', () => {
    expect([0.799, 0.801, 0.899, 0.901].map((ratio) => levelsOf('memory', [memory(ratio)])[0])).toEqual([
      'normal',
      'watch',
      'watch',
      'warn',
    ]);
  });

  it('does not flutter at a limit: a level is left well below it', () => {
    expect(levelsOf('memory', [0.81, 0.79, 0.77, 0.75, 0.79].map(memory))).toEqual([
      'watch',
      'watch',
      'watch',
      'normal',
      'normal',
    ]);
    expect(levelsOf('memory', [0.91, 0.89, 0.86, 0.85].map(memory))).toEqual([
      'warn',
      'warn',
      'warn',
      'watch',
    ]);
  });

  it('calls a full swap high where memory is short, and normal beside free memory', () => {
    const swap = (ratio: number, availableBytes: number, some = 0) =>
      sampleOf({
        host: hostSample({
          swapUsedBytes: Math.round(2 * GB * ratio),
          memoryAvailableBytes: availableBytes,
          memorySomePercent: some,
        }),
      });
    const at = (ratio: number, availableBytes: number, some?: number) =>
      levelsOf('swap', [swap(ratio, availableBytes, some)])[0];
    expect([0.599, 0.601, 0.899, 0.901].map((ratio) => at(ratio, 1.5 * GB))).toEqual([
      'normal',
      'watch',
      'watch',
      'warn',
    ]);
    expect(at(0.95, 6 * GB)).toBe('normal');
    expect(at(0.95, 6 * GB, 2)).toBe('warn');
    expect(at(0.95, 1.99 * GB)).toBe('warn');
  });

  it("measures an app by PM2's own figure against its limit", () => {
    const at = (bytes: number) =>
      levelsOf('app-limit', [web({ pm2RssBytes: bytes, treeRssBytes: 5 * GB })])[0];
    expect([239, 241, 284, 286].map((megabytes) => at(megabytes * MB))).toEqual([
      'normal',
      'watch',
      'watch',
      'warn',
    ]);
  });

  it('measures an app without a limit by its tree against the threshold, shared pages once', () => {
    const at = (over: Parameters<typeof appSample>[2], more: readonly Sample[] = []) =>
      levelsOf('app-memory', [web(over), ...more], limited(null)).at(-1);
    expect(at({ treeRssBytes: 0.79 * GB })).toBe('normal');
    expect(at({ treeRssBytes: 0.81 * GB })).toBe('watch');
    expect(at({ treeRssBytes: 0.99 * GB })).toBe('watch');
    expect(at({ treeRssBytes: 1.01 * GB })).toBe('warn');
    expect(at({ treeRssBytes: 1.6 * GB, treePssBytes: 0.5 * GB })).toBe('normal');
    expect(
      at({ treeRssBytes: 1.6 * GB, treePssBytes: 0.5 * GB }, [web({ treeRssBytes: 1.7 * GB })]),
      'PSS is looked at now and then only',
    ).toBe('normal');
    expect(levelsOf('app-memory', [web({ treeRssBytes: 2 * GB })], limited(300 * MB))[0]).toBe('normal');
  });

  it('waits until CPU has stayed high', () => {
    const busy = (percent: number) => web({ cpuPercent: percent });
    expect(levelsOf('cpu', [90, 90, 90, 70, 70].map(busy))).toEqual([
      'normal',
      'normal',
      'warn',
      'watch',
      'watch',
    ]);
    expect(levelsOf('cpu', [49, 51, 52, 51].map(busy))).toEqual(['normal', 'normal', 'normal', 'watch']);
    expect(levelsOf('cpu', [99, 10, 99, 10, 99, 10].map(busy)).includes('warn')).toBe(false);
  });

  it('calls disks and daemons high at their limits, and keeps what was not looked at', () => {
    const disk = (ratio: number) =>
      sampleOf({
        disks: [{ mount: c('/'), totalBytes: 100 * GB, freeBytes: Math.round(100 * GB * (1 - ratio)) }],
      });
    expect([0.799, 0.801, 0.899, 0.901].map((ratio) => levelsOf('disk', [disk(ratio)])[0])).toEqual([
      'normal',
      'watch',
      'watch',
      'warn',
    ]);
    expect(levelsOf('disk', [disk(0.95), sampleOf(), sampleOf(), disk(0.5)])).toEqual([
      'warn',
      'warn',
      'warn',
      'normal',
    ]);
    const god = (megabytes: number) =>
      sampleOf({
        processes: [
          {
            pid: 7,
            ppid: 1,
            startedAt: null,
            home,
            app: null,
            role: 'daemon',
            comm: c('PM2'),
            uid: 0,
            cgroup: c('/pm2'),
            rssBytes: megabytes * MB,
          },
        ],
      });
    expect([149, 151, 499, 501].map((megabytes) => levelsOf('daemon', [god(megabytes)])[0])).toEqual([
      'normal',
      'watch',
      'watch',
      'warn',
    ]);
    const inGroup = (megabytes: number) => ({
      ...god(megabytes),
      cgroups: [{ path: c('/pm2'), usedBytes: 1000 * MB, limitBytes: 1000 * MB }],
    });
    expect(
      [790, 810, 890, 910].map((megabytes) => levelsOf('group', [inGroup(megabytes)])[0]),
      'page cache in the group is no use of memory',
    ).toEqual(['normal', 'watch', 'watch', 'warn']);
  });

  it('tells a change once, and the worst level of all', () => {
    const first = judge(new Map(), memory(0.95), [], GB);
    expect(first.changes).toMatchObject([{ from: 'normal', to: 'warn', figure: { kind: 'memory' } }]);
    expect(worstOf(first.standings)).toBe('warn');
    expect(judge(first.standings, memory(0.95), [], GB).changes).toEqual([]);
    expect(judge(first.standings, sampleOf({ host: null }), [], GB).standings.get('memory')?.level).toBe(
      'warn',
    );
    expect(worstOf(new Map())).toBe('normal');
  });
});
