import { diskOfPath } from '../derive/hosting/disk-of-path.ts';
import { rotatingModule, unrotatedLogs } from '../derive/printed/log-rotation.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { logTrends } from '../derive/trends/storage-trend.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Fix } from '../model/finding.ts';
import type { Daemon, FileFacts, Pm2Home } from '../model/pm2.ts';

type Args = {
  readonly home: string;
  readonly bytes: number;
  readonly files: number;
  readonly biggest: { readonly path: string; readonly bytes: number };
  readonly diskShare: number | null;
  readonly diskUsedRatio: number | null;
  /** The disk has no room for the copy that copytruncate makes of the biggest log. */
  readonly noRoomToCopy: boolean;
  readonly module: 'stopped' | 'none';
  /** What is written to them a day, and when that alone fills their disk; null = not known, or never. */
  readonly bytesPerDay: number | null;
  readonly fullAt: number | null;
  readonly path: string | null;
  readonly user: string | null;
  /** The group of the logs is not the user's own, so its name is not known. */
  readonly otherGroup: boolean;
};

/** What is written a day, and when the disk is full of it. */
function paceEn(args: Args, fmt: Fmt): string {
  if (args.bytesPerDay === null) return '';
  const full = args.fullAt === null ? '' : `, which fills the disk by ${fmt.date(args.fullAt)}`;
  return ` They grow by ${fmt.bytes(args.bytesPerDay)} a day${full}.`;
}

function paceZh(args: Args, fmt: Fmt): string {
  if (args.bytesPerDay === null) return '';
  const full = args.fullAt === null ? '' : `，${fmt.date(args.fullAt)}前会写满磁盘`;
  return `每天增长 ${fmt.bytes(args.bytesPerDay)}${full}。`;
}

/** Nobody plans further ahead. */
const furthestMs = 400 * 86_400_000;

/** Logs that grow without end. */
export default defineAudit<
  Args,
  'pm2Files',
  'daemons' | 'disks' | 'host' | 'history',
  'oneLogBytes' | 'allLogsBytes' | 'diskShare' | 'diskUsed' | 'fullWithinMs'
