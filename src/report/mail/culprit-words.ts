import { evidenceNames, gapAudit } from '../../derive/gap-words.ts';
import type { Priority } from '../../model/finding.ts';
import type { Confidence, Json, Locale } from '../../model/text.ts';
import { cells } from '../cells.ts';
import { markName, oneLine } from '../prose.ts';

type Said = readonly [en: string, zh: string];
interface Short {
  /** Said after the name of the app, process or path. */
  readonly named?: Said;
  /** Said where the subject has no name of its own: the host, the daemon. */
  readonly alone?: Said;
}

/**
 * What is wrong, in two to five words. Each holds for every case of its audit: over or going on, one or many. The finding's
 * own sentence says more, and is too long for the subject of a mail.
 */
export const shortWords: { readonly [audit: string]: Short } = {
  'app-crashes': { named: ['crashed', '崩溃'] },
  'app-errored': { named: ['errored', '启动失败'] },
  'app-exits': { named: ['ends by itself', '自行退出'] },
  'app-memory-near-limit': { named: ['near its memory limit', '接近内存上限'] },
  'app-without-pid': { named: ['online without a process', '显示运行中但没有进程'] },
  'backoff-missing': { named: ['restarts without backoff', '重启没有退避'] },
  'big-service': { named: ['holds much memory', '占用内存很多'] },
  'cluster-too-wide': { named: ['more workers than CPUs', '工作进程多于 CPU 核数'] },
  'cpu-hog': { named: ['keeps a CPU busy', '持续占用 CPU'] },
  'cron-restarts-stopped-app': { named: ['started again by cron', '停止后被定时拉起'] },
  'daemon-bloated': { alone: ['PM2 daemon has grown', 'PM2 守护进程内存偏高'] },
  'daemon-died': { alone: ['PM2 daemon died', 'PM2 守护进程曾退出'] },
  'daemon-down': { alone: ['PM2 daemon is down', 'PM2 守护进程未运行'] },
  'daemon-hung': { alone: ['PM2 daemon does not answer', 'PM2 守护进程没有应答'] },
  'disk-filling': { named: ['filling up', '空间不足'] },
  'dump-incomplete': { alone: ['saved app list lacks apps', '保存的应用列表不全'] },
  'dump-stale': { alone: ['saved and running apps differ', '保存的应用与运行中的不一致'] },
  'exceptions-swallowed': { named: ['fails and stays online', '出错但仍在运行'] },
  'heap-limit-hit': {
    named: ['hit its heap limit', '堆内存耗尽'],
    alone: ['PM2 daemon hit its heap limit', 'PM2 守护进程堆内存耗尽'],
  },
  'heap-limit-mismatch': { named: ['heap limit does not fit', '堆上限设置不当'] },
  'host-process-hog': { named: ['took much memory, outside PM2', '不由 PM2 管理，占用内存很多'] },
  'inodes-low': { named: ['short of inodes', 'inode 不足'] },
  'killed-from-outside': { named: ['killed from outside', '被外部信号终止'] },
  'logs-unrotated': { alone: ['logs without rotation', '日志没有轮转'] },
  'memory-high': { alone: ['memory nearly used up', '内存即将用尽'] },
  'memory-leak': { named: ['leaks memory', '内存泄漏'] },
  'memory-limit-blind': { named: ['memory limit cannot fire', '内存上限不会触发'] },
  'memory-limit-churn': { named: ['restarted by its memory limit', '反复超限重启'] },
  'memory-limit-missing': { named: ['no memory limit', '未设置内存上限'] },
  'memory-limit-tight': { named: ['memory limit too tight', '内存上限偏低'] },
  'memory-limit-unit': { named: ['memory limit lacks its unit', '内存上限缺少单位'] },
  'memory-overcommit': { alone: ['apps may outgrow the memory', '应用可能用到的内存超过总量'] },
  'memory-pressure': { alone: ['processes wait for memory', '进程在等待内存'] },
  'module-heavy': { named: ['much memory for a module', '模块占用内存偏高'] },
  'monitoring-zeroed': { alone: ['PM2 shows 0 memory', 'PM2 内存显示为 0'] },
  'node-end-of-life': { alone: ['Node without security fixes', 'Node 已停止安全维护'] },
  'oom-killed': {
    named: ['OOM-killed', '因内存不足被强杀'],
    alone: ['process OOM-killed', '有进程因内存不足被强杀'],
  },
  'oom-log-lost': { alone: ['OOM kills missing in the log', '日志缺少部分强杀记录'] },
  'oom-takes-all': { alone: ['one OOM kill would end all apps', '一次强杀会停掉全部应用'] },
  'oom-took-all': { alone: ['one OOM kill ended all apps', '一次强杀停掉了全部应用'] },
  'oom-worker-killed': { named: ['worker OOM-killed', '工作进程因内存不足被强杀'] },
  'orphan-processes': { alone: ['processes outlived their app', '应用遗留了孤儿进程'] },
  'pm2-outdated': { alone: ['PM2 has known security holes', 'PM2 存在已知漏洞'] },
  'restart-count-high': { named: ['high restart count', '重启次数偏高'] },
  'restart-loop': { named: ['restart loop', '重启循环'] },
  'restart-rate-rising': { named: ['fails more and more often', '失败越来越频繁'] },
  'secrets-readable': { alone: ['app environments readable by others', '应用环境变量可被他人读取'] },
  'socket-open': { alone: ['PM2 socket open to others', 'PM2 套接字可被他人使用'] },
  'startup-missing': { alone: ['PM2 not started at boot', 'PM2 未设置开机启动'] },
  'stop-timeout-hit': { named: ['killed while stopping', '停止超时被强杀'] },
  'swap-exhausted': { alone: ['swap nearly full', 'swap 即将用尽'] },
  'watch-in-production': { named: ['restarts on file changes', '文件监听触发重启'] },
  'worker-timeouts': { named: ['workers time out', '工作进程超时被杀'] },
};

