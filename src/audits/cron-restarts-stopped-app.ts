import { appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = { readonly apps: readonly { readonly name: string; readonly cron: string }[] };

const listed = (args: Args, fmt: Fmt) =>
  fmt.list(args.apps.map((app) => `${fmt.name(app.name)} (${fmt.code(app.cron)})`));

/** Stopped by hand, but its timer starts it again. */
export default defineAudit<Args, 'daemons'>({
  id: 'cron-restarts-stopped-app',
  topic: 'config',
  needs: ['daemons'],
  limits: {},
  references: ['PM2 7.0.4 lib/Worker.js registerCron: restarts the app whatever its state'],
  words: {
    en: {
      title: 'A stopped app comes back by its timer',
      why: 'cron_restart starts an app at its time also when somebody stopped it with pm2 stop. Apps with autorestart off are left out: there the timer is the point.',
      found: (args, fmt) =>
        `${listed(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} stopped, but ${fmt.code('cron_restart')} starts ${args.apps.length === 1 ? 'it' : 'them'} again`,
      effect: () => 'Whoever stopped it does not expect it to run after the next time of the timer.',
      fix: (args, fmt) => ({
        title: `Remove ${fmt.list(args.apps.map((app) => fmt.name(app.name)))} from PM2, or start it`,
        steps: ['If it should stay, start it instead: then it runs as the timer expects.'],
        expected: 'It does not start by itself any more.',
        verify: `${fmt.code('pm2 ls')} does not list it.`,
        undo: 'Start it again from its ecosystem file.',
        minutes: 2,
      }),
    },
    'zh-CN': {
      title: '已停止的应用会被定时任务再次启动',
      why: '即使用 pm2 stop 停止了应用，到了 cron_restart 的时间，PM2 仍会启动它。关闭了 autorestart 的应用不计入：它们本来就靠定时启动。',
      found: (args, fmt) => `${listed(args, fmt)} 已停止，但 ${fmt.code('cron_restart')} 会再次启动`,
      effect: () => '停止它的人不会料到，到了定时时间它又会运行。',
      fix: (args, fmt) => ({
        title: `从 PM2 中移除 ${fmt.list(args.apps.map((app) => fmt.name(app.name)))}，或启动它`,
        steps: ['如果需要保留，请直接启动，让它按定时设置运行。'],
        expected: '不再自行启动。',
        verify: `${fmt.code('pm2 ls')} 中不再列出。`,
        undo: '用 ecosystem 文件重新启动。',
        minutes: 2,
      }),
    },
  },
  check({ daemons }) {
    const found = groupApps(daemons).flatMap((group) => {
      const apps = group.apps.filter(
        (app) => app.status === 'stopped' && app.settings.cronRestart !== null && app.settings.autorestart,
      );
      return apps.length > 0 ? [{ home: group.home, apps }] : [];
    });
    const [first] = found;
    if (!first) return [];
    const refs = found.flatMap((each) => each.apps.map((app) => app.ref));
    return [
      {
        subject: subjectOfApps(refs),
        priority: 'P3',
        confidence: 'certain',
        args: {
          apps: found.map(({ apps }) => ({
            name: appNames(apps.map((app) => app.ref))[0] ?? '',
            cron: apps[0]?.settings.cronRestart ?? '',
          })),
        },
        because: found.flatMap(({ apps }) =>
          apps
            .slice(0, 1)
            .flatMap((app) =>
              app.settings.cronRestart
                ? [{ source: app.ref.name, at: null, text: app.settings.cronRestart }]
                : [],
            ),
        ),
        fix: {
          kind: 'command',
          asRoot: false,
          user: daemons.find((daemon) => daemon.home === first.home)?.user ?? null,
          run: [
            ...found.map((each) =>
              pm2Command(each.home, `delete ${pm2Target(each.apps.map((app) => app.ref))}`),
            ),
            ...[...new Set(found.map((each) => each.home))].map((home) => pm2Command(home, 'save')),
          ],
          undo: [],
        },
      },
    ];
  },
});
