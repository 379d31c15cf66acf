import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import type { EndDraft } from './process-end.ts';

/** What the app's own settings say of the time between lines. */
export interface AppTimes {
  readonly killTimeoutMs: number;
  readonly restartDelayMs: number;
}
export interface KnownOfDaemon {
  readonly timesOf: (slot: { readonly pmId: number; readonly name: CleanText }) => AppTimes;
  /** When PM2 says its present daemon started; null = not known. */
  readonly daemonStartedAt: EpochMs | null;
}
/** PM2's own defaults (kill_timeout 1600 ms, no restart_delay). */
export const defaultTimes: AppTimes = { killTimeoutMs: 1_600, restartDelayMs: 0 };
export const nothingKnown: KnownOfDaemon = { timesOf: () => defaultTimes, daemonStartedAt: null };
/** A banner follows the start of its daemon; hosts that thrash need a while. */
export const bannerMs = 120_000;

export interface Running {
  readonly startedAt: EpochMs | null;
  /** How often the clock had been set back by then. */
  readonly stepsBack: number;
  /** Just before it an exit was passed over: lines are missing there. */
  readonly isAfterOdd: boolean;
  /** A line came that only an end explains which is missing: it may have been this one's. */
  mayHaveEnded: boolean;
  onlineAt: EpochMs | null;
}
export function newRunning(startedAt: EpochMs | null, stepsBack: number, isAfterOdd: boolean): Running {
  return { startedAt, stepsBack, isAfterOdd, mayHaveEnded: false, onlineAt: null };
}

export interface Slot {
  /** See `slotKey`. */
  readonly key: string;
  readonly pmId: number;
  readonly name: CleanText;
  readonly times: AppTimes;
  /** Its newest `starting` line under this daemon. */
  startedLast: EpochMs | null;
  running: Running | null;
  /** During a reload: the worker on its way out, and when its successor started. */
  replaced: (Running & { readonly by: EpochMs }) | null;
  stop: Stop | null;
  oldStop: Stop | null;
  oldExitAt: EpochMs | null;
  last: EndDraft | null;
  /** An exit of it was passed over, because it had never started. */
  isOdd: boolean;
}
/** An app of the daemon before. */
export interface Former {
  readonly key: string;
  readonly name: CleanText;
  readonly running: Running | null;
  readonly last: EndDraft | null;
  /** It ran, or was stopped with all others. */
  readonly isForEnd: boolean;
}
export interface Stop {
  readonly asked: Pm2LogEvent;
  readonly trigger: Pm2LogEvent | null;
  /** That trigger may have been meant for an earlier stop. */
  readonly isDoubtful: boolean;
  ownSigkill: Pm2LogEvent | null;
}

/** `pm2 restart` starts in the moment the stop is done: in the same second, or in the next one; so does a command after a stop. */
export const askedGapMs = 999;
export const maybeGapMs = 1_999;
/** PM2 starts a dead app, and one it restarts for a reason it has written down, in the same moment; hosts that thrash need longer. */
export const sureGapMs = 15_000;
/** A stop this long before the daemon's end belongs to it: the default TimeoutStopSec is 90 s. */
export const closingMs = 180_000;
/** A daemon that ends stops its apps without a pause between them. */
export const pauseMs = 1_999;
/** Resurrecting many apps takes a while. */
export const resurrectMs = 600_000;
/** A signal to the whole group reaches apps and daemon within this time. */
export const groupSignalMs = 5_000;
/** What belongs to an end that is missing can be taken for the next one's only so soon after. */
export const oddMs = 10_000;
/** Stands the same line twice, it is one line. */
export const sameLineMs = 2_000;
/** A stop whose exit has not come this long after `kill_timeout` is not the reason of a later exit. */
export const lateExitMs = 30_000;

export function emptySlot(
  of: { readonly pmId: number; readonly name: CleanText },
  key: string,
  times: AppTimes,
): Slot {
  return {
    key,
    pmId: of.pmId,
    name: of.name,
    times,
    startedLast: null,
    running: null,
    replaced: null,
    stop: null,
    oldStop: null,
    oldExitAt: null,
    last: null,
    isOdd: false,
  };
}
