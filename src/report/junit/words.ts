import type { Locale } from '../../model/text.ts';

export interface JunitWords {
  because(source: string): string;
  /** Above what is to be typed. */
  snippet(label: string): string;
  more(count: number): string;
  fix(title: string): string;
  verify: string;
  undo: string;
  explain(audit: string): string;
  notChecked(what: string): string;
  failed: string;
  below: string;
}

/** The words between the sentences of the audits. */
export const junitWords: { readonly [L in Locale]: JunitWords } = {
  en: {
    because: (source) => `${source}:`,
    snippet: (label) => `${label}:`,
    more: (count) => `and ${count} more, in the report`,
    fix: (title) => `Fix: ${title}`,
    verify: 'Verify: ',
    undo: 'Undo: ',
    explain: (audit) => `More: pm2-audit explain ${audit}`,
    notChecked: (what) => `not checked: ${what} could not be seen`,
    failed: 'The audit itself failed; this is a bug of pm2-audit.',
    below: 'Found, but below what counts as a failure here:',
  },
  'zh-CN': {
    because: (source) => `${source}：`,
    snippet: (label) => `${label}：`,
    more: (count) => `另有 ${count} 行，见报告`,
    fix: (title) => `修复：${title}`,
    verify: '验证：',
    undo: '回退：',
    explain: (audit) => `详情：pm2-audit explain ${audit}`,
    notChecked: (what) => `未检查，无法看到：${what}`,
    failed: '该检查项自身出错，这是 pm2-audit 的缺陷。',
    below: '以下问题低于此处判为失败的优先级：',
  },
};
