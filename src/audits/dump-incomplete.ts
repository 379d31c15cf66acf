import { type DumpState, dumpState } from '../derive/apps/dump-state.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { bootWay } from '../derive/printed/pm2-startup.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Fix, Priority } from '../model/finding.ts';
import type { Daemon, Pm2Home, Pm2Log } from '../model/pm2.ts';
import type { Confidence, Quote } from '../model/text.ts';

type Kind = 'none' | 'cut' | 'unsaved' | 'shrunk';
type Args = {
  readonly home: string;
  readonly kind: Kind;
  readonly apps: readonly string[];
  readonly saved: number | null;
  readonly backedUp: number | null;
  readonly live: number | null;
  readonly savedAt: number | null;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const processes = (count: number | null, fmt: Fmt) => fmt.count(count ?? 0);

/** The list PM2 starts from at boot lacks apps. */
export default defineAudit<Args, 'daemons' | 'pm2Files', 'pm2Log' | 'startup' | 'host', 'lostShare'>({
  id: 'dump-incomplete',
  topic: 'startup',
  needs: ['daemons', 'pm2Files'],
  wants: ['pm2Log', 'startup', 'host'],
  limits: {
    lostShare: {
      value: 0.5,
      unit: 'ratio',
      source: 'a list that lost half of its apps at once was hardly edited by hand; less is reported as P2',
    },
  },
  references: [
    'PM2 7.0.4 lib/God/ActionMethods.js dumpProcessList: a signalled daemon saves what is left of its list',
    'https://github.com/Unitech/pm2/issues/5879',
    'https://pm2.keymetrics.io/docs/usage/startup/#saving-current-processes',
  ],
  words: {
    en: {
      title: 'The saved app list lacks apps',
      why: 'At boot PM2 starts what dump.pm2 holds, and nothing else. A daemon that is ended in the middle of a slow stop saves only the apps that are left, and so forgets the others. The list before that is in dump.pm2.bak until the next save.',
      found: (args, fmt) => {
        if (args.kind === 'none')
          return `The app list of ${fmt.code(args.home)} was never saved: a reboot brings back none of ${processes(args.live, fmt)} processes`;
        if (args.kind === 'unsaved')
          return `${names(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} not in the saved list of ${fmt.code(args.home)}, and a reboot does not bring ${args.apps.length === 1 ? 'it' : 'them'} back`;
        return `The saved list of ${fmt.code(args.home)} holds ${processes(args.saved, fmt)} processes, the one before it ${processes(args.backedUp, fmt)}: ${names(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} missing`;
      },
      effect: (args, fmt) => {
        if (args.kind === 'none')
          return 'Even with a start-up unit, PM2 comes up empty after a reboot or an out-of-memory stop.';
        if (args.kind === 'unsaved')
          return `They run now, but the list${args.savedAt === null ? '' : ` of ${fmt.time(args.savedAt)}`} does not hold them, or not all of their instances.`;
        if (args.kind === 'cut')
          return 'The list was written by a daemon that was being ended, and it lost apps in it. They are not started by PM2 any more. The next save overwrites the complete list too.';
        return 'Either somebody removed them and saved, or they were lost when PM2 was ended. We could not see which. The next save overwrites the longer list.';
      },
      figures: (args, fmt) => [
        ...(args.saved === null ? [] : [['saved', fmt.count(args.saved)] as const]),
        ...(args.backedUp === null ? [] : [['in the backup', fmt.count(args.backedUp)] as const]),
        ...(args.live === null ? [] : [['meant to run now', fmt.count(args.live)] as const]),
      ],
      fix: (args, fmt) =>
        args.kind === 'none' || args.kind === 'unsaved'
          ? {
              title: `Save the app list of ${fmt.code(args.home)}`,
              steps: [],
              expected: 'The next reboot brings back every app that runs now.',
              verify: `${fmt.code('pm2 save')} prints ${fmt.code('Successfully saved')}; the next report has no such finding.`,
              undo:
                args.kind === 'none'
                  ? 'The command below removes the list again.'
                  : 'The list before is in dump.pm2.bak; the command below puts it back.',
              minutes: 1,
            }
          : {
              title: `Bring back ${names(args, fmt)} from the backup list`,
              steps: [
                'Do not run pm2 save before the copy: it overwrites the backup.',
                'Apps whose name already runs are left alone.',
              ],
              expected: `${names(args, fmt)} ${args.apps.length === 1 ? 'runs' : 'run'} again and ${args.apps.length === 1 ? 'is' : 'are'} in the saved list.`,
              verify: `${fmt.code('pm2 ls')} lists ${fmt.count(args.backedUp ?? 0)} processes.`,
              undo: 'The command below puts the short list back.',
              minutes: 5,
            },
    },
    'zh-CN': {
      title: '已保存的应用列表不完整',
      why: '开机时，PM2 只启动 dump.pm2 里的应用。守护进程如果在缓慢停止的途中被终止，只会保存当时剩下的应用，其余的就此丢失。此前的列表在 dump.pm2.bak 中，下一次保存时会被覆盖。',
      found: (args, fmt) => {
        if (args.kind === 'none')
          return `${fmt.code(args.home)} 从未保存应用列表：主机重启后，${processes(args.live, fmt)} 个进程都不会恢复`;
        if (args.kind === 'unsaved')
          return `${names(args, fmt)} 不在 ${fmt.code(args.home)} 的保存列表中，主机重启后不会恢复`;
        return `${fmt.code(args.home)} 的保存列表有 ${processes(args.saved, fmt)} 个进程，上一份有 ${processes(args.backedUp, fmt)} 个：缺少 ${names(args, fmt)}`;
      },
      effect: (args, fmt) => {
        if (args.kind === 'none')
          return '即使配置了开机启动，主机重启或因内存不足整体停止之后，PM2 也是空的。';
        if (args.kind === 'unsaved')
          return `这些应用正在运行，但保存的列表${args.savedAt === null ? '' : `（${fmt.time(args.savedAt)}）`}中没有它们，或实例数不足。`;
        if (args.kind === 'cut')
          return '这份列表是守护进程被终止的过程中写入的，因此丢了应用，PM2 不会再启动它们。再保存一次，完整的列表也会被覆盖。';
        return '可能是有人删除应用后保存，也可能是 PM2 被终止时丢失，目前无法判断。再保存一次，较长的那份列表也会被覆盖。';
      },
      figures: (args, fmt) => [
        ...(args.saved === null ? [] : [['已保存', fmt.count(args.saved)] as const]),
        ...(args.backedUp === null ? [] : [['备份中', fmt.count(args.backedUp)] as const]),
        ...(args.live === null ? [] : [['当前应运行', fmt.count(args.live)] as const]),
      ],
      fix: (args, fmt) =>
        args.kind === 'none' || args.kind === 'unsaved'
          ? {
              title: `保存 ${fmt.code(args.home)} 的应用列表`,
              steps: [],
              expected: '主机下次重启后，当前运行的应用全部恢复。',
              verify: `${fmt.code('pm2 save')} 输出 ${fmt.code('Successfully saved')}，下次报告不再出现此项。`,
              undo:
                args.kind === 'none'
                  ? '用下方命令删除该列表。'
                  : '原列表在 dump.pm2.bak 中，用下方命令恢复。',
              minutes: 1,
            }
          : {
              title: `从备份列表恢复 ${names(args, fmt)}`,
              steps: ['复制之前不要执行 pm2 save，它会覆盖备份。', '同名应用已在运行的，不受影响。'],
              expected: `${names(args, fmt)} 恢复运行，并回到保存列表中。`,
              verify: `${fmt.code('pm2 ls')} 列出 ${fmt.count(args.backedUp ?? 0)} 个进程。`,
              undo: '用下方命令换回较短的列表。',
              minutes: 5,
            },
    },
  },
  check({ daemons, pm2Files, pm2Log, startup, host }, { limits }) {
    return daemons.flatMap((daemon) => {
      const files = pm2Files.find((each) => each.home === daemon.home);
      const log = pm2Log?.find((each) => each.home === daemon.home) ?? null;
      if (!files) return [];
      const state = dumpState(daemon, files, log);
      const { kind } = state;
      if (kind !== 'none' && kind !== 'cut' && kind !== 'unsaved' && kind !== 'shrunk') return [];
      // pm2-runtime in a container, and services of their own, start from a file and never save.
      const isContainer = host !== null && host.container !== null && startup?.systemd === false;
      const isService = startup !== null && bootWay(daemon, startup).kind === 'service';
      if (kind === 'none' && (isContainer || isService)) return [];
      const sure = howSure(state, limits.lostShare);
      if (sure === null) return [];
      return [
        {
          subject: { kind: 'daemon', home: daemon.home },
          ...sure,
          args: {
            home: daemon.home,
            kind,
            apps: state.apps,
            saved: state.saved,
            backedUp: state.backedUp,
            live: state.live,
            savedAt: files.dump?.modifiedAt ?? null,
          },
          because: quotesOf(state, files, log),
          fix: fixFor(daemon, kind),
        },
      ];
    });
  },
});

/** null = too weak to say: one app fewer after a save by hand is everyday work. */
function howSure(
  state: DumpState,
  lostShare: number,
): { readonly priority: Priority; readonly confidence: Confidence } | null {
  if (state.kind === 'cut') return { priority: 'P1', confidence: state.isMarked ? 'certain' : 'likely' };
  if (state.kind !== 'shrunk') return { priority: 'P1', confidence: 'certain' };
  const share = state.apps.length / Math.max(1, state.backedUp ?? 0);
  if (share >= lostShare && state.apps.length > 1) return { priority: 'P1', confidence: 'possible' };
  return state.wasSignalled === false && state.apps.length === 1
    ? null
    : { priority: 'P2', confidence: 'possible' };
}

function quotesOf(state: DumpState, files: Pm2Home, log: Pm2Log | null): readonly Quote[] {
  const line = log?.events.findLast(({ event }) => event.kind === 'daemon-signalled');
  const signalled =
    state.wasSignalled && log && line ? [{ source: log.path, at: line.at, text: line.text }] : [];
  const lists = [files.dump, files.dumpBackup].flatMap((file) =>
    file && state.kind !== 'unsaved' ? [{ source: files.home, at: file.modifiedAt, text: file.path }] : [],
  );
  return [...signalled, ...lists];
}

function fixFor({ home, user }: Daemon, kind: Kind): Fix {
  const dump = shellQuote(`${home}/dump.pm2`);
  const backup = shellQuote(`${home}/dump.pm2.bak`);
  const short = shellQuote(`${home}/dump.pm2.short`);
  const save = pm2Command(home, 'save');
  const command = { kind: 'command', asRoot: false, user } as const;
  if (kind === 'none') return { ...command, run: [save], undo: [`rm ${dump}`] };
  if (kind === 'unsaved') return { ...command, run: [save], undo: [`cp -p ${backup} ${dump}`] };
  return {
    ...command,
    run: [`cp -p ${dump} ${short}`, `cp -p ${backup} ${dump}`, pm2Command(home, 'resurrect'), save],
    undo: [`cp -p ${short} ${dump}`],
  };
}
