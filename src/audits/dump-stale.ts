import { dumpState } from '../derive/apps/dump-state.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly home: string;
  /** `empty`: the daemon came up without its saved apps; `extra`: the list holds apps that were removed. */
  readonly kind: 'empty' | 'extra';
  readonly apps: readonly string[];
  readonly savedAt: number | null;
  readonly daemonStartedAt: number | null;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** The saved list and the running apps differ in what is gone. */
export default defineAudit<Args, 'daemons' | 'pm2Files', 'pm2Log'>({
  id: 'dump-stale',
  topic: 'startup',
  needs: ['daemons', 'pm2Files'],
  wants: ['pm2Log'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/API/Startup.js resurrect and dump',
    'https://pm2.keymetrics.io/docs/usage/startup/#saving-current-processes',
  ],
  words: {
    en: {
      title: 'Saved apps and running apps differ',
      why: 'At boot PM2 starts what dump.pm2 holds. A list that is older than the last change brings removed apps back. A daemon that any pm2 command started by accident runs none of the saved apps.',
      found: (args, fmt) =>
        args.kind === 'empty'
          ? `PM2 of ${fmt.code(args.home)} runs no app, though ${names(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} saved`
          : `The saved list of ${fmt.code(args.home)} still holds ${names(args, fmt)}, which PM2 no longer has`,
      effect: (args, fmt) =>
        args.kind === 'empty'
          ? `The daemon was started${args.daemonStartedAt === null ? '' : ` ${fmt.time(args.daemonStartedAt)}`} without its list. Any pm2 command does that when no daemon runs. The saved apps are down.`
          : `A reboot starts ${args.apps.length === 1 ? 'it' : 'them'} again.${args.savedAt === null ? '' : ` The list is of ${fmt.time(args.savedAt)}.`}`,
      fix: (args, fmt) =>
        args.kind === 'empty'
          ? {
              title: 'Start the saved apps',
              steps: ['If they were removed on purpose, run pm2 save --force instead.'],
              expected: `${names(args, fmt)} ${args.apps.length === 1 ? 'runs' : 'run'} again.`,
              verify: `${fmt.code('pm2 ls')} lists ${args.apps.length === 1 ? 'it' : 'them'}.`,
              undo: 'The command below removes them again from the running daemon; the list stays.',
              minutes: 2,
            }
          : {
              title: `Save the app list of ${fmt.code(args.home)} as it is now`,
              steps: ['If the apps should run, start them before you save.'],
              expected: 'A reboot brings back what runs now, and nothing else.',
              verify: 'The next report has no such finding.',
              undo: 'The command below puts the list back as it was.',
              minutes: 1,
            },
    },
    'zh-CN': {
      title: '保存的应用与运行的应用不一致',
      why: '开机时，PM2 启动 dump.pm2 里的应用。列表早于最近一次改动时，已删除的应用会重新出现。如果守护进程是被某条 pm2 命令顺带启动的，保存的应用一个也不会运行。',
      found: (args, fmt) =>
        args.kind === 'empty'
          ? `${fmt.code(args.home)} 的 PM2 没有运行任何应用，但保存列表中有 ${names(args, fmt)}`
          : `${fmt.code(args.home)} 的保存列表中仍有 ${names(args, fmt)}，PM2 中已没有`,
      effect: (args, fmt) =>
        args.kind === 'empty'
          ? `守护进程启动时${args.daemonStartedAt === null ? '' : `（${fmt.time(args.daemonStartedAt)}）`}没有载入列表。没有守护进程时执行任何 pm2 命令都会如此。保存的应用目前都没有运行。`
          : `主机重启后会再次启动它们。${args.savedAt === null ? '' : `该列表保存于 ${fmt.time(args.savedAt)}。`}`,
      fix: (args, fmt) =>
        args.kind === 'empty'
          ? {
              title: '启动已保存的应用',
              steps: ['如果是有意删除的，请改为执行 pm2 save --force。'],
              expected: `${names(args, fmt)} 恢复运行。`,
              verify: `${fmt.code('pm2 ls')} 中可以看到。`,
              undo: '用下方命令从守护进程中移除，保存的列表不变。',
              minutes: 2,
            }
          : {
              title: `按当前状态保存 ${fmt.code(args.home)} 的应用列表`,
              steps: ['如果这些应用应当运行，请先启动再保存。'],
              expected: '主机重启后恢复的正是当前运行的应用。',
              verify: '下次报告不再出现此项。',
              undo: '用下方命令恢复原来的列表。',
              minutes: 1,
            },
    },
  },
  check({ daemons, pm2Files, pm2Log }) {
    return daemons.flatMap((daemon) => {
      const files = pm2Files.find((each) => each.home === daemon.home);
      const log = pm2Log?.find((each) => each.home === daemon.home) ?? null;
      if (!files?.dump) return [];
      const state = dumpState(daemon, files, log);
      if (state.kind !== 'empty' && state.kind !== 'extra') return [];
      const { home } = daemon;
      const lastStart = log?.events.findLastIndex(({ event }) => event.kind === 'daemon-started') ?? -1;
      // Nothing was started, hence nothing was removed, since this daemon began: it never had its list.
      const neverHadThem =
        log !== null &&
        lastStart >= 0 &&
        !log.events
          .slice(lastStart)
          .some(({ event }) => event.kind === 'starting' || event.kind === 'deleting');
      const banner = neverHadThem ? log.events[lastStart] : undefined;
      const isEmpty = state.kind === 'empty';
      const dump = shellQuote(`${home}/dump.pm2`);
      return [
        {
          subject: { kind: 'daemon', home },
          priority: isEmpty ? (neverHadThem ? 'P0' : 'P1') : 'P2',
          confidence: isEmpty && !neverHadThem ? 'likely' : 'certain',
          args: {
            home,
            kind: state.kind,
            apps: state.apps,
            savedAt: files.dump.modifiedAt,
            daemonStartedAt: daemon.startedAt,
          },
          because: [
            ...(isEmpty && banner && log ? [{ source: log.path, at: banner.at, text: banner.text }] : []),
            { source: home, at: files.dump.modifiedAt, text: files.dump.path },
          ],
          fix: isEmpty
            ? {
                kind: 'command',
                asRoot: false,
                user: daemon.user,
                run: [pm2Command(home, 'resurrect')],
                undo: [pm2Command(home, 'delete all')],
              }
            : {
                kind: 'command',
                asRoot: false,
                user: daemon.user,
                run: [pm2Command(home, 'save')],
                undo: [`cp -p ${shellQuote(`${home}/dump.pm2.bak`)} ${dump}`],
              },
        },
      ];
    });
  },
});
