import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { groupBy } from '../derive/grouping.ts';
import { nodeEndOfLife, nodeMajor, nodeToMoveTo } from '../derive/hosting/node-release.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App, Daemon } from '../model/pm2.ts';

interface Use {
  readonly major: number;
  readonly endsAt: number;
  readonly app: App | null;
  readonly daemon: Daemon;
}
type Args = {
  readonly ended: boolean;
  readonly versions: readonly {
    readonly major: number;
    readonly endsAt: number;
    readonly apps: readonly string[];
    readonly daemons: number;
  }[];
  readonly moveTo: { readonly major: number; readonly endsAt: number };
};

/** Only Node itself: PM2 notes a version for Bun and others too. */
const isNode = (app: App) => app.interpreter === null || /(^|\/)node(js)?(@[\w.]+)?$/.test(app.interpreter);

const users = (version: Args['versions'][number], fmt: Fmt, daemonWord: string) =>
  fmt.list([...(version.daemons > 0 ? [daemonWord] : []), ...version.apps.map((app) => fmt.name(app))]);

/** Node lines that get no fixes any more, or soon. */
export default defineAudit<Args, 'daemons', never, 'soon'>({
  id: 'node-end-of-life',
  topic: 'versions',
  needs: ['daemons'],
  limits: {
    soon: { value: 90, unit: 'days', source: 'a quarter: time to plan the move' },
  },
  references: [
    'https://github.com/nodejs/Release, schedule.json',
    'https://nodejs.org/en/about/previous-releases',
  ],
  words: {
    en: {
      title: 'Node without security fixes',
      why: 'After its end date a Node release line gets no fixes, also not for holes in its TLS and HTTP code. Even lines are supported for three years, odd ones for half a year.',
      found: (args, fmt) =>
        args.versions
          .map((version) =>
            args.ended
              ? `Node ${version.major} got its last fixes in ${year(version.endsAt)} (${fmt.date(version.endsAt)}) and runs ${users(version, fmt, 'the PM2 daemon')}`
              : `Node ${version.major} gets no more fixes from ${fmt.date(version.endsAt)} ${year(version.endsAt)} on and runs ${users(version, fmt, 'the PM2 daemon')}`,
          )
          .join('; '),
      effect: (args, fmt) =>
        args.ended
          ? 'Holes found since then stay open. Packages drop such versions too, so later updates become harder.'
          : `There is time to move: the date is within the next three months. Node ${args.moveTo.major} is supported until ${fmt.date(args.moveTo.endsAt)} ${year(args.moveTo.endsAt)}.`,
      fix: (args, fmt) => ({
        title: `Move to Node ${args.moveTo.major}`,
        steps: [
          `Install Node ${args.moveTo.major} by the way Node came here (package source, nvm, image), and test the apps with it first.`,
          `Run ${fmt.code('npm rebuild')} in each app with native packages.`,
          `Then ${fmt.code('pm2 save')} and ${fmt.code('pm2 update')}: the daemon and cluster apps take the new Node. This restarts every app.`,
          `Run ${fmt.code('pm2 unstartup')} and ${fmt.code('pm2 startup')} again if the path of Node changed.`,
        ],
        expected: `Fixes until ${fmt.date(args.moveTo.endsAt)} ${year(args.moveTo.endsAt)}.`,
        verify: `The next report has no such finding; ${fmt.code('pm2 describe')} shows the version of an app.`,
        undo: 'Install the old version, then pm2 update.',
        minutes: 60,
      }),
    },
    'zh-CN': {
      title: 'Node 版本已停止安全维护',
      why: '停止维护后，Node 不再修复漏洞，包括 TLS 和 HTTP 部分。偶数版本维护约三年，奇数版本只有半年。',
      found: (args, fmt) =>
        args.versions
          .map((version) =>
            args.ended
              ? `Node ${version.major} 已于 ${year(version.endsAt)} 年 ${fmt.date(version.endsAt)}停止维护，仍在运行 ${users(version, fmt, 'PM2 守护进程')}`
              : `Node ${version.major} 将于 ${year(version.endsAt)} 年 ${fmt.date(version.endsAt)}停止维护，正在运行 ${users(version, fmt, 'PM2 守护进程')}`,
          )
          .join('；'),
      effect: (args, fmt) =>
        args.ended
          ? '此后发现的漏洞不会再修复。各种软件包也会放弃支持这些版本，越晚升级越困难。'
          : `距离停止维护不足三个月，还来得及安排升级。Node ${args.moveTo.major} 维护到 ${year(args.moveTo.endsAt)} 年 ${fmt.date(args.moveTo.endsAt)}。`,
      fix: (args, fmt) => ({
        title: `升级到 Node ${args.moveTo.major}`,
        steps: [
          `按原来的安装方式（软件源、nvm、镜像）安装 Node ${args.moveTo.major}，并先测试应用。`,
          `含原生模块的应用需执行 ${fmt.code('npm rebuild')}。`,
          `然后执行 ${fmt.code('pm2 save')} 和 ${fmt.code('pm2 update')}，守护进程和 cluster 应用即使用新版本。此操作会重启所有应用。`,
          `如果 Node 的路径变了，请重新执行 ${fmt.code('pm2 unstartup')} 和 ${fmt.code('pm2 startup')}。`,
        ],
        expected: `可获得维护直到 ${year(args.moveTo.endsAt)} 年 ${fmt.date(args.moveTo.endsAt)}。`,
        verify: `下次报告不再出现此项；${fmt.code('pm2 describe')} 可查看应用的版本。`,
        undo: '装回旧版本，再执行 pm2 update。',
        minutes: 60,
      }),
    },
  },
  check({ daemons }, { now, limits }) {
    const uses = daemons.flatMap((daemon) => [
      ...useOf(daemon.nodeVersion, daemon, null),
      ...daemon.apps.filter(isNode).flatMap((app) => useOf(app.nodeVersion, daemon, app)),
    ]);
    const ended = uses.filter((use) => use.endsAt <= now);
    const soon = uses.filter((use) => use.endsAt > now && use.endsAt - now <= limits.soon * 86_400_000);
    return [...draft(ended, true, now), ...draft(soon, false, now)];
  },
});