>({
  id: 'logs-unrotated',
  topic: 'storage',
  needs: ['pm2Files'],
  wants: ['daemons', 'disks', 'host', 'history'],
  limits: {
    oneLogBytes: {
      value: 100 * 1024 * 1024,
      unit: 'bytes',
      source: 'ten times the size at which pm2-logrotate rotates by default (max_size 10M)',
    },
    allLogsBytes: {
      value: 1024 * 1024 * 1024,
      unit: 'bytes',
      source: 'operating practice of small PM2 hosts',
    },
    diskShare: { value: 0.1, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    diskUsed: { value: 0.9, unit: 'ratio', source: 'the warning limit of disk use, disk-filling' },
    fullWithinMs: { value: 7 * 86_400_000, unit: 'ms', source: 'a week, as in disk-filling' },
  },
  references: [
    'PM2 7.0.4 lib/God/ForkMode.js: logs are opened for append and never rotated',
    'logrotate(8): copytruncate, su',
    'https://github.com/Unitech/pm2/issues/1550',
  ],
  words: {
    en: {
      title: 'Logs grow without rotation',
      why: 'PM2 appends to its logs for ever. A full disk stops the apps, the database beside them and the logging of its own cause.',
      found: (args, fmt) =>
        `${fmt.count(args.files)} ${args.files === 1 ? 'log' : 'logs'} of ${fmt.code(args.home)} hold ${fmt.bytes(args.bytes)} and ${args.files === 1 ? 'is' : 'are'} not rotated`,
      effect: (args, fmt) =>
        `The biggest is ${fmt.code(args.biggest.path)} with ${fmt.bytes(args.biggest.bytes)}.${
          args.diskShare === null ? '' : ` Together they take ${fmt.ratio(args.diskShare)} of their disk.`
        }${paceEn(args, fmt)} ${
          args.module === 'stopped'
            ? 'The module pm2-logrotate is installed and does not run.'
            : 'No rotated file lies beside them and no PM2 module rotates them; we do not read the rules of logrotate.'
        }`,
      figures: (args, fmt) => [
        ['logs', fmt.bytes(args.bytes)],
        ...(args.diskUsedRatio === null ? [] : [['disk used', fmt.ratio(args.diskUsedRatio)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `Rotate the logs of ${fmt.code(args.home)}`,
        steps: [
          ...(args.noRoomToCopy
            ? [
                `The disk has no room for a copy of the biggest log, which copytruncate needs once. Empty it first with ${fmt.code('pm2 flush')}; its lines are lost.`,
              ]
            : []),
          ...(args.path !== null && args.otherGroup
            ? [`Put the group that ${fmt.code(`id -gn ${args.user ?? ''}`)} prints into the su line.`]
            : []),
        ],
        expected: 'Logs of two weeks stay, compressed; the growth ends.',
        verify:
          args.path === null
            ? `${fmt.code('pm2 ls')} lists ${fmt.code('pm2-logrotate')} as online.`
            : `${fmt.code(`logrotate -d ${args.path}`)} names the logs and prints no error.`,
        undo: args.path === null ? 'Remove the module with the command below.' : 'Remove the file.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: '日志没有轮转',
      why: 'PM2 只会不断追加日志。磁盘写满后，应用、同机的数据库都会停止，连原因也记录不下来。',
      found: (args, fmt) =>
        `${fmt.code(args.home)} 的 ${fmt.count(args.files)} 个日志共 ${fmt.bytes(args.bytes)}，未做轮转`,
      effect: (args, fmt) =>
        `最大的是 ${fmt.code(args.biggest.path)}，${fmt.bytes(args.biggest.bytes)}。${
          args.diskShare === null ? '' : `合计占所在磁盘的 ${fmt.ratio(args.diskShare)}。`
        }${paceZh(args, fmt)}${
          args.module === 'stopped'
            ? '已安装 pm2-logrotate 模块，但没有运行。'
            : '旁边没有轮转过的文件，也没有负责轮转的 PM2 模块；logrotate 的规则未读取。'
        }`,
      figures: (args, fmt) => [
        ['日志', fmt.bytes(args.bytes)],
        ...(args.diskUsedRatio === null ? [] : [['磁盘已用', fmt.ratio(args.diskUsedRatio)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `轮转 ${fmt.code(args.home)} 的日志`,
        steps: [
          ...(args.noRoomToCopy
            ? [
                `copytruncate 首次需要复制最大的日志，磁盘空间不够。请先用 ${fmt.code('pm2 flush')} 清空，其中的内容会丢失。`,
              ]
            : []),
          ...(args.path !== null && args.otherGroup
            ? [`su 一行的组名，请改为 ${fmt.code(`id -gn ${args.user ?? ''}`)} 的输出。`]
            : []),
        ],
        expected: '保留两周的压缩日志，不再无限增长。',
        verify:
          args.path === null
            ? `${fmt.code('pm2 ls')} 中 ${fmt.code('pm2-logrotate')} 为 online。`
            : `${fmt.code(`logrotate -d ${args.path}`)} 列出这些日志且没有报错。`,
        undo: args.path === null ? '用下方命令移除模块。' : '删除该文件。',
        minutes: 5,
      }),
    },
  },
  check({ pm2Files, daemons, disks, host, history }, { limits, now }) {
    const growth = new Map(
      history === null ? [] : logTrends(history, now).map(({ path, bytesPerDay }) => [path, bytesPerDay]),
    );
    return pm2Files.flatMap((home) => {
      const daemon = daemons?.find((each) => each.home === home.home) ?? null;
      const rotator = rotatingModule(home, daemon);
      const logs = unrotatedLogs(home);
      const [biggest] = logs;
      const bytes = logs.reduce((total, log) => total + log.sizeBytes, 0);
      if (!biggest || rotator === 'running') return [];
      const disk = diskOfPath(biggest.path, disks);
      const rates = logs.flatMap(({ path }) => growth.get(path) ?? []);
      const perDay = rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0);
      const leftMs =
        disk === null || perDay === null || perDay < 1 ? Infinity : (disk.freeBytes / perDay) * 86_400_000;
      const fillsSoon = leftMs <= limits.fullWithinMs;
      const isBig = biggest.sizeBytes > limits.oneLogBytes || bytes > limits.allLogsBytes;
      if (!isBig && !fillsSoon) return [];
      const diskShare = disk === null ? null : bytes / disk.totalBytes;
      const isUrgent =
        (diskShare !== null && diskShare > limits.diskShare) ||
        (disk !== null && disk.usedRatio > limits.diskUsed) ||
        fillsSoon;
      const fix = fixFor(home, daemon, logs, rotator, host === null || host.platform === 'linux');
      return [
        {
          subject: { kind: 'daemon', home: home.home },
          priority: isUrgent ? 'P1' : 'P2',
          confidence: rotator === 'stopped' ? 'certain' : 'likely',
          args: {
            home: home.home,
            bytes,
            files: logs.length,
            biggest: { path: biggest.path, bytes: biggest.sizeBytes },
            diskShare,
            diskUsedRatio: disk?.usedRatio ?? null,
            noRoomToCopy: disk !== null && disk.freeBytes < biggest.sizeBytes,
            module: rotator,
            bytesPerDay: perDay,
            fullAt: leftMs <= furthestMs ? now + leftMs : null,
            path: fix.kind === 'file' ? fix.path : null,
            user: daemon?.user ?? null,
            otherGroup: biggest.gid !== biggest.uid,
          },
          because: logs.slice(0, 3).map((log) => ({ source: home.home, at: log.modifiedAt, text: log.path })),
          fix,
        },
      ];
    });
  },
});

function fixFor(
  home: Pm2Home,
  daemon: Daemon | null,
  logs: readonly FileFacts[],
  rotator: 'stopped' | 'none',
  isLinux: boolean,
): Fix {
  const user = daemon?.user ?? null;
  const command = { kind: 'command', asRoot: false, user } as const;
  if (rotator === 'stopped')
    return {
      ...command,
      run: [pm2Command(home.home, 'restart pm2-logrotate')],
      undo: [pm2Command(home.home, 'stop pm2-logrotate')],
    };
  if (user === null || !isLinux)
    return {
      ...command,
      run: [pm2Command(home.home, 'install pm2-logrotate')],
      undo: [pm2Command(home.home, 'uninstall pm2-logrotate')],
    };
  const inside = `${home.home}/logs/`;
  const outside = logs
    .filter((log) => !log.path.startsWith(inside) && log.path !== `${home.home}/pm2.log`)
    .filter((log) => home.uid === null || log.uid === home.uid)
    .map((log) => quoteGlob(log.path));
  const names = [`${quoteGlob(home.home)}/logs/*.log`, quoteGlob(`${home.home}/pm2.log`), ...outside];
  const path = `/etc/logrotate.d/pm2-${user.replace(/[^\w-]/g, '_')}`;
  return {
    kind: 'file',
    asRoot: true,
    path,
    content: `${names.join('\n')} {\n    daily\n    rotate 14\n    missingok\n    notifempty\n    compress\n    copytruncate\n    su ${user} ${user}\n}\n`,
    // biome-ignore lint/suspicious/noThenProperty: commands to run, never awaited
    then: [`logrotate -d ${path}`],
    undo: [`rm ${path}`],
  };
}

/** logrotate.conf(5): names are globs; a backslash takes away a special meaning, also that of a space. */
function quoteGlob(path: string): string {
  return path.replace(/[\s*?[\]{}"'\\]/g, '\\$&');
}
