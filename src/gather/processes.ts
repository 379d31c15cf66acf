import type { Host } from '../host/host.ts';
import type { Gap, Gathered } from '../model/gap.ts';
import type { Daemon } from '../model/pm2.ts';
import type { Process, ProcessTable } from '../model/process.ts';
import type { CleanText } from '../model/text.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { isKernelThread, ticksPerSecond } from './proc/proc-text.ts';
import { type Detail, DetailReader } from './proc/process-details.ts';
import {
  type CpuSample,
  cpuPercent,
  pageBytes,
  type Scan,
  sampleCpu,
  scanProcesses,
  startTimes,
} from './proc/process-scan.ts';
import { otherProcesses } from './proc/processes-other.ts';

/** Below this the clock ticks of /proc (10 ms) would be most of the figure. */
const shortestSampleMs = 200;

/**
 * All processes. PSS, swap, open files and PM2's marks only of those that can belong to an app: descendants of a daemon or
 * of an app's pid, and processes outside that carry PM2's marks, which is how orphans are found. An orphan is handed to
 * process 1 or to a subreaper; either way its parent is process 1 or lives in another session, because PM2's daemon
 * opens a session of its own. So only such processes have their environment read.
 */
export const processes: Gatherer<'processes'> = {
  key: 'processes',
  sources: ['/proc/PID/{stat,smaps_rollup,status,environ,fd,oom_score_adj}', 'systeminformation'],
  privilege: 'The user of the apps, or root: PSS, open files and environment marks of others are hidden.',
  remedy: 'run-as-root',
  after: ['daemons'],
  budgetMs: 6000,
  async gather(host, context) {
    if (host.platform !== 'linux') return otherProcesses(host, context);
    const first = host.monotonicMs();
    const scan = scanProcesses(host);
    if (scan === null || scan.size === 0) {
      const tried = [
        { source: '/proc', why: 'not-found' as const, detail: ownWords('no process is visible') },
      ];
      return unseen({
        key: 'processes',
        subject: ownWords('/proc'),
        why: 'not-found',
        tried,
        remedy: 'run-as-root',
      });
    }
    const daemons = context.seen('daemons') ?? [];
    const { own, foreign } = ownPids(scan, daemons);
    const sampleMs = Math.min(context.options.observeMs, 1000);
    const reader = new DetailReader(host, context.clean, daemons);
    const details = await reader.readAll(scan, own, foreign);
    const sampled = [...details.keys()];
    const before: CpuSample | null = sampleMs < shortestSampleMs ? null : cpuOf(scan, sampled, first);
    let after: CpuSample | null = null;
    if (before !== null) {
      const waitMs = sampleMs - (host.monotonicMs() - first);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      after = sampleCpu(host, sampled);
    }
    return table(host, context, scan, details, before, after, [
      ...reader.gaps(),
      ...invisible(scan, daemons),
    ]);
  },
};

export { sampleCpu } from './proc/process-scan.ts';

/**
 * Own: the daemons asked for, pids that they name, and everything below them, nearest first. Foreign: what runs below a
 * daemon of a home that was not asked for; it is neither ours nor an orphan, so nothing more is read of it.
 */
function ownPids(
  scan: Scan,
  daemons: readonly Daemon[],
): { readonly own: readonly number[]; readonly foreign: ReadonlySet<number> } {
  const children = new Map<number, number[]>();
  for (const [pid, stat] of scan) {
    const siblings = children.get(stat.ppid);
    if (siblings === undefined) children.set(stat.ppid, [pid]);
    else siblings.push(pid);
  }
  const below = (found: Set<number>): Set<number> => {
    // The set grows while it is walked.
    for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
    return found;
  };
  const named = daemons.flatMap(({ pid, apps, modules }) => [
    pid,
    ...[...apps, ...modules].map((app) => app.pid),
  ]);
  const own = below(new Set(named.flatMap((pid) => (pid !== null && pid > 0 ? [pid] : []))));
  const others = [...scan].filter(([pid, stat]) => !own.has(pid) && /^PM2 v\d/.test(stat.comm));
  const foreign = below(new Set(others.map(([pid]) => pid)));
  return { own: [...own].filter((pid) => scan.has(pid)), foreign };
}

function cpuOf(scan: Scan, pids: readonly number[], atMs: number): CpuSample {
  const cpuMs = new Map<number, number>();
  for (const pid of pids) {
    const stat = scan.get(pid);
    if (stat !== undefined) cpuMs.set(pid, (stat.cpuTicks * 1000) / ticksPerSecond);
  }
  return { atMs, cpuMs };
}

/** PM2 named its pid, but /proc shows none of them: another pid namespace, or /proc mounted with hidepid. */
function invisible(scan: Scan, daemons: readonly Daemon[]): readonly Gap[] {
  return daemons
    .filter((daemon) => daemon.state === 'online' && daemon.pid !== null && !scan.has(daemon.pid))
    .map((daemon) => ({
      key: 'processes' as const,
      subject: daemon.home,
      why: 'not-found' as const,
      tried: [
        {
          source: `/proc/${daemon.pid}`,
          why: 'not-found' as const,
          detail: ownWords('hidden by hidepid, or PM2 lives in another container'),
        },
      ],
      remedy: 'run-as-root' as const,
    }));
}

function table(
  host: Host,
  context: GatherContext,
  scan: Scan,
  details: ReadonlyMap<number, Detail>,
  before: CpuSample | null,
  after: CpuSample | null,
  gaps: readonly Gap[],
): Gathered<ProcessTable> {
  const page = pageBytes(host);
  const startedAt = startTimes(host, scan);
  const comms = new Map<string, CleanText>();
  const rows: Process[] = [];
  for (const [pid, stat] of scan) {
    if (isKernelThread(stat)) continue;
    const comm = comms.get(stat.comm) ?? context.clean.text(stat.comm, 64);
    comms.set(stat.comm, comm);
    const detail = details.get(pid);
    rows.push({
      pid,
      ppid: stat.ppid,
      comm,
      state: stat.state,
      uid: detail?.uid ?? null,
      sessionId: stat.sessionId,
      startedAt: startedAt(stat),
      threads: stat.threads,
      rssBytes: detail?.rssBytes ?? stat.rssPages * page,
      pssBytes: detail?.pssBytes ?? null,
      swapBytes: detail?.swapBytes ?? null,
      openFiles: detail?.openFiles ?? null,
      cpuMs: (stat.cpuTicks * 1000) / ticksPerSecond,
      cpuPercent: before === null || after === null ? null : cpuPercent(before, after, pid),
      mark: detail?.mark ?? null,
      oomScoreAdj: detail?.oomScoreAdj ?? null,
    });
  }
  const now = host.now();
  return {
    seen: true,
    value: { processes: rows, partial: false },
    source: ownWords('/proc'),
    covers: { from: now, to: now },
    gaps,
  };
}
