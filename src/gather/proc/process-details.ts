import type { Host, Outcome } from '../../host/host.ts';
import type { Gap } from '../../model/gap.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { Process } from '../../model/process.ts';
import type { Cleaner } from '../clean.ts';
import { isKernelThread, kbField, lineValue, type ProcessStat } from './proc-text.ts';
import { environMaxBytes, readMark } from './process-mark.ts';
import type { Scan } from './process-scan.ts';

/** Reading the PSS of one process walks its page tables: 0.75 ms for a small Node app. 2,500 of them fit in here. */
const detailBudgetMs = 2000;
/** The bus is listened to in the same thread: give way to it this often. */
const turnMs = 20;
/** Files open at once while other threads read them. */
const maxAside = 128;

/** What only processes of apps are asked for. `rssBytes` null = use the figure of /proc/PID/stat. */
export type Detail = Pick<
  Process,
  'uid' | 'pssBytes' | 'swapBytes' | 'openFiles' | 'mark' | 'oomScoreAdj'
> & {
  readonly rssBytes: number | null;
};

/** Reads the details, and remembers what it was denied. */
export class DetailReader {
  private readonly host: Host;
  private readonly clean: Cleaner;
  private readonly daemons: readonly Daemon[];
  private readonly daemonPids: ReadonlySet<number>;
  private readonly appPids: ReadonlySet<number>;
  private readonly denied = new Set<number>();
  private unsupported = 0;
  private skipped = 0;
  private detail = '';

