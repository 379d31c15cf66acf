import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { type AnyAudit, defineAudit } from '../../src/model/audit.ts';
import type { Priority } from '../../src/model/finding.ts';
import { app, c, daemon, day, evidence, gap, home, now, process, ref, seen, unseen } from '../factories.ts';

const words = {
  title: 'Something',
  why: 'Because.',
  found: () => 'found',
  effect: () => 'Effect.',
};
const base = {
  topic: 'restarts' as const,
  limits: {},
  references: ['test'],
  words: { en: words, 'zh-CN': words },
};
/** Finds every app whose name holds `text`. */
const finds = (id: string, text: string, priority: Priority, value = '700M'): AnyAudit =>
  defineAudit({
    ...base,
    id,
    needs: ['daemons'],
    check: ({ daemons }) =>
      daemons
        .flatMap(({ apps }) => apps)
        .filter(({ ref: { name } }) => name.includes(text))
        .map(({ ref: named }) => ({
          subject: { kind: 'app' as const, app: named },
          priority,
          confidence: 'certain' as const,
          args: { name: named.name },
          because: [],
          fix: {
            kind: 'ecosystem-patch' as const,
            patches: [{ app: named, set: [{ setting: 'max_memory_restart', value, previous: null }] }],
          },
        })),
  });
const apps = [app('api', 0), app('web', 1), app('job', 2)];
const three = evidence({
  daemons: [daemon(apps)],
  processes: {
    processes: [
      process(900, 1),
      ...apps.map(({ pid }, index) => process(pid!, 900, { pssBytes: (index + 1) * 1000 })),
    ],
    partial: false,
  },
});

describe('each audit ends in a verdict', () => {
  const verdictOf = (audit: AnyAudit, from = three) => analyze(from, [audit]).verdicts[0];
  it('pass, fail, not-applicable', () => {
    expect(verdictOf(finds('a', 'nothing', 'P1'))?.outcome).toBe('pass');
    expect(verdictOf(finds('a', 'api', 'P1'))?.outcome).toBe('fail');
    expect(verdictOf({ ...finds('a', 'api', 'P1'), applies: () => false })?.outcome).toBe('not-applicable');
  });
  it('blind where a need was not seen, and it is never asked', () => {
    const audit: AnyAudit = { ...finds('a', 'api', 'P0'), needs: ['daemons', 'oomLog'] };
    const report = analyze(evidence({}, { oomLog: unseen('oomLog') }), [audit]);
    expect(report.verdicts[0]).toEqual({ audit: 'a', outcome: 'blind', missing: ['oomLog'], error: null });
    expect(report.findings.map(({ audit: id }) => id)).toEqual(['evidence-gap']);
    expect(report.findings[0]?.args['blinds']).toEqual(['a']);
  });
  it('error where it throws, and the others run', () => {
    const broken: AnyAudit = {
      ...finds('broken', 'api', 'P0'),
      check: () => {
        throw new Error('a bug of ours');
      },
    };
    const report = analyze(three, [broken, finds('b', 'web', 'P2')]);
    expect(report.verdicts.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['error', 'a bug of ours'],
      ['fail', null],
    ]);
    expect(report.findings.map(({ id }) => id)).toEqual(['b:0']);
  });
  it('sees its needs and wants, and nothing else; limits are the user’s where given', () => {
    let got: unknown;
    const curious: AnyAudit = {
      ...finds('c', 'x', 'P1'),
      needs: ['daemons'],
      wants: ['oomLog'],
      limits: {
        watch: { value: 80, unit: 'percent', source: 'test' },
        warn: { value: 90, unit: 'percent', source: 'test' },
      },
      check: (given, context) => {
        got = {
          keys: Object.keys(given).sort(),
          oomLog: given['oomLog'],
          limits: context.limits,
          covers: Object.keys(context.covers),
        };
        return [];
      },
    };
    analyze(evidence({}, { oomLog: unseen('oomLog') }), [curious], { limits: { c: { warn: 95 } } });
    expect(got).toEqual({
      keys: ['daemons', 'oomLog'],
      oomLog: null,
      limits: { watch: 80, warn: 95 },
      covers: ['daemons'],
    });
  });
});

