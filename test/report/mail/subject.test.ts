import { describe, expect, it } from 'vitest';
import { audits } from '../../../src/audits/index.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import type { CleanText } from '../../../src/model/text.ts';
import { cells } from '../../../src/report/cells.ts';
import { cutCells, fewWords, shortWords } from '../../../src/report/mail/culprit-words.ts';
import { proseToText } from '../../../src/report/prose.ts';
import { locales, reportOf } from '../pages.ts';
import { following, mailOf } from './mails.ts';

const sick = reportOf('sick-host');
const subjectOf = (report: Report, locale: 'en' | 'zh-CN' = 'en'): string => mailOf(report, locale).subject;

function withFirst(change: Partial<Finding>): Report {
  const [first, ...rest] = sick.findings;
  return { ...sick, findings: [{ ...first!, ...change }, ...rest] };
}

describe('the subject of a mail', () => {
  it('names host, verdict, counts, score and the first culprit', () => {
    expect(subjectOf(sick)).toBe('[pm2-audit] web-01 critical · P0×3 P1×7 · score 12 · flask-app OOM-killed');
    expect(subjectOf(sick, 'zh-CN')).toBe(
      '[pm2-audit] web-01 严重 · P0×3 P1×7 · 评分 12 · flask-app 因内存不足被强杀',
    );
  });

  it('tells the change since the reader was told last, else since the report before', () => {
    const news = following(reportOf('healthy-host'), sick, 'new');
    expect(mailOf(sick, 'en', news).subject).toContain('· score 12 (−88) ·');
    const past = { ...sick, past: { takenAt: sick.takenAt - 1, score: 10, grade: 'F' as const } };
    expect(subjectOf(past)).toContain('· score 12 (+2) ·');
    expect(subjectOf({ ...past, past: { ...past.past, score: 12 } })).toContain('· score 12 ·');
  });

  it('says that it is a reminder', () => {
    expect(mailOf(sick, 'en', following(sick, sick, 'reminder')).subject).toBe(
      '[pm2-audit] web-01 critical · reminder · P0×3 P1×7 · score 12 · flask-app OOM-killed',
    );
    expect(mailOf(sick, 'zh-CN', following(sick, sick, 'reminder')).subject).toContain('严重 · 提醒 · P0×3');
  });

  it('has no culprit where nothing is urgent', () => {
    expect(subjectOf(reportOf('healthy-host'))).toBe('[pm2-audit] web-01 healthy · score 100');
  });

  it('stays one short line whatever an app is called', () => {
    for (const name of [
      'a\r\nBcc: all@example.org',
      '\u202egnp.exe',
      '订单'.repeat(150),
      '👩‍👩‍👧‍👦'.repeat(40),
      ' '.repeat(300),
      '{{constructor}}',
      '<script>alert(1)</script>',
    ]) {
      const subject = subjectOf(
        withFirst({
          subject: { kind: 'app', app: { ...sick.processes[0]!.app.ref, name: name as CleanText } },
        }),
      );
      expect(cells(subject)).toBeLessThanOrEqual(84);
      expect(subject).not.toMatch(/[\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}-\u{202e}\u{2066}-\u{2069}]/u);
      expect(subject.startsWith('[pm2-audit] web-01 critical · P0×3 P1×7 · ')).toBe(true);
      expect(subject, 'no character is cut in two').not.toMatch(/\p{Surrogate}/u);
    }
  });

  it('keeps the culprit rather than the score where both are too long', () => {
    const name = 'app-with-a-long-name-001' as CleanText;
    const report = withFirst({ subject: { kind: 'app', app: { ...sick.processes[0]!.app.ref, name } } });
    const host = 'a-rather-long-host-name-of-ours' as CleanText;
    const subject = subjectOf({ ...report, host: { ...report.host!, name: host } });
    expect(subject).toContain('app-with-a-lo… OOM-killed');
    expect(subject).not.toContain('score');
  });
});

describe('a culprit in few words', () => {
  it('has words for each audit there is, and for no other', () => {
    expect(Object.keys(shortWords).toSorted()).toEqual(audits.map(({ id }) => id).toSorted());
  });

  it.each(audits.map(({ id }) => id))('of %s is short in both languages', (audit) => {
    for (const locale of locales) {
      const trouble = { audit, priority: 'P0' as const, confidence: null, evidence: null, isPartly: false };
      const words = proseToText(fewWords({ ...trouble, names: ['api'] }, locale, 'title'));
      expect(cells(words)).toBeLessThanOrEqual(48);
      expect(words).not.toMatch(/title|[.。!]$/);
      if (locale === 'en') expect(words).toMatch(/^[ -~’]+$/);
      else expect(words).toMatch(/[\u4e00-\u9fff]/);
      expect(proseToText(fewWords({ ...trouble, names: [] }, locale, 'title'))).not.toContain('undefined');
    }
  });

  const trouble = {
    audit: 'memory-leak',
    priority: 'P1',
    names: ['api'],
    confidence: null,
    evidence: null,
    isPartly: false,
  } as const;
  const said = (change: object, locale: 'en' | 'zh-CN' = 'en'): string =>
    proseToText(fewWords({ ...trouble, ...change }, locale, 'An app leaks memory'));

  it('counts further apps, doubts what is only possible, names what was not seen', () => {
    expect(said({})).toBe('api leaks memory');
    expect(said({ names: ['api', 'web', 'jobs'] })).toBe('api +2 leaks memory');
    expect(said({ names: ['api', 'web', 'jobs'] }, 'zh-CN')).toBe('api 等 3 个应用内存泄漏');
    expect(said({ confidence: 'possible' })).toBe('api leaks memory?');
    expect(said({ audit: 'evidence-gap', names: [], evidence: 'oomLog' })).toBe('kernel log not seen');
    expect(said({ audit: 'evidence-gap', names: [], evidence: 'oomLog' }, 'zh-CN')).toBe('看不到内核日志');
    const partly = { audit: 'evidence-gap', names: [], evidence: 'pm2Log', isPartly: true };
    expect(said(partly)).toBe('part of pm2.log not seen');
    expect(said(partly, 'zh-CN')).toBe('看不到部分 pm2.log');
  });

  it('of an audit of somebody else is its title', () => {
    expect(said({ audit: 'queue-depth' })).toBe('api: An app leaks memory');
    expect(said({ audit: 'queue-depth', names: [] })).toBe('An app leaks memory');
  });

  it('cuts whole characters', () => {
    expect(cutCells('订单服务', 7)).toBe('订单服…');
    expect(cutCells('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 12)).toMatch(/^(?:👩‍👩‍👧‍👦)*…?$/u);
    expect(cutCells('api', 3)).toBe('api');
  });
});
