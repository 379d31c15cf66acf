import type { Evidence } from '../../model/evidence.ts';
import type { OomKill, OomLog } from '../../model/oom.ts';
import type { App, Pm2Log, Pm2LogEvent } from '../../model/pm2.ts';
import type { Remembered } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { appTrends, sameTrends } from '../trends/app-trend.ts';
import { learnedPeak } from './learned-peak.ts';

/** The clock of the kernel log is put together from boot time and uptime, twice: that differs by a moment. */
const sameKillMs = 30_000;
/** pm2.log has whole seconds. */
const sameLineMs = 2_000;
/** So many lines that both have must agree: else one of the two read the zone of the log wrongly. */
const mostStrangers = 0.2;

/**
 * Answers: what would the logs say if nothing had been lost of them? A collector read pm2.log and the kernel log while
 * they were whole; what was flushed, rotated away or overwritten since is put back, and the processes it saw stand beside
 * the kills. What the logs themselves still have counts as they have it. Without a collector the evidence stays as it is.
 */
export function withHistory(evidence: Evidence): Evidence {
  const { history } = evidence.items;
  if (!history.seen) return evidence;
  const past = history.value;
  return {
    ...evidence,
    items: {
      ...evidence.items,
      daemons: withPeaks(evidence, past),
      pm2Log: withLines(evidence, past),
      oomLog: withKills(evidence, past),
    },
  };
}

/** Apps know what they need at their peak, so that each limit that is advised leaves room for it. */
function withPeaks({ items, takenAt }: Evidence, past: Remembered): Evidence['items']['daemons'] {
  const { daemons, processes, host, cgroups } = items;
  if (!daemons.seen || past.apps.length === 0) return daemons;
  const trends = appTrends(
    {
      daemons: daemons.value,
      history: past,
      processes: processes.seen ? processes.value : null,
      host: host.seen ? host.value : null,
      cgroups: cgroups.seen ? cgroups.value : null,
    },
    takenAt,
  );
  const pasts = new Map(past.apps.map((one) => [appKey(one.app), one]));
  const learned = (app: App): App => {
    const own = pasts.get(appKey(app.ref));
    // Of an app that leaks the peak is only the day it was looked at.
    const peak = own === undefined || trends.get(appKey(app.ref))?.kind === 'leak' ? null : learnedPeak(own);
    return peak === null ? app : { ...app, learnedPeakBytes: peak };
  };
  const value = daemons.value.map((daemon) => ({
    ...daemon,
    apps: daemon.apps.map(learned),
    modules: daemon.modules.map(learned),
  }));
  sameTrends(past, daemons.value, value);
  return { ...daemons, value };
}

function withLines({ items }: Evidence, past: Remembered): Evidence['items']['pm2Log'] {
  const { pm2Log } = items;
  if (!pm2Log.seen || past.pm2Lines.length === 0) return pm2Log;
  const value = pm2Log.value.map((log) => longer(log, past));
  if (value.every((log, index) => log === pm2Log.value[index])) return pm2Log;
  const begins = value.flatMap(({ coversFrom }) => coversFrom ?? []);
  const from = begins.length < value.length ? pm2Log.covers.from : Math.max(...begins);
  return { ...pm2Log, value, covers: { ...pm2Log.covers, from } };
}

/** The log with the lines that stood before its present beginning. */
function longer(log: Pm2Log, past: Remembered): Pm2Log {
  const kept = past.pm2Lines
    .filter(({ home, line }) => home === log.home && line.at !== null)
    .map(({ line }) => line);
  const begin = log.coversFrom ?? Infinity;
  const lost = kept.filter((line) => (line.at ?? 0) < begin - sameLineMs);
  const [first] = lost;
  if (first?.at == null || !agrees(log, kept)) return log;
  // Where the collector stood still a log that was emptied meanwhile is lost for good.
  const end = Number.isFinite(begin) ? begin : (past.to ?? first.at);
  const notKept = (past.linesNotKept ?? []).filter(({ home }) => home === log.home);
  const brokenTo = [...past.gaps, ...notKept]
    .filter((gap) => gap.from < end && gap.to > (first.at ?? 0))
    .reduce((newest, { to }) => Math.max(newest, to), first.at);
  return {
    ...log,
    events: [...lost, ...log.events],
    coversFrom: Math.min(brokenTo, end),
    coversTo: log.coversTo ?? lost.at(-1)?.at ?? null,
  };
}

/** The lines that both must have are the same in both: text and second. */
function agrees(log: Pm2Log, kept: readonly Pm2LogEvent[]): boolean {
  if (log.coversFrom === null || log.coversTo === null) return true;
  const written = new Map<string, EpochMs[]>();
  for (const { at, text } of log.events)
    if (at !== null) written.set(text, [...(written.get(text) ?? []), at]);
  const [from, to] = [log.coversFrom + sameLineMs, log.coversTo - sameLineMs];
  const shared = kept.filter(({ at }) => at !== null && at > from && at < to);
  const strange = shared.filter(
    ({ at, text }) => !(written.get(text) ?? []).some((other) => Math.abs(other - (at ?? 0)) <= sameLineMs),
  );
  return strange.length <= shared.length * mostStrangers;
}

function withKills({ items }: Evidence, past: Remembered): Evidence['items']['oomLog'] {
  const { oomLog, history } = items;
  if (!history.seen || (past.kills.length === 0 && past.killed.length === 0 && past.killsFrom === null))
    return oomLog;
  const memory = { from: past.from ?? 0, to: past.to ?? 0, everyMs: past.everyMs, processes: past.killed };
  if (!oomLog.seen) {
    if (past.killsFrom === null) return oomLog;
    const value: OomLog = {
      kills: past.kills.map(({ kill }) => kill),
      unconfirmed: [],
      unitLines: [],
      past: memory,
    };
    const covers = { from: past.killsFrom, to: past.to };
    return { seen: true, value, source: history.source, covers, gaps: [] };
  }
  const { kills } = oomLog.value;
  const news = past.kills.map(({ kill }) => kill).filter((kill) => !kills.some((own) => isSame(own, kill)));
  const from = oomLog.covers.from;
  // It reaches back without a break only if the collector has seen up to where the log begins.
  const joins = past.killsFrom !== null && from !== null && past.killsFrom < from && (past.to ?? 0) >= from;
  return {
    ...oomLog,
    value: { ...oomLog.value, kills: [...news, ...kills], past: memory },
    covers: joins ? { ...oomLog.covers, from: past.killsFrom } : oomLog.covers,
  };
}

function isSame(a: OomKill, b: OomKill): boolean {
  if (a.pid !== b.pid || a.at === null || b.at === null) return false;
  return Math.abs(a.at - b.at) <= sameKillMs;
}
