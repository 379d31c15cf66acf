import type { AttributedKill } from '../../model/oom.ts';
import type { App, BusEvent, Pm2Log, Pm2LogEvent } from '../../model/pm2.ts';
import type { Cause, DaemonEnd } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { Confidence, EpochMs, Quote } from '../../model/text.ts';
import { exceptionNear, heapText } from './app-log-evidence.ts';
import { matchesCron } from './cron-match.ts';
import { type DaemonEvidence, daemonEndOf } from './daemon-end.ts';
import { killAfterMs, killBeforeMs } from './end-kills.ts';
import type { DaemonStart, ProcessEnd } from './process-end.ts';
import { firstAtLeast } from './sorted-times.ts';

/** What else is known of one app, next to its daemon's log. */
export interface CauseEvidence extends DaemonEvidence {
  readonly app: App;
  readonly log: Pick<Pm2Log, 'path' | 'utcOffsetMinutes'>;
  /** What the log covers: at its edges the line that tells may be cut off. */
  readonly covers: { readonly from: EpochMs | null; readonly to: EpochMs | null };
  /** The kill that took this very process; null = none found. */
  readonly kill: AttributedKill | null;
  /** From when on a kill would have been seen; null = kills could not be read. */
  readonly killsFrom: EpochMs | null;
  /** When kernel kills happened that nothing ties to anybody, oldest first: one of them may be this end's. */
  readonly strayKills: readonly EpochMs[];
  /** Bus events of this app. */
  readonly heard: readonly BusEvent[];
  readonly appLogs: readonly AppLog[];
  /** When PM2 says its present daemon started; proves the newest banner. */
  readonly daemonStartedAt: EpochMs | null;
}

export interface CauseFound {
  readonly cause: Cause;
  readonly confidence: Confidence;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly because: readonly Quote[];
  readonly daemonEnd: DaemonEnd | null;
}

