import { groupBy } from '../derive/grouping.ts';
import { nodeMajor } from '../derive/hosting/node-release.ts';
import { isOlder } from '../derive/hosting/version-order.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly daemons: readonly { readonly home: string; readonly version: string }[];
  readonly version: string;
  /** A daemon on a Node that PM2 7 does not run on. */
  readonly isNodeTooOld: boolean;
};

/** First release with the fixes of all advisories below. */
const fixedIn = '7.0.3';

/** A daemon of a PM2 with known holes. */
export default defineAudit<Args, 'daemons'>({
  id: 'pm2-outdated',
  topic: 'versions',
  needs: ['daemons'],
  limits: {},
  references: [
    'CVE-2025-5891, GHSA-x5gf-qvw8-r2rm: slow regular expression in lib/tools/Config.js, fixed in 7.0.0 (Unitech/pm2 #6075, #6087)',
    'GHSA-h67p-54hq-rp68: js-yaml, fixed in 7.0.3 (Unitech/pm2 #6122)',
  ],
  words: {
    en: {
      title: 'PM2 has known security holes',
      why: 'PM2 before 7.0.3 has published advisories: a slow regular expression in its configuration parser (CVE-2025-5891) and an outdated YAML parser. PM2 pins the versions of its packages, so only a newer PM2 brings the fixes. Newer releases than 7.0.3 are not judged here.',
      found: (args, fmt) =>
        `PM2 ${args.version} of ${fmt.list(args.daemons.map((daemon) => fmt.code(daemon.home)))} is older than ${fixedIn} and has known security holes`,
      effect: (args) =>
        `Both holes need somebody who can pass a configuration to PM2, so the risk is small on a host with one owner.${args.isNodeTooOld ? ' PM2 7 needs Node 18 or newer: update Node first.' : ''}`,
      fix: (args, fmt) => ({
        title: 'Update PM2 to version 7',
        steps: [
          `${fmt.code('pm2 update')} restarts every app and sets the restart counters to 0: choose a quiet time.`,
          'Where the global folder of npm belongs to root, run the npm line as root.',
        ],
        expected: 'The daemon runs PM2 7 with all apps of the saved list.',
        verify: `${fmt.code('pm2 ping')} and ${fmt.code('pm2 ls')} work and print no version warning.`,
        undo: `The commands below put PM2 ${args.version} back.`,
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: 'PM2 存在已公开的安全漏洞',
      why: '7.0.3 之前的 PM2 有已公开的安全公告：配置解析中的低效正则（CVE-2025-5891），以及过旧的 YAML 解析库。PM2 锁定了依赖版本，只有升级 PM2 本身才能修复。高于 7.0.3 的版本不在此判断。',
      found: (args, fmt) =>
        `${fmt.list(args.daemons.map((daemon) => fmt.code(daemon.home)))} 运行的 PM2 ${args.version} 低于 ${fixedIn}，存在已知漏洞`,
      effect: (args) =>
        `利用这些漏洞需要能向 PM2 传入配置，在单一管理者的主机上风险较小。${args.isNodeTooOld ? 'PM2 7 需要 Node 18 以上，请先升级 Node。' : ''}`,
      fix: (args, fmt) => ({
        title: '将 PM2 升级到 7',
        steps: [
          `${fmt.code('pm2 update')} 会重启所有应用，并把重启次数清零，请选择空闲时段。`,
          '如果 npm 的全局目录属于 root，请以 root 执行 npm 那一行。',
        ],
        expected: '守护进程运行 PM2 7，保存列表中的应用全部恢复。',
        verify: `${fmt.code('pm2 ping')} 和 ${fmt.code('pm2 ls')} 正常，不再提示版本不一致。`,
        undo: `用下方命令换回 PM2 ${args.version}。`,
        minutes: 10,
      }),
    },
  },
  check({ daemons }) {
    const old = daemons.filter((daemon) => daemon.pm2Version !== null && isOlder(daemon.pm2Version, fixedIn));
    return [...groupBy(old, (daemon) => `${daemon.pm2Version}`)].map(([version, group]) => {
      const isNodeTooOld = group.some((daemon) => {
        const major = daemon.nodeVersion === null ? null : nodeMajor(daemon.nodeVersion);
        return major !== null && major < 18;
      });
      const [first] = group;
      const oneUser = new Set(group.map((daemon) => daemon.user)).size === 1;
      return {
        subject: first && group.length === 1 ? { kind: 'daemon', home: first.home } : { kind: 'host' },
        priority: 'P2',
        confidence: 'certain',
        args: { daemons: group.map((daemon) => ({ home: daemon.home, version })), version, isNodeTooOld },
        because: group
          .slice(0, 3)
          .flatMap((daemon) =>
            daemon.pm2Version ? [{ source: daemon.home, at: daemon.startedAt, text: daemon.pm2Version }] : [],
          ),
        fix: {
          kind: 'command',
          asRoot: false,
          user: oneUser ? (first?.user ?? null) : null,
          run: [
            ...group.map((daemon) => pm2Command(daemon.home, 'save')),
            'npm install -g pm2@7',
            ...group.map((daemon) => pm2Command(daemon.home, 'update')),
          ],
          undo: [
            `npm install -g pm2@${/^[\w.+-]+$/.test(version) ? version : 'latest'}`,
            ...group.map((daemon) => pm2Command(daemon.home, 'update')),
          ],
        },
      };
    });
  },
});
