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
  /** When PM2 started it again because of this end; null = it did not. */
  readonly restartedAt: EpochMs | null;
  /** It came back with a new daemon. */
  readonly byDaemon: DaemonStart | null;
}

export interface DaemonStart {
  readonly banner: Pm2LogEvent;
  readonly at: EpochMs;
  /** `PM2 successfully stopped`, `Exited peacefully`, or what ended the daemon before; null = it went without a word. */
  readonly farewell: Pm2LogEvent | null;
}

export interface LogTimeline {
  /** In the order of the log. */
  readonly ends: readonly ProcessEnd[];
  readonly daemonStarts: readonly DaemonStart[];
  /** First and last time in the log. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
}

/** An end still being read. */
export type EndDraft = { -readonly [K in keyof ProcessEnd]: ProcessEnd[K] } & {
  /** `process tree killed`: PM2 was done with it. */
  killedAt: EpochMs | null;
  delayMs: number;
};

/** Nothing known yet but whose end it is. */
export function blankEnd(slot: { readonly pmId: number; readonly name: CleanText }): EndDraft {
  return {
    pmId: slot.pmId,
    name: slot.name,
    isOld: false,
    at: null,
    startedAt: null,
    code: null,
    signal: null,
    asked: null,
    trigger: null,
    ownSigkill: null,
    exit: null,
    heapAbort: null,
    whileEnding: null,
    restartedAt: null,
    byDaemon: null,
    killedAt: null,
    delayMs: 0,
  };
}
