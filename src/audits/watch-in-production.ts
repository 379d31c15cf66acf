import type { AppGroup } from '../derive/apps/app-groups.ts';
import { appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { times } from '../derive/english.ts';
import { leastWatchRestarts } from '../derive/restarts/app-failures.ts';
import { lastLogQuote } from '../derive/restarts/app-quotes.ts';
import { isDevelopment, loopFacts } from '../derive/restarts/loop-facts.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Pm2Log } from '../model/pm2.ts';

type Args = {
  readonly apps: readonly string[];
  /** Restarts by file watch in the window, all of these apps. */
  readonly restarts: number;
  /** First folders of the changed files, most frequent first. */
  readonly folders: readonly string[];
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** PM2 restarts the app when a file changes. */
export default defineAudit<Args, 'daemons', 'pm2Log' | (typeof restartWants)[number]>({
  id: 'watch-in-production',
  topic: 'config',
  needs: ['daemons'],
  wants: ['pm2Log', ...restartWants],
  limits: {},
  references: ['PM2 7.0.4 lib/Watcher.js', 'https://pm2.keymetrics.io/docs/usage/watch-and-restart/'],
  words: {
    en: {
      title: 'PM2 watches files and restarts on change',
      why: 'watch is made for development. In production a log, an upload, a cache file or a half-copied deploy in the watched folder restarts the app. Apps whose NODE_ENV says development or test are left out.',
      found: (args, fmt) =>
        args.restarts > 0
          ? `${names(args, fmt)} ${args.apps.length === 1 ? 'was' : 'were'} restarted ${times(args.restarts, fmt.count(args.restarts))} because watched files changed`
          : `PM2 watches the files of ${names(args, fmt)} and restarts ${args.apps.length === 1 ? 'it' : 'them'} on any change`,
      effect: (args, fmt) =>
        `${
          args.restarts === 0
            ? 'No restart by file watch in the window.'
            : args.folders.length === 0
              ? 'Each was an outage that nobody asked for.'
              : `The changed files lie in ${fmt.list(args.folders.map((folder) => fmt.code(folder)))}. Each restart was an outage that nobody asked for.`
        } Watching a big folder also keeps the daemon busy and takes inotify watches.`,
      fix: (args, fmt) => ({
        title: `Do not watch the files of ${names(args, fmt)}`,
        steps: [
          ...(args.folders.length > 0
            ? [
                `If a restart on change is wanted, keep ${fmt.code('watch')} and add ${fmt.code(`ignore_watch: [${args.folders.map((folder) => `'${folder}'`).join(', ')}]`)} instead.`,
              ]
            : []),
        ],
        expected: 'No restart by file watch; deploys restart the app with pm2 reload.',
        verify: 'The next report: 0 restarts by file watch.',
        undo: 'Restore the old value and restart the app.',
        minutes: 3,
      }),
    },
    'zh-CN': {
      title: 'PM2 监听文件，有变化就重启',
      why: 'watch 用于开发环境。在生产环境中，被监听目录里的日志、上传文件、缓存或复制到一半的部署文件都会触发重启。NODE_ENV 为 development 或 test 的应用不计入。',
      found: (args, fmt) =>
        args.restarts > 0
          ? `${names(args, fmt)} 因被监听的文件变化重启 ${fmt.count(args.restarts)} 次`
          : `PM2 正在监听 ${names(args, fmt)} 的文件，任何变化都会触发重启`,
      effect: (args, fmt) =>
        `${
          args.restarts === 0
            ? '统计时段内没有因此重启。'
            : args.folders.length === 0
              ? '每一次都是计划外的中断。'
              : `变化的文件位于 ${fmt.list(args.folders.map((folder) => fmt.code(folder)))}。每次重启都是计划外的中断。`
        }监听大目录还会占用守护进程的 CPU 和 inotify 配额。`,
      fix: (args, fmt) => ({
        title: `不再监听 ${names(args, fmt)} 的文件`,
        steps: [
          ...(args.folders.length > 0
            ? [
                `如果确实需要改动后自动重启，请保留 ${fmt.code('watch')}，改为设置 ${fmt.code(`ignore_watch: [${args.folders.map((folder) => `'${folder}'`).join(', ')}]`)}。`,
              ]
            : []),
        ],
        expected: '不再因文件变化而重启；部署时用 pm2 reload 重启。',
        verify: '下次报告：文件监听重启 0 次。',
        undo: '恢复原值并重启应用。',
        minutes: 3,
      }),
    },
  },
  check(seen, { now, window, covers }) {
    const set = groupApps(seen.daemons).filter((group) =>
      group.apps.some((app) => app.settings.watch && !isDevelopment(app)),
    );
    if (set.length === 0) return [];
    const stories = storiesByApp(seen, { now, window, covers });
    // In a loop right now: restart-loop tells it, with the same fix.
    const watching = set.filter(
      (group) =>
        loopFacts(group, stories, now, leastWatchRestarts)?.cause !== 'watch' || seen.pm2Log === null,
    );
    const restartsOf = (group: AppGroup) =>
      group.apps.reduce((total, app) => total + (stories.get(appKey(app.ref))?.byCause.watch ?? 0), 0);
    const draft = (groups: readonly AppGroup[], priority: 'P1' | 'P2') => {
      const apps = groups.flatMap((group) => group.apps);
      return {
        subject: subjectOfApps(apps.map((app) => app.ref)),
        priority,
        confidence: 'certain' as const,
        args: {
          apps: appNames(apps.map((app) => app.ref)),
          restarts: groups.reduce((total, group) => total + restartsOf(group), 0),
          folders: groups.flatMap((group) => changedFolders(group, seen.pm2Log, window.from)).slice(0, 5),
        },
        because: (groups.some((group) => restartsOf(group) > 0) ? groups : [])
          .flatMap((group) =>
            lastLogQuote(
              group.home,
              seen.pm2Log,
              ({ event, at }) =>
                event.kind === 'watch' && event.name === group.name && (at ?? 0) >= window.from,
            ),
          )
          .slice(0, 3),
        fix: {
          kind: 'ecosystem-patch' as const,
          patches: groups.flatMap((group) =>
            group.apps
              .slice(0, 1)
              .map((app) => ({ app: app.ref, set: [{ setting: 'watch', value: false, previous: true }] })),
          ),
        },
      };
    };
    const restarted = watching.filter((group) => restartsOf(group) > 0);
    const quiet = watching.filter((group) => restartsOf(group) === 0);
    return [
      ...(restarted.length > 0 ? [draft(restarted, 'P1')] : []),
      ...(quiet.length > 0 ? [draft(quiet, 'P2')] : []),
    ];
  },
});

/** The part of a changed path that `ignore_watch` would name: its first folder, or the file itself. */
function changedFolders(group: AppGroup, logs: readonly Pm2Log[] | null, from: number): readonly string[] {
  const counts = new Map<string, number>();
  const cwd = group.apps[0]?.cwd ?? null;
  for (const { at, event } of logs?.find((log) => log.home === group.home)?.events ?? []) {
    if (event.kind !== 'watch' || event.name !== group.name || (at ?? 0) < from) continue;
    const below =
      cwd !== null && event.path.startsWith(`${cwd}/`) ? event.path.slice(cwd.length + 1) : event.path;
    const folder = below.startsWith('/') ? below.replace(/\/[^/]*$/, '') : (below.split('/')[0] ?? below);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([folder]) => folder);
}