  constructor(host: Host, clean: Cleaner, daemons: readonly Daemon[]) {
    this.host = host;
    this.clean = clean;
    this.daemons = daemons;
    this.daemonPids = new Set(daemons.flatMap((daemon) => (daemon.pid === null ? [] : [daemon.pid])));
    this.appPids = new Set(
      daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules].flatMap((app) => app.pid ?? [])),
    );
  }

  async readAll(
    scan: Scan,
    own: readonly number[],
    foreign: ReadonlySet<number>,
  ): Promise<ReadonlyMap<number, Detail>> {
    const details = new Map<number, Detail>();
    const started = this.host.monotonicMs();
    const ownSet = new Set(own);
    const queue = [...own];
    const marks = new Map<number, Process['mark']>();
    for (const [pid, stat] of scan) {
      if (ownSet.has(pid) || foreign.has(pid) || !mayBeOrphan(stat, pid, scan)) continue;
      const mark = this.markOf(pid, false);
      if (mark !== null) marks.set(pid, mark);
    }
    for (const pid of marks.keys()) queue.push(pid);
    // What runs below an orphan is as lost as the orphan.
    if (marks.size > 0) {
      const lost = new Set(marks.keys());
      for (let grown = true; grown; ) {
        grown = false;
        for (const [pid, stat] of scan) {
          if (lost.has(pid) || ownSet.has(pid) || foreign.has(pid) || !lost.has(stat.ppid)) continue;
          lost.add(pid);
          marks.set(pid, this.markOf(pid, true) ?? marks.get(stat.ppid) ?? null);
          queue.push(pid);
          grown = true;
        }
      }
    }
    let turn = started;
    let reading: Promise<void>[] = [];
    // Below the main process of an app: parents come before children, and no mark could tell us more.
    const attached = new Set<number>();
    for (const pid of queue) {
      const stat = scan.get(pid);
      if (stat === undefined) continue;
      const at = this.host.monotonicMs();
      if (at - turn > turnMs) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = this.host.monotonicMs();
      }
      const isKnown = this.isKnownMain(pid, stat) || attached.has(stat.ppid);
      if (isKnown && !this.isDaemon(pid, stat)) attached.add(pid);
      const mark = marks.get(pid) ?? (isKnown ? null : this.markOf(pid, true));
      const detail = this.read(pid, stat, mark, at - started > detailBudgetMs);
      reading.push(detail.then((found) => void details.set(pid, found)));
      if (reading.length < maxAside) continue;
      await Promise.all(reading);
      reading = [];
    }
    await Promise.all(reading);
    return details;
  }

  /** A daemon, or a process that PM2 names and that is the daemon's own child. */
  private isKnownMain(pid: number, stat: ProcessStat): boolean {
    return this.isDaemon(pid, stat) || (this.appPids.has(pid) && this.daemonPids.has(stat.ppid));
  }

  private isDaemon(pid: number, stat: ProcessStat): boolean {
    return this.daemonPids.has(pid) || stat.comm.startsWith('PM2 v');
  }

  private markOf(pid: number, isOwn: boolean): Process['mark'] {
    const environ = this.host.read(`/proc/${pid}/environ`, environMaxBytes);
    if (environ.ok) return readMark(environ.value, this.clean);
    if (environ.why === 'permission-denied' && (isOwn || this.isOfDaemonUser(pid)))
      this.deny(pid, environ.detail);
    return null;
  }

  private isOfDaemonUser(pid: number): boolean {
    const folder = this.host.stat(`/proc/${pid}`);
    return folder.ok && this.daemons.some((daemon) => daemon.uid !== null && daemon.uid === folder.value.uid);
  }

  private deny(pid: number, detail: string): void {
    this.denied.add(pid);
    this.detail = detail;
  }

  private async read(
    pid: number,
    stat: ProcessStat,
    mark: Process['mark'],
    isLate: boolean,
  ): Promise<Detail> {
    const isZombie = stat.state === 'Z';
    // Nobody asks for a daemon's PSS, and it would take as long as that of sixty small apps.
    const hasPss = !isZombie && !this.isDaemon(pid, stat);
    // Asked for first: while the kernel walks its pages, the rest is read here, and of other processes.
    const asked = hasPss && !isLate ? this.askRollup(pid) : null;
    const score = this.host.readText(`/proc/${pid}/oom_score_adj`);
    const files = isZombie ? null : this.host.list(`/proc/${pid}/fd`);
    if (files !== null && !files.ok && files.why === 'permission-denied') this.deny(pid, files.detail);
    const folder = this.host.stat(`/proc/${pid}`);
    const owner = folder.ok ? folder.value.uid : null;
    let status: string | null = null;
    const statusText = (): string => {
      const text = status === null ? this.host.readText(`/proc/${pid}/status`) : null;
      status ??= text?.ok ? text.value : '';
      return status;
    };
    const rest = {
      // The folder of a process that changed its user (a cluster worker with `uid`) belongs to root: proc(5), dumpable.
      uid: owner === null || owner === 0 ? lineValue(statusText(), 'Uid') : owner,
      openFiles: files?.ok ? files.value.length : null,
      oomScoreAdj: score.ok ? integer(score.value) : null,
      mark,
    };
    if (isZombie) return { ...rest, rssBytes: 0, pssBytes: 0, swapBytes: 0 };
    const rollup = asked === null ? null : await asked;
    if (rollup?.ok) {
      return {
        ...rest,
        rssBytes: kbField(rollup.value, 'Rss'),
        pssBytes: kbField(rollup.value, 'Pss'),
        swapBytes: kbField(rollup.value, 'Swap'),
      };
    }
    if (rollup === null) this.skipped += hasPss ? 1 : 0;
    else if (rollup.why === 'permission-denied') this.deny(pid, rollup.detail);
    // Gone, or a kernel before 4.14 without this file: then the process itself is still there.
    else if (statusText() !== '') this.unsupported += 1;
    return { ...rest, rssBytes: null, pssBytes: null, swapBytes: kbField(statusText(), 'VmSwap') };
  }

  private askRollup(pid: number): Promise<Outcome<string>> | Outcome<string> {
    const path = `/proc/${pid}/smaps_rollup`;
    return this.host.readTextAside?.(path) ?? this.host.readText(path);
  }

  gaps(): readonly Gap[] {
    const gap = (subject: string, why: Gap['why'], detail: string, remedy: Gap['remedy']): Gap => ({
      key: 'processes',
      subject: this.clean.text(subject),
      why,
      tried: [{ source: '/proc/PID/{smaps_rollup,environ,fd}', why, detail: this.clean.text(detail) }],
      remedy,
    });
    const gaps: Gap[] = [];
    if (this.denied.size > 0)
      gaps.push(
        gap(
          `memory and marks of ${this.denied.size} processes`,
          'permission-denied',
          this.detail,
          'run-as-root',
        ),
      );
    if (this.unsupported > 0)
      gaps.push(
        gap(`PSS of ${this.unsupported} processes`, 'not-supported', 'no smaps_rollup (Linux 4.14)', 'none'),
      );
    if (this.skipped > 0)
      gaps.push(
        gap(`PSS of ${this.skipped} processes`, 'timed-out', `not read after ${detailBudgetMs} ms`, 'none'),
      );
    return gaps;
  }
}

function mayBeOrphan(stat: ProcessStat, pid: number, scan: Scan): boolean {
  if (pid === 1 || isKernelThread(stat)) return false;
  const parent = scan.get(stat.ppid);
  return stat.ppid <= 1 || parent === undefined || parent.sessionId !== stat.sessionId;
}

function integer(text: string): number | null {
  const value = Number.parseInt(text, 10);
  return Number.isFinite(value) ? value : null;
}
