import { placeEn, placeZh } from '../../../derive/kills/cgroup-place.ts';
import type { AttributedKill, Constraint, OomRole } from '../../../model/oom.ts';
import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf, spaced, stretch } from './numbers.ts';

export interface OomWords {
  unseen: string;
  none(since: string | null, windowMs: number): string;
  lead(facts: {
    readonly kills: number;
    readonly since: string | null;
    readonly windowMs: number;
    readonly group: number;
    readonly host: number;
    readonly other: number;
  }): string;
  ranOut(constraint: Constraint, killer: string, limit: string | null, hostMemory: string | null): string;
  noTime: string;
  who(role: OomRole | null, name: string | null, confidence: AttributedKill['confidence']): string;
  process(comm: string | null, pid: number | null): string;
  /** Several processes of one app or name, counted together. */
  those(name: string, processes: number): string;
  itself: string;
  itselfNote: string;
  itselfBiggest: string;
  victim: string;
  bigger: string;
  biggerUnknown: string;
  /** `isAsked`: the killer sends SIGTERM first. `place`: the victim's cgroup. */
  why(reason: AttributedKill['reason'], name: string, isAsked: boolean, place: string | null): string;
  candidates(names: readonly string[]): string;
  evidence(kind: AttributedKill['kill']['evidence']): string | null;
  repeats(count: number): string;
  lost(count: number): string;
  counterAgrees(count: number): string;
  counterUnread: string;
  earlier(count: number): string;
  cut(count: number): string;
  scoreAdj(number: number, adj: number, victim: string, bigger: string): string;
  untimed(count: number): string;
  unconfirmed(count: number): string;
  announced(process: string, why: string): string;
  chartTitle(windowMs: number): string;
  chartKill(number: number, when: string, who: string, size: string, bigger: string | null): string;
  chartUnseen(from: string): string;
  hostLine(size: string): readonly [label: string, short: string];
  groupLine(name: string, size: string): readonly [label: string, short: string];
}

