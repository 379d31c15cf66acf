import { bootWay } from '../derive/printed/pm2-startup.ts';
import { pm2CommandAs } from '../derive/printed/pm2-target.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';
import type { Fix } from '../model/finding.ts';
import type { Daemon } from '../model/pm2.ts';
import type { Quote } from '../model/text.ts';

type Kind = 'none' | 'disabled' | 'outside';
type Args = {
  readonly home: string;
  readonly kind: Kind;
  readonly apps: number;
  readonly user: string | null;
  readonly unit: string | null;
  /** Where the daemon runs now, for `outside`. */
  readonly holder: string | null;
  /** `pm2 startup --hp` takes the parent folder of `.pm2`; another folder name needs PM2_HOME. */
  readonly isPlainHome: boolean;
};

/** Nothing starts PM2 at boot, or not in the way it was set up. */
export default defineAudit<Args, 'daemons' | 'startup', 'host'>({
  id: 'startup-missing',
  topic: 'startup',
  needs: ['daemons', 'startup'],
  wants: ['host'],
  limits: {},
  references: [
    'https://pm2.keymetrics.io/docs/usage/startup/',
    'PM2 7.0.4 lib/API/Startup.js and lib/templates/init-scripts/systemd.tpl',
    'systemd.unit(5): [Install], systemctl(1) enable',
  ],
  words: {
    en: {
      title: 'PM2 does not come back after a reboot',
      why: 'PM2 is not started by the system unless pm2 startup has installed a unit. Without one, a reboot, a kernel update or a power failure leaves every app down until somebody logs in.',
      found: (args, fmt) => {
        const apps = `${fmt.count(args.apps)} ${args.apps === 1 ? 'app' : 'apps'} of ${fmt.code(args.home)}`;
        if (args.kind === 'none')
          return `After a reboot ${apps} ${args.apps === 1 ? 'stays' : 'stay'} down: nothing starts PM2`;
        if (args.kind === 'disabled')
          return `After a reboot ${apps} ${args.apps === 1 ? 'stays' : 'stay'} down: ${fmt.code(args.unit ?? '')} is not enabled`;
        return `PM2 of ${fmt.code(args.home)} runs outside its unit ${fmt.code(args.unit ?? '')}`;
      },
      effect: (args, fmt) =>
        args.kind === 'outside'
          ? `It was started by hand${args.holder === null ? '' : ` and lives in ${fmt.code(args.holder)}`}. Until the next boot the limits and the OOM policy of the unit do not apply to it, and systemd does not start it again when it dies.`
          : args.kind === 'disabled'
            ? 'The unit exists, but systemd does not start it at boot.'
            : 'We looked for a systemd unit, crontab lines and boot scripts, and found none for this home.',
      fix: (args, fmt) =>
        args.kind === 'outside'
          ? {
              title: `Move the daemon into ${fmt.code(args.unit ?? '')}`,
              steps: ['All apps stop for a few seconds: choose a quiet time. The next reboot does the same.'],
              expected: 'systemd watches the daemon, and the settings of the unit apply.',
              verify: `${fmt.code(`systemctl status ${args.unit ?? ''}`)} shows ${fmt.code('active (running)')}.`,
              undo: 'Not needed: the apps run as before.',
              minutes: 3,
            }
          : {
              title: `Start PM2 of ${fmt.code(args.user ?? args.home)} at boot`,
              steps: [
                ...(args.kind === 'none'
                  ? [
                      `If root does not find ${fmt.code('pm2')} (nvm and the like), run ${fmt.code('pm2 startup')} as the owner: it prints the same line with full paths.`,
                    ]
                  : []),
                ...(args.kind === 'none' && !args.isPlainHome
                  ? ['This home is not called .pm2, so PM2_HOME stands in the command and no --hp.']
                  : []),
              ],
              expected: 'After a reboot PM2 starts the saved apps by itself.',
              verify:
                args.unit === null
                  ? `${fmt.code(`systemctl is-enabled pm2-${args.user ?? 'root'}`)} prints ${fmt.code('enabled')}.`
                  : `${fmt.code(`systemctl is-enabled ${args.unit}`)} prints ${fmt.code('enabled')}.`,
              undo: 'The command below takes it back.',
              minutes: 3,
            },
    },
    'zh-CN': {
      title: '重启主机后 PM2 不会自动恢复',
      why: '只有执行过 pm2 startup，系统才会在开机时启动 PM2。否则重启、内核升级或断电之后，所有应用都会停着，直到有人登录处理。',
      found: (args, fmt) => {
        const apps = `${fmt.code(args.home)} 的 ${fmt.count(args.apps)} 个应用`;
        if (args.kind === 'none') return `主机重启后 ${apps}不会恢复：没有任何机制启动 PM2`;
        if (args.kind === 'disabled')
          return `主机重启后 ${apps}不会恢复：${fmt.code(args.unit ?? '')} 未设为开机启动`;
        return `${fmt.code(args.home)} 的 PM2 没有运行在 ${fmt.code(args.unit ?? '')} 中`;
      },
      effect: (args, fmt) =>
        args.kind === 'outside'
          ? `它由人工启动${args.holder === null ? '' : `，位于 ${fmt.code(args.holder)}`}。下次开机之前，服务单元的内存上限和 OOM 策略对它不起作用；它退出后，systemd 也不会拉起。`
          : args.kind === 'disabled'
            ? '服务单元存在，但开机时 systemd 不会启动它。'
            : '已查找 systemd 服务单元、crontab 和开机脚本，都没有启动这个目录的 PM2。',
      fix: (args, fmt) =>
        args.kind === 'outside'
          ? {
              title: `让守护进程运行在 ${fmt.code(args.unit ?? '')} 中`,
              steps: ['所有应用会中断几秒，请选择空闲时段；主机下次重启也有同样效果。'],
              expected: '由 systemd 看管守护进程，服务单元的设置生效。',
              verify: `${fmt.code(`systemctl status ${args.unit ?? ''}`)} 显示 ${fmt.code('active (running)')}。`,
              undo: '无需回退，应用照常运行。',
              minutes: 3,
            }
          : {
              title: `让 ${fmt.code(args.user ?? args.home)} 的 PM2 开机启动`,
              steps: [
                ...(args.kind === 'none'
                  ? [
                      `如果 root 找不到 ${fmt.code('pm2')}（例如用 nvm 安装），请以该用户执行 ${fmt.code('pm2 startup')}，它会输出带完整路径的同一条命令。`,
                    ]
                  : []),
                ...(args.kind === 'none' && !args.isPlainHome
                  ? ['该目录不叫 .pm2，因此命令中写明 PM2_HOME，不用 --hp。']
                  : []),
              ],
              expected: '主机重启后，PM2 自动启动已保存的应用。',
              verify:
                args.unit === null
                  ? `${fmt.code(`systemctl is-enabled pm2-${args.user ?? 'root'}`)} 输出 ${fmt.code('enabled')}。`
                  : `${fmt.code(`systemctl is-enabled ${args.unit}`)} 输出 ${fmt.code('enabled')}。`,
              undo: '用下方命令撤销。',
              minutes: 3,
            },
    },
  },
  applies: ({ startup, host }) =>
    // A container comes up by its runtime and its entry point; there is no boot to prepare for.
    startup.systemd || !(host?.container || startup.others.some((other) => other.kind === 'container')),
  check({ daemons, startup }) {
    return daemons
      .filter((daemon) => daemon.state === 'online' && daemon.apps.length > 0)
      .flatMap((daemon) => {
        const way = bootWay(daemon, startup);
        const kind: Kind | null =
          way.kind === 'none'
            ? 'none'
            : way.kind === 'unit' && way.unit.enabled === false
              ? 'disabled'
              : way.kind === 'unit' && way.unit.enabled === true && way.isInside === false
                ? 'outside'
                : null;
        if (kind === null) return [];
        const unit = way.kind === 'unit' ? way.unit : null;
        const holder = startup.holders.find((each) => each.home === daemon.home);
        const because: readonly Quote[] =
          kind === 'outside' && holder
            ? [{ source: unit?.name ?? daemon.home, at: null, text: holder.cgroupPath }]
            : unit?.path
              ? [{ source: unit.name, at: null, text: unit.path }]
              : [];
        return [
          {
            subject: { kind: 'daemon', home: daemon.home },
            priority: kind === 'outside' ? 'P2' : 'P1',
            confidence: kind === 'none' ? 'likely' : 'certain',
            args: {
              home: daemon.home,
              kind,
              apps: daemon.apps.length,
              user: daemon.user,
              unit: unit?.name ?? null,
              holder: holder?.unit?.name ?? null,
              isPlainHome: daemon.home.endsWith('/.pm2'),
            },
            because,
            fix: fixFor(daemon, kind, unit?.name ?? null, startup.systemd),
          },
        ];
      });
  },
});

function fixFor(daemon: Daemon, kind: Kind, unit: string | null, isSystemd: boolean): Fix {
  const { home, user } = daemon;
  const root = (run: readonly string[], undo: readonly string[]): Fix => ({
    kind: 'command',
    asRoot: true,
    user: null,
    run,
    undo,
  });
  if (user === null) return { kind: 'manual' };
  const save = pm2CommandAs(user, home, 'save');
  if (kind === 'disabled' && unit !== null)
    return root([`systemctl enable ${shellQuote(unit)}`, save], [`systemctl disable ${shellQuote(unit)}`]);
  if (kind === 'outside' && unit !== null)
    return root([save, pm2CommandAs(user, home, 'kill'), `systemctl start ${shellQuote(unit)}`], []);
  const system = isSystemd ? ' systemd' : '';
  const forUser = `-u ${shellQuote(user)}`;
  const install = home.endsWith('/.pm2')
    ? `pm2 startup${system} ${forUser} --hp ${shellQuote(home.slice(0, -'/.pm2'.length) || '/')}`
    : `PM2_HOME=${shellQuote(home)} pm2 startup${system} ${forUser}`;
  return root([install, save], [`pm2 unstartup${system} ${forUser}`]);
}
