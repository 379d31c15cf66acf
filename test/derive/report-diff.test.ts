import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { type ReportFacts, readReportFacts } from '../../src/derive/compare/report-facts.ts';
import { changeLimits, reportDiff } from '../../src/derive/report-diff.ts';
import { renderReport } from '../../src/report/render.ts';
import { reportSummary } from '../../src/report/summary-json.ts';
import { MB } from '../factories.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

const home = '/home/deploy/.pm2';
const appOf = (name: string, pmId = 0, at = home) => ({ home: at, pmId, name, namespace: 'default' });
const ids = ['oom-killed', 'restart-loop', 'memory-limit-missing', 'disk-filling', 'evidence-gap'] as const;

/** A report as JSON, small but whole. */
function reportJson(over: { readonly [key: string]: unknown } = {}): { readonly [key: string]: unknown } {
  return {
    schema: 'pm2-audit.report/1',
    takenAt: '2026-11-20T12:00:00+08:00',
    host: { name: 'web-01' },
    verdict: 'attention',
    score: 72,
    grade: 'C',
    onlyApp: null,
    daemons: [{ home, state: 'online' }],
    processes: [],
    modules: [],
    oomKills: [],
    verdicts: ids.map((audit) => ({ audit, outcome: 'pass' })),
    suppressed: [],
    findings: [],
    ...over,
  };
}
const finding = (audit: string, priority: string, subject: unknown, args: unknown = {}) => ({
  audit,
  priority,
  subject,
  args,
});
const ofApp = (name: string, pmId = 0, at = home) => ({ kind: 'app', app: appOf(name, pmId, at) });
const row = (name: string, pmId: number, treeRssBytes: number | null, counter = 0) => ({
  app: appOf(name, pmId),
  treeRssBytes,
  restarts: { counter },
});

function facts(over: { readonly [key: string]: unknown } = {}): ReportFacts {
  const read = readReportFacts(JSON.parse(JSON.stringify(reportJson(over))));
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return read.facts;
}
const names = (problems: readonly { audit: string; subject: { text: string } }[]) =>
  problems.map(({ audit, subject }) => `${audit} ${subject.text}`);