const en = (fmt: ReportFmt): OomWords => ({
  unseen:
    'Whether the kernel killed anything is unknown: no kernel log could be read. Section 9 says how to make it readable.',
  none: (since, ms) =>
    `None ${since === null ? 'as far as the kernel log goes back' : `since ${since}, where the kernel log begins`}${since === null ? `, within ${stretch(fmt, ms)}` : ''}.`,
  lead: ({ kills, since, windowMs, group, host, other }) => {
    const parts = [
      group > 0 ? `${fmt.count(group)} hit the limit of a group` : '',
      host > 0 ? `${fmt.count(host)} the whole machine` : '',
      other > 0 ? `${fmt.count(other)} other` : '',
    ].filter((part) => part !== '');
    return `${countOf(fmt, kills, 'kill', 'kills')} ${since === null ? `in ${stretch(fmt, windowMs)}` : `since ${since}, where the kernel log begins`}.${parts.length > 0 ? ` What ran out: ${fmt.list(parts)}.` : ''}`;
  },
  ranOut: (constraint, killer, limit, hostMemory) => {
    if (constraint === 'memcg') return `group limit${limit === null ? '' : ` ${limit}`}`;
    if (constraint === 'global') return `whole host${hostMemory === null ? '' : `, ${hostMemory}`}`;
    if (constraint === 'cpuset') return 'memory nodes of a cpuset';
    if (constraint === 'mempolicy') return 'memory nodes of a policy';
    if (constraint === 'userspace') return `decided by ${killer}`;
    return 'what ran out is unknown';
  },
  noTime: 'time unknown',
  who: (role, name, confidence) => {
    const maybe = confidence === 'possible' ? 'perhaps ' : '';
    if (role === 'daemon') return `${maybe}PM2 daemon`;
    if (name !== null) return role === 'child' ? `${maybe}child of ${name}` : `${maybe}${name}`;
    return role === 'other' && confidence !== 'none' ? 'not a PM2 app' : 'app unknown';
  },
  process: (comm, pid) => `${comm ?? 'name unknown'}, ${pid === null ? 'pid unknown' : `pid ${pid}`}`,
  those: (name, processes) => (processes === 1 ? name : `${name} × ${fmt.count(processes)}`),
  itself: 'itself',
  itselfNote: 'victim and cause',
  itselfBiggest: 'the biggest then',
  victim: 'victim, not the cause',
  bigger: 'bigger than the victim',
  biggerUnknown: 'unknown',
  why: (reason, name, isAsked, place) =>
    ({
      'pid-in-samples': `samples of the collector knew the pid as ${name === '' ? 'PM2’s own' : `one of ${name}`}`,
      'pid-of-app': `the pid is that of ${name}`,
      'pid-in-tree': `the pid belongs to the process tree of ${name}`,
      'pid-in-app-log': `the log of ${name} names the pid`,
      'sigkill-in-pm2-log': isAsked
        ? `pm2.log shows ${name} ended within seconds of it, as after a SIGTERM; that looks like an operator’s stop, and the pid is not proven`
        : `pm2.log shows ${name} ended by SIGKILL within seconds of it; the pid is not proven`,
      'tasks-of-app': `the kernel’s table of processes fits ${name}`,
      'daemon-name': 'the name is that of a PM2 daemon',
      'other-cgroup':
        place === null
          ? 'its cgroup holds no PM2 daemon'
          : `it lived in ${placeEn(place, fmt.code)}, where no PM2 daemon is`,
      'no-tie': 'nothing ties it to an app',
    })[reason],
  candidates: (names) => `these fit as well: ${fmt.list(names, 3)}`,
  evidence: (kind) =>
    kind === 'kill-line' || kind === 'userspace line' ? null : `the kill line itself is lost (${kind})`,
  repeats: (count) => `printed ${fmt.count(count)} times`,
  lost: (count) =>
    `The kernel counted ${countOf(fmt, count, 'more kill', 'more kills')} since boot than the log still shows: ${count === 1 ? 'it is' : 'they are'} lost from its buffer.`,
  counterAgrees: (count) =>
    `The kernel’s counter (/proc/vmstat) says ${fmt.count(count)} since boot: the log holds them all.`,
  counterUnread:
    'The kernel’s own kill counter could not be read, so kills lost from the log would not show.',
  earlier: (count) =>
    `${countOf(fmt, count, 'earlier kill lies', 'earlier kills lie')} before the window; see the JSON report.`,
  cut: (count) => `The newest are shown; ${fmt.count(count)} more of the window are in the JSON report.`,
  scoreAdj: (number, adj, victim, bigger) =>
    `Kill ${number}: ${victim} had oom_score_adj ${adj}, so the kernel preferred it to ${bigger}.`,
  untimed: (count) =>
    `${countOf(fmt, count, 'kill carries', 'kills carry')} no time: whether it belongs to the window is not known, and the chart cannot show it.`,
  unconfirmed: (count) =>
    `Announced or begun, but not seen to happen: ${countOf(fmt, count, 'line', 'lines')}. Not counted above.`,
  announced: (process, why) => `${process}: ${why}`,
  chartTitle: (ms) => `Out-of-memory kills over ${stretch(fmt, ms)} by memory of the victim`,
  chartKill: (number, when, who, size, bigger) =>
    `${number}: ${when} ${who} ${size}${bigger === null ? '' : `, while ${bigger} was biggest`}.`,
  chartUnseen: (from) => `Nothing is visible before ${from}.`,
  hostLine: (size) => [`memory of the host, ${size}`, `RAM ${size}`],
  groupLine: (name, size) => [`limit of ${name}, ${size}`, `limit ${size}`],
});

