import { missingFrom, savedToRun } from '../derive/apps/saved-apps.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Fix } from '../model/finding.ts';
import type { Daemon, Pm2Log } from '../model/pm2.ts';
import type { CleanText, Quote } from '../model/text.ts';

type Ended = 'asked' | 'signal' | 'reboot' | 'error' | 'unasked' | 'unknown';
type Args = {
  readonly home: string;
  readonly apps: readonly string[];
  readonly ended: Ended;
  /** The last thing its log says, and when; null = no log. */
  readonly lastSeenAt: number | null;
  /** Processes of its apps that still run without it. */
  readonly orphanPids: readonly number[];
  readonly source: 'dump' | 'backup' | 'log';
  /** Another daemon that runs apps of all these names: perhaps they moved there. */
  readonly servedBy: string | null;
  /** Nothing happened here inside the window. */
  readonly old: boolean;
};

const endedWords = {
  en: {
    asked: 'It was stopped on request.',
    signal: 'It was ended by a signal.',
    reboot: 'The host was started again after that, and nothing started PM2.',
    error: 'Its log ends with an internal error.',
    unasked: 'Its log ends without a stop: it was killed, or the power went.',
    unknown: 'We could not see how it ended.',
  },
  'zh-CN': {
    asked: '它是被主动停止的。',
    signal: '它被信号终止。',
    reboot: '此后主机重新启动过，但没有任何机制拉起 PM2。',
    error: '日志以内部错误结尾。',
    unasked: '日志结尾没有停止记录：它被强杀，或主机断电。',
    unknown: '它如何结束，无法判断。',
  },
} as const;

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** A home with apps to run and no daemon that runs them. */
export default defineAudit<Args, 'daemons', 'pm2Files' | 'pm2Log' | 'host' | 'processes' | 'startup'>({
  id: 'daemon-down',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['pm2Files', 'pm2Log', 'host', 'processes', 'startup'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/Daemon.js: what it writes to pm2.log when it stops',
    'https://pm2.keymetrics.io/docs/usage/startup/',
  ],
  words: {
    en: {
      title: 'The PM2 daemon is down',
      why: 'A home with saved apps and no running daemon means that none of these apps runs, or that they run unwatched. A dead socket or an old log alone is no problem; saved or recently running apps make it one.',
      found: (args, fmt) =>
        args.old
          ? `No PM2 daemon runs for ${fmt.code(args.home)}, which has ${fmt.count(args.apps.length)} saved ${args.apps.length === 1 ? 'app' : 'apps'}`
          : `The PM2 daemon of ${fmt.code(args.home)} is down, and with it ${names(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.lastSeenAt === null ? '' : `Its last sign of life is of ${fmt.time(args.lastSeenAt)}. `}${endedWords.en[args.ended]}${
          args.orphanPids.length === 0
            ? ''
            : ` ${fmt.count(args.orphanPids.length)} ${args.orphanPids.length === 1 ? 'process of its apps still runs' : 'processes of its apps still run'}, and nobody starts ${args.orphanPids.length === 1 ? 'it' : 'them'} again.`
        }${args.old ? ' Nothing happened here in the window: this may be a home that is no longer used.' : ''}${args.servedBy === null ? '' : ` Apps of the same names run under ${fmt.code(args.servedBy)}: they may have moved there.`}`,
      fix: (args, fmt) => ({
        title: `Start the apps of ${fmt.code(args.home)} again`,
        steps: [
          ...(args.orphanPids.length === 0
            ? []
            : [
                `First end what still runs, or it runs twice: pid ${fmt.list(args.orphanPids.map(String), 10)}.`,
              ]),
          ...(args.source === 'log'
            ? [
                `No saved list holds these apps: start them from their ecosystem file, then run ${fmt.code('pm2 save')}.`,
              ]
            : []),
          ...(args.old || args.servedBy !== null
            ? ['If the home is no longer used, remove its dump instead.']
            : []),
        ],
        expected: `${names(args, fmt)} ${args.apps.length === 1 ? 'runs' : 'run'} again under PM2.`,
        verify: `${fmt.code('pm2 ls')} lists ${args.apps.length === 1 ? 'it' : 'them'} as ${fmt.code('online')}.`,
        undo: `${fmt.code('pm2 kill')} with the same ${fmt.code('PM2_HOME')} stops the daemon and its apps.`,
        minutes: 3,
      }),
    },
    'zh-CN': {
      title: 'PM2 守护进程未运行',
      why: '目录里保存了应用却没有守护进程，说明这些应用没有运行，或者在无人看管地运行。仅有失效的套接字或旧日志不算问题，保存过或近期运行过应用才算。',
      found: (args, fmt) =>
        args.old
          ? `${fmt.code(args.home)} 没有 PM2 守护进程，但保存了 ${fmt.count(args.apps.length)} 个应用`
          : `${fmt.code(args.home)} 的 PM2 守护进程未运行，${names(args, fmt)} 随之停止`,
      effect: (args, fmt) =>
        `${args.lastSeenAt === null ? '' : `最后一次活动在 ${fmt.time(args.lastSeenAt)}。`}${endedWords['zh-CN'][args.ended]}${
          args.orphanPids.length === 0
            ? ''
            : `仍有 ${fmt.count(args.orphanPids.length)} 个应用进程在运行，退出后不会再被拉起。`
        }${args.old ? '统计时段内这里没有任何活动，可能是已弃用的目录。' : ''}${args.servedBy === null ? '' : `${fmt.code(args.servedBy)} 下有同名应用在运行，可能已迁移到那里。`}`,
      fix: (args, fmt) => ({
        title: `重新启动 ${fmt.code(args.home)} 的应用`,
        steps: [
          ...(args.orphanPids.length === 0
            ? []
            : [`先结束仍在运行的进程，否则会重复运行：pid ${fmt.list(args.orphanPids.map(String), 10)}。`]),
          ...(args.source === 'log'
            ? [`没有保存过这些应用：请用各自的 ecosystem 文件启动，再执行 ${fmt.code('pm2 save')}。`]
            : []),
          ...(args.old || args.servedBy !== null ? ['如果该目录已弃用，删除其中的 dump 文件即可。'] : []),
        ],
        expected: `${names(args, fmt)} 重新由 PM2 运行。`,
        verify: `${fmt.code('pm2 ls')} 中显示为 ${fmt.code('online')}。`,
        undo: `以同一个 ${fmt.code('PM2_HOME')} 执行 ${fmt.code('pm2 kill')}，停止守护进程及其应用。`,
        minutes: 3,
      }),
    },
  },
  check(seen, { window }) {
    return seen.daemons
      .filter((daemon) => daemon.state === 'dead')
      .flatMap((daemon) => {
        const files = seen.pm2Files?.find((each) => each.home === daemon.home) ?? null;
        const log = seen.pm2Log?.find((each) => each.home === daemon.home) ?? null;
        const end = howItEnded(log, seen.host?.bootedAt ?? null);
        const old = end.at !== null && end.at < window.from;
        const saved = savedToRun(files?.dump ?? null) ?? [];
        const backup = savedToRun(files?.dumpBackup ?? null) ?? [];
        const source = saved.length > 0 ? 'dump' : backup.length > 0 ? 'backup' : 'log';
        const apps =
          source === 'dump' ? saved : source === 'backup' ? backup : old ? [] : appsInLog(log, window.from);
        if (apps.length === 0) return [];
        const servedBy = otherServer(daemon, seen.daemons, apps);
        const marked = (seen.processes?.processes ?? []).filter((each) => each.mark?.home === daemon.home);
        return [
          {
            subject: { kind: 'daemon', home: daemon.home },
            priority: old ? 'P3' : servedBy === null ? 'P0' : 'P2',
            confidence: old || servedBy !== null ? 'possible' : 'certain',
            args: {
              home: daemon.home,
              apps: [...new Set(apps)],
              ended: end.ended,
              lastSeenAt: end.at,
              orphanPids: marked.map((each) => each.pid),
              source,
              servedBy,
              old,
            },
            because: end.quotes,
            fix: fixFor(
              daemon,
              source,
              seen.startup?.units.find((unit) => unit.pm2Home === daemon.home)?.name,
            ),
          },
        ];
      });
  },
});

