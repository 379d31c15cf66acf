import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analyze/run.ts';
import { audits } from '../../../src/audits/index.ts';
import type { Report } from '../../../src/model/report.ts';
import { entryLimit } from '../../../src/report/prom/app-entries.ts';
import { exposition } from '../../../src/report/prom/exposition.ts';
import { renderProm } from '../../../src/report/prom/prom.ts';
import {
  app,
  attributed,
  c,
  daemon,
  evidence,
  home,
  kill,
  now,
  process,
  ref,
  unseen,
} from '../../factories.ts';
import { reportOf, stories } from '../../stories/index.ts';
import { type Family, readExposition } from './read-exposition.ts';

const read = (report: Report): Map<string, Family> => readExposition(renderProm(report));
const figure = (families: Map<string, Family>, name: string, labels: { [name: string]: string } = {}) =>
  families
    .get(`pm2_audit_${name}`)
    ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    ?.value;

describe.each(Object.keys(stories))('the metrics of %s', (story) => {
  it('are read by a strict reader', () => {
    expect(read(reportOf(story)).size).toBeGreaterThan(20);
  });
});

describe('what the metrics say', () => {
  it('follows the report', () => {
    const report = reportOf('sick-host');
    const families = read(report);
    expect(figure(families, 'score')).toBe(report.score);
    expect(figure(families, 'verdict', { verdict: 'critical' })).toBe(1);
    expect(figure(families, 'verdict', { verdict: 'healthy' })).toBe(0);
    expect(figure(families, 'findings', { priority: 'P0' })).toBe(report.counts.P0);
    expect(figure(families, 'last_run_timestamp_seconds')).toBe(report.takenAt / 1000);
    expect(figure(families, 'evidence_seen', { key: 'oomLog' })).toBe(1);
    const flask = report.processes.find(({ app: { ref } }) => ref.name === 'flask-app');
    expect(figure(families, 'app_memory_rss_bytes', { app: 'flask-app' })).toBe(flask?.treeRssBytes);
    expect(figure(families, 'app_restarts', { app: 'flask-app' })).toBe(flask?.story?.counter);
    expect(figure(families, 'app_window_restarts_by_cause', { app: 'flask-app', cause: 'oom-kill' })).toBe(
      flask?.story?.byCause['oom-kill'],
    );
  });

  it('leaves out what is not known: no zero, no NaN', () => {
    const families = read(reportOf('dead-daemon'));
    expect(families.has('pm2_audit_score')).toBe(false);
    expect(families.has('pm2_audit_apps')).toBe(false);
    expect([...families.keys()].filter((name) => name.startsWith('pm2_audit_app_memory'))).toEqual([]);
    expect(figure(families, 'daemon_up')).toBe(0);
    expect(figure(read(reportOf('blind-host')), 'audit_blind', { audit: 'oom-killed' })).toBe(1);
  });

  it('a host without kernel log has no number of kills, and says that it is blind', () => {
    const families = read(analyze(evidence({}, { oomLog: unseen('oomLog') }), audits));
    expect(families.has('pm2_audit_window_oom_kills')).toBe(false);
    expect(families.has('pm2_audit_app_window_oom_kills')).toBe(false);
    expect(figure(families, 'audit_blind', { audit: 'oom-killed' })).toBe(1);
    expect(figure(families, 'audit_findings', { audit: 'oom-killed' })).toBeUndefined();
  });

  it('sums the instances of a cluster, and half a sum is none', () => {
    const two = [
      app('api', 0, { restartCounter: 3 }),
      app('api', 1, { restartCounter: 4, status: 'errored', pid: null }),
    ];
    const daemons = [daemon(two)];
    const whole = read(
      analyze(evidence({ daemons, processes: { processes: [process(1000, 900)], partial: false } }), audits),
    );
    expect(figure(whole, 'app_instances', { app: 'api' })).toBe(2);
    expect(figure(whole, 'app_instances_online', { app: 'api' })).toBe(1);
    expect(figure(whole, 'app_instances_errored', { app: 'api' })).toBe(1);
    expect(figure(whole, 'app_restarts', { app: 'api' })).toBe(7);
    const both = [daemon([app('api', 0), app('api', 1)])];
    const half = read(
      analyze(
        evidence({ daemons: both, processes: { processes: [process(1000, 900)], partial: false } }),
        audits,
      ),
    );
    expect(figure(half, 'app_memory_rss_bytes', { app: 'api' })).toBeUndefined();
  });

  it('series survive a deployment that changes the ids', () => {
    const names = (id: number) =>
      new Set(
        renderProm(analyze(evidence({ daemons: [daemon([app('api', id), app('api', id + 1)])] }), audits))
          .split('\n')
          .filter((line) => line.startsWith('pm2_audit_app_instances{'))
          .map((line) => line.replace(/ \S+$/, '')),
      );
    expect(names(0)).toEqual(names(40));
  });

  it('a kill of an app that is gone since still counts; one that is only possible counts for no app', () => {
    const report: Report = {
      ...reportOf('healthy-host'),
      window: { from: now - 1e9, to: now },
      oomKills: [
        attributed({ app: ref('gone', 7), kill: kill({ at: now - 5000 }) }),
        attributed({ app: ref('maybe', 8), kill: kill({ at: now - 5000 }), confidence: 'possible' }),
        attributed({ app: null, kill: kill({ at: now - 2e9 }), confidence: 'none' }),
        attributed({ app: ref('gone', 9), kill: kill({ at: null }) }),
      ],
    };
    const families = read(report);
    expect(figure(families, 'app_window_oom_kills', { app: 'gone' })).toBe(1);
    expect(figure(families, 'app_window_oom_kills', { app: 'maybe' })).toBeUndefined();
    expect(figure(families, 'window_oom_kills')).toBe(2);
  });

  it('of a thousand apps the first two hundred of either ranking have series, and the rest is counted', () => {
    const report = reportOf('many-apps-1000');
    const families = read(report);
    const apps = new Set(families.get('pm2_audit_app_instances')?.samples.map(({ labels }) => labels['app']));
    expect(apps.size).toBeLessThanOrEqual(entryLimit);
    for (const { app: one, memoryRank, restartRank } of report.processes) {
      if (memoryRank <= 20 || restartRank <= 20) expect([...apps]).toContain(one.ref.name);
    }
    const names = new Set(report.processes.map(({ app: one }) => one.ref.name));
    expect(figure(families, 'apps_omitted')).toBe(names.size - apps.size);
    expect(renderProm(report).length).toBeLessThan(1_000_000);
  });
});

