import type { Cleaner } from '../gather/clean.ts';
import { parseCgroupLines } from '../gather/proc/cgroup-path.ts';
import { lineValue, ticksPerSecond } from '../gather/proc/proc-text.ts';
import { bootTime } from '../gather/proc/process-scan.ts';
import type { Host } from '../host/host.ts';
import type { CleanText, EpochMs } from '../model/text.ts';
import type { Member } from './family.ts';

/** What of a process does not change while it lives. */
export interface Identity {
  readonly startTicks: number;
  readonly startedAt: EpochMs | null;
  readonly uid: number | null;
  readonly cgroup: CleanText | null;
}

/** A clock that is put right by less moves no process's start; more is a jump. */
const jumpMs = 2_000;

/** Remembers each process by pid and start, so that its small files are read once in its life. */
export class Identities {
  private readonly host: Host;
  private readonly clean: () => Cleaner;
  private readonly known = new Map<number, Identity>();
  /** The boot time as first read: now less /proc/uptime wavers by some ms from look to look, an identity must not. */
  private bootedAt: EpochMs | null = null;

  constructor(host: Host, clean: () => Cleaner) {
    this.host = host;
    this.clean = clean;
  }

  /** Before each look: notes a jump of the clock. */
  refresh(): void {
    const bootedAt = bootTime(this.host);
    if (bootedAt !== null && (this.bootedAt === null || Math.abs(bootedAt - this.bootedAt) > jumpMs))
      this.bootedAt = bootedAt;
  }

  of({ pid, stat }: Member): Identity {
    const known = this.known.get(pid);
    if (known !== undefined && known.startTicks === stat.startTicks) return known;
    const status = this.host.readText(`/proc/${pid}/status`);
    const groups = this.host.readText(`/proc/${pid}/cgroup`);
    const lines = groups.ok ? parseCgroupLines(groups.value) : null;
    const path = lines === null ? null : (lines.memory ?? lines.unified);
    const identity: Identity = {
      startTicks: stat.startTicks,
      startedAt: this.startOf(stat.startTicks),
      uid: status.ok ? lineValue(status.value, 'Uid') : null,
      cgroup: path === null ? null : this.clean().text(path, 500),
    };
    this.known.set(pid, identity);
    return identity;
  }

  /**
   * null where it would lie in the future: in an LXC container /proc/uptime is the container's, start ticks are the host's.
   */
  private startOf(startTicks: number): EpochMs | null {
    if (this.bootedAt === null) return null;
    const at = Math.round(this.bootedAt + (startTicks * 1000) / ticksPerSecond);
    return at > this.host.now() + jumpMs ? null : at;
  }

  /** Forgets all but these. */
  keep(pids: ReadonlySet<number>): void {
    for (const pid of this.known.keys()) if (!pids.has(pid)) this.known.delete(pid);
  }
}
