import { plural } from '../derive/english.ts';
import { octal, openTo } from '../derive/hosting/open-to-others.ts';
import { secretKeys } from '../derive/hosting/secret-keys.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  readonly files: readonly { readonly name: string; readonly mode: string }[];
  readonly who: 'everyone' | 'group';
  /** Names of environment variables that look secret; never values. */
  readonly keys: readonly string[];
};

/** Files with all environments in clear, readable by other users. */
export default defineAudit<Args, 'pm2Files', 'daemons'>({
  id: 'secrets-readable',
  topic: 'security',
  needs: ['pm2Files'],
  wants: ['daemons'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/API/Startup.js dump: writes every environment in clear, mode 0644 under the usual umask',
    'path_resolution(7), chmod(1)',
  ],
  words: {
    en: {
      title: 'Other users can read the environments of the apps',
      why: 'pm2 save writes the whole environment of every app to dump.pm2, passwords included, and under the usual umask any local user may read it. The same goes for the settings of PM2 modules.',
      found: (args, fmt) =>
        `${args.who === 'everyone' ? 'Every user of this host' : 'The group'} can read ${fmt.list(args.files.map((file) => fmt.code(file.name)))} in ${fmt.code(args.home)}`,
      effect: (args, fmt) =>
        args.keys.length > 0
          ? `The apps have ${plural(args.keys.length, fmt.count(args.keys.length), 'variable', 'variables')} whose names look secret, such as ${fmt.list(
              args.keys.slice(0, 3).map((key) => fmt.code(key)),
            )}. A bug in any other service of this host is enough to read them.`
          : 'The files hold the full environment of every app. None of the names we saw looks secret, but tokens often hide in URLs and arguments.',
      figures: (args) => args.files.slice(0, 3).map((file) => [file.name, file.mode] as const),
      fix: (args, fmt) => ({
        title: `Close the files in ${fmt.code(args.home)}`,
        steps: [
          `PM2 writes into the existing files and so keeps their mode. New files follow the umask of the daemon: ${fmt.code('UMask=0077')} in its systemd unit closes those too.`,
          ...(args.keys.length > 0
            ? ['If other people had access to this host, change the secrets as well.']
            : []),
        ],
        expected: 'Only the owner and root read the files. PM2 works as before.',
        verify: `${fmt.code(`ls -l ${args.home}`)} shows ${fmt.code('-rw-------')} for them.`,
        undo: 'The commands below restore the modes.',
        minutes: 2,
      }),
    },
    'zh-CN': {
      title: '其他用户可以读取应用的环境变量',
      why: 'pm2 save 会把每个应用的全部环境变量（包括密码）明文写入 dump.pm2；在常见的 umask 下，本机任何用户都能读取。PM2 模块的配置文件也是如此。',
      found: (args, fmt) =>
        `${args.who === 'everyone' ? '本机所有用户' : '同组用户'}都能读取 ${fmt.code(args.home)} 中的 ${fmt.list(args.files.map((file) => fmt.code(file.name)))}`,
      effect: (args, fmt) =>
        args.keys.length > 0
          ? `应用中有 ${fmt.count(args.keys.length)} 个变量名像是敏感信息，例如 ${fmt.list(
              args.keys.slice(0, 3).map((key) => fmt.code(key)),
            )}。本机任何其他服务出现漏洞，都可能泄露它们。`
          : '这些文件包含每个应用的完整环境变量。看到的变量名都不像敏感信息，但令牌常常藏在 URL 或参数里。',
      figures: (args) => args.files.slice(0, 3).map((file) => [file.name, file.mode] as const),
      fix: (args, fmt) => ({
        title: `收紧 ${fmt.code(args.home)} 中的文件权限`,
        steps: [
          `PM2 写入已有文件，权限会保留。新文件取决于守护进程的 umask：在 systemd 服务单元中设置 ${fmt.code('UMask=0077')} 即可一并收紧。`,
          ...(args.keys.length > 0 ? ['如果其他人登录过这台主机，请同时更换相关密钥。'] : []),
        ],
        expected: '只有属主和 root 能读取，PM2 照常工作。',
        verify: `${fmt.code(`ls -l ${args.home}`)} 中这些文件显示 ${fmt.code('-rw-------')}。`,
        undo: '用下方命令恢复原有权限。',
        minutes: 2,
      }),
    },
  },
  check({ pm2Files, daemons }) {
    return pm2Files.flatMap((home) => {
      const open = [home.dump, home.dumpBackup, home.moduleConf].flatMap((file) => {
        const who = file ? openTo(file, home, 4) : null;
        return file && who ? [{ file, who }] : [];
      });
      if (open.length === 0) return [];
      const daemon = daemons?.find((each) => each.home === home.home) ?? null;
      const keys = secretKeys(
        [...(daemon?.apps ?? []), ...(daemon?.modules ?? [])].flatMap((app) => app.envKeys),
      );
      const paths = open.map(({ file }) => shellQuote(file.path)).join(' ');
      return [
        {
          subject: { kind: 'path', path: home.home },
          priority: keys.length > 0 ? 'P1' : 'P2',
          confidence: 'certain',
          args: {
            home: home.home,
            files: open.map(({ file }) => ({
              name: file.path.slice(file.path.lastIndexOf('/') + 1),
              mode: octal(file.mode),
            })),
            who: open.some(({ who }) => who === 'everyone') ? 'everyone' : 'group',
            keys,
          },
          because: open.map(({ file }) => ({ source: home.home, at: file.modifiedAt, text: file.path })),
          fix: {
            kind: 'command',
            asRoot: false,
            user: daemon?.user ?? null,
            run: [`chmod 600 ${paths}`],
            undo: open.map(({ file }) => `chmod ${octal(file.mode)} ${shellQuote(file.path)}`),
          },
        },
      ];
    });
  },
});
