import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface ProcessWords {
  totals(facts: {
    readonly pm2: string;
    readonly tree: string;
    readonly hidden: readonly string[];
    readonly by: 'pss' | 'rss' | 'mixed';
    readonly isMore: boolean;
  }): string;
  noTrees(pm2: string): string;
  noApps: string;
  appsUnseen: string;
  memoryCaption(shown: number, all: number, longest: string, by: 'pss' | 'rss' | 'mixed' | 'pm2'): string;
  restartCaption(shown: number, restarted: number, all: number): string;
  noRestarts(since: string | null): string;
  shareSeen(share: string): string;
  rssOnly: string;
  pm2Only: string;
  noFigure: string;
  ofLimit(share: string): string;
  /** PM2's figure against its limit, and the tree's. */
  bothOfLimit(pm2: string, tree: string): string;
  pm2OfLimit(pm2: string): string;
  /** The tree is over the limit and PM2 does not see it. */
  cannotFire(pm2: string, tree: string): string;
  noLimit: string;
  lastRestart(time: string, cause: string): string;
  loop: string;
  loopEnded: string;
  history: string;
  steady: string;
  daemon(facts: {
    readonly home: string;
    readonly state: 'online' | 'dead' | 'hung' | 'denied' | 'malformed';
    readonly version: string | null;
    readonly pid: number | null;
    readonly rss: string | null;
    readonly user: string | null;
    readonly apps: number;
    readonly modules: number;
  }): string;
  annexNote(count: number): string;
}

const en = (fmt: ReportFmt): ProcessWords => ({
  totals: ({ pm2, tree, hidden, by, isMore }) =>
    `PM2 shows ${pm2} for all apps together. Their process trees hold ${tree}${by === 'rss' ? ' (RSS: shared pages count in every process)' : ''}.${isMore && hidden.length > 0 ? ` The difference is mostly ${fmt.list(hidden, 2)}.` : ''}`,
  noTrees: (pm2) =>
    `PM2 shows ${pm2} for all apps together. What their children hold could not be read, so the figures below are PM2’s own.`,
  noApps: 'PM2 runs no apps here.',
  appsUnseen: 'Which apps run could not be seen: no PM2 daemon answered.',
  memoryCaption: (shown, all, longest, by) =>
    `${shown < all ? `The ${fmt.count(shown)} largest of ${fmt.count(all)}` : `All ${fmt.count(all)}`} by tree memory. ${by === 'pm2' ? 'Outlined bar: PM2’s figure (RSS of one process).' : `Outlined bar: PM2’s figure (RSS of one process). Solid bar: the app and all its children (${by === 'rss' ? 'RSS' : by === 'mixed' ? 'PSS; RSS where marked' : 'PSS'}). Both on one scale, 0 to ${longest}.`} A memory limit of PM2 is compared with PM2’s figure only. Restarts are those of the window.`,
  restartCaption: (shown, restarted, all) =>
    `${shown < restarted ? `The ${fmt.count(shown)} apps with most restarts; ${fmt.count(restarted)} of ${fmt.count(all)} have one` : `All apps with a restart, ${fmt.count(restarted)} of ${fmt.count(all)}`}. Counter: PM2’s lifetime number, which mixes all causes and starts again at every resurrect.`,
  noRestarts: (since) =>
    `No app has a restart${since === null ? ', neither in PM2’s counters nor in pm2.log' : ` on its counter, and pm2.log shows none since ${since}`}.`,
  shareSeen: (share) => `PM2 shows ${share} of it`,
  rssOnly: 'RSS; PSS could not be read',
  pm2Only: 'the tree could not be read',
  noFigure: 'no process',
  ofLimit: (share) => `tree at ${share}`,
  bothOfLimit: (pm2, tree) => `PM2 sees ${pm2} of it, the tree is at ${tree}`,
  pm2OfLimit: (pm2) => `at ${pm2}`,
  cannotFire: (pm2, tree) => `cannot fire: PM2 sees ${pm2} of it, the tree is at ${tree}`,
  noLimit: 'none',
  lastRestart: (time, cause) => `${time}, ${cause}`,
  loop: 'loop, goes on',
  loopEnded: 'loop, ended',
  history: 'history',
  steady: 'no loop',
  daemon: ({ home, state, version, pid, rss, user, apps, modules }) => {
    if (state === 'dead') return `${home}: no daemon runs. Its files are there.`;
    if (state === 'hung') return `${home}: the daemon does not answer. Its apps are not in this report.`;
    if (state === 'denied')
      return `${home}: the daemon${user === null ? '' : ` of ${user}`} refused us. Its apps are not in this report.`;
    if (state === 'malformed')
      return `${home}: the daemon’s answer could not be read. Its apps are not in this report.`;
    return `${home}: PM2 ${version ?? 'of unknown version'}${user === null ? '' : `, user ${user}`}${pid === null ? '' : `, pid ${pid}`}${rss === null ? '' : `, ${rss}`}: ${countOf(fmt, apps, 'app', 'apps')}${modules > 0 ? `, ${countOf(fmt, modules, 'module', 'modules')}` : ''}.`;
  },
  annexNote: (count) =>
    count === 1
      ? 'The app is in the annex with all its figures.'
      : `All ${fmt.count(count)} apps are in the annex.`,
});