describe('reportDiff', () => {
  it('says what is new, worse, better and gone', () => {
    const before = facts({
      findings: [
        finding('oom-killed', 'P1', ofApp('api')),
        finding('restart-loop', 'P1', ofApp('web')),
        finding('disk-filling', 'P2', { kind: 'path', path: '/' }),
      ],
    });
    const after = facts({
      takenAt: '2026-11-21T12:00:00+08:00',
      findings: [
        finding('disk-filling', 'P1', { kind: 'path', path: '/' }),
        finding('oom-killed', 'P2', ofApp('api')),
        finding('memory-limit-missing', 'P3', ofApp('api')),
      ],
    });
    const diff = reportDiff(before, after);
    expect(names(diff.fresh)).toEqual(['memory-limit-missing api']);
    expect(names(diff.gone)).toEqual(['restart-loop web']);
    expect(diff.worse).toMatchObject([{ audit: 'disk-filling', from: 'P2', to: 'P1' }]);
    expect(diff.better).toMatchObject([{ audit: 'oom-killed', from: 'P1', to: 'P2' }]);
    expect(diff.isWorse).toBe(true);
    expect(reportDiff(before, facts({ findings: [] })).isWorse).toBe(false);
  });

  it('knows an app by home and name: ids, order and the number of apps in a finding do not matter', () => {
    const one = facts({
      findings: [
        finding('restart-loop', 'P1', ofApp('api', 0)),
        finding('restart-loop', 'P2', ofApp('api', 1)),
        finding('memory-limit-missing', 'P3', { kind: 'apps', apps: [appOf('a', 4), appOf('b', 5)] }),
      ],
    });
    const other = facts({
      findings: [
        finding('memory-limit-missing', 'P3', ofApp('b', 9)),
        finding('restart-loop', 'P2', ofApp('api', 8)),
        finding('memory-limit-missing', 'P3', ofApp('a', 11)),
        finding('restart-loop', 'P1', ofApp('api', 7)),
      ],
    });
    const diff = reportDiff(one, other);
    expect([diff.fresh, diff.worse, diff.better, diff.gone].flat()).toEqual([]);
    expect(
      names(
        reportDiff(one, facts({ findings: [finding('restart-loop', 'P1', ofApp('api', 0, '/b'))] })).fresh,
      ),
    ).toEqual([]);
    const twoHomes = facts({
      daemons: [
        { home, state: 'online' },
        { home: '/b', state: 'online' },
      ],
      findings: [finding('restart-loop', 'P1', ofApp('api', 0, '/b'))],
    });
    expect(
      names(
        reportDiff(
          facts({
            daemons: [
              { home, state: 'online' },
              { home: '/b', state: 'online' },
            ],
          }),
          twoHomes,
        ).fresh,
      ),
    ).toEqual(['restart-loop api']);
  });

  it('never calls gone what the second report could not judge, nor new what the first could not', () => {
    const sick = facts({ findings: [finding('oom-killed', 'P0', ofApp('api'))] });
    const verdicts = (outcome: string) =>
      ids.map((audit) => ({ audit, outcome: audit === 'oom-killed' ? outcome : 'pass' }));
    const cases = [
      ['blind', { verdicts: verdicts('blind') }],
      ['error', { verdicts: verdicts('error') }],
      ['absent', { verdicts: [] }],
      ['muted', { suppressed: [{ audit: 'oom-killed', app: 'api', findings: 1 }] }],
      ['muted', { suppressed: [{ audit: 'oom-killed', app: null, findings: 1 }] }],
      ['daemon', { daemons: [{ home, state: 'denied' }] }],
      ['daemon', { daemons: [] }],
    ] as const;
    for (const [why, over] of cases) {
      const unclear = facts(over);
      expect(reportDiff(sick, unclear)).toMatchObject({ gone: [], perhapsGone: [{ why }], isWorse: false });
      expect(reportDiff(unclear, sick)).toMatchObject({ fresh: [], perhapsFresh: [{ why }], isWorse: true });
    }
    // Muted for another app, or expired: it counts.
    const other = facts({
      suppressed: [
        { audit: 'oom-killed', app: 'web', findings: 1 },
        { audit: 'oom-killed', app: null, findings: 0 },
      ],
    });
    expect(reportDiff(sick, other).gone).toHaveLength(1);
  });

  it('tells apps that came and went, but not those of a daemon that was not read', () => {
    const before = facts({ processes: [row('api', 0, 1), row('api', 1, 1), row('old', 2, 1)] });
    const after = facts({ processes: [row('api', 3, 1), row('new', 4, 1)] });
    expect(reportDiff(before, after)).toMatchObject({
      appsCame: [{ name: 'new', instances: 1 }],
      appsWent: [{ name: 'old' }],
    });
    expect(reportDiff(before, facts({ daemons: [{ home, state: 'hung' }] })).appsWent).toEqual([]);
  });

  it('shows memory and restarts that changed much, over all instances; unknown is no change', () => {
    const limit = changeLimits.memoryBytes;
    const before = facts({
      processes: [
        row('api', 0, 100 * MB, 4),
        row('api', 1, 100 * MB, 4),
        row('big', 2, 900 * MB),
        row('blind', 3, null),
        row('small', 4, 1 * MB),
      ],
    });
    const after = facts({
      processes: [
        row('api', 0, 100 * MB + limit, 5),
        row('api', 1, 120 * MB, 6),
        row('big', 2, 900 * MB + limit),
        row('blind', 3, 900 * MB),
        row('small', 4, 30 * MB),
      ],
    });
    expect(reportDiff(before, after)).toMatchObject({
      memory: [{ name: 'api', from: 200 * MB, to: 220 * MB + limit }],
      restarts: [{ name: 'api', from: 8, to: 11 }],
      isWorse: false,
    });
  });

  it('counts kills after the first report alone: a longer window is no new kill', () => {
    const kill = (at: string | null, pid: number) => ({ at, pid, comm: 'python3', app: null });
    const before = facts({ oomKills: [kill('2026-11-19T00:00:00Z', 1)] });
    const after = facts({
      takenAt: '2026-11-21T12:00:00+08:00',
      oomKills: [
        kill('2026-11-19T00:00:00Z', 1),
        kill('2026-11-18T00:00:00Z', 2),
        kill('2026-11-21T00:00:00Z', 3),
        kill(null, 4),
      ],
    });
    const diff = reportDiff(before, after);
    expect(diff.kills?.map(({ pid }) => pid)).toEqual([3, 4]);
    expect(diff.isWorse).toBe(true);
    expect(reportDiff(facts({ oomKills: null }), after).kills).toBeNull();
  });

  const priority = fc.constantFrom('P0', 'P1', 'P2', 'P3');
  const names3 = fc.constantFrom('api', 'web', 'job');
  const subject = fc.oneof(
    fc.record({
      kind: fc.constant('app'),
      app: fc.record({
        home: fc.constantFrom(home, '/b'),
        pmId: fc.nat(9),
        name: names3,
        namespace: fc.constant('default'),
      }),
    }),
    fc.record({
      kind: fc.constant('apps'),
      apps: fc.array(names3, { maxLength: 3 }).map((list) => list.map((name, pmId) => appOf(name, pmId))),
    }),
    fc.constant({ kind: 'host' }),
    fc.record({ kind: fc.constant('path'), path: fc.constantFrom('/', '/srv') }),
    fc.record({ kind: fc.constant('process'), pid: fc.nat(), comm: names3 }),
  );
  const report = fc
    .record({
      verdict: fc.constantFrom('critical', 'attention', 'healthy', 'unknown'),
      score: fc.option(fc.nat(100)),
      daemons: fc.subarray([
        { home, state: 'online' },
        { home: '/b', state: 'online' },
      ]),
      verdicts: fc.array(
        fc.record({
          audit: fc.constantFrom(...ids),
          outcome: fc.constantFrom('pass', 'fail', 'blind', 'error'),
        }),
        { maxLength: 6 },
      ),
      suppressed: fc.array(
        fc.record({ audit: fc.constantFrom(...ids), app: fc.option(names3), findings: fc.nat(2) }),
        { maxLength: 2 },
      ),
      processes: fc.array(
        fc.record({
          app: fc.tuple(names3, fc.nat(5)).map(([name, id]) => appOf(name, id)),
          treeRssBytes: fc.option(fc.nat(2 ** 31)),
          restarts: fc.record({ counter: fc.nat(20) }),
        }),
        { maxLength: 5 },
      ),
      findings: fc.array(
        fc.record({
          audit: fc.constantFrom(...ids),
          priority,
          subject,
          args: fc.record({
            key: fc.constantFrom('pm2Log', 'oomLog'),
            why: fc.constantFrom('not-found', 'permission-denied'),
          }),
        }),
        { maxLength: 8 },
      ),
    })
    .map((over) => facts(over));

  it('of a report and itself is empty', () => {
    fc.assert(
      fc.property(report, (one) => {
        const diff = reportDiff(one, one);
        expect(
          [
            diff.fresh,
            diff.worse,
            diff.better,
            diff.gone,
            diff.perhapsFresh,
            diff.perhapsGone,
            diff.kills,
            diff.appsCame,
            diff.appsWent,
            diff.memory,
            diff.restarts,
          ].flat(),
        ).toEqual([]);
        expect(diff).toMatchObject({ verdict: 'same', isWorse: false });
      }),
    );
  });

  it('is its own mirror', () => {
    fc.assert(
      fc.property(report, report, (one, other) => {
        const there = reportDiff(one, other);
        const back = reportDiff(other, one);
        expect(back.gone).toEqual(there.fresh);
        expect(back.fresh).toEqual(there.gone);
        expect(back.perhapsGone).toEqual(there.perhapsFresh);
        expect(back.appsWent).toEqual(there.appsCame);
        const turned = (list: typeof there.worse) =>
          list.map(({ audit, subject: { key }, from, to }) => `${audit} ${key} ${to} ${from}`).sort();
        const straight = (list: typeof there.worse) =>
          list.map(({ audit, subject: { key }, from, to }) => `${audit} ${key} ${from} ${to}`).sort();
        expect(turned(back.better)).toEqual(straight(there.worse));
        expect(turned(back.worse)).toEqual(straight(there.better));
        const figures = (list: typeof there.memory) =>
          list.map(({ name, from, to }) => [name, from, to]).sort();
        expect(
          figures(back.memory.map((change) => ({ ...change, from: change.to, to: change.from }))),
        ).toEqual(figures(there.memory));
      }),
    );
  });
});

