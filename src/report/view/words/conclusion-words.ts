import type { Cause, DaemonEnd, Unexplained } from '../../../model/restart.ts';
import type { EpochMs } from '../../../model/text.ts';

/** Causes that a sentence tells by itself; requests, daemon ends and what has no cause have their own. */
export type ToldCause = Exclude<Cause, 'manual' | 'reload' | 'daemon-restart' | 'unknown'>;

export interface Asked {
  readonly manual: number;
  readonly reload: number;
  readonly total: number;
  /** How many bursts hold most of them; 0 = they came singly. */
  readonly bursts: number;
  readonly period: string;
}

/** The sentences about one app's restarts. `period` is words of `words/periods.ts`; empty = not said. */
export interface ConclusionWords {
  /** A loop that is still running, by what it is made of; `every` null = no rhythm. */
  loopGoesOn(cause: Cause, restarts: number, from: EpochMs, everyMs: number | null): string;
  /** The app waits before its next start, and no loop is in the window. */
  waits(cause: Cause, count: number, period: string): string;
  loopDaily(cause: Cause, restarts: number, period: string): string;
  loopOnce(cause: Cause, restarts: number, lastedMs: number, period: string): string;
  loops(cause: Cause, loops: number, restarts: number, period: string, endedAt: EpochMs): string;
  /** The same inside the text, where something else is said first. */
  alsoLoops(loops: number, restarts: number, period: string): string;
  /** `ends`: how many in a row led to it; 1 = those before were not seen. */
  gaveUp(ends: number, areCrashes: boolean, lastedMs: number, at: EpochMs): string;
  gaveUpBefore(times: number, at: EpochMs): string;
  /** Stops on request that a start by hand or by cron followed. */
  stoppedAndStarted(count: number): string;
  /** Failures that PM2 did not answer, though the app ran again later. */
  notAnswered(count: number, words: readonly string[]): string;
  leftDown(at: EpochMs, cause: string): string;
  /** Stopped by hand, and nothing else to say. */
  stoppedOnRequest(at: EpochMs): string;
  /** A job that PM2 was told to leave down: its last run. `code`: one of `stop_exit_codes`; null = no error, no autorestart. */
  runEnded(at: EpochMs, code: number | null): string;
  askedMost(facts: Asked): string;
  asked(facts: Asked): string;
  burstsOnly(bursts: number): string;
  /** `It crashed 12 times, on 18 and 19 Nov.` `fromOutside`: no signal is one that a process brings on itself. */
  caused(
    cause: ToldCause,
    count: number,
    period: string,
    signals: readonly string[],
    isSum: boolean,
    fromOutside: boolean,
  ): string;
  memoryChurns(count: number, period: string, everyMs: number | null): string;
  endsItself(count: number, period: string, everyMs: number | null): string;
  nothingFailed: string;
  watchOnly(count: number, period: string): string;
  cronOnly(count: number, period: string): string;
  daemonOnly(count: number, period: string): string;
  daemonEnds(
    parts: readonly { readonly how: DaemonEnd | null; readonly count: number }[],
    isOnly: boolean,
  ): string;
  unknownOnly(count: number, period: string): string;
  unknown(count: number, period: string): string;
  noLoop: string;
  /** `counter` 0: it has never restarted, as far as PM2 counts. */
  onlyHistory(counter: number, since: EpochMs | null): string;
  notVisible(counter: number): string;
  /** `isSeen`: that it did not restart in the window is known. */
  workersOnly(count: number, period: string, isSeen: boolean): string;
  workersToo(count: number, period: string): string;
  workersUncounted: string;
  held(least: string, most: string): string;
  limit(limit: string, medianUptimeMs: number | null): string;
  lived(medianUptimeMs: number): string;
  sameCrash(count: number, total: number): string;
  afterRequest(crashes: number, total: number): string;
  /** `apps`: of how many at once. */
  beganAfter(ms: number, at: EpochMs, apps: number): string;
  unexplained(why: Unexplained | null, count: number, counter: number, from: EpochMs | null): string;
  /** Why what the counter holds beyond the window cannot be told. */
  unexplainedAll(why: Unexplained | null, count: number): string;
  /** `cause` null = unknown. `waitedMs`: before the next start; 0 = none; null = not seen. */
  goesOn(at: EpochMs, cause: string | null, waitedMs: number | null): string;
  expectAgain(clock: string, at: EpochMs, isCrash: boolean): string;
  inRhythm(at: EpochMs, cause: string, nextAt: EpochMs): string;
  ended(at: EpochMs, sinceMs: number, isCrash: boolean): string;
  last(at: EpochMs, cause: string | null): string;
  /** `told`: the headline has said when and how · `failed`: PM2 tried, and the start made no process. */
  down(at: EpochMs, sinceMs: number, why: 'gave-up' | 'asked' | 'left' | 'told' | 'failed'): string;
}
