import { readReportFacts } from '../../../src/derive/compare/report-facts.ts';
import type { Occasion } from '../../../src/derive/delivery/occasion.ts';
import { reportDiff } from '../../../src/derive/report-diff.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Locale } from '../../../src/model/text.ts';
import { reportToJson } from '../../../src/report/json.ts';
import { type MailContent, mailContent } from '../../../src/report/mail/mail.ts';
import { auditWords, reportOf } from '../pages.ts';

export const files = {
  html: '/srv/audit/reports/2026-11-21/health-web-01-20261121-031244.html',
  json: null,
  md: null,
};

const first: Occasion = { reason: 'first', toldAt: null, diff: null };

export function mailOf(report: Report, locale: Locale, occasion: Occasion = first): MailContent {
  return mailContent({ report, words: auditWords, occasion, locale, files });
}

/** The occasion of a report that follows another one of the same host by a day. */
export function following(before: Report, now: Report, reason: Occasion['reason']): Occasion {
  const toldAt = now.takenAt - 86_400_000;
  return { reason, toldAt, diff: reportDiff({ ...factsOf(before), takenAt: toldAt }, factsOf(now)) };
}

function factsOf(report: Report) {
  const read = readReportFacts(JSON.parse(reportToJson(report, 'en', auditWords)));
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return read.facts;
}

/** Mails of every kind: a sick host for the first time, as news and again, a host that is well again, one that is not seen. */
export const mails: readonly { readonly name: string; readonly of: (locale: Locale) => MailContent }[] = [
  ...[
    'sick-host',
    'healthy-host',
    'blind-host',
    'dead-daemon',
    'empty-host',
    'hostile-names',
    'many-apps-100',
  ].map((story) => ({ name: story, of: (locale: Locale) => mailOf(reportOf(story), locale) })),
  ...(
    [
      ['healthy-host', 'sick-host', 'new'],
      ['sick-host', 'sick-host', 'reminder'],
      ['sick-host', 'healthy-host', 'recovered'],
      ['sick-host', 'dead-daemon', 'asked'],
    ] as const
  ).map(([before, now, reason]) => ({
    name: `${now} after ${before}: ${reason}`,
    of: (locale: Locale) => mailOf(reportOf(now), locale, following(reportOf(before), reportOf(now), reason)),
  })),
];

/** HTML without its tags, entities read: what a reader reads. */
export function shown(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<head>[\s\S]*?<\/head>/, '')
    .replace(/<(?:br|\/p|\/td|\/th|\/h\d|\/div|\/caption)[^>]*>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('\u{a0}', ' ')
    .replace(/&(amp|lt|gt|quot|nbsp|#39|#x27|#x60|#x3D);/g, (_all, name: string) => entities[name] ?? '');
}
const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
  '#x27': "'",
  '#x60': '`',
  '#x3D': '=',
};
