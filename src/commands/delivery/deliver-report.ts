import { hostname } from 'node:os';
import { due } from '../../derive/delivery/due.ts';
import { toldFromJson, toldToJson } from '../../derive/delivery/told.ts';
import type { DeliveryProblem, Parcel, Sent } from '../../model/delivery.ts';
import type { Report } from '../../model/report.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import type { Channel, Delivery } from '../../outputs/channel.ts';
import { reportSummary } from '../../report/summary-json.ts';
import type { AuditWords } from '../../report/words.ts';
import type { Memory } from './memory.ts';
import type { Outlet } from './outlets.ts';
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
 * unless it was delivered or queued. Returns true when all went well.
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
    const isTold = await tell(outlet.channel, called, job, summary, flushed.problem);
    if (flushed.problem !== null)
      say(words.notSent(called, flushed.problem.words, memory.queue(name).length), true);
    return flushed.isGood && isTold;
  } finally {
    memory.release(name);
  }
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

/** `problem`: why a message of the outbox still waits; null = none does. */
interface Flushed {
  readonly isGood: boolean;
  readonly problem: DeliveryProblem | null;
}

/**
 * Nothing gets through while these last. A time-out is not among them: it may be of one big message, which must not keep
 * all later ones back.
 */
const blocking = [
  'dns',
  'refused',
  'unreachable',
  'protocol',
  'tls',
  'login',
  'sender',
  'sendmail',
  'settings',
  'server',
  'clock',
];

/** Oldest first. A message that nobody wants any more goes; one that fails for now stops the others. */
async function flush(
  channel: Channel,
  called: string,
  { memory, words, say }: DeliveryJob,
): Promise<Flushed> {
  const { name } = channel.settings;
  const queue = memory.queue(name);
  let delivered = 0;
  let isGood = true;
  let problem: DeliveryProblem | null = null;
  for (const { parcel } of queue) {
    const sent = await attempt(channel, parcel);
    if (!sent.ok && sent.rest !== null) {
      memory.replace(name, parcel.id, sent.rest);
      isGood = false;
      problem = sent.problem;
      break;
    }
    memory.remove(name, parcel.id);
    if (sent.ok) delivered += 1;
    else {
      isGood = false;
      say(words.givenUp(called, sent.problem.words), true);
    }
  }
  if (delivered > 0) say(words.caughtUp(called, delivered, queue[0]?.queuedAt ?? 0), false);
  return { isGood, problem };
}

async function tell(
  channel: Channel,
  called: string,
  job: DeliveryJob,
  summary: { readonly [key: string]: Json },
  problem: DeliveryProblem | null,
): Promise<boolean> {
  const { memory, words, say, report, files, now } = job;
  const { settings } = channel;
  const scope = scopeOf(summary);
  const told = toldFromJson(memory.told(settings.name, scope));
  const answer = due({ told, summary, policy: settings, now, asked: job.asked });
  const remember = (): void => {
    // A report that is older than the one told last, sent again, is no news and no new beginning.
    if (answer.told !== null && !isOlder(summary, told?.summary ?? null))
      memory.remember(settings.name, scope, toldToJson(answer.told), now);
  };
  if (answer.occasion === null) {
    remember();
    const at = told?.sentAt ?? null;
    if (at === null) say(words.healthy(called), false);
    else say(answer.silence === 'held' ? words.held(called, at) : words.nothingNew(called, at), false);
    return true;
  }
  let parcel: Parcel;
  try {
    parcel = channel.compose({ report, words: job.auditWords, occasion: answer.occasion, files });
  } catch (error) {
    // A mistake of ours, or a file of facts that somebody changed; the other channels have theirs all the same.
    const what = error instanceof Error ? `${error.name}: ${error.message}` : 'error';
    say(words.cannot(called, words.notComposed(what)), true);
    return false;
  }
  const keep = (rest: Parcel): number | null => {
    const dropped = memory.enqueue(settings.name, rest, now);
    if (dropped === null) return null;
    remember();
    if (dropped > 0) say(words.dropped(called, dropped), true);
    return memory.queue(settings.name).length;
  };
  if (problem !== null && blocking.includes(problem.code)) {
    if (keep(parcel) === null) say(words.notSent(called, problem.words, null), true);
    return false;
  }
  const sent = await attempt(channel, parcel);
  if (sent.ok) {
    remember();
    say(words.sent(called, answer.occasion.reason), false);
    return true;
  }
  if (sent.rest !== null) {
    say(words.notSent(called, sent.problem.words, keep(sent.rest)), true);
    return false;
  }
  if (sent.partly === true) remember();
  say(
    sent.partly === true
      ? words.partly(called, sent.problem.words)
      : words.givenUp(called, sent.problem.words),
    true,
  );
  return false;
}

/** A message that was too large, and is smaller now, goes at once: it need not wait for the next run. */
async function attempt(channel: Channel, parcel: Parcel): Promise<Sent> {
  const sent = await tried(channel, parcel);
  const isLighter =
    !sent.ok &&
    sent.problem.code === 'size' &&
    sent.rest !== null &&
    sent.rest.body.length < parcel.body.length;
  return !isLighter || sent.rest === null ? sent : tried(channel, sent.rest);
}

/** A channel does not throw; if one does, the others still get their message and this one is kept. */
async function tried(channel: Channel, parcel: Parcel): Promise<Sent> {
  try {
    return await channel.send(parcel);
  } catch (error) {
    // Its text may hold an address with a secret in it.
    const words = error instanceof Error ? error.name : 'error';
    return { ok: false, problem: { code: 'failed', words }, rest: parcel };
  }
}

/** What is remembered is of one host, and of one app where the report is of one app. */
function scopeOf({ host, onlyApp }: { readonly [key: string]: Json }): string {
  return JSON.stringify([host, onlyApp]);
}

function isOlder(summary: { readonly [key: string]: Json }, than: Json): boolean {
  const takenAt = (json: Json): number =>
    typeof json === 'object' && json !== null && 'takenAt' in json
      ? Date.parse(String(json['takenAt']))
      : Number.NaN;
  return takenAt(summary) < takenAt(than);
}