const zh = (fmt: ReportFmt): OomWords => ({
  unseen: '无法读取内核日志，看不到是否发生过强杀。第 9 节说明如何让它可读。',
  none: (since, ms) =>
    since === null
      ? `在内核日志可追溯的范围内（最近 ${stretch(fmt, ms)}），没有强杀记录。`
      : `自 ${since}（内核日志起点）以来没有强杀记录。`,
  lead: ({ kills, since, windowMs, group, host, other }) => {
    const parts = [
      group > 0 ? `${group} 次触及分组上限` : '',
      host > 0 ? `${host} 次耗尽整机内存` : '',
      other > 0 ? `其他 ${other} 次` : '',
    ].filter((part) => part !== '');
    return `${since === null ? `${stretch(fmt, windowMs)}内` : `自 ${since}（内核日志起点）以来`}共 ${fmt.count(kills)} 次强杀${parts.length > 0 ? `：${parts.join('，')}` : ''}。`;
  },
  ranOut: (constraint, killer, limit, hostMemory) => {
    if (constraint === 'memcg') return `分组上限${limit === null ? '' : ` ${limit}`}`;
    if (constraint === 'global') return `整机${hostMemory === null ? '' : `，${hostMemory}`}`;
    if (constraint === 'cpuset') return 'cpuset 的内存节点';
    if (constraint === 'mempolicy') return '内存策略的节点';
    if (constraint === 'userspace') return `由 ${killer} 决定`;
    return '耗尽的资源无法判断';
  },
  noTime: '时间未知',
  who: (role, name, confidence) => {
    const maybe = confidence === 'possible' ? '可能是 ' : '';
    if (role === 'daemon') return `${maybe}PM2 守护进程`;
    if (name !== null) return role === 'child' ? `${maybe}${name} 的子进程` : `${maybe}${name}`;
    return role === 'other' && confidence !== 'none' ? '非 PM2 应用' : '应用无法判断';
  },
  process: (comm, pid) => `${comm ?? '名称未知'}, ${pid === null ? 'pid 未知' : `pid ${pid}`}`,
  those: (name, processes) => (processes === 1 ? name : `${name} × ${fmt.count(processes)}`),
  itself: '自身',
  itselfNote: '既是受害者也是起因',
  itselfBiggest: '当时占用最大',
  victim: '受害者，并非起因',
  bigger: '比被杀进程更大',
  biggerUnknown: '无法判断',
  why: (reason, name, isAsked, place) =>
    ({
      'pid-in-samples': `采集器此前的采样记录中，该 pid 属于 ${name === '' ? 'PM2 自身' : name}`,
      'pid-of-app': `该 pid 就是 ${name}`,
      'pid-in-tree': `该 pid 属于 ${name} 的进程树`,
      'pid-in-app-log': `${name} 自身的日志写明该 pid`,
      'sigkill-in-pm2-log': isAsked
        ? `pm2.log 在几秒内记录 ${name} 退出，与收到 SIGTERM 相符，看上去像人工停止；pid 无法核实`
        : `pm2.log 在几秒内记录 ${name} 因 SIGKILL 退出；pid 无法核实`,
      'tasks-of-app': `内核的进程清单与 ${name} 相符`,
      'daemon-name': '进程名为 PM2 守护进程',
      'other-cgroup':
        place === null
          ? '其 cgroup 中没有 PM2 守护进程'
          : `它位于${placeZh(place, fmt.code)} 中，其中没有 PM2 守护进程`,
      'no-tie': '没有证据指向任何应用',
    })[reason],
  candidates: (names) => `同样符合的还有 ${fmt.list(names, 3)}`,
  evidence: (kind) =>
    kind === 'kill-line' || kind === 'userspace line' ? null : `强杀行本身已丢失（${kind}）`,
  repeats: (count) => `日志中出现 ${fmt.count(count)} 次`,
  lost: (count) =>
    `内核计数器显示，开机以来还有 ${fmt.count(count)} 次强杀已不在日志中：它们已被缓冲区覆盖。`,
  counterAgrees: (count) => `内核计数器（/proc/vmstat）显示开机以来共 ${fmt.count(count)} 次，与日志一致。`,
  counterUnread: '无法读取内核的强杀计数器；若有强杀已从日志中丢失，这里无法发现。',
  earlier: (count) => `另有 ${fmt.count(count)} 次早于统计时段，见 JSON 报告。`,
  cut: (count) => `此处列出最近的记录；时段内另有 ${fmt.count(count)} 次见 JSON 报告。`,
  scoreAdj: (number, adj, victim, bigger) =>
    `第 ${number} 次：${spaced(victim)}的 oom_score_adj 为 ${adj}，因此内核先杀了它，而不是 ${bigger}。`,
  untimed: (count) => `有 ${fmt.count(count)} 次强杀没有时间：是否属于统计时段无法判断，也无法画在图上。`,
  unconfirmed: (count) => `以下 ${fmt.count(count)} 行只是预告或开始执行，未见到确实发生，不计入上面的次数。`,
  announced: (process, why) => `${process}：${why}`,
  chartTitle: (ms) => `最近 ${stretch(fmt, ms)}的强杀，高度为被杀进程占用的内存`,
  chartKill: (number, when, who, size, bigger) =>
    `${number}：${when} ${who} ${size}${bigger === null ? '' : `，当时最大的是 ${bigger}`}。`,
  chartUnseen: (from) => `${from} 之前不可见。`,
  hostLine: (size) => [`主机内存 ${size}`, `内存 ${size}`],
  groupLine: (name, size) => [`${name} 的上限 ${size}`, `上限 ${size}`],
});

export const oomWords: { readonly [L in Locale]: (fmt: ReportFmt) => OomWords } = { en, 'zh-CN': zh };
