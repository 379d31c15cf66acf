import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appKey, processTrees } from '../../../src/derive/apps/process-tree.ts';
import type { Process } from '../../../src/model/process.ts';
import { app, c, daemon, day, home, MB, now, process, ref } from '../../factories.ts';

const table = (...processes: Process[]) => ({ processes, partial: false });
const god = process(900, 1, { comm: c('PM2 v7.0.4: God'), startedAt: now - 18 * day });
const tree = (apps: Parameters<typeof daemon>[0], rest: Process[], over = {}) => {
  const trees = processTrees([daemon(apps, over)], table(god, ...rest));
  return { trees, of: (name: string, pmId: number) => trees.byApp.get(appKey(ref(name, pmId)))! };
};

describe('processTrees', () => {
  it('sums the main process and all its descendants', () => {
    const { of } = tree(
      [app('api', 0, { pid: 10 })],
      [
        process(10, 900, { rssBytes: 50 * MB, pssBytes: 20 * MB, openFiles: 3 }),
        process(11, 10, { rssBytes: 50 * MB, pssBytes: 30 * MB, openFiles: 4 }),
        process(12, 11, { rssBytes: 10 * MB, pssBytes: 5 * MB, openFiles: 5 }),
        process(99, 1),
      ],
    );
    const api = of('api', 0);
    expect(api.members.map((member) => member.pid)).toEqual([10, 11, 12]);
    expect([api.rssBytes, api.pssBytes, api.openFiles]).toEqual([110 * MB, 55 * MB, 12]);
  });

  it('says nothing of PSS when one member was not readable', () => {
    const { of } = tree(
      [app('api', 0, { pid: 10 })],
      [process(10, 900), process(11, 10, { pssBytes: null, rssBytes: MB })],
    );
    expect(of('api', 0).pssBytes).toBeNull();
    expect(of('api', 0).rssBytes).toBe(61 * MB);
  });

  it('does not take a reused pid for the app', () => {
    const stale = app('api', 0, { pid: 10, status: 'waiting restart', startedAt: now - day });
    const { trees, of } = tree([stale], [process(10, 900, { startedAt: now - day + 5_001 })]);
    expect(of('api', 0).main).toBeNull();
    expect(trees.appOfPid.has(10)).toBe(false);
    expect(tree([stale], [process(10, 900, { startedAt: now - day + 4_999 })]).of('api', 0).main?.pid).toBe(
      10,
    );
  });

  it('believes the daemon about an online child of its own when the clock was set after boot', () => {
    const { of } = tree(
      [app('api', 0, { pid: 10, startedAt: now - 40 * day })],
      [process(10, 900, { startedAt: now - day })],
    );
    expect(of('api', 0).main?.pid).toBe(10);
  });

  it('keeps an app that PM2 started from inside another app apart', () => {
    const inner = daemon([app('job', 0, { pid: 31, ref: { ...ref('job', 0), home: c('/inner') } })], {
      home: c('/inner'),
      pid: 30,
    });
    const outer = daemon([app('ci', 0, { pid: 10 })]);
    const trees = processTrees(
      [outer, inner],
      table(god, process(10, 900), process(30, 10, { comm: c('PM2 v7.0.4: God') }), process(31, 30)),
    );
    expect(trees.byApp.get(appKey(ref('ci', 0)))?.members.map((member) => member.pid)).toEqual([10]);
    expect(trees.appOfPid.get(31)?.name).toBe('job');
    const unknown = processTrees(
      [outer],
      table(god, process(10, 900), process(30, 10, { comm: c('PM2 v6.0.14: Go') }), process(31, 30)),
    );
    expect(unknown.byApp.get(appKey(ref('ci', 0)))?.members).toHaveLength(1);
  });

  it('finds orphans by mark, strays of ids no longer listed, and leaves unknown homes alone', () => {
    const mark = (pmId: number, at = home) => ({ mark: { home: at, pmId } });
    const { trees, of } = tree(
      [app('api', 0, { pid: 10 })],
      [
        process(10, 900, mark(0)),
        process(11, 10, mark(0)),
        process(20, 1, mark(0)),
        process(21, 1, mark(7)),
        process(22, 1, mark(0, c('/elsewhere'))),
        process(23, 1, { ...mark(0), startedAt: now - 30 * day }),
      ],
    );
    expect(of('api', 0).orphans.map((orphan) => orphan.pid)).toEqual([20]);
    expect(trees.strays.map((stray) => stray.pid)).toEqual([21, 23]);
    expect(trees.appOfPid.get(20)?.name).toBe('api');
    expect(tree([], [process(20, 1, mark(0))], { state: 'denied' }).trees.strays).toEqual([]);
  });

  it('gives no figures for an app whose process is not in the table, zeros for a stopped one', () => {
    const { of } = tree([app('gone', 0, { pid: 10 }), app('off', 1, { pid: null, status: 'stopped' })], []);
    expect(of('gone', 0)).toMatchObject({ main: null, pssBytes: null, swapBytes: null });
    expect(of('off', 1)).toMatchObject({ main: null, pssBytes: 0, rssBytes: 0 });
  });

  it('remembers its answer for the same inputs', () => {
    const daemons = [daemon()];
    const processes = table(god);
    expect(processTrees(daemons, processes)).toBe(processTrees(daemons, processes));
  });

  it('never gives one process to two apps, whatever the parents', () => {
    const pid = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pid, pid), { maxLength: 12 }),
        fc.array(pid, { maxLength: 4 }),
        (pairs, pids) => {
          const unique = [...new Map(pairs).entries()].map(([own, parent]) => process(own, parent));
          const trees = processTrees(
            [daemon(pids.map((own, index) => app(`a${index}`, index, { pid: own })))],
            table(...unique),
          );
          const all = [...trees.byApp.values()].flatMap((each) => each.members.map((member) => member.pid));
          expect(new Set(all).size).toBe(all.length);
        },
      ),
    );
  });
});