const zh = (fmt: ReportFmt): ProcessWords => ({
  totals: ({ pm2, tree, hidden, by, isMore }) =>
    `PM2 显示所有应用合计 ${pm2}，${isMore ? '而进程树实际占用' : '进程树占用'} ${tree}${by === 'rss' ? '（RSS：共享页会重复计入）' : ''}${isMore && hidden.length > 0 ? `，差额主要来自 ${fmt.list(hidden, 2)}` : ''}。`,
  noTrees: (pm2) => `PM2 显示所有应用合计 ${pm2}。子进程的占用无法读取，以下均为 PM2 自身的数值。`,
  noApps: 'PM2 没有运行任何应用。',
  appsUnseen: '没有守护进程应答，看不到有哪些应用在运行。',
  memoryCaption: (shown, all, longest, by) =>
    `按进程树内存排列${shown < all ? `的前 ${fmt.count(shown)} 个应用（共 ${fmt.count(all)} 个）` : `，共 ${fmt.count(all)} 个应用`}。空心条：PM2 的数值（单个进程的 RSS）${by === 'pm2' ? '' : `；实心条：应用及其全部子进程（${by === 'rss' ? 'RSS' : by === 'mixed' ? 'PSS，注明处为 RSS' : 'PSS'}）。两者同一刻度，0 至 ${longest}`}。PM2 的内存上限只与它自己的数值比较。重启次数为统计时段内。`,
  restartCaption: (shown, restarted, all) =>
    `${shown < restarted ? `重启最多的 ${fmt.count(shown)} 个应用（${fmt.count(all)} 个中有 ${fmt.count(restarted)} 个重启过）` : `全部有过重启的应用，${fmt.count(all)} 个中的 ${fmt.count(restarted)} 个`}。累计为 PM2 的总计数：不分原因，每次 resurrect 后从 0 开始。`,
  noRestarts: (since) =>
    `所有应用的重启计数均为 0${since === null ? '' : `，pm2.log 自 ${since} 起也没有重启记录`}。`,
  shareSeen: (share) => `PM2 只看到 ${share}`,
  rssOnly: 'RSS；PSS 无法读取',
  pm2Only: '进程树无法读取',
  noFigure: '没有进程',
  ofLimit: (share) => `进程树达 ${share}`,
  bothOfLimit: (pm2, tree) => `PM2 只看到 ${pm2}，进程树已达 ${tree}`,
  pm2OfLimit: (pm2) => `已达 ${pm2}`,
  cannotFire: (pm2, tree) => `不会触发：PM2 只看到 ${pm2}，进程树已达 ${tree}`,
  noLimit: '未设置',
  lastRestart: (time, cause) => `${time}，${cause}`,
  loop: '循环，仍在持续',
  loopEnded: '循环，已停止',
  history: '历史',
  steady: '非循环',
  daemon: ({ home, state, version, pid, rss, user, apps, modules }) => {
    if (state === 'dead') return `${home}：守护进程未运行，只剩文件。`;
    if (state === 'hung') return `${home}：守护进程没有应答，本报告不含它的应用。`;
    if (state === 'denied')
      return `${home}：守护进程${user === null ? '' : `（用户 ${user}）`}拒绝了连接，本报告不含它的应用。`;
    if (state === 'malformed') return `${home}：守护进程返回的内容无法解析，本报告不含它的应用。`;
    return `${home}：PM2 ${version ?? '版本未知'}${user === null ? '' : `，用户 ${user}`}${pid === null ? '' : `，pid ${pid}`}${rss === null ? '' : `，${rss}`}，${fmt.count(apps)} 个应用${modules > 0 ? `，${fmt.count(modules)} 个模块` : ''}。`;
  },
  annexNote: (count) => `全部 ${fmt.count(count)} 个应用见附录。`,
});

export const processWords: { readonly [L in Locale]: (fmt: ReportFmt) => ProcessWords } = { en, 'zh-CN': zh };
