import { octal, openTo } from '../derive/hosting/open-to-others.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  readonly sockets: readonly { readonly name: string; readonly mode: string }[];
  readonly who: 'everyone' | 'group';
  readonly gid: number;
};

/** Others than the owner may command the daemon. */
export default defineAudit<Args, 'pm2Files', 'daemons'>({
  id: 'socket-open',
  topic: 'security',
  needs: ['pm2Files'],
  wants: ['daemons'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/Daemon.js innerStart: chmod 775 on both sockets at every start; PM2_SOCKET_USER and PM2_SOCKET_GROUP chown them',
    'unix(7): connecting needs write permission on the socket',
  ],
  words: {
    en: {
      title: 'Others can command the PM2 daemon',
      why: 'PM2 asks no password on its sockets: whoever may write to them starts any program as the owner of the daemon, and reads all environments. PM2 itself opens them to the owner and the group.',
      found: (args, fmt) =>
        `${args.who === 'everyone' ? 'Every user of this host' : `Group ${args.gid}`} can command the PM2 daemon of ${fmt.code(args.home)}`,
      effect: (args) =>
        args.who === 'everyone'
          ? 'Any local user, or a bug in any local service, can run programs as the owner of this daemon.'
          : 'Each member of this group can run programs as the owner of this daemon. We could not see who the members are. If the group is meant to control PM2, nothing needs to change.',
      figures: (args) => args.sockets.map((socket) => [socket.name, socket.mode] as const),
      fix: (args, fmt) => ({
        title: `Close the home of the daemon to ${args.who === 'everyone' ? 'other users' : 'the group'}`,
        steps: [
          'The daemon sets the mode of its sockets anew at each start, so the folder is the place that lasts. Programs of other users that read its log files lose access: move those logs elsewhere first.',
          ...(args.who === 'everyone'
            ? [
                'PM2 never opens the sockets to everyone: find out what did, a chmod -R in a deploy script for instance.',
              ]
            : []),
        ],
        expected: 'Only the owner and root command the daemon.',
        verify: `Another user gets ${fmt.code('Permission denied')} from ${fmt.code(`ls ${args.home}`)}.`,
        undo: 'The commands below restore the modes.',
        minutes: 3,
      }),
    },
    'zh-CN': {
      title: '其他人可以控制 PM2 守护进程',
      why: 'PM2 的套接字没有口令：能写入套接字的人，就能以守护进程属主的身份启动任意程序，并读取所有环境变量。PM2 默认向属主和属组开放。',
      found: (args, fmt) =>
        `${args.who === 'everyone' ? '本机所有用户' : `组 ${args.gid} 的成员`}都能控制 ${fmt.code(args.home)} 的 PM2 守护进程`,
      effect: (args) =>
        args.who === 'everyone'
          ? '本机任何用户，或任何一个有漏洞的服务，都能以该守护进程属主的身份执行程序。'
          : '该组的每个成员都能以守护进程属主的身份执行程序。组内有哪些成员看不到。如果本来就由该组管理 PM2，则无需改动。',
      figures: (args) => args.sockets.map((socket) => [socket.name, socket.mode] as const),
      fix: (args, fmt) => ({
        title: `不让${args.who === 'everyone' ? '其他用户' : '同组用户'}进入守护进程目录`,
        steps: [
          '守护进程每次启动都会重设套接字权限，因此只有收紧目录才能长久有效。其他用户的程序若在读取其中的日志，将失去权限，请先把日志移到别处。',
          ...(args.who === 'everyone'
            ? ['PM2 自身不会向所有人开放套接字：请查明是什么改的，例如部署脚本中的 chmod -R。']
            : []),
        ],
        expected: '只有属主和 root 能控制守护进程。',
        verify: `其他用户执行 ${fmt.code(`ls ${args.home}`)} 得到 ${fmt.code('Permission denied')}。`,
        undo: '用下方命令恢复原有权限。',
        minutes: 3,
      }),
    },
  },
  check({ pm2Files, daemons }) {
    return pm2Files.flatMap((home) => {
      const open = [home.rpcSocket, home.pubSocket].flatMap((file) => {
        const who = file ? openTo(file, home, 2) : null;
        return file && who ? [{ file, who }] : [];
      });
      const [first] = open;
      if (!first) return [];
      const isEveryone = open.some(({ who }) => who === 'everyone');
      const path = shellQuote(home.home);
      const mode = home.homeMode;
      return [
        {
          subject: { kind: 'path', path: home.home },
          priority: isEveryone ? 'P1' : 'P2',
          confidence: isEveryone ? 'certain' : 'possible',
          args: {
            home: home.home,
            sockets: open.map(({ file }) => ({
              name: file.path.slice(file.path.lastIndexOf('/') + 1),
              mode: octal(file.mode),
            })),
            who: isEveryone ? 'everyone' : 'group',
            gid: first.file.gid,
          },
          because: open.map(({ file }) => ({ source: home.home, at: file.modifiedAt, text: file.path })),
          fix: {
            kind: 'command',
            asRoot: false,
            user: daemons?.find((each) => each.home === home.home)?.user ?? null,
            run: [
              `chmod ${isEveryone ? 'o-rwx' : 'g-rwx,o-rwx'} ${path}`,
              ...open.map(({ file }) => `chmod ${isEveryone ? 'o-w' : 'g-w,o-w'} ${shellQuote(file.path)}`),
            ],
            undo: [
              ...(mode === null ? [] : [`chmod ${octal(mode)} ${path}`]),
              ...open.map(({ file }) => `chmod ${octal(file.mode)} ${shellQuote(file.path)}`),
            ],
          },
        },
      ];
    });
  },
});
