import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface FixSectionWords {
  lead: string;
  none: string;
  folded(count: number): string;
  minutes(minutes: number): string;
  asRoot: string;
  asUser(user: string): string;
  inShell: string;
  afterwards(who: string | null): string;
  file(path: string, asRoot: boolean): string;
  ecosystem: string;
  moreApps(count: number): string;
  undoWith: string;
  dropped(setting: string, app: string, value: string): string;
  moreReasons(count: number): string;
}

export const fixSectionWords: { readonly [L in Locale]: (fmt: ReportFmt) => FixSectionWords } = {
  en: (fmt) => ({
    lead: 'pm2-audit changes nothing itself. Every fix below is yours to run, and says how to take it back.',
    none: 'Nothing to fix.',
    folded: (count) =>
      `${count === 1 ? 'One more' : `The other ${fmt.count(count)}, in order`}. Each opens to its snippet, verify and undo.`,
    minutes: (minutes) => `about ${countOf(fmt, minutes, 'minute', 'minutes')}`,
    asRoot: 'as root',
    asUser: (user) => `as ${user}`,
    inShell: 'in a shell',
    afterwards: (who) => (who === null ? 'then' : `then, ${who}`),
    file: (path, asRoot) => `${path}${asRoot ? ', as root' : ''}`,
    ecosystem: 'ecosystem.config.js',
    moreApps: (count) =>
      `${countOf(fmt, count, 'more app needs', 'more apps need')} the same; all are in the JSON report.`,
    undoWith: 'undo',
    dropped: (setting, app, value) =>
      `Another finding asked for ${setting} ${value} on ${app}; the more urgent one set the value above.`,
    moreReasons: (count) => `${countOf(fmt, count, 'more finding', 'more findings')} with the same fix.`,
  }),
  'zh-CN': (fmt) => ({
    lead: 'pm2-audit 不会改动任何东西。以下每一项都由您执行，并注明如何回退。',
    none: '没有需要修复的问题。',
    folded: (count) => `其余 ${fmt.count(count)} 项，按优先级排列。展开可见配置片段、验证与回退方法。`,
    minutes: (minutes) => `约 ${minutes} 分钟`,
    asRoot: '以 root 执行',
    asUser: (user) => `以 ${user} 用户执行`,
    inShell: '在 shell 中执行',
    afterwards: (who) => (who === null ? '然后执行' : `然后${who}`),
    file: (path, asRoot) => `${path}${asRoot ? '（以 root 编辑）' : ''}`,
    ecosystem: 'ecosystem.config.js',
    moreApps: (count) => `另有 ${fmt.count(count)} 个应用同样处理，全部见 JSON 报告。`,
    undoWith: '回退',
    dropped: (setting, app, value) =>
      `另一项问题建议将 ${app} 的 ${setting} 设为 ${value}；以上取更紧急的一项。`,
    moreReasons: (count) => `另有 ${fmt.count(count)} 项问题用同一修复。`,
  }),
};
