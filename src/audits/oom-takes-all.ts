import { isUnitName, oomPolicyDropIn } from '../derive/kills/oom-policy-drop-in.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  /** The unit or scope that really holds the daemon. */
  readonly unit: string;
  readonly policy: 'stop' | 'kill';
  readonly source: 'unit' | 'drop-in' | 'manager' | 'default';
  readonly apps: number | null;
  readonly home: string;
  /** A scope ends for good: systemd restarts services only. */
  readonly scope: boolean;
  /** The service written for this home while the daemon runs elsewhere; null = the daemon is where it belongs, or there is none. */
  readonly service: string | null;
  readonly userManager: boolean;
  /** The unit that gets the drop-in. */
  readonly mend: string | null;
};

const show = (args: Args) =>
  `systemctl ${args.userManager ? '--user ' : ''}show -p OOMPolicy ${shellQuote(args.mend ?? args.unit)}`;

export default defineAudit<Args, 'startup', 'daemons'>({
  id: 'oom-takes-all',
  topic: 'oom',
  needs: ['startup'],
  wants: ['daemons'],
  limits: {},
  references: [
    'systemd.service(5), OOMPolicy=: the default of DefaultOOMPolicy= is stop, since version 243',
    'PM2 7.0.4 lib/templates/init-scripts/systemd.tpl: no OOMPolicy line',
    'Unitech/pm2#5941, Unitech/pm2#6035',
  ],
  words: {
    en: {
      title: 'One OOM kill ends every app',
      why: 'When the kernel kills any process of a unit, systemd looks at the unit’s OOMPolicy. With stop, the default, it then stops the whole unit: PM2 and all apps go down because one worker was killed. PM2’s own unit sets no policy. Judged is the unit or scope that really holds the daemon now, not the file meant for it.',
      found: (args, fmt) =>
        `One OOM kill would end ${args.apps === null ? 'every app' : args.apps === 1 ? 'the app and PM2 itself' : `all ${fmt.count(args.apps)} apps`}: ${fmt.code(args.unit)} has OOMPolicy=${args.policy}`,
      effect: (args, fmt) => {
        const from =
          args.source === 'default' || args.source === 'manager'
            ? 'It sets no policy, so systemd’s default applies. '
            : '';
        const where =
          args.service === null
            ? ''
            : `The daemon was not started by ${fmt.code(args.service)}, so the settings of that unit do not apply until it starts the daemon. `;
        const after = args.scope
          ? 'Nothing starts it again: systemd restarts services, not scopes.'
          : 'systemd then starts PM2 again; every app has been down and every restart counter is back at 0.';
        return `${from}${where}A worker killed in one app takes the daemon and all other apps with it. ${after}`;
      },
      fix: (args, fmt) => ({
        title:
          args.mend === null
            ? 'Start PM2 from a unit that survives a kill'
            : `Let ${fmt.code(args.mend)} survive an OOM kill`,
        steps: [
          ...(args.mend === null
            ? [
                `Write a unit with ${fmt.code('pm2 startup')}, and give it a drop-in with ${fmt.code('OOMPolicy=continue')}.`,
              ]
            : []),
          ...(args.service !== null || args.mend === null
            ? [
                `Then move the daemon into it, at a quiet hour, for all apps go down for a moment: ${fmt.code('pm2 save')}, ${fmt.code('pm2 kill')}, ${fmt.code(args.mend === null ? 'systemctl start UNIT' : `systemctl ${args.userManager ? '--user ' : ''}start ${shellQuote(args.mend)}`)}.`,
              ]
            : ['The reload restarts nothing. The policy is read at the next kill.']),
        ],
        expected: 'The kernel’s victim dies alone, PM2 starts it again, the other apps run on.',
        verify:
          args.mend === null
            ? `${fmt.code('systemctl show -p OOMPolicy UNIT')} prints OOMPolicy=continue.`
            : `${fmt.code(show(args))} prints OOMPolicy=continue.`,
        undo: 'Remove the file and reload the manager again.',
        minutes: args.service === null && args.mend !== null ? 2 : 10,
      }),
    },
    'zh-CN': {
      title: '一次强杀会带走全部应用',
      why: '内核强杀某个 unit 内的任一进程后，systemd 会查看该 unit 的 OOMPolicy。默认值 stop 会停掉整个 unit：一个工作进程被杀，PM2 和全部应用随之下线。PM2 自带的 unit 没有设置该项。本检查看的是守护进程此刻真正所在的 unit 或 scope，而不是为它准备的文件。',
      found: (args, fmt) =>
        `一次内存不足强杀会带走${args.apps === null ? '全部应用' : ` ${fmt.count(args.apps)} 个应用和 PM2 本身`}：${fmt.code(args.unit)} 的 OOMPolicy=${args.policy}`,
      effect: (args, fmt) => {
        const from =
          args.source === 'default' || args.source === 'manager'
            ? '它没有设置策略，采用的是 systemd 的默认值。'
            : '';
        const where =
          args.service === null
            ? ''
            : `守护进程不是由 ${fmt.code(args.service)} 启动的，在由它启动之前，该 unit 的设置都不生效。`;
        const after = args.scope
          ? '之后没有任何机制会重新拉起：systemd 只重启 service，不重启 scope。'
          : '随后 systemd 会重新启动 PM2，但所有应用都已中断，重启次数全部归零。';
        return `${from}${where}一个应用的工作进程被强杀，守护进程和其他应用都会随之终止。${after}`;
      },
      fix: (args, fmt) => ({
        title:
          args.mend === null
            ? '让 PM2 由不会整体停止的 unit 启动'
            : `让 ${fmt.code(args.mend)} 在强杀后继续运行`,
        steps: [
          ...(args.mend === null
            ? [
                `用 ${fmt.code('pm2 startup')} 生成 unit，并添加含 ${fmt.code('OOMPolicy=continue')} 的 drop-in。`,
              ]
            : []),
          ...(args.service !== null || args.mend === null
            ? [
                `再选择空闲时段把守护进程移入该 unit（所有应用会短暂中断）：${fmt.code('pm2 save')}、${fmt.code('pm2 kill')}、${fmt.code(args.mend === null ? 'systemctl start UNIT' : `systemctl ${args.userManager ? '--user ' : ''}start ${shellQuote(args.mend)}`)}。`,
              ]
            : ['重新加载配置不会重启任何进程，下次强杀时即按新策略处理。']),
        ],
        expected: '只有被内核选中的进程终止，由 PM2 重新拉起，其他应用不受影响。',
        verify:
          args.mend === null
            ? `${fmt.code('systemctl show -p OOMPolicy UNIT')} 输出 OOMPolicy=continue。`
            : `${fmt.code(show(args))} 输出 OOMPolicy=continue。`,
        undo: '删除该文件并再次重新加载 systemd 配置。',
        minutes: args.service === null && args.mend !== null ? 2 : 10,
      }),
    },
  },
  applies: ({ startup }) => startup.systemd && startup.holders.some((holder) => holder.unit !== null),
  check({ startup, daemons }) {
    return startup.holders.slice(0, 10).flatMap((holder) => {
      const policy = holder.unit?.oomPolicy;
      if (!holder.unit || !policy || policy.value === 'continue') return [];
      const scope = holder.unit.name.endsWith('.scope');
      const own = startup.units.find(
        (unit) => unit.pm2Home === holder.home && unit.name.endsWith('.service'),
      );
      const service = own && own.name !== holder.unit.name ? own.name : null;
      const meant = scope ? service : holder.unit.name;
      const mend = meant !== null && isUnitName(meant) ? meant : null;
      const userManager = /\/user@\d+\.service\//.test(holder.cgroupPath) && service === null;
      const daemon = daemons?.find((one) => one.home === holder.home);
      const running = daemon?.apps.filter((app) => app.pid !== null).length ?? null;
      return [
        {
          subject: { kind: 'unit', unit: holder.unit.name },
          priority: 'P1',
          confidence: 'certain',
          args: {
            unit: holder.unit.name,
            policy: policy.value,
            source: policy.source,
            apps: running === 0 ? null : running,
            home: holder.home,
            scope,
            service,
            userManager,
            mend,
          },
          because: [],
          fix: mend === null ? { kind: 'manual' } : oomPolicyDropIn(mend, userManager),
        },
      ];
    });
  },
});