describe('readReportFacts', () => {
  it('reads the reports of all stories, in both languages, as their summaries', () => {
    for (const name of Object.keys(stories).filter((each) => !each.includes('1000'))) {
      const report = reportOf(name);
      const read = (['en', 'zh-CN'] as const).map((locale) =>
        readReportFacts(JSON.parse(renderReport(report, { locale, words: wordsOf(audits), format: 'json' }))),
      );
      const [en, zh] = read;
      expect(zh).toEqual(en);
      const summary = readReportFacts(JSON.parse(JSON.stringify(reportSummary(report))));
      expect(summary).toEqual(en);
      expect(en?.ok, name).toBe(true);
    }
  });

  it('names the field that is wrong, and never throws', () => {
    expect(readReportFacts(null)).toEqual({ ok: false, problem: { why: 'other-schema', schema: null } });
    expect(readReportFacts({ schema: 'pm2-audit.oom/1' })).toMatchObject({
      problem: { schema: 'pm2-audit.oom/1' },
    });
    const wrong = (over: { readonly [key: string]: unknown }) => {
      const read = readReportFacts(reportJson(over));
      return read.ok ? null : 'field' in read.problem ? read.problem.field : null;
    };
    expect(wrong({ host: undefined })).toBe('host');
    expect(wrong({ host: {} })).toBe('host.name');
    expect(wrong({ takenAt: 'soon' })).toBe('takenAt');
    expect(wrong({ findings: {} })).toBe('findings');
    expect(wrong({ findings: [finding('x', 'P9', ofApp('a'))] })).toBe('findings[0].priority');
    expect(wrong({ findings: [finding('x', 'P1', { kind: 'app', app: 'api' })] })).toBe(
      'findings[0].subject.app',
    );
    expect(wrong({ findings: [finding('x', 'P1', { kind: 'toString' })] })).toBe('findings[0].subject.kind');
    expect(wrong({ processes: [row('a', 0, Number.NaN)] })).toBe('processes[0].treeRssBytes');
    expect(wrong({ oomKills: [{ at: 'x', pid: 1, comm: 'a', app: null }] })).toBe('oomKills[0].at');
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(reportJson())), (value, key) => {
        const read = readReportFacts(reportJson({ [key]: value }));
        if (!read.ok) expect(['wrong', 'other-schema']).toContain(read.problem.why);
      }),
    );
  });
});
