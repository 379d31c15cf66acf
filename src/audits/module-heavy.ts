import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = { readonly modules: readonly { readonly name: string; readonly bytes: number }[] };

const listed = (args: Args, fmt: Fmt) =>
  fmt.list(args.modules.map((module) => `${fmt.name(module.name)} ${fmt.bytes(module.bytes)}`));

/** A PM2 module that uses as much memory as an app. */
export default defineAudit<Args, 'daemons', 'processes', 'watch' | 'warn'>({
  id: 'module-heavy',
  topic: 'memory',
  needs: ['daemons'],
  wants: ['processes'],
  limits: {
    watch: {
      value: 150 * 1024 * 1024,
      unit: 'bytes',
      source: 'a Node process that does little takes 60 MB; two and a half times that',
    },
    warn: { value: 300 * 1024 * 1024, unit: 'bytes', source: 'twice the watch limit' },
  },
  references: [
    'https://github.com/keymetrics/pm2-logrotate/issues',
    'PM2 7.0.4 lib/API/Modules/Modularizer.js',
  ],
  words: {
    en: {
      title: 'A PM2 module uses much memory',
      why: 'Modules run beside the apps, are listed apart and have no memory limit, so nobody looks at them. Some grow without end.',
      found: (args, fmt) =>
        `${args.modules.length === 1 ? 'A PM2 module holds' : 'PM2 modules hold'} more memory than its work needs: ${listed(args, fmt)}`,
      effect: () => 'That memory is missing for the apps. A restart of a module does not touch them.',
      fix: (args, fmt) => ({
        title: `Restart ${fmt.list(args.modules.map((module) => fmt.name(module.name)))} and look for a newer release`,
        steps: [
          'If it grows again, remove the module: the rotation of logs, for instance, can be done by logrotate.',
        ],
        expected: 'Some 60 MB a module.',
        verify: `${fmt.code('pm2 ls')} shows its memory in the table of modules.`,
        undo: 'Not needed.',
        minutes: 2,
      }),
    },
    'zh-CN': {
      title: 'PM2 模块占用内存偏多',
      why: '模块与应用并行运行，单独列出，没有内存上限，因此很少有人关注；有些会不断增长。',
      found: (args, fmt) => `PM2 模块占用的内存超出其工作所需：${listed(args, fmt)}`,
      effect: () => '这部分内存无法供应用使用。重启模块不影响应用。',
      fix: (args, fmt) => ({
        title: `重启 ${fmt.list(args.modules.map((module) => fmt.name(module.name)))}，并检查是否有新版本`,
        steps: ['如果再次增长，请移除该模块：例如日志轮转可以交给 logrotate。'],
        expected: '每个模块约 60 MB。',
        verify: `${fmt.code('pm2 ls')} 的模块表中可以看到其内存。`,
        undo: '无需回退。',
        minutes: 2,
      }),
    },
  },
  check({ daemons, processes }, { limits }) {
    const trees = processes === null ? null : processTrees(daemons, processes).byApp;
    const heavy = daemons
      .flatMap((daemon) => daemon.modules)
      .flatMap((module) => {
        const tree = trees?.get(appKey(module.ref));
        const measured = tree && tree.members.length > 0 ? (tree.pssBytes ?? tree.rssBytes) : null;
        const bytes = measured ?? module.pm2RssBytes ?? 0;
        return bytes >= limits.watch ? [{ module, bytes, comm: tree?.main ?? null }] : [];
      })
      .toSorted((a, b) => b.bytes - a.bytes);
    const [first] = heavy;
    if (!first) return [];
    return [
      {
        subject: { kind: 'apps', apps: heavy.map((each) => each.module.ref) },
        priority: first.bytes >= limits.warn ? 'P2' : 'P3',
        confidence: 'certain',
        args: { modules: heavy.map((each) => ({ name: each.module.ref.name, bytes: each.bytes })) },
        because: heavy.flatMap((each) =>
          each.comm ? [{ source: each.module.ref.name, at: each.comm.startedAt, text: each.comm.comm }] : [],
        ),
        fix: {
          kind: 'command',
          asRoot: false,
          user: daemons.find((daemon) => daemon.home === first.module.ref.home)?.user ?? null,
          run: heavy.map((each) =>
            pm2Command(each.module.ref.home, `restart ${pm2Target([each.module.ref])}`),
          ),
          undo: [],
        },
      },
    ];
  },
});
