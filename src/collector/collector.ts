import { kernelKey } from '../history/event-keys.ts';
import type { Batch, HistoryCollector } from '../history/store.ts';
import type { Host } from '../host/host.ts';
import { tailKernelMessages } from '../host/kmsg.ts';
import type { NewEvent, Sample } from '../model/history.ts';
import type { AttributedKill, OomKill } from '../model/oom.ts';
import type { Daemon } from '../model/pm2.ts';
import { forget } from './chunk.ts';
import { daemonNews } from './daemon-news.ts';
import { isGone } from './gone.ts';
import { KernelFollower, type NumberedKill } from './kernel-follower.ts';
import { LogFollowers } from './log-followers.ts';
import type { News } from './news.ts';
import { Sampler } from './sampler.ts';
import { Unlogged } from './unlogged.ts';

export interface CollectorOptions {
  /** As `--home`; empty = every daemon this user may read. */
  readonly homes: readonly string[];
  readonly everyMs: number;
  readonly onSample: (sample: Sample, daemons: readonly Daemon[]) => void;
  readonly onNews: (news: News) => void;
}

/** After a change, the new pid is looked up so soon, and no more often. */
const soonMs = 1_000;
/** Rows of the kernel's table that are kept with a kill: the biggest. */
const keptTasks = 10;
/** So far back a pid is looked up to tell whose it was. */
const pastMs = 10 * 60_000;
/** A kill so long before the start is told as one of earlier. */
const earlierMs = 5_000;

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
  private readonly logs: LogFollowers;
  private readonly unlogged = new Unlogged();
  private kernel: KernelFollower | null = null;
  private bootId = '';
  private openedAt = 0;
  private nextSampleMs = -Infinity;
  private lastSampleMs = -Infinity;
  private sampling: Promise<void> | null = null;
  private failed: unknown = null;
  private dying: readonly NumberedKill[] = [];
  private hasSampled = false;
  private isClosed = false;

  constructor(host: Host, store: HistoryCollector, options: CollectorOptions) {
    this.host = host;
    this.store = store;
    this.options = options;
    this.sampler = new Sampler(host, options.homes);
    this.logs = new LogFollowers(host, store, this.sampler, options.onNews);
  }

  /** Opens the kernel log. Where it may not be read, that is said, and everything else goes on. */
  open(kernelPath = '/dev/kmsg'): void {
    this.openedAt = this.host.now();
    const bootId = this.host.readText('/proc/sys/kernel/random/boot_id');
    this.bootId = bootId.ok ? bootId.value.trim() : '';
    const tail = tailKernelMessages(kernelPath);
    if (!tail.ok) {
      this.options.onNews({
        kind: 'kernel-unseen',
        detail: this.sampler.cleaner.text(`${kernelPath} ${tail.detail}`),
      });
      return;
    }
    const [boot, number] = (this.store.cursor('kernel') ?? '').split(' ');
    const after = boot === this.bootId && number !== undefined ? Number(number) : null;
    this.kernel = new KernelFollower(this.host, () => this.sampler.cleaner, tail.value, after);
  }

  /**
   * One look at everything that is due. A sample may wait for a daemon that does not answer; then the looks at the logs go
   * on beside it. Throws what a look or the last sample has thrown.
   */
  async step(): Promise<void> {
    // Before the first list no secret and no app is known: nothing is read that would need them.
    if (this.hasSampled) await this.followLogs();
    if (this.isClosed) return;
    const nowMs = this.host.monotonicMs();
    if (nowMs >= this.nextSampleMs && this.sampling === null) {
      this.lastSampleMs = nowMs;
      // A pause (suspend, SIGSTOP) is one gap, not a row of samples at once.
      this.nextSampleMs = Math.max(
        this.nextSampleMs + this.options.everyMs,
        nowMs + this.options.everyMs / 2,
      );
      this.sampling = this.sample().finally(() => {
        this.sampling = null;
      });
      await within(this.sampling, lookMs);
    }
    const { failed } = this;
    this.failed = null;
    if (failed !== null) throw failed;
  }

  close(): void {
    this.isClosed = true;
    this.kernel?.close();
    this.logs.close();
    this.store.end();
  }

  private async sample(): Promise<void> {
    try {
      const before = this.sampler.daemons;
      const sample = await this.sampler.take();
      if (this.isClosed) return;
      const { daemons } = this.sampler;
      this.logs.follow();
      for (const news of daemonNews(before, daemons, !this.hasSampled)) this.options.onNews(news);
      const events = this.unlogged.look(sample, daemons, this.logs.recentLogs());
      this.write({ at: sample.at, sample, events });
      this.options.onSample(sample, daemons);
      if (!this.hasSampled) await this.followLogs();
      this.hasSampled = true;
    } catch (error) {
      this.failed = error;
    }
  }
  private write(batch: Batch): void {
    for (const text of this.store.write(batch).notices) this.options.onNews({ kind: 'store', text });
  }

  /** PM2's log is read after the kernel's, and a kill is tied after both: PM2 writes its own line some ms after the kill. */
  private async followLogs(): Promise<void> {
    const news = await this.kernel?.look();
    if (this.isClosed) return;
    if (this.logs.look()) {
      this.sampler.expire();
      this.nextSampleMs = Math.min(
        this.nextSampleMs,
        Math.max(this.host.monotonicMs(), this.lastSampleMs + soonMs),
      );
    }
    if (news?.lost) this.options.onNews({ kind: 'kernel-lost' });
    // Whose it was is certain once it is gone; one that takes long to die gets one more look.
    const found = news?.kills ?? [];
    const dying = found.filter(({ kill }) => !isGone(this.host, kill));
    const ready = [...this.dying, ...found.filter((kill) => !dying.includes(kill))];
    this.dying = dying;
    if (ready.length > 0) await this.keepKills(ready);
    // Kills are rare: their code is let go once nothing waits for it (scripts/lean.cjs).
    if (this.kernel?.isWaiting === false && this.dying.length === 0) forget('kill-code');
  }

  private async keepKills(kills: readonly NumberedKill[]): Promise<void> {
    const told = await this.attribute(kills.map(({ kill }) => kill));
    const last = Math.max(...kills.map(({ lastSequence }) => lastSequence));
    const events = kills.map(({ sequence, kill }, index): NewEvent => {
      const attributed = told[index] ?? { ...untied, kill };
      return {
        key: kernelKey(this.bootId, sequence),
        at: kill.at ?? this.host.now(),
        facts: {
          kind: 'kill',
          kill: { ...attributed, kill: { ...kill, tasks: kill.tasks.slice(0, keptTasks) } },
        },
      };
    });
    const written = this.store.write({
      at: this.host.now(),
      events,
      cursors: { kernel: `${this.bootId} ${last}` },
    });
    for (const text of written.notices) this.options.onNews({ kind: 'store', text });
    if (written.kept && written.newEvents === 0) return;
    const isNew = ({ kill }: AttributedKill): boolean =>
      kill.at === null || kill.at >= this.openedAt - earlierMs;
    const earlier = told.filter((kill) => !isNew(kill));
    if (earlier.length > 0) {
      const times = earlier.map(({ kill }) => kill.at ?? 0);
      this.options.onNews({ kind: 'earlier-kills', count: earlier.length, newestAt: Math.max(...times) });
    }
    for (const kill of told) if (isNew(kill)) this.options.onNews({ kind: 'kill', kill });
  }

  /** Whose they were, by the pids remembered and the lines of pm2.log seen so far. */
  private async attribute(kills: readonly OomKill[]): Promise<readonly AttributedKill[]> {
    const { attributeKills } = await import('./kill-code.ts');
    const now = this.host.now();
    const past = this.store.processes({ from: now - pastMs, to: now });
    // Each victim was just looked for: that is as good as a sample.
    const isLooked = past !== null && kills.every((kill) => isGone(this.host, kill));
    return attributeKills({
      oomLog: { kills, unconfirmed: [], unitLines: [] },
      daemons: this.sampler.daemons,
      processes: null,
      pm2Log: this.logs.recentLogs(),
      appLogs: null,
      startup: null,
      past: isLooked ? { ...past, to: Math.max(past.to, now) } : past,
    });
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

/** Between two looks at the kernel log and at pm2.log: a kill is to be in the store within a second. */
export const lookMs = 400;

/** Says when to end. Not an AbortSignal: that loads 0.8 MB of Node for a flag and a function. */
export class Stop {
  private wake: () => void = () => {};
  isAsked = false;

  ask(): void {
    this.isAsked = true;
    this.wake();
  }

  /** Ends early when it is asked to. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.isAsked ? 0 : ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Looks until it is told to stop. A look that fails is said and does not end it. */
export async function collect(
  collector: Collector,
  stop: Stop,
  onError: (error: unknown) => void,
): Promise<void> {
  collector.open();
  while (!stop.isAsked) {
    try {
      await collector.step();
    } catch (error) {
      onError(error);
    }
    await stop.pause(lookMs);
  }
  collector.close();
}

/** Waits for the work, but not for ever: it goes on by itself. */
function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}