describe('findings', () => {
  it('stand by priority, then by the list of audits', () => {
    const report = analyze(three, [
      finds('late', 'web', 'P1'),
      finds('all', '', 'P0'),
      finds('first', 'job', 'P1'),
    ]);
    expect(report.findings.map(({ id }) => id)).toEqual(['all:0', 'all:1', 'all:2', 'late:0', 'first:0']);
    expect(report.counts).toEqual({ P0: 3, P1: 2, P2: 0, P3: 0 });
    expect(report.verdict).toBe('critical');
    expect(
      report.processes.find(
        ({
          app: {
            ref: { name },
          },
        }) => name === 'web',
      )?.flags,
    ).toEqual(['all', 'late']);
  });
  it('can be muted, for one app and until a day, and are counted', () => {
    const ignore = [
      { audit: 'a', app: 'api', reason: 'known' },
      { audit: 'a', app: 1, until: now - day, reason: 'was known' },
    ];
    const report = analyze(three, [finds('a', '', 'P1')], { ignore });
    expect(report.findings.map(({ args }) => args['name'])).toEqual(['web', 'job']);
    expect(report.suppressed.map(({ findings, expired }) => [findings, expired])).toEqual([
      [1, false],
      [0, true],
    ]);
  });
  it('about what was not seen cannot be muted', () => {
    const report = analyze(evidence({}, { oomLog: unseen('oomLog') }), [], {
      ignore: [{ audit: 'evidence-gap', reason: 'noise' }],
    });
    expect(report.findings).toHaveLength(1);
  });
  it('are those of one app when asked', () => {
    const report = analyze(three, [finds('a', '', 'P1')], { app: 'web' });
    expect(report.findings.map(({ args }) => args['name'])).toEqual(['web']);
    expect(report.processes.map(({ app: { ref: named } }) => named.name)).toEqual(['web']);
    expect(report.processes[0]?.memoryRank).toBe(2);
  });
});

describe('gaps', () => {
  it('make one finding each group, none when switched off', () => {
    const report = analyze(
      evidence(
        {},
        {
          oomLog: unseen('oomLog'),
          bus: unseen('bus', 'switched-off'),
          processes: seen(
            { processes: [], partial: false },
            {
              gaps: [
                gap('processes', 'permission-denied', { subject: c('pid 7') }),
                gap('processes', 'permission-denied', { subject: c('pid 3') }),
              ],
            },
          ),
        },
      ),
      [],
    );
    expect(report.findings.map(({ args, priority }) => [args['key'], priority, args['subjects']])).toEqual([
      ['processes', 'P2', ['pid 3', 'pid 7']],
      ['oomLog', 'P2', ['oomLog']],
    ]);
  });
  it('are urgent where they could explain a restart', () => {
    const report = analyze(
      evidence(
        { daemons: [daemon([app('api', 0, { restartCounter: 7 })])] },
        { pm2Log: unseen('pm2Log', 'not-found') },
      ),
      [],
    );
    expect(report.findings.map(({ args, priority }) => [args['key'], priority, args['unexplained']])).toEqual(
      [['pm2Log', 'P1', 7]],
    );
  });
  it('without any daemon the verdict is unknown and there is no score', () => {
    const report = analyze(evidence({}, { daemons: unseen('daemons') }), [finds('a', 'x', 'P1')]);
    expect([report.verdict, report.score, report.grade, report.oomKills]).toEqual([
      'unknown',
      null,
      null,
      [],
    ]);
    expect(analyze(evidence({}, { oomLog: unseen('oomLog') }), []).oomKills).toBeNull();
  });
});

describe('the report', () => {
  it('does not depend on the order of the evidence', () => {
    const audits = [finds('a', 'a', 'P1'), finds('b', '', 'P2', '300M')];
    const many = Array.from({ length: 12 }, (_, index) =>
      app(index % 3 ? 'api' : `web${index}`, index, { restartCounter: index % 4 }),
    );
    const table = [
      process(900, 1),
      ...many.map(({ pid }, index) => process(pid!, 900, { pssBytes: (index % 5) * 1000 })),
    ];
    const of = (list: typeof many, rows: typeof table) =>
      JSON.stringify(
        analyze(
          evidence({ daemons: [daemon(list)], processes: { processes: rows, partial: false } }),
          audits,
        ),
      );
    const expected = of(many, table);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(many, { minLength: 12 }),
        fc.shuffledSubarray(table, { minLength: 13 }),
        (list, rows) => {
          expect(of(list, rows)).toBe(expected);
        },
      ),
      { numRuns: 30 },
    );
  });
  it('ranks each app once, ties by home, id and name', () => {
    const rows = analyze(three, []).processes;
    expect(
      rows.map(({ app: { ref: named }, memoryRank, rankedBy }) => [named.name, memoryRank, rankedBy]),
    ).toEqual([
      ['job', 1, 'pss'],
      ['web', 2, 'pss'],
      ['api', 3, 'pss'],
    ]);
    expect(new Set(rows.map(({ restartRank }) => restartRank)).size).toBe(3);
  });
  it('falls back to PM2’s figure where /proc was not seen, and never says 0 for unknown', () => {
    const [row] = analyze(evidence({}, { processes: unseen('processes') }), []).processes;
    expect(row).toMatchObject({
      treeRssBytes: null,
      treeProcesses: null,
      rankedBy: 'pm2',
      memoryLimitBytes: 300 * 1024 * 1024,
    });
    const elsewhere = analyze(evidence({ processes: { processes: [process(1, 0)], partial: false } }), [])
      .processes[0];
    expect(elsewhere).toMatchObject({ treeRssBytes: null, rankedBy: 'pm2' });
  });
  it('knows the daemon by its home', () => expect(analyze(three, []).daemons[0]?.home).toBe(home));
  it('names the app by ref', () => expect(analyze(three, []).processes[2]?.app.ref).toEqual(ref('api', 0)));
});