/** A daemon that runs apps of all these names. Names alone prove no move, so this only lowers the alarm. */
function otherServer(down: Daemon, daemons: readonly Daemon[], apps: readonly CleanText[]): CleanText | null {
  const other = daemons.find(
    (daemon) =>
      daemon !== down &&
      daemon.state === 'online' &&
      missingFrom(
        daemon.apps.map((app) => app.ref.name),
        apps,
      ).length === 0,
  );
  return other?.home ?? null;
}

function appsInLog(log: Pm2Log | null, from: number): readonly CleanText[] {
  const live = new Set<CleanText>();
  let isEnding = false;
  for (const { at, event } of log?.events ?? []) {
    if (event.kind === 'daemon-started') isEnding = false;
    if (event.kind === 'daemon-signalled') isEnding = true;
    if (event.kind === 'online' && at !== null && at >= from) live.add(event.name);
    // Stopped by hand: nobody expects it to run. What a dying daemon stops was meant to run.
    if (event.kind === 'stopping' && !isEnding) live.delete(event.name);
    if (event.kind === 'daemon-stopped') live.clear();
  }
  return [...live];
}

function howItEnded(
  log: Pm2Log | null,
  bootedAt: number | null,
): { readonly ended: Ended; readonly at: number | null; readonly quotes: readonly Quote[] } {
  const last = log?.events.at(-1);
  if (!log || !last) return { ended: 'unknown', at: log?.coversTo ?? null, quotes: [] };
  const at = last.at ?? log.coversTo;
  const daemonLine = log.events.findLast(({ event }) => event.kind.startsWith('daemon-'));
  const quotes = [{ source: log.path, at: last.at, text: last.text }];
  const kind = daemonLine?.event.kind;
  if (kind === 'daemon-stopped') return { ended: 'asked', at, quotes };
  if (kind === 'daemon-signalled' || kind === 'daemon-exited') return { ended: 'signal', at, quotes };
  if (kind === 'daemon-error') return { ended: 'error', at, quotes };
  if (bootedAt !== null && at !== null && bootedAt > at) return { ended: 'reboot', at, quotes };
  return { ended: 'unasked', at, quotes };
}

function fixFor(daemon: Daemon, source: Args['source'], unit: CleanText | undefined): Fix {
  if (source === 'log') return { kind: 'manual' };
  const { home } = daemon;
  const restore =
    source === 'backup'
      ? [`cp -p ${shellQuote(`${home}/dump.pm2.bak`)} ${shellQuote(`${home}/dump.pm2`)}`]
      : [];
  return unit === undefined
    ? {
        kind: 'command',
        asRoot: false,
        user: daemon.user,
        run: [...restore, pm2Command(home, 'resurrect')],
        undo: [pm2Command(home, 'kill')],
      }
    : {
        kind: 'command',
        asRoot: true,
        user: null,
        run: [...restore, `systemctl restart ${shellQuote(unit)}`],
        undo: [`systemctl stop ${shellQuote(unit)}`],
      };
}
