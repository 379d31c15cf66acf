import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analyze/run.ts';
import { audits } from '../../../src/audits/index.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Locale } from '../../../src/model/text.ts';
import { renderJunit } from '../../../src/report/junit/junit.ts';
import { element } from '../../../src/report/junit/xml.ts';
import type { MachineOptions } from '../../../src/report/machine/machine.ts';
import { app, c, daemon, evidence, home, ref, unseen } from '../../factories.ts';
import { reportOf, stories } from '../../stories/index.ts';
import { readXml, type XmlElement } from './read-xml.ts';

const render = (report: Report, failOn: MachineOptions['failOn'] = 'P1', locale: Locale = 'en'): XmlElement =>
  readXml(renderJunit(report, { locale, audits, failOn }));
const cases = (root: XmlElement): readonly XmlElement[] =>
  root.children.flatMap((suite) => suite.children.filter(({ name }) => name === 'testcase'));
const outcomes = (root: XmlElement, outcome: string) =>
  cases(root).filter(({ children }) => children[0]?.name === outcome);

/** The rules of Ant's JUnit.xsd, with the `skipped` count of its newer version; junit-10.xsd asks for less. */
function checkSchema(root: XmlElement): void {
  expect(root.name).toBe('testsuites');
  const names = new Set<string>();
  for (const suite of root.children) {
    expect(suite.name).toBe('testsuite');
    const { id, timestamp, hostname, package: owner, time } = suite.attributes;
    expect(id).toMatch(/^\d+$/);
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect(hostname).toMatch(/\S/);
    expect(owner).toMatch(/\S/);
    expect(time).toMatch(/^\d+(\.\d+)?$/);
    const own = suite.children.filter(({ name }) => name === 'testcase');
    expect(suite.children.map(({ name }) => name)).toEqual([
      'properties',
      ...own.map(() => 'testcase'),
      'system-out',
      'system-err',
    ]);
    const count = (kind: string) => own.filter(({ children }) => children[0]?.name === kind).length;
    expect(suite.attributes).toMatchObject({
      tests: String(own.length),
      failures: String(count('failure')),
      errors: String(count('error')),
      skipped: String(count('skipped')),
    });
    for (const { attributes, children } of own) {
      expect(attributes['classname']).toBe(suite.attributes['name']);
      expect(attributes['time']).toBe('0');
      const key = `${attributes['classname']} ${attributes['name']}`;
      expect(names.has(key), key).toBe(false);
      names.add(key);
      expect(children.length).toBeLessThanOrEqual(1);
      for (const { name, attributes: inside } of children) {
        expect(['failure', 'error', 'skipped']).toContain(name);
        expect(inside['message']).toMatch(/\S/);
        if (name !== 'skipped') expect(inside['type']).toMatch(/\S/);
      }
    }
  }
}

describe.each(Object.keys(stories))('JUnit of %s', (story) => {
  it.each(['en', 'zh-CN'] as const)('obeys the schema in %s', (locale) => {
    checkSchema(render(reportOf(story), 'P1', locale));
  });
});

describe('what the tests of a CI say', () => {
  it('each finding at or above the limit fails, the others stand in the output, none is lost', () => {
    const report = reportOf('sick-host');
    for (const failOn of ['P0', 'P1', 'P3', 'never'] as const) {
      const root = render(report, failOn);
      const limit = failOn === 'never' ? 0 : ['P0', 'P1', 'P2', 'P3'].indexOf(failOn) + 1;
      const failing = report.findings.filter(({ priority }) => Number(priority[1]) < limit);
      expect(outcomes(root, 'failure')).toHaveLength(failing.length);
      const output = root.children.flatMap(({ children }) =>
        children.filter(({ name }) => name === 'system-out'),
      );
      const listed = output.flatMap(({ text }) => text.split('\n').filter((line) => /^P\d /.test(line)));
      expect(listed).toHaveLength(report.findings.length - failing.length);
    }
  });

  it('a failure says what happened, the line that proves it, and what to do', () => {
    const failure = outcomes(render(reportOf('sick-host')), 'failure').find(
      ({ attributes }) => attributes['name'] === 'oom-killed: flask-app',
    )?.children[0];
    expect(failure?.attributes).toMatchObject({
      type: 'P0',
      message: expect.stringMatching(/flask-app.*killed/),
    });
    expect(failure?.text).toMatch(/Killed process 113950/);
    expect(failure?.text).toMatch(/\+ {3}max_memory_restart: '700M'/);
    expect(failure?.text).toMatch(/Verify: /);
    const chinese = outcomes(render(reportOf('sick-host'), 'P1', 'zh-CN'), 'failure')[0]?.children[0];
    expect(chinese?.text).toMatch(/修复：[\s\S]*验证：/);
  });

  it('what could not be seen is skipped with the reason, never passed', () => {
    const root = render(analyze(evidence({}, { oomLog: unseen('oomLog') }), audits));
    const skipped = outcomes(root, 'skipped').find(({ attributes }) => attributes['name'] === 'oom-killed');
    expect(skipped?.children[0]?.attributes['message']).toBe('not checked: the kernel log could not be seen');
    expect(skipped?.children[0]?.text).toBe('test: Operation not permitted');
  });

  it('an audit that throws is an error', () => {
    const healthy = reportOf('healthy-host');
    const report: Report = {
      ...healthy,
      verdicts: [{ audit: 'oom-killed', outcome: 'error', missing: [], error: 'x is <undefined>' }],
    };
    expect(outcomes(render(report), 'error')[0]?.children[0]?.attributes['message']).toBe('x is <undefined>');
  });

  it('no line that an app wrote is handed to the CI', () => {
    const report = reportOf('sick-host');
    const marked: Report = {
      ...report,
      findings: report.findings.map((finding) => ({
        ...finding,
        because: [
          ...finding.because,
          { source: c('/srv/app/err.log'), at: null, text: c('CANARY of an app') },
        ],
      })),
    };
    expect(renderJunit(marked, { locale: 'en', audits, failOn: 'P3' })).not.toContain('CANARY');
  });

  it('a host without a name still has one', () => {
    const root = render({ ...reportOf('healthy-host'), host: null });
    expect(root.children[0]?.attributes['hostname']).toBe('localhost');
  });
});

describe('hostile names', () => {
  it('of any kind stay text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.string({ unit: 'grapheme' }),
        (name, other) => {
          const apps = [name, other, ']]><x a="', '\u0000\ud800'].map((text, id) =>
            app('x', id, { ref: { ...ref('x', id), name: c(text) }, status: 'errored', pid: null }),
          );
          checkSchema(
            render(analyze(evidence({ daemons: [daemon(apps, { home: c(`${home}/${name}`) })] }), audits)),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('any text and attribute come back as they were, but for what XML cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { attributes, text: back } = readXml(
          `<?xml version="1.0" encoding="UTF-8"?>\n${element('x', { a: text }, text)}`,
        );
        const legal = text
          .replace(/\p{Surrogate}/gu, '\u{fffd}')
          .replace(/[^\u{9}\u{a}\u{d}\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '');
        expect(back).toBe(legal.replace(/\r/g, ''));
        expect(attributes['a']).toBe(legal.replace(/[\r\n\t]+/g, ' '));
      }),
    );
  });
});
