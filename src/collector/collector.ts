import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { ownWords } from '../gather/clean.ts';
import { kernelKey, logKey } from '../history/event-keys.ts';
import type { HistoryCollector } from '../history/store.ts';
import type { Host } from '../host/host.ts';
import { tailKernelMessages } from '../host/kmsg.ts';
import type { NewEvent, Sample } from '../model/history.ts';
import type { AttributedKill, OomKill } from '../model/oom.ts';
import type { Daemon, Pm2LogEvent } from '../model/pm2.ts';
import { zoneOf } from './daemon-zone.ts';
import { KernelFollower } from './kernel-follower.ts';
import { LineBudget } from './line-budget.ts';
import { LogFollower, type LogPlace } from './log-follower.ts';
import { Sampler } from './sampler.ts';

export interface CollectorOptions {
  /** As `--home`; empty = every daemon this user may read. */
  readonly homes: readonly string[];
  readonly everyMs: number;
  readonly onSample: (sample: Sample, daemons: readonly Daemon[]) => void;
  readonly onKill: (kill: AttributedKill) => void;
  /** One clear line: what cannot be seen or kept, and why. */
  readonly onNotice: (text: string) => void;
}

/** What ends or starts a process: PM2's list has changed. */
const changing = new Set(['exited', 'online', 'starting', 'stopping', 'deleting', 'daemon-started']);
/** After a change, the new pid is looked up so soon, and no more often. */
const soonMs = 1_000;
/** Rows of the kernel's table that are kept with a kill: the biggest. */
const keptTasks = 10;
/** So far back a pid is looked up to tell whose it was. */
const pastMs = 10 * 60_000;

/**
 * Samples a host again and again, and keeps what happens: kills, lines of pm2.log, the processes there were. Only looks;
 * PM2's daemon is asked for its list once a minute, and after a change. It does not listen on the bus: a daemon keeps
 * everything its apps print for a listener that is slow or stopped (docs/adr/0012).
 */
export class Collector {
  private readonly host: Host;
  private readonly store: HistoryCollector;
  private readonly options: CollectorOptions;
  private readonly sampler: Sampler;
  private readonly budget = new LineBudget();
  private readonly logs = new Map<
    string,
    { readonly follower: LogFollower; readonly daemonPid: number | null }
  >();
  private readonly recent = new Map<string, Pm2LogEvent[]>();
  private kernel: KernelFollower | null = null;
  private bootId = '';
  private nextSampleMs = -Infinity;
  private lastSampleMs = -Infinity;

  constructor(host: Host, store: HistoryCollector, options: CollectorOptions) {
    this.host = host;
    this.store = store;
    this.options = options;
    this.sampler = new Sampler(host, options.homes);
  }

  /** Opens the kernel log. Where it may not be read, that is said, and everything else goes on. */
  open(): void {
    const bootId = this.host.readText('/proc/sys/kernel/random/boot_id');
    this.bootId = bootId.ok ? bootId.value.trim() : '';
    const tail = tailKernelMessages();
    if (!tail.ok) {
      this.options.onNotice(`OOM kills are not followed: /dev/kmsg ${tail.detail}`);
      return;
    }
    const [boot, number] = (this.store.cursor('kernel') ?? '').split(' ');
    const after = boot === this.bootId && number !== undefined ? Number(number) : null;
    this.kernel = new KernelFollower(this.host, () => this.sampler.cleaner, tail.value, after);
  }

  /** One look at everything that is due. */
  async step(): Promise<void> {
    const nowMs = this.host.monotonicMs();
    this.followKernel();
    if (this.followLogs()) {
      this.sampler.expire();
      this.nextSampleMs = Math.min(this.nextSampleMs, Math.max(nowMs, this.lastSampleMs + soonMs));
    }
    if (nowMs < this.nextSampleMs) return;
    this.lastSampleMs = nowMs;
    // A pause (suspend, SIGSTOP) is one gap, not a row of samples at once.
    this.nextSampleMs = Math.max(this.nextSampleMs + this.options.everyMs, nowMs + this.options.everyMs / 2);
    const sample = await this.sampler.take();
    this.watchHomes();
    this.write({ at: sample.at, sample });
    this.options.onSample(sample, this.sampler.daemons);
  }

  close(): void {
    this.kernel?.close();
    for (const { follower } of this.logs.values()) follower.close();
    this.store.end();
  }

  private write(batch: Parameters<HistoryCollector['write']>[0]): void {
    for (const notice of this.store.write(batch).notices) this.options.onNotice(notice);
  }

