import { hostname } from 'node:os';
import type { QueuedParcel } from '../../history/deliveries.ts';
import type { ChannelSettings } from '../../model/delivery.ts';
import type { Report } from '../../model/report.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import type { Delivery } from '../../outputs/channel.ts';
import { reportSummary } from '../../report/summary-json.ts';
import type { AuditWords } from '../../report/words.ts';
import { loginHoldMs } from './login-hold.ts';
import type { Memory } from './memory.ts';
import { type Flushed, flush } from './outbox.ts';
import type { Outlet } from './outlets.ts';
import { tell } from './tell-channel.ts';
import type { DeliveryWords } from './words.ts';

export interface DeliveryJob {
  readonly report: Report;
  readonly auditWords: AuditWords;
  readonly files: Delivery['files'];
  readonly outlets: readonly Outlet[];
  /** The user typed `send`: it goes out whatever the policy. */
  readonly asked: boolean;
  readonly now: EpochMs;
  readonly memory: Memory;
  readonly words: DeliveryWords;
  /** One line of news for the user; `isFailure` lines are said even when quiet. */
  readonly say: (line: string, isFailure: boolean) => void;
  /** How long to wait for another run that delivers to the same channel. */
  readonly turnMs?: number;
}

/**
 * Delivers a report to its channels, all at once: none waits for another's time-out, none stops another. Each first sends
 * what earlier runs could not, as it was composed; then is told of the report where that is due. Nothing counts as told
 * unless somebody has it. Returns true when all went well.
 */
export async function deliverReport(job: DeliveryJob): Promise<boolean> {
  const summary = withHost(reportSummary(job.report));
  const runs = job.outlets.map(async (outlet) => {
    const lines: [string, boolean][] = [];
    const say = (line: string, isFailure: boolean): void => void lines.push([line, isFailure]);
    const isGood = await one(outlet, { ...job, say }, summary);
    return { lines, isGood };
  });
  const ends = await Promise.all(runs);
  for (const { lines } of ends) for (const [line, isFailure] of lines) job.say(line, isFailure);
  return ends.every(({ isGood }) => isGood);
}

/** A host that could not be read has a name all the same: without it nothing could be compared. */
function withHost(summary: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  return summary['host'] === null ? { ...summary, host: { name: hostname() } } : summary;
}

async function one(
  outlet: Outlet,
  job: DeliveryJob,
  summary: { readonly [key: string]: Json },
): Promise<boolean> {
  const { memory, words, say } = job;
  const { name } = outlet.settings;
  const called = words.channel(outlet.settings);
  const dropped = memory.dropOld(name, job.now);
  if (dropped > 0) say(words.dropped(called, dropped), true);
  if (!outlet.ok) {
    say(words.cannot(called, outlet.problem.words), true);
    return false;
  }
  const holder = await takeTurn(job, name);
  if (holder !== null) {
    say(words.busy(called, holder), true);
    return false;
  }
  try {
    const flushed = await flush(outlet.channel, called, job);
    const end = await tell(outlet.channel, called, job, summary, flushed);
    const waiting = memory.queue(name);
    // One line for each channel: a message that was made says itself what became of it.
    if (end !== 'said' && waiting.length > 0)
      say(waitLine(outlet.settings, called, job, flushed, waiting), true);
    return end === 'good' && flushed.isGood && waiting.length === 0;
  } finally {
    memory.release(name);
  }
}

/** Why messages wait, and for what. */
function waitLine(
  settings: ChannelSettings,
  called: string,
  { words, now }: DeliveryJob,
  { held, problem }: Flushed,
  waiting: readonly QueuedParcel[],
): string {
  if (held !== null) {
    const { at, problem: why } = held;
    const again = at + loginHoldMs;
    return at === now
      ? words.refused(called, why.words, again)
      : words.stillRefused(called, why.words, at, again);
  }
  const since = Math.min(...waiting.map(({ queuedAt }) => queuedAt));
  const why = problem?.words ?? '';
  return since < now
    ? words.waits(settings, why, waiting.length, since)
    : words.notSent(called, why, waiting.length);
}

const turnMs = 120_000;
const lookMs = 250;

/** One run at a time delivers to a channel, or both would send the same. Returns the pid that would not end; null = it is our turn. */
async function takeTurn(job: DeliveryJob, channel: string): Promise<number | null> {
  const looks = Math.ceil((job.turnMs ?? turnMs) / lookMs);
  for (let look = 0; ; look += 1) {
    const claim = job.memory.claim(channel, job.now);
    if (claim.ok) return null;
    if (look >= looks) return claim.by;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
