import { diskOfPath, disksThatMatter } from '../derive/hosting/disk-of-path.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly mount: string;
  readonly usedRatio: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly isFull: boolean;
  /** Biggest folders and logs on it that we measured. */
  readonly biggest: readonly { readonly path: string; readonly bytes: number }[];
};

/** A disk that is about to be full. */
export default defineAudit<Args, 'disks', 'storage', 'watch' | 'warn' | 'fullBytes'>({
  id: 'disk-filling',
  topic: 'storage',
  needs: ['disks'],
  wants: ['storage'],
  limits: {
    watch: { value: 0.8, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    warn: { value: 0.9, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
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
          : `${fmt.code(args.mount)} is ${fmt.ratio(args.usedRatio)} full, ${fmt.bytes(args.freeBytes)} of ${fmt.bytes(args.totalBytes)} left`,
      effect: (args, fmt) =>
        `${args.isFull ? 'Writes fail now or within moments.' : 'One run says nothing of how fast it fills.'}${
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
          : `${fmt.code(args.mount)} 已用 ${fmt.ratio(args.usedRatio)}，剩余 ${fmt.bytes(args.freeBytes)}（共 ${fmt.bytes(args.totalBytes)}）`,
      effect: (args, fmt) =>
        `${args.isFull ? '写入已经或即将失败。' : '单次检查看不出增长速度。'}${
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
  check({ disks, storage }, { limits }) {
    return disksThatMatter(disks)
      .filter((disk) => disk.usedRatio >= limits.watch || disk.freeBytes < limits.fullBytes)
      .map((disk) => {
        const isFull = disk.freeBytes < limits.fullBytes;
        const biggest = [...(storage?.top ?? []), ...(storage?.logs ?? [])]
          .filter((entry) => diskOfPath(entry.path, disks) === disk)
          .toSorted((a, b) => b.bytes - a.bytes)
          .slice(0, 3);
        return {
          subject: { kind: 'path', path: disk.mount },
          priority: isFull ? 'P0' : disk.usedRatio >= limits.warn ? 'P1' : 'P2',
          confidence: 'certain',
          args: {
            mount: disk.mount,
            usedRatio: disk.usedRatio,
            freeBytes: disk.freeBytes,
            totalBytes: disk.totalBytes,
            isFull,
            biggest: biggest.map((entry) => ({ path: entry.path, bytes: entry.bytes })),
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
