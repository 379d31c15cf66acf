import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { DaemonFarewell } from './daemon-farewell.ts';
import { DaemonReturns } from './daemon-returns.ts';
import { stepBackMs, withoutRepeats } from './log-repeats.ts';
import {
  askedGapMs,
  bannerMs,
  closingMs,
  emptySlot,
  groupSignalMs,
  type KnownOfDaemon,
  lateExitMs,
  maybeGapMs,
  nothingKnown,
  pauseMs,
  type Slot,
  type Stop,
  sameLineMs,
  sureGapMs,
} from './log-slot.ts';
import {
  blankEnd,
  type DaemonStart,
  type EndDraft,
  type LogTimeline,
  type StartSeen,
  slotKey,
} from './process-end.ts';
import { StopTriggers } from './stop-triggers.ts';

/**
 * Answers: which processes ended, how, and what did PM2 do next? Reads the lines of one daemon's log in their order,
 * once. Rules: facts of PM2 5.4.3, 6.0.14 and 7.0.4; lib/God.js, lib/God/ActionMethods.js, lib/God/Reload.js.
 * Lines without a time are passed over (but for V8's last words). What the log does not show is not made up: a start
 * without an end before it, and an end without a start after it, are no restart. What cannot be (the end of a process
 * that never started, a second end without a start) does not count.
 */
export function readTimeline(
  events: readonly Pm2LogEvent[],
  known: KnownOfDaemon = nothingKnown,
): LogTimeline {
  const reader = new TimelineReader(known.timesOf);
  const lastBannerAt = (known.daemonStartedAt ?? Infinity) + bannerMs;
  for (const line of withoutRepeats(events)) {
    // The present daemon's banner is the last one; an app may have written another.
    if (line.event.kind === 'daemon-started' && (line.at ?? 0) > lastBannerAt) continue;
    reader.read(line);
  }
  reader.finish();
  const { ends, starts, lastStarts, daemonStarts } = reader;
  const from = events.find((line) => line.at !== null)?.at ?? null;
  const to = events.findLast((line) => line.at !== null)?.at ?? null;
  return { ends, starts, lastStarts, daemonStarts, from, to };
}

class TimelineReader {
  readonly ends: EndDraft[] = [];
  readonly starts: StartSeen[] = [];
  readonly lastStarts = new Map<string, EpochMs>();
  readonly daemonStarts: DaemonStart[] = [];
  private readonly timesOf: KnownOfDaemon['timesOf'];
  private slots = new Map<string, Slot>();
  private readonly returns = new DaemonReturns();
  private hasStarts = false;
  private lastAt: EpochMs | null = null;
  private stepsBack = 0;
  private isBackwards = false;
  private readonly triggers = new StopTriggers();
  private readonly stopping = new Set<Stop>();
  private readonly dying = new Set<EndDraft>();
  private lastExit: EndDraft | null = null;
  private heapAbort: Pm2LogEvent | null = null;
  private readonly farewell = new DaemonFarewell();
  /** Since when apps are stopped without a pause and a start between. */
  private stopsFrom: EpochMs = Infinity;
  private lastKilled: Pm2LogEvent | null = null;

  constructor(timesOf: KnownOfDaemon['timesOf']) {
    this.timesOf = timesOf;
  }

  read(line: Pm2LogEvent): void {
    const { event, at } = line;
    if (event.kind === 'heap-abort') this.heapAbort = line;
    if (at === null) return;
    this.isBackwards = this.lastAt !== null && at < this.lastAt - stepBackMs;
    if (this.isBackwards) this.stepsBack += 1;
    if (this.farewell.isSaid && event.kind !== 'daemon-started') this.farewell.goOn(line, at);
    switch (event.kind) {
      case 'starting':
        this.start(this.slotOf(event), line, at);
        break;
      case 'online':
        this.online(this.slotOf(event));
        break;
      case 'stopping':
        this.stop(event, line, at);
        break;
      case 'exited':
        this.exit(event, line, at);
        break;
      case 'backoff': {
        const last = this.slots.get(slotKey(event))?.last;
        if (last) Object.assign(last, { delayMs: event.delayMs, backoff: line });
        break;
      }
      case 'overlimit':
        if (this.lastExit !== null) this.lastExit.overlimit = line;
        break;
      case 'own-sigkill':
        for (const stop of this.stopping) stop.ownSigkill = line;
        break;
      case 'killed':
        if (line.text !== this.lastKilled?.text || at !== this.lastKilled.at) this.killed(at);
        this.lastKilled = line;
        break;
      case 'daemon-signalled':
        this.farewell.read(line);
        this.markGroup(line, at);
        break;
      case 'daemon-started':
        this.newDaemon(line, at, event.pm2Version);
        break;
      case 'daemon-stopped':
        // It was idle before: what was stopped last was stopped for itself.
        if (at - (this.lastAt ?? at) > pauseMs) this.stopsFrom = Infinity;
        this.farewell.read(line);
        break;
      default:
        this.farewell.read(line);
        this.triggers.read(line);
    }
    this.lastAt = at;
  }

