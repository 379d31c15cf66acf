import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analyze/run.ts';
import { audits } from '../../../src/audits/index.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Locale } from '../../../src/model/text.ts';
import { renderSarif } from '../../../src/report/sarif/sarif.ts';
import { app, c, daemon, evidence, home, ref, unseen } from '../../factories.ts';
import { reportOf, stories } from '../../stories/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: foreign JSON, looked at field by field
type Any = any;

const render = (report: Report, locale: Locale = 'en'): Any =>
  JSON.parse(renderSarif(report, { locale, audits, failOn: 'P1' }));

/** What SARIF 2.1.0 demands (section in brackets) and what GitHub's code scanning refuses a file for. */
function checkSarif(log: Any): void {
  const text = JSON.stringify(log);
  expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
  expect(log.version).toBe('2.1.0'); // 3.13.2
  expect(log.$schema).toMatch(/^https:\/\/.*sarif-2\.1\.0\.json$/);
  expect(log.runs).toHaveLength(1);
  const [run] = log.runs;
  const { driver } = run.tool; // 3.14.6, 3.18.2
  expect(driver.name).toBe('pm2-audit'); // 3.19.8
  expect(run.automationDetails.id).toMatch(/^pm2-audit\/[^/]+\/$/);
  const ids = driver.rules.map(({ id }: Any) => id);
  expect(new Set(ids).size).toBe(ids.length); // 3.49.3
  for (const rule of driver.rules) {
    expect(rule.shortDescription.text).toMatch(/\S/); // 3.49.9, 3.12.3
    expect(rule.fullDescription.text).toMatch(/\S/);
    expect(rule.help.text).toMatch(/\S/);
    expect(rule.help.markdown).toMatch(/\S/);
    expect(['none', 'note', 'warning', 'error']).toContain(rule.defaultConfiguration.level); // 3.50.3
    const severity = rule.properties['security-severity'];
    expect(severity !== undefined).toBe(rule.properties.tags.includes('security'));
    if (severity !== undefined) expect(Number(severity)).toBeGreaterThan(0);
  }
  const prints = new Set<string>();
  for (const result of run.results) {
    expect(ids[result.ruleIndex]).toBe(result.ruleId); // 3.27.6
    expect(['note', 'warning', 'error']).toContain(result.level); // 3.27.10
    expect(result.rank).toBeGreaterThanOrEqual(0); // 3.27.25
    expect(result.rank).toBeLessThanOrEqual(100);
    expect(result.message.text).toMatch(/\S/); // 3.27.11
    expect(result.locations).toHaveLength(1);
    const { physicalLocation, logicalLocations } = result.locations[0];
    const { uri } = physicalLocation.artifactLocation; // 3.4.3: RFC 3986
    expect(uri).toMatch(/^pm2(\/(?:[A-Za-z0-9._~!*'()-]|%[0-9A-F]{2})+)+$/);
    expect(uri.split('/')).not.toContain('..');
    expect(new URL(uri, 'https://example.invalid/r/').href).toMatch(/^https:\/\/example\.invalid\/r\/pm2\//);
    expect(physicalLocation.region.startLine).toBe(1); // 3.30.5: from 1
    expect(logicalLocations[0].fullyQualifiedName).toMatch(/\S/);
    for (const print of Object.values(result.partialFingerprints))
      expect(print).toMatch(/^[0-9a-f]{32}(:1)?$/);
    prints.add(result.partialFingerprints.primaryLocationLineHash);
  }
  expect(prints.size).toBe(run.results.length);
  const [invocation] = run.invocations;
  expect(typeof invocation.executionSuccessful).toBe('boolean'); // 3.20.14
  expect(invocation.startTimeUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/); // 3.9
  for (const note of invocation.toolExecutionNotifications) {
    expect(note.message.text).toMatch(/\S/); // 3.58.5
    if (note.associatedRule !== undefined)
      expect(ids[note.associatedRule.index]).toBe(note.associatedRule.id);
  }
}

describe.each(Object.keys(stories))('SARIF of %s', (story) => {
  it.each(['en', 'zh-CN'] as const)('holds what the standard demands in %s', (locale) => {
    checkSarif(render(reportOf(story), locale));
  });
});

describe('what SARIF says', () => {
  const [run] = render(reportOf('sick-host')).runs;

  it('every finding is a result, P0 and P1 are errors', () => {
    const report = reportOf('sick-host');
    expect(run.results).toHaveLength(report.findings.length);
    const levels = { P0: 'error', P1: 'error', P2: 'warning', P3: 'note' };
    expect(run.results.map(({ level }: Any) => level)).toEqual(
      report.findings.map(({ priority }) => levels[priority]),
    );
  });

  it('names the app, the proof and the fix', () => {
    const result = run.results.find(({ ruleId }: Any) => ruleId === 'oom-killed');
    expect(result.message.text).toMatch(
      /flask-app was killed.*\n[\s\S]*Killed process[\s\S]*Fix: Give flask-app/,
    );
    expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe('pm2/web-01/default/flask-app');
    expect(result.properties.fix).toMatch(/max_memory_restart: '700M'/);
  });

  it('what was not seen is a notification: silence would mean nothing found', () => {
    const blind = render(analyze(evidence({}, { oomLog: unseen('oomLog') }), audits)).runs[0];
    const note = blind.invocations[0].toolExecutionNotifications.find(
      ({ associatedRule }: Any) => associatedRule.id === 'oom-killed',
    );
    expect(note).toMatchObject({
      level: 'warning',
      message: { text: expect.stringMatching(/the kernel log/) },
    });
    expect(render(reportOf('dead-daemon')).runs[0].invocations[0].executionSuccessful).toBe(false);
  });

  it('the fingerprint outlives a deployment and the language, and tells apps and hosts apart', () => {
    const prints = (id: number, name: string, locale: Locale = 'en', host = 'web-01') => {
      const broken = app(name, id, { status: 'errored', pid: null, restartCounter: 20 + id });
      const report = analyze(evidence({ daemons: [daemon([broken, app('web', id + 1)])] }), audits);
      const named = { ...report, host: report.host && { ...report.host, name: c(host) } };
      return render(named, locale).runs[0].results.find(({ ruleId }: Any) => ruleId === 'app-errored')
        .partialFingerprints.primaryLocationLineHash;
    };
    expect(prints(0, 'api')).toBe(prints(40, 'api', 'zh-CN'));
    expect(prints(0, 'api')).not.toBe(prints(0, 'worker'));
    expect(prints(0, 'api')).not.toBe(prints(0, 'api', 'en', 'web-02'));
  });

  it('no line that an app wrote leaves the host', () => {
    const report = reportOf('sick-host');
    const quote = { source: c('/srv/app/err.log'), at: null, text: c('CANARY of an app') };
    const marked = { ...report, findings: report.findings.map((one) => ({ ...one, because: [quote] })) };
    expect(renderSarif(marked, { locale: 'en', audits, failOn: 'P1' })).not.toContain('CANARY');
  });
});

describe('hostile names', () => {
  it('of any kind lead nowhere and break nothing', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('', '.', '..', '../../etc', 'a/b', '%2e%2e', 'https://evil/', '\ud800', '//x', '\\'),
    );
    fc.assert(
      fc.property(odd, odd, odd, (name, namespace, host) => {
        const apps = ['one', name].map((text, id) =>
          app('x', id, {
            ref: { ...ref('x', id), name: c(text), namespace: c(namespace) },
            status: 'errored',
            pid: null,
          }),
        );
        const report = analyze(evidence({ daemons: [daemon(apps, { home: c(`${home}/${name}`) })] }), audits);
        checkSarif(render({ ...report, host: report.host && { ...report.host, name: c(host) } }));
      }),
      { numRuns: 60 },
    );
  });
});
