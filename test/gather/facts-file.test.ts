import { describe, expect, it } from 'vitest';
import { makeCleaner } from '../../src/gather/clean.ts';
import { decodeFacts, encodeFacts } from '../../src/gather/facts-file.ts';
import { reportOf, stories } from '../stories/index.ts';

const none = { html: null, json: null, md: null };
const versionOf = (name: string): string => reportOf(name).tool.version;
const read = (text: string, version = versionOf('sick-host')) => decodeFacts(text, makeCleaner(), version);

describe('the facts of a report, kept for send', () => {
  // The names of that story are called clean by decree.
  it.each(Object.keys(stories).filter((name) => name !== 'hostile-names'))(
    'of %s come back as they were',
    (name) => {
      const report = reportOf(name);
      const decoded = read(encodeFacts(report, none), versionOf(name));
      expect(decoded.ok && decoded.report).toEqual(JSON.parse(JSON.stringify(report)));
    },
  );

  it('are cleaned again: whoever changed the file drives no terminal', () => {
    const text = encodeFacts(reportOf('sick-host'), none).replace(
      'web-01',
      'web\\u001b[31m-01 password=hunter22222',
    );
    const decoded = read(text);
    expect(decoded.ok).toBe(true);
    expect(JSON.stringify(decoded)).not.toMatch(/\\u001b|hunter22222/);
  });

  it('name files below the folder of reports alone', () => {
    const files = (html: string) => {
      const decoded = read(encodeFacts(reportOf('sick-host'), { ...none, html }));
      return decoded.ok ? decoded.files.html : undefined;
    };
    expect(files('2026-11-22/health-web-01-20261122-080000.html')).toBe(
      '2026-11-22/health-web-01-20261122-080000.html',
    );
    for (const path of [
      '/etc/passwd',
      '../x.html',
      '2026-11-22/../../x.html',
      '2026-11-22/health-x/../../y.html',
      '2026-11-22/health-x.json',
    ])
      expect(files(path), path).toBeNull();
  });

  it('of another version, of something else or half a file are refused', () => {
    const whole = encodeFacts(reportOf('sick-host'), none);
    expect(read(whole, '9.9.9')).toMatchObject({
      ok: false,
      why: 'version',
      version: versionOf('sick-host'),
    });
    for (const text of [
      '',
      'null',
      '{}',
      '[]',
      whole.slice(0, 5000),
      whole.replace('"verdicts":[', '"other":['),
      '{"schema":"pm2-audit.facts/1","report":[]}',
    ])
      expect(read(text)).toMatchObject({ ok: false });
  });
});