  /** The log is read: a daemon that has said its farewell has stopped what was stopped last. */
  finish(): void {
    if (!this.farewell.isSaid) return;
    for (const { last } of this.slots.values())
      if (last?.at != null && last.asked !== null && last.at >= this.stopsFrom) last.isDoubtful = true;
  }

  private slotOf(event: { readonly pmId: number; readonly name: CleanText }): Slot {
    const key = slotKey(event);
    const known = this.slots.get(key);
    if (known !== undefined) return known;
    const slot = emptySlot(event);
    this.slots.set(key, slot);
    return slot;
  }

  private start(slot: Slot, line: Pm2LogEvent, at: EpochMs): void {
    // The same line once more.
    if (slot.running?.startedAt === at) return;
    this.hasStarts = true;
    this.lastStarts.set(slotKey(slot), at);
    if (this.farewell.signalled === null) this.stopsFrom = Infinity;
    const running = { startedAt: at, stepsBack: this.stepsBack };
    if (slot.last?.at != null) {
      if (!this.answer(slot, slot.last, line, at)) this.addStart(slot, line, at);
    } else if (slot.running !== null) {
      slot.replaced = { ...slot.running, by: at };
    } else if (!slot.isOdd && slot.stop === null && !this.comeBack(slot, at)) {
      this.addStart(slot, line, at);
    }
    // A reload writes it before a stop, of a stopped app before the start: then it says nothing of the next stop.
    this.triggers.drop('already-stopped', slot.pmId);
    this.triggers.drop('cron-deregistered', slot.pmId);
    slot.last = null;
    slot.stop = null;
    slot.isOdd = false;
    slot.running = running;
  }

  /** Is this start PM2's answer to that end? */
  private answer(slot: Slot, last: EndDraft, line: Pm2LogEvent, at: EpochMs): boolean {
    const from = Math.max(last.at ?? at, last.killedAt ?? -Infinity);
    this.dying.delete(last);
    const isSure = last.asked === null || last.trigger !== null;
    const delayMs = Math.max(last.delayMs, last.asked === null ? this.timesOf(slot).restartDelayMs : 0);
    const gapMs = at - from;
    if (gapMs > (isSure ? sureGapMs + delayMs : maybeGapMs)) return false;
    last.isMaybe = !isSure && gapMs > askedGapMs;
    // PM2 says what it has killed before it starts again: without that line, something between is missing.
    if (last.asked !== null && last.killedAt === null) last.isDoubtful = true;
    last.restartedAt = at;
    last.startLine = line;
    return true;
  }

  private addStart(slot: Slot, line: Pm2LogEvent, at: EpochMs): void {
    const by = this.triggers.take('cron-deregistered', slot.pmId, at) ?? line;
    const { pmId, name } = slot;
    this.starts.push({ pmId, name, at, line: by, isBeforeBanner: this.daemonStarts.length === 0 });
  }

  private online(slot: Slot): void {
    if (slot.running !== null) return;
    // It comes a while after the start, in cluster mode once the app listens.
    slot.running = { startedAt: null, stepsBack: this.stepsBack };
    // Its start is missing, so what it answered is not known.
    if (slot.last !== null) slot.last.isVoid = true;
  }

  /** The first start under a new daemon of an app that ran under the one before. */
  private comeBack(slot: Slot, at: EpochMs): boolean {
    const end = this.returns.comeBack(slot, at, this.stepsBack);
    // One that a line had told of is among the ends already.
    if (end?.exit === null) this.ends.push(end);
    return end !== null;
  }