/** Lines that belong together stand within this time. */
const edgeMs = 5_000;
/** A signal to the whole group reaches apps and daemon within this time. */
const groupSignalMs = 2_000;
/** 128 + n is what a shell, npm or a container runtime exits with when its child died by signal n (signal(7)). */
const shellSignals: { readonly [code: number]: string } = {
  129: 'SIGHUP',
  130: 'SIGINT',
  131: 'SIGQUIT',
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/**
 * Answers: why did this process end? A cause is stated as `certain` or `likely` only where a line carries it; what the
 * log cannot tell apart stays `possible` or `unknown`:
 * - exit code 0 without a signal is also what a SIGINT from outside looks like, and in cluster mode an uncaught exception;
 * - SIGKILL without a kill record is `kill -9`, or an OOM kill that no log shows;
 * - SIGSEGV and SIGABRT come from inside as well as from outside.
 */
export function findCause(end: ProcessEnd, seen: CauseEvidence): CauseFound {
  const isDaemons = end.exit === null || end.asked !== null || end.whileEnding !== null;
  if (end.byDaemon !== null && isDaemons) return byDaemon(end, end.byDaemon, seen);
  const signal = signalOf(end);
  const exitCode = signal === null || end.code !== 0 ? end.code : null;
  const lines = quotes(seen, end.trigger, end.asked, end.ownSigkill, end.heapAbort, end.exit, end.overlimit);
  const answer = (cause: Cause, confidence: Confidence, more: readonly Quote[] = []): CauseFound => ({
    cause,
    confidence: end.isDoubtful ? atMostPossible(confidence) : confidence,
    exitCode,
    signal,
    because: more.length === 0 ? lines : [...lines, ...more],
    daemonEnd: null,
  });
  if (end.isOld || end.asked !== null) {
    const [cause, confidence] = asked(end, seen);
    return answer(cause, isLastSeen(end, seen) ? atMostPossible(confidence) : confidence);
  }
  if (isCutOff(end, seen)) return answer('unknown', 'none');
  if (seen.kill !== null) {
    const { confidence, kill } = seen.kill;
    const isSure = !mayBeNext(end, kill.at, seen);
    return answer('oom-kill', isSure ? confidence : atMostPossible(confidence), kill.quotes.slice(0, 2));
  }
  if (end.whileEnding !== null) return answer('daemon-restart', 'likely', quotes(seen, end.whileEnding));
  if (signal === 'SIGABRT') {
    const text = heapText(end, seen);
    if (end.heapAbort !== null && seen.app.execMode === 'cluster') return answer('heap-oom', 'likely');
    if (text !== null) return answer('heap-oom', text.isTimed ? 'certain' : 'likely', [text.quote]);
    return answer('signal', 'possible');
  }
  if (signal === 'SIGKILL') {
    if (seen.killsFrom === null) return answer('unknown', 'none');
    const isCovered = end.at !== null && seen.killsFrom <= end.at;
    const isClear = isCovered && !isOwnCode(end, seen) && !isBesideKill(end, seen);
    return answer('signal', isClear ? 'likely' : 'possible');
  }
  if (signal !== null) {
    // What ends the daemon reaches its apps first, or last: that line may not be there yet.
    const isLast = end.at !== null && seen.covers.to !== null && seen.covers.to - end.at <= groupSignalMs;
    const isFault = /^SIG(?:SEGV|BUS|ILL|FPE|QUIT|SYS|TRAP)$/.test(signal);
    return answer('signal', isFault || isLast || isOwnCode(end, seen) ? 'possible' : 'likely');
  }
  const exception = exceptionNear(end, seen);
  const shown = exception === null ? [] : [exception.quote];
  if (end.code !== null && end.code !== 0) return answer('crash', 'certain', shown);
  if (seen.app.execMode === 'cluster') {
    if (exception === null) return answer('unknown', 'none');
    return answer('crash', exception.isFatal ? 'likely' : 'possible', shown);
  }
  return answer('clean-exit', 'possible');
}

export function atMostPossible(confidence: Confidence): Confidence {
  return confidence === 'none' ? 'none' : 'possible';
}

/** The signal that ended it, also behind a shell. SIGINT in the line is PM2's filler for none (lib/God.js:416, 7.0.4). */
function signalOf(end: ProcessEnd): string | null {
  if (end.signal !== null && end.signal !== 'SIGINT') return end.signal;
  return end.code === null ? null : (shellSignals[end.code] ?? null);
}

/** Of a Node script PM2 runs itself, 128 + n may as well be what it chose to exit with (`process.exit(143)`). */
function isOwnCode(end: ProcessEnd, { app }: CauseEvidence): boolean {
  if (end.code === null || shellSignals[end.code] === undefined) return false;
  const isNode = app.execMode === 'cluster' || /(?:^|\/)node(?:js)?$/.test(app.interpreter ?? '');
  return isNode && !/(?:^|\/)(?:npm|npx|yarn|pnpm|corepack)(?:-cli)?(?:\.c?js)?$/.test(app.scriptPath ?? '');
}

/** Within the seconds in which PM2 notes a kill, one happened whose victim nobody could name. */
function isBesideKill({ at }: ProcessEnd, { strayKills }: CauseEvidence): boolean {
  if (at === null) return false;
  const next = strayKills[firstAtLeast(strayKills, at - killBeforeMs)];
  return next !== undefined && next <= at + killAfterMs;
}

/** At the end of what was read, a stop may be one of all apps, for the end of the daemon. */
function isLastSeen(end: ProcessEnd, { covers, daemonStartedAt }: CauseEvidence): boolean {
  if (end.restartedAt !== null || end.at === null || covers.to === null) return false;
  return covers.to - end.at <= edgeMs || covers.to < (daemonStartedAt ?? -Infinity);
}

/** At the end of what was read, a kill may have taken the process after this one, whose end is not there yet. */
function mayBeNext(end: ProcessEnd, killedAt: EpochMs | null, { covers }: CauseEvidence): boolean {
  if (end.at === null || killedAt === null || covers.to === null) return false;
  const leftMs = covers.to - end.at;
  return (killedAt > end.at && leftMs <= groupSignalMs) || (killedAt >= end.at + 1_000 && leftMs <= edgeMs);
}

/** It started before the log begins, and so may have its stop: PM2 waits `kill_timeout` between the two. */
function isCutOff(end: ProcessEnd, seen: CauseEvidence): boolean {
  if (end.startedAt !== null || end.at === null || seen.covers.from === null) return false;
  return end.at - seen.covers.from <= seen.app.settings.killTimeoutMs + edgeMs;
}

function asked(end: ProcessEnd, seen: CauseEvidence): readonly [Cause, Confidence] {
  const kind = end.trigger?.event.kind;
  if (kind === 'memory-limit') return ['memory-limit', 'certain'];
  if (end.ownSigkill !== null && end.signal === 'SIGKILL') return ['stop-timeout', 'certain'];
  if (kind === 'watch') return ['watch', 'certain'];
  if (kind === 'cron-deregistered') return byCron(end, seen);
  // At the beginning of the log, the line that gave the reason may be missing.
  const isFirst =
    end.startedAt === null &&
    seen.covers.from !== null &&
    (end.asked?.at ?? end.at ?? 0) - seen.covers.from <= edgeMs;
  if (isFirst) return [end.isOld || kind === 'already-stopped' ? 'reload' : 'manual', 'possible'];
  if (end.isOld) return ['reload', 'certain'];
  if (kind === 'already-stopped') return ['reload', 'likely'];
  return ['manual', wasManual(end, seen) ? 'certain' : 'likely'];
}

/** Cron and a command at a cron app write the same lines; cron does it at its second. */
function byCron(end: ProcessEnd, seen: CauseEvidence): readonly [Cause, Confidence] {
  if (wasManual(end, seen)) return ['manual', 'certain'];
  const { cronRestart } = seen.app.settings;
  const at = end.trigger?.at ?? null;
  const offset = seen.log.utcOffsetMinutes;
  if (cronRestart === null || at === null || offset === null) return ['cron', 'possible'];
  const wallMs = Math.floor(at / 1000) * 1000 + offset * 60_000;
  const fires = [0, 1, 2].map((late) => matchesCron(cronRestart, wallMs - late * 1000));
  if (fires.includes(null)) return ['cron', 'possible'];
  return fires.includes(true) ? ['cron', 'likely'] : ['manual', 'possible'];
}

/** The bus says `manually` for commands (lib/God/ActionMethods.js); cron, watch and memory restarts send no such event. */
function wasManual(end: ProcessEnd, seen: CauseEvidence): boolean {
  const at = end.restartedAt ?? end.at;
  return seen.heard.some(
    ({ at: time, event }) =>
      event.kind === 'process' &&
      event.manually &&
      /^(?:restart|reload)/.test(event.what) &&
      at !== null &&
      time >= at - 1_000 &&
      time <= at + 5_000,
  );
}

/** It went with its daemon; one that the kernel killed before, with no line of PM2's, is an OOM kill none the less. */
function byDaemon(end: ProcessEnd, start: DaemonStart, seen: CauseEvidence): CauseFound {
  const went = daemonEndOf(start, seen);
  const { daemonStartedAt, kill } = seen;
  const isProven = daemonStartedAt !== null && Math.abs(daemonStartedAt - start.at) <= 120_000;
  const isSure = isProven || start.gone.farewell !== null;
  const isVictim = kill !== null && end.exit === null;
  // That PM2 wrote no line of the kill shows that it went as well; unless lines are missing.
  const isTogether = went.how === 'oom-kill' || went.how === 'oom-stop';
  const lines = quotes(seen, start.gone.farewell, start.banner);
  return {
    cause: isVictim ? 'oom-kill' : 'daemon-restart',
    confidence: isVictim
      ? isTogether
        ? kill.confidence
        : atMostPossible(kill.confidence)
      : end.isDoubtful
        ? 'possible'
        : isSure
          ? 'certain'
          : 'likely',
    exitCode: null,
    signal: isVictim ? 'SIGKILL' : null,
    because: [...(isVictim ? kill.kill.quotes.slice(0, 1) : []), ...lines, ...went.because],
    daemonEnd: went.how,
  };
}

function quotes(seen: CauseEvidence, ...lines: readonly (Pm2LogEvent | null)[]): readonly Quote[] {
  const found: Quote[] = [];
  for (const line of lines)
    if (line !== null) found.push({ source: seen.log.path, at: line.at, text: line.text });
  return found;
}
