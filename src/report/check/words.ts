import type { Priority } from '../../model/finding.ts';
import type { Locale } from '../../model/text.ts';

export interface CheckWords {
  /** `2 P0, 1 P1`. */
  counts(counts: readonly (readonly [Priority, number])[]): string;
  /** The worst finding, and how many there are at or above the limit. */
  found(counts: string, headline: string): string;
  online(online: number, all: number): string;
  instances(name: string, online: number, all: number): string;
  /** Its last process is gone and PM2 is starting the next. */
  starting(name: string): string;
  noApps: string;
  quiet(priority: string, window: string, rest: string): string;
  down(name: string, statuses: string): string;
  partlyDown(name: string, online: number, all: number, statuses: string): string;
  noDaemon(tried: string): string;
  unreadable(home: string, why: string): string;
  asOwner: string;
  others(homes: string, count: number): string;
  unseen(what: string, tried: string, key: string, isDenied: boolean): string;
  auditFailed(audit: string): string;
  unknownApp(app: string, names: string): string;
  none: string;
  more(count: number): string;
  timedOut(seconds: number): string;
  stopped: string;
  ended(how: string): string;
  fix: string;
  notSeen(what: string): string;
  without(what: string): string;
}

/** Chinese and Latin are set apart by a blank. */
const spaced = (what: string): string => (/^[\x21-\x7e]/.test(what) ? ` ${what}` : what);

/** Sentences of a check. The words of the states stay English: monitoring systems look for them. */
export const checkWords: { readonly [L in Locale]: CheckWords } = {
  en: {
    counts: (counts) => counts.map(([priority, count]) => `${count} ${priority}`).join(', '),
    found: (counts, headline) => `${counts}: ${headline}`,
    online: (online, all) =>
      online === all ? `${all} ${all === 1 ? 'app' : 'apps'} online` : `${online} of ${all} apps online`,
    instances: (name, online, all) =>
      all === 1
        ? `${name} is ${online === 1 ? 'online' : 'not online'}`
        : `${name}: ${online} of ${all} instances online`,
    starting: (name) => `${name} is being started`,
    noApps: 'no apps under PM2',
    quiet: (priority, window, rest) =>
      `nothing of ${priority} or above in the last ${window}${rest === '' ? '' : ` (${rest})`}`,
    down: (name, statuses) => `${name} does not run: ${statuses}`,
    partlyDown: (name, online, all, statuses) =>
      `${name}: ${online} of ${all} instances online, the others ${statuses}`,
    noDaemon: (tried) => `no PM2 daemon could be read: ${tried}`,
    unreadable: (home, why) => `the PM2 daemon of ${home} could not be read: ${why}`,
    asOwner: '; run as the user that owns it, or as root',
    others: (homes, count) =>
      `; not read: ${count === 1 ? 'the PM2 of another user' : `${count} PM2 of other users`} (${homes})`,
    unseen: (what, tried, key, isDenied) =>
      `${what} could not be read (${tried}); ${isDenied ? 'run as root, or ' : ''}leave it out with --without ${key}`,
    auditFailed: (audit) => `the audit ${audit} failed; this is a bug of pm2-audit`,
    unknownApp: (app, names) => `PM2 has no app ${app}; it has ${names}`,
    none: 'none',
    more: (count) => ` and ${count} more`,
    timedOut: (seconds) =>
      `no result within ${seconds} s; the host is busy, or something does not answer (pm2-audit doctor)`,
    stopped: 'stopped by a signal before there was a result',
    ended: (how) => `the check itself failed: ${how}`,
    fix: 'fix: ',
    notSeen: (what) => `not seen in full: ${what}`,
    without: (what) => `left out: ${what}`,
  },
  'zh-CN': {
    counts: (counts) => counts.map(([priority, count]) => `${priority} ${count} 项`).join('，'),
    found: (counts, headline) => `${counts}：${headline}`,
    online: (online, all) => (online === all ? `${all} 个应用均在线` : `${all} 个应用中 ${online} 个在线`),
    instances: (name, online, all) =>
      all === 1
        ? `${name} ${online === 1 ? '在线' : '不在线'}`
        : `${name} 的 ${all} 个实例中 ${online} 个在线`,
    starting: (name) => `${name} 正在启动`,
    noApps: 'PM2 中没有应用',
    quiet: (priority, window, rest) =>
      `最近 ${window}内没有 ${priority} 及以上的问题${rest === '' ? '' : `（${rest}）`}`,
    down: (name, statuses) => `${name} 未运行：${statuses}`,
    partlyDown: (name, online, all, statuses) =>
      `${name} 的 ${all} 个实例中 ${online} 个在线，其余为 ${statuses}`,
    noDaemon: (tried) => `没有可读取的 PM2 守护进程：${tried}`,
    unreadable: (home, why) => `无法读取 ${home} 的 PM2 守护进程：${why}`,
    asOwner: '；请以其所属用户或 root 运行',
    others: (homes, count) => `；未读取其他用户的 ${count} 个 PM2（${homes}）`,
    unseen: (what, tried, key, isDenied) =>
      `无法读取${spaced(what)}（${tried}）；请${isDenied ? '以 root 运行，或' : ''}用 --without ${key} 排除`,
    auditFailed: (audit) => `检查项 ${audit} 自身出错，这是 pm2-audit 的缺陷`,
    unknownApp: (app, names) => `PM2 中没有应用 ${app}；现有：${names}`,
    none: '无',
    more: (count) => ` 等，另有 ${count} 个`,
    timedOut: (seconds) => `${seconds} 秒内没有结果：主机繁忙，或有部件没有应答（见 pm2-audit doctor）`,
    stopped: '得到结果前被信号终止',
    ended: (how) => `检查自身出错：${how}`,
    fix: '修复：',
    notSeen: (what) => `未能完整读取：${what}`,
    without: (what) => `已排除：${what}`,
  },
};
