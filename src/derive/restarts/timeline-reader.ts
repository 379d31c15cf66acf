import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { DaemonFarewell } from './daemon-farewell.ts';
import { DaemonReturns } from './daemon-returns.ts';
import { endOfExit } from './exit-end.ts';
import { stepBackMs } from './log-repeats.ts';
import {
  emptySlot,
  type KnownOfDaemon,
  newRunning,
  pauseMs,
  type Slot,
  sameLineMs,
  sureGapMs,
} from './log-slot.ts';
import { type DaemonDraft, type EndDraft, type StartSeen, slotKey } from './process-end.ts';
import { isAnswer, markGroup } from './start-answer.ts';
import { StopTriggers } from './stop-triggers.ts';
import { StopsUnderWay } from './stops-under-way.ts';

type AppEvent = Pm2Event & { readonly kind: 'stopping' | 'starting' | 'online' | 'disconnected' };

/** Reads the lines of one log in their order; see `readTimeline`. */
export class TimelineReader {
  readonly ends: EndDraft[] = [];
  readonly starts: StartSeen[] = [];
  readonly daemonStarts: DaemonDraft[] = [];
  private readonly timesOf: KnownOfDaemon['timesOf'];
  private slots = new Map<string, Slot>();
  /** Lines of one text share their event: it finds the slot without making a key. */
  private slotsOfEvents = new Map<Pm2Event, Slot>();
  private readonly returns = new DaemonReturns();
  private hasStarts = false;
  private lastAt: EpochMs | null = null;
  private stepsBack = 0;
  private isBackwards = false;
  private readonly triggers = new StopTriggers();
  private readonly stops = new StopsUnderWay();
  private lastExit: EndDraft | null = null;
  private heapAbort: Pm2LogEvent | null = null;
  private readonly farewell = new DaemonFarewell();

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
        this.online(this.slotOf(event), at);
        break;
      case 'stopping':
        this.stop(event, line, at);
        break;
      case 'exited':
        this.exit(event, line, at);
        break;
      case 'backoff': {
        const last = this.slots.get(slotKey(event))?.last;
        if (last) {
          last.delayMs = event.delayMs;
          last.backoff = line;
          // Nobody waits to start again what was asked to stop: it was another end, whose lines are missing.
          if (last.asked !== null) last.isDoubtful = true;
        }
        break;
      }
      case 'overlimit':
        this.giveUp(line, at);
        break;
      case 'own-sigkill':
        this.stops.ownSigkill(line, at);
        break;
      case 'killed':
        if (!this.stops.killed(line, at, this.lastExit)) this.missEnd();
        break;
      case 'daemon-signalled':
        this.farewell.read(line);
        markGroup(this.ends, line, at);
        break;
      case 'daemon-started':
        this.newDaemon(line, at, event.pm2Version);
        break;
      case 'daemon-stopped':
        // It was idle before: what was stopped last was stopped for itself.
        if (at - (this.lastAt ?? at) > pauseMs) this.stops.from = Infinity;
        this.farewell.read(line);
        break;
      default:
        this.farewell.read(line);
        this.triggers.read(line);
    }
    this.lastAt = at;
  }

  /**
   * The log is read: a daemon that has said its farewell has stopped what was stopped last. Gives the last start of each
   * app under the last daemon.
   */
  finish(): ReadonlyMap<string, EpochMs> {
    const lastStarts = new Map<string, EpochMs>();
    for (const [key, { last, startedLast }] of this.slots) {
      if (startedLast !== null) lastStarts.set(key, startedLast);
      const isLastAct = last?.at != null && last.asked !== null && last.at >= this.stops.from;
      if (this.farewell.isSaid && isLastAct) last.isDoubtful = true;
    }
    return lastStarts;
  }

  private slotOf(event: Pm2Event & { readonly pmId: number; readonly name: CleanText }): Slot {
    const known = this.slotsOfEvents.get(event);
    if (known !== undefined) return known;
    const key = slotKey(event);
    const slot = this.slots.get(key) ?? emptySlot(event, key, this.timesOf(event));
    this.slots.set(key, slot);
    this.slotsOfEvents.set(event, slot);
    return slot;
  }

  private start(slot: Slot, line: Pm2LogEvent, at: EpochMs): void {
    const { last, running } = slot;
    // The same line once more.
    if (running?.startedAt === at) return;
    this.hasStarts = true;
    slot.startedLast = at;
    if (this.farewell.signalled === null) this.stops.from = Infinity;
    // A daemon on its way out brings nothing back that it has stopped itself, nor starts what runs.
    const isAfterStop = last?.asked != null && last.whileEnding !== null;
    if (this.farewell.signalled !== null && (isAfterStop || running !== null)) this.farewell.forget();
    if (last?.at != null) {
      this.stops.answered(last);
      if (isAnswer(last, slot.times, at)) {
        last.restartedAt = at;
        last.startLine = line;
      } else this.addStart(slot, line, at);
    } else if (running !== null) {
      slot.replaced = { ...running, by: at };
    } else if (!slot.isOdd && slot.stop === null && !this.comeBack(slot, at)) {
      this.addStart(slot, line, at);
    }
    // A reload writes it before a stop, of a stopped app before the start: then it says nothing of the next stop.
    this.triggers.drop('already-stopped', slot.pmId);
    this.triggers.drop('cron-deregistered', slot.pmId);
    this.triggers.age('watch', slot.name);
    if (running === null) this.triggers.age('memory-limit', slot.pmId);
    slot.last = null;
    slot.stop = null;
    slot.running = newRunning(at, this.stepsBack, slot.isOdd);
    slot.isOdd = false;
  }

  /** `had too many unstable restarts` names a script, not an app: it is meant for the exit just before. */
  private giveUp(line: Pm2LogEvent, at: EpochMs): void {
    const exit = this.lastExit;
    if (exit !== null) exit.overlimit = line;
    if (exit?.asked != null) exit.isDoubtful = true;
    if (exit?.at == null || at - exit.at > sameLineMs) this.missEnd();
  }

  /** A line came of which the end that it belongs to is missing: it may have been that of any app that runs. */
  private missEnd(): void {
    for (const { running } of this.slots.values()) if (running !== null) running.mayHaveEnded = true;
  }

  private addStart(slot: Slot, line: Pm2LogEvent, at: EpochMs): void {
    const by = this.triggers.take('cron-deregistered', slot.pmId, at) ?? line;
    const { pmId, name } = slot;
    this.starts.push({ pmId, name, at, line: by, isBeforeBanner: this.daemonStarts.length === 0 });
  }

  private online(slot: Slot, at: EpochMs): void {
    if (slot.running !== null) {
      // It comes once a start: an end and a start are missing between.
      if (slot.running.onlineAt !== null && slot.running.onlineAt !== at) {
        slot.running = newRunning(null, this.stepsBack, false);
        slot.stop = null;
        this.triggers.ageAll(slot);
        if (this.farewell.signalled !== null) this.farewell.forget();
      }
      slot.running.onlineAt = at;
      return;
    }
    // It comes a while after the start, in cluster mode once the app listens.
    slot.running = newRunning(null, this.stepsBack, slot.isOdd);
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

  private stop(event: AppEvent, line: Pm2LogEvent, at: EpochMs): void {
    this.stops.ask(this.slotOf(event), event, line, { at, lastAt: this.lastAt }, this.triggers);
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
        if (last.exit?.text === line.text && last.at !== null && at - last.at <= sameLineMs) {
          // Not the same line, but one like it: a start between them may be missing.
          if (at !== last.at) last.isDoubtful = true;
          return;
        }
        last.isVoid = true;
        isDoubtful = last.at !== null && at - last.at <= sureGapMs + last.delayMs;
      }
    }
    const found = event.old ? slot.oldStop : slot.stop;
    const end = endOfExit(slot, event, line, at, {
      stepsBack: this.stepsBack,
      heapAbort: this.heapAbort,
      signalled: this.farewell.signalled,
      mayHaveKilled: this.stops.mayHaveKilled(at),
    });
    end.isBackwards = this.isBackwards;
    if (isDoubtful) end.isDoubtful = true;
    if (event.signal === 'SIGABRT') this.heapAbort = null;
    end.daemonsBefore = this.daemonStarts.length;
    this.ends.push(end);
    this.lastExit = end;
    this.stops.exited(found, end);
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

  private newDaemon(banner: Pm2LogEvent, at: EpochMs, pm2Version: CleanText | null): void {
    const before = this.daemonStarts.at(-1);
    if (!this.hasStarts && before?.at === at) {
      // The same banner once more; the line with the version may stand behind the second one only.
      if (before.gone.nextVersion === null) before.gone = { ...before.gone, nextVersion: pm2Version };
      before.banner = banner;
      return;
    }
    const gone = this.farewell.end(this.lastAt, at, before?.banner ?? null, pm2Version);
    // A daemon that `pm2 kill` started only to end it has no apps; those of the one before still wait.
    const isNew = this.hasStarts || before === undefined;
    const start: DaemonDraft = { banner, at, farewell: gone.farewell, gone: isNew ? gone : before.gone };
    if (isNew) this.returns.leave(start, this.slots, this.stops.from);
    this.returns.begin(start);
    this.daemonStarts.push(start);
    this.slots = new Map();
    this.slotsOfEvents = new Map();
    this.triggers.clear();
    this.stops.clear();
    this.hasStarts = false;
    this.lastExit = null;
    this.heapAbort = null;
  }
}
