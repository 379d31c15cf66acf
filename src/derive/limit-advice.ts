import type { Cgroup, HostFacts } from '../model/host.ts';
import type { AppRef, Daemon } from '../model/pm2.ts';
import type { ProcessTable } from '../model/process.ts';

/** The one value each memory setting of an app gets in all advice, so that no two findings contradict each other. */
export interface LimitAdvice {
  readonly app: AppRef;
  /** Proposed `max_memory_restart`, as PM2 takes it (`700M`), and in bytes; null = no value can be defended. */
  readonly maxMemoryRestart: string | null;
  readonly maxMemoryRestartBytes: number | null;
  /** Proposed `--max-old-space-size` in MiB for Node apps; null = leave it. */
  readonly maxOldSpaceMb: number | null;
}

/** Answers: what limit should each app have on this host? Keyed by `appKey`. */
export function limitAdvice(
  _daemons: readonly Daemon[],
  _processes: ProcessTable | null,
  _host: HostFacts | null,
  _cgroups: readonly Cgroup[] | null,
): ReadonlyMap<string, LimitAdvice> {
  throw new Error('not written yet');
}
