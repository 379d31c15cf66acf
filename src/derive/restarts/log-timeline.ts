import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { blankEnd, type DaemonStart, type EndDraft, type LogTimeline } from './process-end.ts';

interface Slot {
  readonly pmId: number;
  readonly name: CleanText;
  running: { readonly startedAt: EpochMs | null } | null;
  /** During a reload: the worker on its way out, and when its successor started. */
  replaced: { readonly startedAt: EpochMs | null; readonly by: EpochMs } | null;
  stop: Stop | null;
  oldStop: Stop | null;
  oldExitAt: EpochMs | null;
  last: EndDraft | null;
}
/** An app of the daemon before. */
interface Former {
  readonly key: string;
  readonly name: CleanText;
  readonly startedAt: EpochMs | null;
  readonly at: EpochMs | null;
}
interface Stop {
  readonly asked: Pm2LogEvent;
  readonly trigger: Pm2LogEvent | null;
  ownSigkill: Pm2LogEvent | null;
}

/** `pm2 restart` starts in the same second as the stop is done; a later start was a command of its own. */
const askedGapMs = 999;
/** PM2 starts a dead app, and one it restarts for a reason it has written down, in the same moment; hosts that thrash need longer. */
const sureGapMs = 15_000;
/** From the line that names a reason to the `Stopping app` it causes. Memory checks wait for each other's reloads. */
const triggerMs = {
  'memory-limit': 120_000,
  watch: 5_000,
  'cron-deregistered': 5_000,
  'already-stopped': 5_000,
} as const;
type TriggerKind = keyof typeof triggerMs;
/** A stop this long before the daemon's end belongs to it: the default TimeoutStopSec is 90 s. */
const closingMs = 180_000;
/** Resurrecting many apps takes a while. */
const resurrectMs = 600_000;
/** A signal to the whole group reaches apps and daemon within this time. */
const groupSignalMs = 5_000;

/**
 * Answers: which processes ended, how, and what did PM2 do next? Reads the lines of one daemon's log in their order,
 * once. Rules: facts of PM2 5.4.3, 6.0.14 and 7.0.4; lib/God.js, lib/God/ActionMethods.js, lib/God/Reload.js.
 * Lines without a time are passed over (but for V8's last words). What the log does not show is not made up: a start
 * without an end before it, and an end without a start after it, are no restart.
 */
export function readTimeline(events: readonly Pm2LogEvent[]): LogTimeline {
  const reader = new TimelineReader();
  for (const line of events) reader.read(line);
  return {
    ends: reader.ends,
    daemonStarts: reader.daemonStarts,
    from: events.find((line) => line.at !== null)?.at ?? null,
    to: events.findLast((line) => line.at !== null)?.at ?? null,
  };
}

class TimelineReader {
  readonly ends: EndDraft[] = [];
  readonly daemonStarts: DaemonStart[] = [];
  private slots = new Map<string, Slot>();
  /** Apps of the daemon before, not yet back. */
  private former = new Map<string, Former>();
  private hasStarts = false;
  private readonly triggers = new Map<string, Pm2LogEvent>();
  private readonly stopping = new Set<Stop>();
  private readonly dying = new Set<EndDraft>();
  private heapAbort: Pm2LogEvent | null = null;
  private ending: Pm2LogEvent | null = null;
  private farewell: Pm2LogEvent | null = null;

  read(line: Pm2LogEvent): void {
    const { event, at } = line;
    if (event.kind === 'heap-abort') this.heapAbort = line;
    if (at === null) return;
    switch (event.kind) {
      case 'starting':
        this.start(this.slotOf(event), at);
        break;
      case 'online':
        this.slotOf(event).running ??= { startedAt: at };
        break;
      case 'stopping':
        this.stop(event, line, at);
        break;
      case 'exited':
        this.exit(event, line, at);
        break;
      case 'backoff': {
        const slot = this.slots.get(keyOf(event));
        if (slot?.last) slot.last.delayMs = event.delayMs;
        break;
      }
      case 'own-sigkill':
        for (const stop of this.stopping) stop.ownSigkill = line;
        break;
      case 'killed':
        for (const end of this.dying) end.killedAt = at;
        for (const oldest of this.dying) {
          this.dying.delete(oldest);
          break;
        }
        break;
      case 'memory-limit':
      case 'cron-deregistered':
      case 'already-stopped':
        this.triggers.set(`${event.kind} ${event.pmId}`, line);
        break;
      case 'watch':
        this.triggers.set(`watch ${event.name}`, line);
        break;
      case 'daemon-signalled':
        this.ending = line;
        this.farewell = line;
        this.markGroup(line, at);
        break;
      case 'daemon-stopped':
      case 'daemon-exited':
      case 'daemon-resurrecting':
        this.farewell = line;
        break;
      case 'daemon-started':
        this.newDaemon(line, at);
        break;
      default:
    }
  }

  private slotOf(event: { readonly pmId: number; readonly name: CleanText }): Slot {
    const key = keyOf(event);
    const known = this.slots.get(key);
    if (known !== undefined) return known;
    const slot: Slot = {
      pmId: event.pmId,
      name: event.name,
      running: null,
      replaced: null,
      stop: null,
      oldStop: null,
      oldExitAt: null,
      last: null,
    };
    this.slots.set(key, slot);
    return slot;
  }

