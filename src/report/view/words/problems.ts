import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface ProblemWords {
  none(blind: number): string;
  lead(p0: number, p1: number): string;
  more(count: number): string;
  evenMore(count: number): string;
  moreLines(count: number): string;
}

export const problemWords: { readonly [L in Locale]: (fmt: ReportFmt) => ProblemWords } = {
  en: (fmt) => ({
    none: (blind) =>
      `No finding needs action now or this week${blind > 0 ? `, as far as could be seen: ${countOf(fmt, blind, 'check', 'checks')} could not judge` : ''}.`,
    lead: (p0, p1) =>
      [p0 > 0 ? `${fmt.count(p0)} to act on now` : '', p1 > 0 ? `${fmt.count(p1)} this week` : '']
        .filter((part) => part !== '')
        .join(', ')
        .concat('. Quoted lines are evidence, byte for byte.'),
    more: (count) => `${countOf(fmt, count, 'more serious finding', 'more serious findings')}:`,
    evenMore: (count) => `${fmt.count(count)} more are in the JSON report.`,
    moreLines: (count) => `${countOf(fmt, count, 'more line', 'more lines')} in the JSON report.`,
  }),
  'zh-CN': (fmt) => ({
    none: (blind) =>
      `没有需要立即或本周处理的问题${blind > 0 ? `（仅指可见范围：有 ${fmt.count(blind)} 项检查无法判断）` : ''}。`,
    lead: (p0, p1) =>
      [p0 > 0 ? `立即处理 ${fmt.count(p0)} 项` : '', p1 > 0 ? `本周处理 ${fmt.count(p1)} 项` : '']
        .filter((part) => part !== '')
        .join('，')
        .concat('。引用的行均为原始证据，逐字节保留。'),
    more: (count) => `其余 ${fmt.count(count)} 项严重问题：`,
    evenMore: (count) => `另有 ${fmt.count(count)} 项见 JSON 报告。`,
    moreLines: (count) => `另有 ${fmt.count(count)} 行见 JSON 报告。`,
  }),
};
