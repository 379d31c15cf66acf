import { times } from '../derive/english.ts';
import { oomPolicyDropIn } from '../derive/kills/oom-policy-drop-in.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';
import type { UnitJournal } from '../model/systemd.ts';
import type { Quote } from '../model/text.ts';

type Args = {
  readonly unit: string;
  readonly incidents: number;
  readonly first: number;
  readonly last: number;
  /** `systemd-oomd` ends whole units by design; then no policy of the unit helps. */
  readonly by: 'kernel' | 'systemd-oomd';
  /** systemd scheduled a restart after the last one. */
  readonly restarted: boolean;
  /** The policy has been changed to continue since. */
  readonly mended: boolean;
};

type Incident = {
  readonly at: number;
  readonly by: Args['by'];
  readonly restarted: boolean;
  readonly quotes: readonly Quote[];
};

export default defineAudit<Args, 'unitJournal', 'startup', 'stopWithinMs'>({
  id: 'oom-took-all',
  topic: 'oom',
  needs: ['unitJournal'],
  wants: ['startup'],
  limits: {
    stopWithinMs: {
      value: 10 * 60_000,
      unit: 'ms',
      source:
        'systemd.service(5): stop and kill may each take TimeoutStopSec, 90 s by default; measured on systemd 252: up to 2 minutes',
    },
  },
  references: [
    'systemd 252: "A process of this unit has been killed by the OOM killer." is also logged under continue; only "Failed with result" proves the stop',
    'Unitech/pm2#5879, Unitech/pm2#5941',
  ],
  words: {
    en: {
      title: 'One OOM kill ended all apps at once',
      why: 'systemd stopped the whole PM2 unit because one process in it was killed. PM2 writes this like an ordinary stop, so only the journal tells it apart. Counted are stops that the journal ties to a kill: the kill line, then “Failed with result”.',
      found: (args, fmt) =>
        `An OOM kill took PM2 and all its apps down${args.incidents === 1 ? ` on ${fmt.time(args.last)}` : ` ${times(args.incidents, fmt.count(args.incidents))}, last on ${fmt.time(args.last)}`}`,
      effect: (args, fmt) =>
        `${args.by === 'kernel' ? `One process of ${fmt.code(args.unit)} was killed, and systemd then stopped the unit: every app was down, also those that had done nothing wrong.` : `systemd-oomd ended ${fmt.code(args.unit)} as a whole because of memory pressure: every app was down at once.`} ${args.restarted ? 'systemd started PM2 again; all restart counters began at 0, so PM2 shows no trace of it.' : 'The journal shows no automatic restart after the last one.'}${args.mended ? ' The policy has been changed to continue since.' : ''}`,
      figures: (args, fmt) => [
        ['times', fmt.count(args.incidents)],
        ['first', fmt.time(args.first)],
        ['last', fmt.time(args.last)],
      ],
      fix: (args, fmt) => ({
        title:
          args.by === 'kernel'
            ? `Let ${fmt.code(args.unit)} survive an OOM kill`
            : `Give ${fmt.code(args.unit)} more room before systemd-oomd acts`,
        steps:
          args.by === 'kernel'
            ? [
                `Check afterwards that the saved list is whole: ${fmt.code('pm2 ls')} against what you expect, then ${fmt.code('pm2 save')}.`,
              ]
            : [
                `See what systemd-oomd watches with ${fmt.code('oomctl')}. Lower the memory of the apps, or set ${fmt.code('ManagedOOMPreference=avoid')} for the unit.`,
              ],
        expected: 'The kernel’s victim dies alone and PM2 starts it again; the other apps run on.',
        verify: `${fmt.code(args.by === 'kernel' ? `systemctl show -p OOMPolicy ${shellQuote(args.unit)}` : `systemctl show -p ManagedOOMPreference ${shellQuote(args.unit)}`)} shows the new value.`,
        undo: 'Remove the file and reload systemd again.',
        minutes: args.by === 'kernel' ? 2 : 20,
      }),
    },
    'zh-CN': {
      title: '一次强杀曾带走全部应用',
      why: 'PM2 所在 unit 中的一个进程被强杀后，systemd 停掉了整个 unit。PM2 对此的记录与普通停止无异，只有 systemd 日志能区分。这里只统计日志能够对应的停止：先有强杀记录，随后是 “Failed with result”。',
      found: (args, fmt) =>
        `一次内存不足强杀带走了 PM2 和全部应用${args.incidents === 1 ? `（${fmt.time(args.last)}）` : `，共 ${fmt.count(args.incidents)} 次，最近一次为 ${fmt.time(args.last)}`}`,
      effect: (args, fmt) =>
        `${args.by === 'kernel' ? `${fmt.code(args.unit)} 中的一个进程被强杀，systemd 随即停掉整个 unit：所有应用全部中断，包括没有问题的应用。` : `systemd-oomd 因内存压力终止了整个 ${fmt.code(args.unit)}：所有应用同时中断。`}${args.restarted ? 'systemd 随后重新启动了 PM2，所有重启次数从 0 开始，因此 PM2 中看不到任何痕迹。' : '日志中没有看到最近一次之后的自动重启。'}${args.mended ? '此后策略已改为 continue。' : ''}`,
      figures: (args, fmt) => [
        ['次数', fmt.count(args.incidents)],
        ['首次', fmt.time(args.first)],
        ['最近一次', fmt.time(args.last)],
      ],
      fix: (args, fmt) => ({
        title:
          args.by === 'kernel'
            ? `让 ${fmt.code(args.unit)} 在强杀后继续运行`
            : `在 systemd-oomd 动手之前，为 ${fmt.code(args.unit)} 留出余量`,
        steps:
          args.by === 'kernel'
            ? [`事后确认保存的列表完整：用 ${fmt.code('pm2 ls')} 核对，再执行 ${fmt.code('pm2 save')}。`]
            : [
                `用 ${fmt.code('oomctl')} 查看 systemd-oomd 监控的对象。降低应用内存，或为该 unit 设置 ${fmt.code('ManagedOOMPreference=avoid')}。`,
              ],
        expected: '只有被内核选中的进程终止并由 PM2 重新拉起，其他应用不受影响。',
        verify: `${fmt.code(args.by === 'kernel' ? `systemctl show -p OOMPolicy ${shellQuote(args.unit)}` : `systemctl show -p ManagedOOMPreference ${shellQuote(args.unit)}`)} 显示新值。`,
        undo: '删除该文件并重新加载 systemd 配置。',
        minutes: args.by === 'kernel' ? 2 : 20,
      }),
    },
  },
  check(seen, { window, limits }) {
    return seen.unitJournal.slice(0, 10).flatMap((journal) => {
      // Parent slices repeat the line of their units.
      if (journal.unit.endsWith('.slice')) return [];
      const found = incidents(journal, limits.stopWithinMs).filter(
        ({ at }) => at >= window.from && at <= window.to,
      );
      const [first, last] = [found[0], found.at(-1)];
      if (!first || !last) return [];
      const holder = seen.startup?.holders.find(({ unit }) => unit?.name === journal.unit);
      const mended = last.by === 'kernel' && holder?.unit?.oomPolicy?.value === 'continue';
      const isService = journal.unit.endsWith('.service');
      const userManager = /\/user@\d+\.service\//.test(holder?.cgroupPath ?? '');
      return [
        {
          subject: { kind: 'unit', unit: journal.unit },
          priority: mended ? 'P1' : 'P0',
          confidence: 'certain',
          args: {
            unit: journal.unit,
            incidents: found.length,
            first: first.at,
            last: last.at,
            by: last.by,
            restarted: last.restarted,
            mended,
          },
          because: last.quotes,
          ...(mended
            ? {}
            : {
                fix:
                  last.by === 'kernel' && isService
                    ? oomPolicyDropIn(journal.unit, userManager)
                    : ({ kind: 'manual' } as const),
              }),
        },
      ];
    });
  },
});