  private stop(
    event: Pm2Event & { readonly kind: 'stopping' | 'starting' | 'online' | 'disconnected' },
    line: Pm2LogEvent,
    at: EpochMs,
  ): void {
    const slot = this.slotOf(event);
    if ((event.old ? slot.oldStop : slot.stop)?.asked.at === at) return;
    if (this.stopsFrom === Infinity || at - (this.lastAt ?? at) > pauseMs) this.stopsFrom = at;
    const stop: Stop = { asked: line, trigger: this.triggers.reasonOf(event, at), ownSigkill: null };
    if (event.old) slot.oldStop = stop;
    else slot.stop = stop;
    this.stopping.add(stop);
  }

  private exit(event: Pm2Event & { readonly kind: 'exited' }, line: Pm2LogEvent, at: EpochMs): void {
    const slot = this.slotOf(event);
    const { last } = slot;
    if (event.old && slot.replaced === null && slot.oldStop === null && slot.oldExitAt === at) return;
    let isDoubtful = false;
    if (!event.old && slot.running === null) {
      if (last === null) {
        // It may have started before the log begins, but not before its daemon.
        slot.isOdd = this.daemonStarts.length > 0;
        if (slot.isOdd) return;
      } else {
        // A process ends once.
        if (last.exit?.text === line.text && last.at !== null && at - last.at <= sameLineMs) return;
        last.isVoid = true;
        isDoubtful = last.at !== null && at - last.at <= sureGapMs + last.delayMs;
      }
    }
    const found = event.old ? slot.oldStop : slot.stop;
    if (found !== null) this.stopping.delete(found);
    const isLate =
      found?.asked.at != null && at - found.asked.at > this.timesOf(slot).killTimeoutMs + lateExitMs;
    const stop = isLate ? null : found;
    const before = event.old ? slot.replaced : slot.running;
    const end: EndDraft = {
      ...blankEnd(slot),
      isOld: event.old,
      at,
      startedAt: before?.startedAt ?? null,
      isSteady: before === null || before.stepsBack === this.stepsBack,
      code: event.code,
      signal: event.signal,
      asked: stop?.asked ?? null,
      trigger: stop?.trigger ?? null,
      ownSigkill: stop?.ownSigkill ?? null,
      exit: line,
      heapAbort: event.signal === 'SIGABRT' ? this.heapAbort : null,
      whileEnding: this.farewell.signalled,
      restartedAt: event.old ? (slot.replaced?.by ?? at) : null,
      isBackwards: this.isBackwards,
      isDoubtful: isDoubtful || isLate,
    };
    if (event.signal === 'SIGABRT') this.heapAbort = null;
    this.ends.push(end);
    this.lastExit = end;
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

  private killed(at: EpochMs): void {
    for (const end of this.dying) {
      if (at - (end.at ?? at) > closingMs) this.dying.delete(end);
      else end.killedAt = at;
    }
    const [oldest] = this.dying;
    if (oldest !== undefined) this.dying.delete(oldest);
    // PM2 kills only what it stops: the line that says so is missing.
    else if (this.lastExit !== null && this.lastExit.asked === null && this.lastExit.killedAt === null) {
      Object.assign(this.lastExit, { isDoubtful: true, killedAt: at });
    }
  }

  private markGroup(line: Pm2LogEvent, at: EpochMs): void {
    for (const end of this.ends.slice(-500).reverse()) {
      if (end.at === null || end.at < at - groupSignalMs) break;
      if (end.asked !== null) continue;
      // An app that failed by itself just before did fail; one that ended with 0 may have obeyed the same signal.
      if (end.signal === 'SIGTERM' || end.code === 143 || end.code === 130) end.whileEnding = line;
      else if (end.code === 0) end.isDoubtful = true;
    }
  }

  private newDaemon(banner: Pm2LogEvent, at: EpochMs, pm2Version: CleanText | null): void {
    if (!this.hasStarts && this.daemonStarts.at(-1)?.at === at) return;
    const before = this.daemonStarts.at(-1);
    const gone = this.farewell.end(this.lastAt, at, before?.banner ?? null, pm2Version);
    // A daemon that `pm2 kill` started only to end it has no apps; those of the one before still wait.
    const isNew = this.hasStarts || before === undefined;
    const start: DaemonStart = { banner, at, farewell: gone.farewell, gone: isNew ? gone : before.gone };
    if (isNew) this.returns.leave(start, this.slots, this.stopsFrom);
    this.returns.begin(start);
    this.daemonStarts.push(start);
    this.slots = new Map();
    this.lastStarts.clear();
    this.triggers.clear();
    this.stopping.clear();
    this.dying.clear();
    this.hasStarts = false;
    this.lastExit = null;
    this.heapAbort = null;
    this.stopsFrom = Infinity;
  }
}
