import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import type { Locale } from '../../src/model/text.ts';
import { makeFmt } from '../../src/report/format.ts';
import { type Context, makeSays } from '../../src/report/view/context.ts';
import { furniture } from '../../src/report/view/furniture.ts';
import { period } from '../../src/report/view/periods.ts';
import { day, evidence, hour, minute } from '../factories.ts';
import { auditWords } from './pages.ts';

const report = analyze(evidence(), []);
const context = (locale: Locale): Context => {
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  return {
    report,
    locale,
    fmt,
    words: furniture[locale],
    says: makeSays(report, locale, fmt, auditWords),
    top: 10,
  };
};
const said = (...times: readonly number[]): readonly string[] => [
  period(context('en'), times),
  period(context('zh-CN'), times),
];
/** The host's own time, +08:00. */
const on = (date: number, hours: number, minutes = 0, month = 10): number =>
  Date.UTC(2026, month, date, hours, minutes) - 8 * hour;

describe('when restarts were', () => {
  it('is a minute where they share one', () => {
    expect(said(on(17, 14, 31))).toEqual(['on 17 Nov at 14:31', '11 月 17 日 14:31']);
    expect(said(on(17, 14, 31), on(17, 14, 31) + 59_000)).toEqual([
      'on 17 Nov at 14:31',
      '11 月 17 日 14:31',
    ]);
  });

  it('is a stretch of one day, or over one midnight', () => {
    expect(said(on(20, 2, 16), on(20, 4, 10))).toEqual([
      'on 20 Nov between 02:16 and 04:10',
      '11 月 20 日 02:16 至 04:10',
    ]);
    expect(said(on(19, 23, 50), on(20, 0, 20))).toEqual([
      'from 19 Nov 23:50 to 20 Nov 00:20',
      '11 月 19 日 23:50 至 11 月 20 日 00:20',
    ]);
  });

  it('names two days and three, and the month once where it is one', () => {
    expect(said(on(3, 9), on(4, 22))).toEqual(['on 3 and 4 Nov', '11 月 3 日和 4 日']);
    expect(said(on(3, 9), on(4, 12), on(6, 22))).toEqual(['on 3, 4 and 6 Nov', '11 月 3 日、4 日和 6 日']);
    expect(said(on(30, 9), on(1, 22, 0, 11))).toEqual(['on 30 Nov and 1 Dec', '11 月 30 日和 12 月 1 日']);
  });

  it('counts more days, and says when it was each of them', () => {
    const spread = [0, 1, 2, 3, 4].map((index) => on(2 + index, 3 + index * 4));
    expect(said(...spread)).toEqual(['on each of the 5 days from 2 to 6 Nov', '11 月 2 日至 6 日（每天）']);
    const gaps = [on(2, 3), on(4, 9), on(5, 15), on(7, 21), on(9, 6)];
    expect(said(...gaps)).toEqual(['on 5 days between 2 and 9 Nov', '11 月 2 日至 9 日之间的 5 天']);
  });

  it('names the hours they keep to', () => {
    const nights = [2, 3, 4, 6, 9].flatMap((date) => [on(date, 2), on(date, 2, 20)]);
    expect(said(...nights)).toEqual([
      'on 5 days between 2 and 9 Nov, always at night between 02:00 and 02:20',
      '11 月 2 日至 9 日之间的 5 天（均在夜间 02:00 至 02:20）',
    ]);
    expect(said(...nights, on(9, 15))).toEqual([
      'on 5 days between 2 and 9 Nov, mostly at night between 02:00 and 02:20',
      '11 月 2 日至 9 日之间的 5 天（多在夜间 02:00 至 02:20）',
    ]);
    expect(said(on(2, 15), on(3, 15), on(4, 15))[0]).toBe('on 2, 3 and 4 Nov, always at 15:00');
  });

  it('finds the hours over midnight', () => {
    const late = [2, 3, 4, 5].flatMap((date) => [on(date, 23, 50), on(date, 23, 50) + 30 * minute]);
    expect(said(...late)[0]).toBe(
      'on each of the 5 days from 2 to 6 Nov, always at night between 23:50 and 00:20',
    );
  });

  it('says nothing of no restart, and any number of days fits a line', () => {
    expect(said()).toEqual(['', '']);
    const year = Array.from({ length: 400 }, (_, index) => on(2, 5) - (399 - index) * day);
    expect(said(...year)[0]!.length).toBeLessThan(90);
  });
});