function useOf(version: string | null, daemon: Daemon, app: App | null): readonly Use[] {
  const major = version === null ? null : nodeMajor(version);
  const endsAt = major === null ? null : nodeEndOfLife(major);
  return major === null || endsAt === null ? [] : [{ major, endsAt, app, daemon }];
}

function draft(uses: readonly Use[], ended: boolean, now: number): readonly Draft<Args>[] {
  if (uses.length === 0) return [];
  const versions = [...groupBy(uses, (use) => use.major)]
    .toSorted(([a], [b]) => a - b)
    .map(([major, group]) => ({
      major,
      endsAt: group[0]?.endsAt ?? 0,
      apps: [...new Set(group.flatMap((use) => (use.app ? [use.app.ref.name] : [])))],
      daemons: group.filter((use) => use.app === null).length,
    }));
  const refs = uses.flatMap((use) => (use.app ? [use.app.ref] : []));
  const [first] = uses;
  return [
    {
      subject:
        refs.length > 0
          ? subjectOfApps(refs)
          : first
            ? { kind: 'daemon', home: first.daemon.home }
            : { kind: 'host' },
      priority: ended ? 'P2' : 'P3',
      confidence: 'certain',
      args: { ended, versions, moveTo: nodeToMoveTo(now) },
      because: [...groupBy(uses, (use) => use.major).values()].flatMap(([use]) => {
        const text = use?.app ? use.app.nodeVersion : (use?.daemon.nodeVersion ?? null);
        return use && text ? [{ source: use.app?.ref.name ?? use.daemon.home, at: null, text }] : [];
      }),
      fix: { kind: 'manual' },
    },
  ];
}

function year(at: number): string {
  return String(new Date(at).getUTCFullYear());
}