/** A kill line counts only with the failure that follows it, before the unit starts anew. */
function incidents(journal: UnitJournal, withinMs: number): readonly Incident[] {
  const events = journal.events.toSorted((a, b) => a.at - b.at);
  const found: Incident[] = [];
  for (const [index, event] of events.entries()) {
    if (event.kind !== 'failed') continue;
    const start = events.slice(0, index).findLastIndex(({ kind }) => kind === 'started' || kind === 'failed');
    const before = events.slice(start + 1, index).filter(({ at }) => event.at - at <= withinMs);
    const oomd = before.findLast(({ kind }) => kind === 'oomd-kill');
    const kill = oomd ?? before.findLast(({ kind }) => kind === 'oom-in-unit');
    if (!kill || !ends(event.result, event.at - kill.at)) continue;
    const next = events
      .slice(index + 1)
      .find(({ kind }) => kind === 'restart-scheduled' || kind === 'failed');
    const restarted = next?.kind === 'restart-scheduled';
    found.push({
      at: kill.at,
      by: oomd ? 'systemd-oomd' : 'kernel',
      restarted,
      quotes: [kill.quote, event.quote, ...(restarted && next ? [next.quote] : [])],
    });
  }
  return found;
}

/** `signal` = the daemon itself was the victim: systemd notes that at once, so an old kill line proves nothing. */
function ends(result: string | null, afterMs: number): boolean {
  return result === 'oom-kill' || (result === 'signal' && afterMs <= 15_000);
}