  private followKernel(): void {
    if (this.kernel === null) return;
    const { kills, sequence, lost } = this.kernel.look();
    if (lost) this.options.onNotice('the kernel overwrote messages before they were read');
    if (kills.length === 0) return;
    const told = this.attribute(kills.map(({ kill }) => kill));
    const events = kills.map(({ sequence: number, kill }, index): NewEvent => {
      const attributed = told[index] ?? { ...untied, kill };
      return {
        key: kernelKey(this.bootId, number),
        at: kill.at ?? this.host.now(),
        facts: {
          kind: 'kill',
          kill: { ...attributed, kill: { ...kill, tasks: kill.tasks.slice(0, keptTasks) } },
        },
      };
    });
    const cursors = sequence === null ? {} : { kernel: `${this.bootId} ${sequence}` };
    const written = this.store.write({ at: this.host.now(), events, cursors });
    for (const notice of written.notices) this.options.onNotice(notice);
    if (written.kept && written.newEvents > 0) for (const kill of told) this.options.onKill(kill);
  }

  /** Whose they were, by the pids remembered and the lines of pm2.log seen so far. */
  private attribute(kills: readonly OomKill[]): readonly AttributedKill[] {
    const now = this.host.now();
    return attributeKills({
      oomLog: { kills, unconfirmed: [], unitLines: [] },
      daemons: this.sampler.daemons,
      processes: null,
      pm2Log: [...this.recent].map(([home, events]) => ({
        home: ownWords(home),
        path: ownWords(`${home}/pm2.log`),
        sizeBytes: 0,
        allBytes: 0,
        utcOffsetMinutes: null,
        createdAt: null,
        coversFrom: events[0]?.at ?? null,
        coversTo: now,
        events,
      })),
      appLogs: null,
      startup: null,
      past: this.store.processes({ from: now - pastMs, to: now }),
    });
  }

  /** True when something started or ended. */
  private followLogs(): boolean {
    let isChanged = false;
    for (const [home, { follower }] of this.logs) {
      const { lines, place, skippedBytes } = follower.look();
      if (skippedBytes > 0)
        this.options.onNotice(
          `${home}/pm2.log grew faster than it is read: ${skippedBytes} bytes passed over`,
        );
      if (lines.length === 0 || place === null) continue;
      isChanged ||= lines.some(({ line }) => changing.has(line.event.kind));
      const recent = [...(this.recent.get(home) ?? []), ...lines.map(({ line }) => line)].slice(-200);
      this.recent.set(home, recent);
      const events = lines
        .filter(({ line }) => this.budget.takes(home, line.event, line.at))
        .map(
          ({ line, offset }): NewEvent => ({
            key: logKey(place, offset),
            at: line.at,
            facts: { kind: 'pm2-log', home: this.homeName(home), line },
          }),
        );
      this.write({
        at: this.host.now(),
        events,
        cursors: { [`log ${home}`]: [place.device, place.inode, place.bornAt, place.offset].join(' ') },
      });
    }
    return isChanged;
  }

  /** Follows the logs of the homes that are there now; a new daemon may write in another zone. */
  private watchHomes(): void {
    const present = new Map(this.sampler.daemons.map((daemon) => [String(daemon.home), daemon]));
    for (const [home, { follower, daemonPid }] of this.logs) {
      const daemon = present.get(home);
      if (daemon !== undefined && (daemon.pid === null || daemon.pid === daemonPid)) continue;
      follower.close();
      this.logs.delete(home);
      if (daemon === undefined) this.options.onNotice(`${home} is gone`);
    }
    for (const [home, { pid }] of present) {
      if (this.logs.has(home)) continue;
      const path = `${home}/pm2.log`;
      const zone = zoneOf(this.host, pid);
      const place = placeOf(this.store.cursor(`log ${home}`));
      const follower = new LogFollower(this.host, path, () => this.sampler.cleaner, zone, place);
      this.logs.set(home, { follower, daemonPid: pid });
    }
  }

  private homeName(home: string): Daemon['home'] {
    return (
      this.sampler.daemons.find((daemon) => daemon.home === home)?.home ?? this.sampler.cleaner.text(home)
    );
  }
}

const untied = {
  app: null,
  candidates: [],
  role: null,
  confidence: 'none',
  because: [],
  reason: 'no-tie',
  biggest: [],
} as const;

function placeOf(cursor: string | null): LogPlace | null {
  const [device, inode, bornAt, offset] = (cursor ?? '').split(' ').map(Number);
  if (device === undefined || inode === undefined || bornAt === undefined || offset === undefined)
    return null;
  return [device, inode, bornAt, offset].every(Number.isFinite) ? { device, inode, bornAt, offset } : null;
}

/** Between two looks at the kernel log and at pm2.log: a kill is to be in the store within a second. */
export const lookMs = 500;

/** Looks until it is told to stop. A look that fails is said and does not end it. */
export async function collect(
  collector: Collector,
  stopped: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  collector.open();
  while (!stopped.aborted) {
    try {
      await collector.step();
    } catch (error) {
      onError(error);
    }
    await pause(lookMs, stopped);
  }
  collector.close();
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.addEventListener('abort', done);
  });
}
