import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';

/** One end of one process of one app, as a daemon's log tells it, and what came after. */
export interface ProcessEnd {
  readonly pmId: number;
  readonly name: CleanText;
  /** The worker that a reload replaced: PM2 had renamed it to `_old_<id>`. */
  readonly isOld: boolean;
  /** When it ended; null = no line says so (its daemon went first). */
  readonly at: EpochMs | null;
  /** When that process had started; null = before the log begins. */
  readonly startedAt: EpochMs | null;
  /** The clock did not run backwards between its start and its end: the two may be subtracted. */
  readonly isSteady: boolean;
  readonly code: number | null;
  /** As printed: SIGINT is PM2's filler for "no signal" (lib/God.js:416, 7.0.4). */
  readonly signal: CleanText | null;
  /** `Stopping app`: PM2 asked for it. null = it died by itself. */
  readonly asked: Pm2LogEvent | null;
  /** What made PM2 ask, from the line before. */
  readonly trigger: Pm2LogEvent | null;
  /** PM2's own SIGKILL after `kill_timeout`. */
  readonly ownSigkill: Pm2LogEvent | null;
  readonly exit: Pm2LogEvent | null;
  readonly heapAbort: Pm2LogEvent | null;
  /** The daemon itself was being ended by a signal, which went to the whole group. */
  readonly whileEnding: Pm2LogEvent | null;
  /** `will restart in …ms`. */
  readonly backoff: Pm2LogEvent | null;
  /** `had too many unstable restarts`, right after its exit line. It names the script, not the app. */
  readonly overlimit: Pm2LogEvent | null;
  /** When PM2 started it again because of this end; null = it did not. */
  readonly restartedAt: EpochMs | null;
  /** The line of that start. */
  readonly startLine: Pm2LogEvent | null;
  /** It stopped and started with a second between, as two commands can: only the counter knows. */
  readonly isMaybe: boolean;
  /** Its line lies before the one above it: a clock set back, or a line that PM2 did not write. */
  readonly isBackwards: boolean;
  /** Another end without a start stands just before it: which of the two is true is not known. */
  readonly isDoubtful: boolean;
  /** What came after shows that it was not as it says, or that a start is missing: neither a stop nor a restart. */
  readonly isVoid: boolean;
  /** Daemons whose banner stands above its line: those of one second are told apart by it. */
  readonly daemonsBefore: number;
  /** It ended with its daemon; this is the one that came after. */
  readonly byDaemon: DaemonStart | null;
}

/** How a daemon that had apps went. */
export interface DaemonGone {
  /** Its last line. */
  readonly lastAt: EpochMs | null;
  /** `PM2 successfully stopped`, `Exited peacefully`, or what ended it; null = it went without a word. */
  readonly farewell: Pm2LogEvent | null;
  readonly signalled: Pm2LogEvent | null;
  readonly error: Pm2LogEvent | null;
  readonly pm2Version: CleanText | null;
  /** The first banner after it. */
  readonly followedAt: EpochMs;
  readonly nextVersion: CleanText | null;
}

export interface DaemonStart {
  readonly banner: Pm2LogEvent;
  readonly at: EpochMs;
  /** What the daemon just before it said last; null = it went without a word. */
  readonly farewell: Pm2LogEvent | null;
  /** The last daemon before this one that had apps. */
  readonly gone: DaemonGone;
}

/** A start that no end of a process before it explains. */
export interface StartSeen {
  readonly pmId: number;
  readonly name: CleanText;
  readonly at: EpochMs;
  readonly line: Pm2LogEvent;
  /** No daemon's banner stands before it: at the beginning of the log the end before it may be cut off. */
  readonly isBeforeBanner: boolean;
}

export interface LogTimeline {
  /** In the order of the log. */
  readonly ends: readonly ProcessEnd[];
  readonly starts: readonly StartSeen[];
  /** The last `starting` line of each app of the last daemon, by `slotKey`. */
  readonly lastStarts: ReadonlyMap<string, EpochMs>;
  readonly daemonStarts: readonly DaemonStart[];
  /** First and last time in the log. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
}

/** A daemon whose banner is still being read. */
export type DaemonDraft = { -readonly [K in keyof DaemonStart]: DaemonStart[K] };

/** An end still being read. */
export type EndDraft = { -readonly [K in keyof ProcessEnd]: ProcessEnd[K] } & {
  /** `process tree killed`: PM2 was done with it. */
  killedAt: EpochMs | null;
  delayMs: number;
};

export function slotKey(of: { readonly pmId: number; readonly name: CleanText }): string {
  return `${of.pmId}\n${of.name}`;
}

/** Nothing known yet but whose end it is. */
export function blankEnd(slot: { readonly pmId: number; readonly name: CleanText }): EndDraft {
  return {
    pmId: slot.pmId,
    name: slot.name,
    isOld: false,
    at: null,
    startedAt: null,
    isSteady: true,
    code: null,
    signal: null,
    asked: null,
    trigger: null,
    ownSigkill: null,
    exit: null,
    heapAbort: null,
    whileEnding: null,
    backoff: null,
    overlimit: null,
    restartedAt: null,
    startLine: null,
    isMaybe: false,
    isBackwards: false,
    isDoubtful: false,
    isVoid: false,
    daemonsBefore: 0,
    byDaemon: null,
    killedAt: null,
    delayMs: 0,
  };
}
