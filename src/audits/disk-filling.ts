import { diskOfPath, disksThatMatter } from '../derive/hosting/disk-of-path.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { diskTrends } from '../derive/trends/storage-trend.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Disk } from '../model/host.ts';

type Args = {
  readonly mount: string;
  readonly usedRatio: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly isFull: boolean;
  /** Biggest folders and logs on it that we measured. */
  readonly biggest: readonly { readonly path: string; readonly bytes: number }[];
  /** From the history: growth a day and when it is full; null = not known, or it does not fill. */
  readonly bytesPerDay: number | null;
  readonly fullAt: number | null;
  readonly earliest: number | null;
  readonly latest: number | null;
  /** Its trend was looked at: a disk without one does not fill. */
  readonly isWatched: boolean;
};

/** What a trend says of a disk, in one sentence; null = there is none. */
function paceEn(args: Args, fmt: Fmt): string {
  if (args.bytesPerDay === null)
    return args.isWatched
      ? 'Over the days that were watched it did not grow steadily.'
      : 'One run says nothing of how fast it fills.';
  const pace = `It grows by ${fmt.bytes(args.bytesPerDay)} a day`;
  if (args.fullAt === null || args.earliest === null) return `${pace}.`;
  // A day is all the date says: most disks fill within one.
  if (args.latest !== null && fmt.date(args.earliest) === fmt.date(args.latest))
    return `${pace}: full on ${fmt.date(args.latest)}, if that goes on.`;
  return args.latest === null
    ? `${pace}: full not before ${fmt.date(args.earliest)}, if that goes on.`
    : `${pace}: full between ${fmt.date(args.earliest)} and ${fmt.date(args.latest)}, if that goes on.`;
}

function paceZh(args: Args, fmt: Fmt): string {
  if (args.bytesPerDay === null)
    return args.isWatched ? '观察期内没有持续增长。' : '单次检查看不出增长速度。';
  const pace = `每天增长 ${fmt.bytes(args.bytesPerDay)}`;
  if (args.fullAt === null || args.earliest === null) return `${pace}。`;
  if (args.latest !== null && fmt.date(args.earliest) === fmt.date(args.latest))
    return `${pace}；照此速度，将于 ${fmt.date(args.latest)}写满。`;
  return args.latest === null
    ? `${pace}；照此速度，不会早于 ${fmt.date(args.earliest)}写满。`
    : `${pace}；照此速度，将在 ${fmt.date(args.earliest)} 至 ${fmt.date(args.latest)}之间写满。`;
}

const fullEn = (args: Args, fmt: Fmt): string =>
  args.fullAt === null ? '' : `; full on ${fmt.date(args.fullAt)} at this pace`;
const fullZh = (args: Args, fmt: Fmt): string =>
  args.fullAt === null ? '' : `，照此速度将于 ${fmt.date(args.fullAt)}写满`;

/** A disk that is about to be full. */
export default defineAudit<
  Args,
  'disks',
  'storage' | 'history',
  'watch' | 'warn' | 'fullBytes' | 'fullWithinMs'