/** What a few words are said about: a finding of this report, or a problem of an earlier one. */
export interface Trouble {
  readonly audit: string;
  readonly priority: Priority;
  /** Of an app, a process or a path; several apps are one list. */
  readonly names: readonly string[];
  readonly confidence: Confidence | null;
  /** Of a gap: what was not seen, wholly or in part. */
  readonly evidence: Json;
  readonly isPartly: boolean;
}

/** A name in few words takes no more, unless the caller has less room. */
export const nameCells = 24;

/** `api OOM-killed`, `api +2 no memory limit`, `kernel log not seen`; a mere possibility gets a question mark. `title`: of an audit without short words. */
export function fewWords(trouble: Trouble, locale: Locale, title: string, width = nameCells): string {
  const nameOf = (name: string, others: number): string => shortName(name, others, locale, width);
  const pick = ([en, zh]: Said): string => (locale === 'en' ? en : zh);
  if (trouble.audit === gapAudit) return gapWords(trouble, locale) ?? title;
  const short = shortWords[trouble.audit];
  const [first, ...others] = trouble.names;
  const doubt = trouble.confidence === 'possible' || trouble.confidence === 'none' ? '?' : '';
  if (short === undefined)
    return first === undefined
      ? title
      : `${nameOf(first, others.length)}${locale === 'en' ? ': ' : '：'}${title}`;
  if (first !== undefined && short.named !== undefined)
    return `${nameOf(first, others.length)}${locale === 'en' || others.length === 0 ? ' ' : ''}${pick(short.named)}${doubt}`;
  const said = short.alone ?? short.named;
  return said === undefined ? title : `${pick(said)}${doubt}`;
}

function shortName(name: string, others: number, locale: Locale, width: number): string {
  const clean = oneLine(name).trim();
  const cut = cutCells(clean === '' ? '?' : clean, width);
  if (others === 0) return markName(cut);
  return locale === 'en' ? `${markName(cut)} +${others}` : `${markName(cut)} 等 ${others + 1} 个应用`;
}

/** The longest beginning that takes at most so many cells, whole characters only; a cut one ends in `…`. */
export function cutCells(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += cells(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

function gapWords({ evidence, isPartly }: Trouble, locale: Locale): string | null {
  const names = evidenceNames[locale];
  const found = Object.entries(names).find(([key]) => key === evidence)?.[1];
  if (found === undefined) return null;
  if (locale === 'en')
    return isPartly ? `part of ${found} not seen` : `${found.replace(/^the /, '')} not seen`;
  return `${isPartly ? '看不到部分' : '看不到'}${/^[A-Za-z]/.test(found) ? ' ' : ''}${found}`;
}
