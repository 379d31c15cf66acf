import type { NewEvent, Sample, SampledProcess } from '../model/history.ts';
import type { AppRef, Daemon, Pm2Log } from '../model/pm2.ts';
import type { CleanText, EpochMs } from '../model/text.ts';

/** PM2's line and our look are some ms apart; its stamps are whole seconds. */
const slackMs = 3_000;

interface Seen {
  readonly app: AppRef;
  readonly pid: number;
  readonly startedAt: EpochMs | null;
  readonly daemonPid: number | null;
  readonly at: EpochMs;
}

/** An end between two samples, and what runs in its place; told when the log had time to tell it itself. */
interface Suspect {
  readonly before: Seen;
  readonly after: Seen | null;
  readonly at: EpochMs;
}

/**
 * Ends and starts that the pids show and pm2.log does not: it was emptied, rotated away, cannot be read, or does not exist.
 * Each is held back for one sample, because PM2 may be about to write it down. How it ended nobody knows: PM2's list has
 * exit code 0 for a signal as well.
 */
export class Unlogged {
  private mains = new Map<string, Seen>();
  private suspects: readonly Suspect[] = [];

  look(sample: Sample, daemons: readonly Daemon[], logs: readonly Pm2Log[]): readonly NewEvent[] {
    if (sample.processes === null) return [];
    const told = this.suspects.flatMap((suspect) => eventsOf(suspect, logs));
    const mains = mainsOf(sample.processes, daemons, sample.at);
    const suspects: Suspect[] = [];
    for (const [key, before] of this.mains) {
      const after = mains.get(key) ?? null;
      if (after !== null && isSame(before, after)) continue;
      // With its daemon goes every app; that is told of the daemon.
      if (daemonPidOf(daemons, before.app.home) !== before.daemonPid) continue;
      suspects.push({ before, after, at: sample.at });
    }
    this.suspects = suspects;
    this.mains = mains;
    return told;
  }
}

function mainsOf(
  processes: readonly SampledProcess[],
  daemons: readonly Daemon[],
  at: EpochMs,
): Map<string, Seen> {
  const mains = new Map<string, Seen>();
  for (const { app, role, pid, startedAt } of processes) {
    if (app === null || role !== 'main') continue;
    mains.set(keyOf(app), { app, pid, startedAt, daemonPid: daemonPidOf(daemons, app.home), at });
  }
  return mains;
}

function eventsOf({ before, after, at }: Suspect, logs: readonly Pm2Log[]): readonly NewEvent[] {
  const { app, pid, startedAt } = before;
  const lines = logs
    .filter(({ home }) => home === app.home)
    .flatMap(({ events }) => events)
    .filter(
      (line) =>
        line.at !== null &&
        line.at >= before.at - slackMs &&
        line.at <= at + slackMs &&
        'pmId' in line.event &&
        line.event.pmId === app.pmId,
    );
  const has = (kind: 'exited' | 'online'): boolean => lines.some(({ event }) => event.kind === kind);
  const key = `${keyOf(app)}:${pid}:${startedAt ?? ''}`;
  const seenBy = 'samples';
  const events: NewEvent[] = [];
  // One ends before the next starts: of both, the start is known to the hundredth of a second.
  const startedAgainAt =
    after === null || after.startedAt === null ? at : Math.min(Math.max(after.startedAt, before.at), at);
  if (!has('exited'))
    events.push({
      key: `sample:exit:${key}`,
      at: startedAgainAt,
      facts: { kind: 'exit', app, pid, code: null, signal: null, seenBy },
    });
  if (after !== null && !has('online'))
    events.push({
      key: `sample:start:${key}`,
      at: startedAgainAt,
      facts: { kind: 'start', app: after.app, pid: after.pid, seenBy },
    });
  return events;
}

function isSame(a: Seen, b: Seen): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt;
}

function daemonPidOf(daemons: readonly Daemon[], home: CleanText): number | null {
  return daemons.find((daemon) => daemon.home === home)?.pid ?? null;
}

function keyOf({ home, pmId, name }: AppRef): string {
  return `${home}\n${pmId}\n${name}`;
}