>({
  id: 'disk-filling',
  topic: 'storage',
  needs: ['disks'],
  wants: ['storage', 'history'],
  limits: {
    watch: { value: 0.8, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    warn: { value: 0.9, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    fullWithinMs: {
      value: 7 * 86_400_000,
      unit: 'ms',
      source: 'a week: the span of one report, in which somebody will look',
    },
    fullBytes: {
      value: 64 * 1024 * 1024,
      unit: 'bytes',
      source: 'less than one log line burst or one dump of a few hundred apps leaves room for',
    },
  },
  references: ['statfs(2): f_bavail, what is free to users other than root'],
  words: {
    en: {
      title: 'A disk is filling up',
      why: 'On a full disk apps cannot write logs, uploads or databases, and PM2 cannot save its list. Most of them fail in ways that do not name the disk.',
      found: (args, fmt) =>
        args.isFull
          ? `${fmt.code(args.mount)} is full: ${fmt.bytes(args.freeBytes)} of ${fmt.bytes(args.totalBytes)} left`
          : `${fmt.code(args.mount)} is ${fmt.ratio(args.usedRatio)} full, ${fmt.bytes(args.freeBytes)} of ${fmt.bytes(args.totalBytes)} left${fullEn(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.isFull ? 'Writes fail now or within moments.' : paceEn(args, fmt)}${
          args.biggest.length === 0
            ? ''
            : ` The biggest we measured there: ${fmt.list(args.biggest.map((entry) => `${fmt.code(entry.path)} ${fmt.bytes(entry.bytes)}`))}.`
        }`,
      fix: (args, fmt) => ({
        title: `Free space on ${fmt.code(args.mount)}`,
        steps: [
          'Look for what is big with the command below, then remove or move what is not needed. Old logs, caches, core dumps and old releases are the usual finds.',
          'A deleted file that a process still holds open keeps its space until the process ends.',
        ],
        expected: 'Less than 80 % of the disk is used.',
        verify: `${fmt.code(`df -h ${args.mount}`)} shows it.`,
        undo: 'Not needed for looking; what is deleted is gone.',
        minutes: 20,
      }),
    },
    'zh-CN': {
      title: '磁盘即将写满',
      why: '磁盘写满后，应用无法写日志、上传文件或数据库，PM2 也无法保存列表；多数程序报错时并不会提到磁盘。',
      found: (args, fmt) =>
        args.isFull
          ? `${fmt.code(args.mount)} 已满：共 ${fmt.bytes(args.totalBytes)}，仅剩 ${fmt.bytes(args.freeBytes)}`
          : `${fmt.code(args.mount)} 已用 ${fmt.ratio(args.usedRatio)}，剩余 ${fmt.bytes(args.freeBytes)}（共 ${fmt.bytes(args.totalBytes)}）${fullZh(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.isFull ? '写入已经或即将失败。' : paceZh(args, fmt)}${
          args.biggest.length === 0
            ? ''
            : `其中测得最大的是：${fmt.list(args.biggest.map((entry) => `${fmt.code(entry.path)} ${fmt.bytes(entry.bytes)}`))}。`
        }`,
      fix: (args, fmt) => ({
        title: `在 ${fmt.code(args.mount)} 上腾出空间`,
        steps: [
          '用下方命令找出大文件，删除或移走不需要的内容。常见的有旧日志、缓存、core 文件和旧版本。',
          '已删除但仍被进程打开的文件，要等进程退出才释放空间。',
        ],
        expected: '磁盘使用率低于 80 %。',
        verify: `${fmt.code(`df -h ${args.mount}`)} 可以看到。`,
        undo: '查看无需回退；删除的内容无法恢复。',
        minutes: 20,
      }),
    },
  },
  check({ disks, storage, history }, { limits, now }) {
    const trends = history === null ? [] : diskTrends(history, disks, now);
    const trendOf = ({ mount }: Disk) => trends.find((trend) => trend.mount === mount) ?? null;
    const isSoon = (disk: Disk): boolean =>
      (trendOf(disk)?.full?.at ?? Infinity) <= now + limits.fullWithinMs;
    return disksThatMatter(disks)
      .filter((disk) => disk.usedRatio >= limits.watch || disk.freeBytes < limits.fullBytes || isSoon(disk))
      .map((disk) => {
        const trend = trendOf(disk);
        const isFull = disk.freeBytes < limits.fullBytes;
        const biggest = [...(storage?.top ?? []), ...(storage?.logs ?? [])]
          .filter((entry) => diskOfPath(entry.path, disks) === disk)
          .toSorted((a, b) => b.bytes - a.bytes)
          .slice(0, 3);
        return {
          subject: { kind: 'path', path: disk.mount },
          priority: isFull ? 'P0' : disk.usedRatio >= limits.warn || isSoon(disk) ? 'P1' : 'P2',
          confidence: 'certain',
          args: {
            mount: disk.mount,
            usedRatio: disk.usedRatio,
            freeBytes: disk.freeBytes,
            totalBytes: disk.totalBytes,
            isFull,
            biggest: biggest.map((entry) => ({ path: entry.path, bytes: entry.bytes })),
            bytesPerDay: trend?.bytesPerDay ?? null,
            fullAt: isFull ? null : (trend?.full?.at ?? null),
            earliest: trend?.full?.earliest ?? null,
            latest: trend?.full?.latest ?? null,
            isWatched: history?.disks.some(({ mount }) => mount === disk.mount) ?? false,
          },
          because: [{ source: disk.mount, at: null, text: disk.device }],
          fix: {
            kind: 'command',
            asRoot: true,
            user: null,
            run: [`du -xh --max-depth=3 ${shellQuote(disk.mount)} 2>/dev/null | sort -h | tail -n 25`],
            undo: [],
          },
        };
      });
  },
});
