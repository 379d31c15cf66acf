import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import type { CleanText, Quote } from '../../../src/model/text.ts';
import { renderReport } from '../../../src/report/render.ts';
import { withoutAppLogs } from '../../../src/report/view/private.ts';
import { stories } from '../../stories/index.ts';
import { auditWords, locales, reportOf } from '../pages.ts';
import { mailOf } from './mails.ts';

const appLog = '/home/deploy/.pm2/logs/flask-app-error.log';
const written = 'ORDER telltale-4711 of anna@example.org failed' as CleanText;
const quote = (source: string, text: CleanText = written): Quote => ({
  source: source as CleanText,
  at: null,
  text,
});

/** The sick host, whose apps wrote a customer's name wherever a report can hold a line of theirs. */
function talkative(): Report {
  const sick = reportOf('sick-host');
  const top = { message: written, frame: `/srv/${written}:1:1`, times: 3, isTied: true, others: 0 };
  return {
    ...sick,
    findings: sick.findings.map((finding): Finding => {
      const because = [
        quote(appLog),
        quote('/home/deploy/.pm2'),
        quote('somewhere else'),
        ...finding.because,
      ];
      if (finding.audit === 'restart-loop') return { ...finding, because, args: { ...finding.args, top } };
      if (finding.audit === 'app-crashes')
        return {
          ...finding,
          priority: 'P0',
          because,
          args: {
            ...finding.args,
            apps: (Array.isArray(finding.args['apps']) ? finding.args['apps'] : []).map((app: object) => ({
              ...app,
              top,
            })),
          },
        };
      return { ...finding, because };
    }),
    oomKills: sick.oomKills!.map((kill) => ({ ...kill, because: [...kill.because, quote(appLog)] })),
    processes: sick.processes.map((row) => ({
      ...row,
      story:
        row.story === null
          ? null
          : {
              ...row.story,
              restarts: row.story.restarts.map((restart) => ({
                ...restart,
                because: [quote(appLog), ...restart.because],
              })),
              crashes: [
                {
                  message: written,
                  frame: null,
                  times: 3,
                  first: null,
                  last: null,
                  confidence: 'certain',
                  lines: [written, written],
                  source: appLog as CleanText,
                },
              ],
              lastWords: { source: appLog as CleanText, lines: [written] },
            },
    })),
  };
}

describe('lines that an app wrote', () => {
  it('stand in the report, and in no part of a mail', () => {
    const report = talkative();
    expect(renderReport(report, { locale: 'en', words: auditWords, format: 'markdown' })).toContain('4711');
    for (const locale of locales) {
      const mail = mailOf(report, locale);
      for (const part of [mail.subject, mail.html, mail.text]) {
        expect(part).not.toContain('telltale');
        expect(part).not.toContain('anna');
      }
    }
  });

  it.each(['terminal', 'markdown', 'html', 'json'] as const)('can be left out of the %s report', (format) => {
    const text = renderReport(talkative(), { locale: 'en', words: auditWords, format, appLogs: false });
    expect(text.split('\n').filter((line) => line.includes('telltale'))).toEqual([]);
  });

  // Of hostile-names everything has the same text, names as well.
  it.each(Object.keys(stories).filter((name) => name !== 'hostile-names'))(
    'of %s are in no mail about it',
    (name) => {
      const evidence = stories[name]!();
      const logs = evidence.items.appLogs.seen ? evidence.items.appLogs.value : [];
      const lines = logs.flatMap((log) => [
        ...log.exceptions.flatMap(({ message, lines }) => [message, ...lines]),
        ...log.texts.map((text) => text.quote.text),
        ...(log.lastException === null ? [] : [log.lastException.headline]),
      ]);
      const telling = lines.map((line) => line.trim()).filter((line) => line.length > 12);
      if (name === 'sick-host') expect(telling.length).toBeGreaterThan(2);
      for (const locale of locales) {
        const mail = mailOf(reportOf(name), locale);
        for (const line of telling) {
          expect(mail.html).not.toContain(line);
          expect(mail.text).not.toContain(line);
        }
      }
    },
  );

  it('go, and those of the kernel, systemd and PM2 stay', () => {
    const report = talkative();
    const left = withoutAppLogs(report).findings.flatMap(({ because }) =>
      because.map(({ source }) => source),
    );
    expect(new Set(left)).toEqual(new Set(['kernel log', '/home/deploy/.pm2/pm2.log']));
    const { html } = mailOf(report, 'en');
    expect(html).toContain('Killed process 113950');
    expect(html).toContain('App [flask-app:0] exited with code');
  });

  it('go also where an app writes to the very file that is pm2.log', () => {
    const sick = reportOf('sick-host');
    const path = '/home/deploy/.pm2/pm2.log' as CleanText;
    const report = {
      ...sick,
      processes: sick.processes.map((row) => ({ ...row, app: { ...row.app, outLogPath: path } })),
    };
    const sources = withoutAppLogs(report).findings.flatMap(({ because }) =>
      because.map(({ source }) => source),
    );
    expect(sources).not.toContain(path);
  });

  it('are left out once for one report, so that its view is made once', () => {
    const report = reportOf('sick-host');
    expect(withoutAppLogs(report)).toBe(withoutAppLogs(report));
  });
});
