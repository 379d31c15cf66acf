import { type AppGroup, appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { lastLogQuote } from '../derive/restarts/app-quotes.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';

type Args = {
  readonly apps: readonly string[];
  /** What the system said of the failed start, e.g. ENOENT; null = the log does not show it. */
  readonly errno: string | null;
  readonly cwd: string | null;
  readonly interpreter: string | null;
};

const hasNoPid = (app: App) => app.status === 'online' && app.pid === null;
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** PM2 says online, but there is no process: the start failed and PM2 did not notice. */
export default defineAudit<Args, 'daemons', 'pm2Log'>({
  id: 'app-without-pid',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['pm2Log'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/God/ForkMode.js: a failed spawn leaves status `online` and no pid',
    'PM2 7.0.4 lib/God/ActionMethods.js getMonitorData: one missing pid makes pidusage fail for all',
  ],
  words: {
    en: {
      title: 'PM2 says online, but no process runs',
      why: 'When the start of a process fails (the working folder or the interpreter is gone, a permission is missing), PM2 keeps the state online with no process behind it, and nothing starts it again.',
      found: (args, fmt) =>
        `${names(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} down, though PM2 shows ${fmt.code('online')}: there is no process`,
      effect: (args, fmt) =>
        `Its last start failed${args.errno === null ? '' : ` with ${fmt.code(args.errno)}`}. While it is in this state, PM2 also shows 0 memory and 0 CPU for every other app of this daemon, and no ${fmt.code('max_memory_restart')} can fire.`,
      fix: (args, fmt) => ({
        title: `Bring back what ${names(args, fmt)} needs to start, then start it`,
        steps: [
          args.errno === 'EACCES'
            ? 'The user of the daemon may not run it: check the permissions of the script, its folder and the interpreter.'
            : `Check that the working folder${args.cwd === null ? '' : ` ${fmt.code(args.cwd)}`} and the interpreter${args.interpreter === null ? '' : ` ${fmt.code(args.interpreter)}`} exist. A deploy that replaces the folder is the usual reason.`,
        ],
        expected: 'The app runs again, and the memory figures of all apps come back.',
        verify: `${fmt.code('pm2 ls')} shows a pid and a memory figure above 0.`,
        undo: 'Stop it again with the command below.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: 'PM2 显示 online，实际没有进程',
      why: '进程启动失败时（工作目录或解释器不存在、权限不足），PM2 仍保留 online 状态，但没有进程，也不会再次拉起。',
      found: (args, fmt) => `${names(args, fmt)} 已停止运行：PM2 显示 ${fmt.code('online')}，但没有对应进程`,
      effect: (args, fmt) =>
        `最近一次启动失败${args.errno === null ? '' : `（${fmt.code(args.errno)}）`}。在此期间，PM2 会把该守护进程下所有应用的内存和 CPU 都显示为 0，${fmt.code('max_memory_restart')} 也全部失效。`,
      fix: (args, fmt) => ({
        title: `恢复 ${names(args, fmt)} 启动所需的目录或程序，再启动`,
        steps: [
          args.errno === 'EACCES'
            ? '守护进程的用户没有执行权限：检查脚本、所在目录和解释器的权限。'
            : `确认工作目录${args.cwd === null ? '' : ` ${fmt.code(args.cwd)}`} 和解释器${args.interpreter === null ? '' : ` ${fmt.code(args.interpreter)}`} 存在。常见原因是部署时替换了整个目录。`,
        ],
        expected: '应用恢复运行，所有应用的内存数值恢复正常。',
        verify: `${fmt.code('pm2 ls')} 显示 pid，内存大于 0。`,
        undo: '用下方命令再次停止。',
        minutes: 10,
      }),
    },
  },
  check(seen) {
    const lost = groupApps(seen.daemons)
      .map((group) => ({ ...group, apps: group.apps.filter(hasNoPid) }))
      .filter((group) => group.apps.length > 0);
    const failedSpawn = (home: CleanText) =>
      lastLogQuote(home, seen.pm2Log, ({ event }) => event.kind === 'spawn-failed');
    const argsOf = (apps: readonly App[]): Args => {
      const [first] = apps;
      const line = first ? failedSpawn(first.ref.home)[0] : undefined;
      return {
        apps: appNames(apps.map((app) => app.ref)),
        errno: /\b(E[A-Z]{3,})\b/.exec(line?.text ?? '')?.[1] ?? null,
        cwd: first?.cwd ?? null,
        interpreter: first?.interpreter ?? null,
      };
    };
    return fewDrafts<AppGroup, Draft<Args>>(
      lost,
      (group) => {
        const refs = group.apps.map((app) => app.ref);
        const target = pm2Target(refs);
        const [first] = group.apps;
        return {
          subject: subjectOfApps(refs),
          priority: 'P0',
          confidence: 'certain',
          args: argsOf(group.apps),
          because: failedSpawn(group.home),
          fix: {
            kind: 'command',
            asRoot: false,
            user: seen.daemons.find((daemon) => daemon.home === group.home)?.user ?? null,
            run: [
              ...(first?.cwd ? [`ls -ld ${shellQuote(first.cwd)}`] : []),
              ...(first?.interpreter && first.interpreter !== 'none'
                ? [`command -v ${shellQuote(first.interpreter)}`]
                : []),
              pm2Command(group.home, `restart ${target}`),
            ],
            undo: [pm2Command(group.home, `stop ${target}`)],
          },
        };
      },
      (groups) => {
        const apps = groups.flatMap((group) => group.apps);
        return {
          subject: subjectOfApps(apps.map((app) => app.ref)),
          priority: 'P0',
          confidence: 'certain',
          args: { ...argsOf(apps), cwd: null, interpreter: null },
          because: groups.slice(0, 1).flatMap((group) => failedSpawn(group.home)),
          fix: { kind: 'manual' },
        };
      },
    );
  },
});