  private start(slot: Slot, at: EpochMs): void {
    // The same line once more.
    if (slot.running?.startedAt === at) return;
    this.hasStarts = true;
    const { last } = slot;
    if (last?.at != null) {
      const from = Math.max(last.at, last.killedAt ?? last.at);
      const gapMs = last.asked === null || last.trigger !== null ? sureGapMs + last.delayMs : askedGapMs;
      if (at - from <= gapMs) last.restartedAt = at;
    } else if (slot.running !== null) {
      slot.replaced = { startedAt: slot.running.startedAt, by: at };
    } else {
      this.comeBack(slot, at);
    }
    // A reload writes it before a stop, of a stopped app before the start: then it says nothing of the next stop.
    this.triggers.delete(`already-stopped ${slot.pmId}`);
    slot.last = null;
    slot.stop = null;
    slot.running = { startedAt: at };
  }

  /** The first start under a new daemon of an app that ran under the one before. */
  private comeBack(slot: Slot, at: EpochMs): void {
    const daemon = this.daemonStarts.at(-1);
    if (daemon === undefined || at - daemon.at > resurrectMs) return;
    // Ids are given anew by each daemon; the name is what stays.
    const before =
      this.former.get(keyOf(slot)) ?? [...this.former.values()].find(({ name }) => name === slot.name);
    if (before === undefined) return;
    this.former.delete(before.key);
    this.ends.push({
      ...blankEnd(slot),
      at: before.at,
      startedAt: before.startedAt,
      restartedAt: at,
      byDaemon: daemon,
    });
  }

  private stop(
    event: Pm2Event & { readonly kind: 'stopping' | 'starting' | 'online' | 'disconnected' },
    line: Pm2LogEvent,
    at: EpochMs,
  ): void {
    const slot = this.slotOf(event);
    if ((event.old ? slot.oldStop : slot.stop)?.asked.at === at) return;
    const trigger =
      this.takeTrigger('memory-limit', event.pmId, at) ??
      this.takeTrigger('watch', event.name, at) ??
      this.takeTrigger('cron-deregistered', event.pmId, at) ??
      this.takeTrigger('already-stopped', event.pmId, at);
    const stop: Stop = { asked: line, trigger, ownSigkill: null };
    if (event.old) slot.oldStop = stop;
    else slot.stop = stop;
    this.stopping.add(stop);
  }

  private takeTrigger(kind: TriggerKind, subject: number | string, at: EpochMs): Pm2LogEvent | null {
    const key = `${kind} ${subject}`;
    const line = this.triggers.get(key);
    if (line === undefined) return null;
    this.triggers.delete(key);
    return line.at !== null && at - line.at <= triggerMs[kind] ? line : null;
  }

  private exit(event: Pm2Event & { readonly kind: 'exited' }, line: Pm2LogEvent, at: EpochMs): void {
    const slot = this.slotOf(event);
    // A process ends once.
    if (!event.old && slot.last?.exit?.text === line.text) return;
    if (event.old && slot.replaced === null && slot.oldStop === null && slot.oldExitAt === at) return;
    const stop = event.old ? slot.oldStop : slot.stop;
    if (stop !== null) this.stopping.delete(stop);
    const end: EndDraft = {
      ...blankEnd(slot),
      isOld: event.old,
      at,
      startedAt: (event.old ? slot.replaced?.startedAt : slot.running?.startedAt) ?? null,
      code: event.code,
      signal: event.signal,
      asked: stop?.asked ?? null,
      trigger: stop?.trigger ?? null,
      ownSigkill: stop?.ownSigkill ?? null,
      exit: line,
      heapAbort: event.signal === 'SIGABRT' ? this.heapAbort : null,
      whileEnding: this.ending,
      restartedAt: event.old ? (slot.replaced?.by ?? at) : null,
    };
    if (event.signal === 'SIGABRT') this.heapAbort = null;
    this.ends.push(end);
    if (end.asked !== null) this.dying.add(end);
    if (event.old) {
      slot.oldExitAt = at;
      slot.replaced = null;
      slot.oldStop = null;
    } else {
      slot.running = null;
      slot.stop = null;
      slot.last = end;
    }
  }

  private markGroup(line: Pm2LogEvent, at: EpochMs): void {
    for (const end of this.ends.slice(-500).reverse()) {
      if (end.at === null || end.at < at - groupSignalMs) break;
      end.whileEnding = line;
    }
  }

  private newDaemon(banner: Pm2LogEvent, at: EpochMs): void {
    if (!this.hasStarts && this.daemonStarts.at(-1)?.at === at) return;
    // A daemon that `pm2 kill` started only to end it has no apps; those of the one before still wait.
    if (this.hasStarts || this.daemonStarts.length === 0) {
      this.former = new Map();
      const ended = this.farewell?.at ?? at;
      for (const [key, slot] of this.slots) {
        const { name } = slot;
        if (slot.running !== null)
          this.former.set(key, { key, name, startedAt: slot.running.startedAt, at: null });
        else if (slot.last?.at != null && slot.last.at >= ended - closingMs) {
          this.former.set(key, { key, name, startedAt: slot.last.startedAt, at: slot.last.at });
        }
      }
    }
    this.daemonStarts.push({ banner, at, farewell: this.farewell });
    this.slots = new Map();
    this.triggers.clear();
    this.stopping.clear();
    this.dying.clear();
    this.hasStarts = false;
    this.heapAbort = null;
    this.ending = null;
    this.farewell = null;
  }
}

function keyOf(event: { readonly pmId: number; readonly name: CleanText }): string {
  return `${event.pmId}\n${event.name}`;
}
