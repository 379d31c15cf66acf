import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import { stories } from '../stories/index.ts';

/** Reverses every list whose order means nothing. */
function shuffled(evidence: Evidence, turn: <T>(list: readonly T[]) => T[]): Evidence {
  const { items } = evidence;
  const changed = (key: keyof Evidence['items'], change: (value: never) => unknown) => {
    const item = items[key];
    return item.seen ? { ...item, value: change(item.value as never) } : item;
  };
  return {
    ...evidence,
    items: {
      ...items,
      daemons: changed(
        'daemons',
        (list: readonly { apps: readonly unknown[]; modules: readonly unknown[] }[]) =>
          turn(list.map((daemon) => ({ ...daemon, apps: turn(daemon.apps), modules: turn(daemon.modules) }))),
      ),
      processes: changed('processes', (table: { processes: readonly unknown[] }) => ({
        ...table,
        processes: turn(table.processes),
      })),
      oomLog: changed('oomLog', (log: { kills: readonly unknown[] }) => ({ ...log, kills: turn(log.kills) })),
      appLogs: changed('appLogs', turn),
      disks: changed('disks', turn),
      cgroups: changed('cgroups', turn),
      pm2Log: changed('pm2Log', turn),
    } as Evidence['items'],
  };
}

describe('every story', () => {
  it.each(Object.keys(stories))('%s is analysed, and no audit ends with an error', (name) => {
    const report = analyze(stories[name]!(), audits);
    expect(report.verdicts.filter(({ outcome }) => outcome === 'error')).toEqual([]);
    expect(new Set(report.findings.map(({ id }) => id)).size).toBe(report.findings.length);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('bounds the same children once, whoever asks for it', () => {
    const { findings } = analyze(stories['sick-host']!(), audits);
    const fixOf = (id: string) => findings.find(({ audit }) => audit === id)?.fix;
    expect(fixOf('memory-limit-blind')).toBe(fixOf('oom-worker-killed'));
  });

  it.each([
    ['sick-host', 'critical'],
    ['healthy-host', 'healthy'],
    ['blind-host', 'unknown'],
    ['dead-daemon', 'critical'],
    ['empty-host', 'healthy'],
  ])('%s is %s', (name, verdict) => expect(analyze(stories[name]!(), audits).verdict).toBe(verdict));

  it('is told the same in whatever order its evidence came', () => {
    const evidence = stories['sick-host']!();
    const expected = JSON.stringify(analyze(evidence, audits));
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (keys) => {
        const turn = <T>(list: readonly T[]): T[] =>
          list
            .map((item, index) => ({ item, key: keys[index % keys.length]! * 31 + index }))
            .sort((a, b) => (a.key % 1009) - (b.key % 1009))
            .map(({ item }) => item);
        expect(JSON.stringify(analyze(shuffled(evidence, turn), audits))).toBe(expected);
      }),
      { numRuns: 12 },
    );
  });
});