describe('hostile names', () => {
  it('of any kind give one series each and break no line', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const odd = fc.oneof(
      text,
      fc.constantFrom(
        '',
        '"',
        '\\',
        '\\"',
        'a\nb',
        '} 1\nevil 1',
        '\ud800',
        '\udc00x',
        'x'.repeat(300),
        '{app="x"}',
        '😀',
        '=cmd()',
        '\u202e',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(odd, odd, odd), { minLength: 1, maxLength: 8 }), (names) => {
        const apps = names.map(([name, namespace], id) =>
          app('x', id, { ref: { ...ref('x', id), name: c(name), namespace: c(namespace) } }),
        );
        const at = c(`${home}${names[0]![2]}`);
        const report = reportOf('healthy-host');
        const row = report.processes[0]!;
        const families = read({
          ...report,
          daemons: [daemon(apps, { home: at })],
          disks: [{ ...report.disks![0]!, mount: at }],
          processes: apps.map((one) => ({ ...row, app: { ...one, ref: { ...one.ref, home: at } } })),
        });
        const samples = families.get('pm2_audit_app_instances')?.samples ?? [];
        expect(samples.reduce((total, { value }) => total + value, 0)).toBe(apps.length);
      }),
      { numRuns: 300 },
    );
  });

  it('any labels and values are one valid line or none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.oneof(fc.double(), fc.constant(null))), {
          minLength: 1,
        }),
        (samples) => {
          const text = exposition([
            {
              name: 'pm2_audit_x',
              type: 'gauge',
              help: 'Any \\ thing.',
              samples: samples.map(([label, value]) => ({ labels: { label }, value })),
            },
          ]);
          if (text !== '') readExposition(text);
        },
      ),
    );
  });
});
