import { toldFromJson, toldToJson } from '../../derive/delivery/told.ts';
import type { QueuedParcel } from '../../history/deliveries.ts';
import type { DeliveryProblem } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import type { Channel } from '../../outputs/channel.ts';
import { attempt, isBlocking } from './attempt.ts';
import type { DeliveryJob } from './deliver-report.ts';
import { isOlder, type Note, noteFromJson, noteToJson, settingsMark, takenAt } from './kept-message.ts';
import { forgetHold, heldLogin, holdLogin, isLoginRefused, type LoginHold } from './login-hold.ts';
import type { Memory } from './memory.ts';

export interface Flushed {
  /** false = one was refused for good. */
  readonly isGood: boolean;
  /** Why a message of the outbox still waits; null = none does. */
  readonly problem: DeliveryProblem | null;
  /** A message that had waited went out. */
  readonly isCaughtUp: boolean;
  /** What went out. */
  readonly sent: readonly Note[];
  /** Ids of those that were tried and still wait. */
  readonly tried: readonly string[];
  /** The login was refused, now or not long ago: it is not tried again in this run. */
  readonly held: LoginHold | null;
}

/**
 * Sends what earlier runs could not, oldest first. One that fails for now stops the others, unless it is only left for some
 * recipients. After a refused login nothing is tried for a while, unless somebody asks. One that is refused for good goes: what it told of is told anew when the channel is tried again.
 */
export async function flush(channel: Channel, called: string, job: DeliveryJob): Promise<Flushed> {
  const { memory, words, say, now, asked } = job;
  const { settings } = channel;
  const { name } = settings;
  const queue = memory.queue(name);
  const arrived: Note[] = [];
  const tried: string[] = [];
  let held = asked ? null : await heldLogin(channel, memory, now);
  let delivered = 0;
  let isGood = true;
  let problem: DeliveryProblem | null = null;
  for (const kept of queue) {
    const { parcel } = kept;
    const note = noteFromJson(kept.note);
    if (hasArrived(memory, name, note)) {
      memory.remove(name, parcel.id);
      continue;
    }
    if (held !== null) {
      problem = held.problem;
      break;
    }
    const sent = await attempt(channel, parcel);
    if (sent.ok) {
      memory.delivered(name, parcel.id, now, knownAfter(memory, name, note, now));
      forgetHold(channel, memory, now);
      if (note !== null) arrived.push(note);
      delivered += 1;
      continue;
    }
    const isPartly = sent.partly === true || note?.isPartly === true;
    if (sent.rest !== null) {
      if (sent.partly === true) countAsTold(memory, name, note, now);
      const after = note !== null && sent.partly === true ? { ...note, isPartly: true, pending: null } : note;
      memory.replace(name, parcel.id, sent.rest, after === null ? kept.note : noteToJson(after));
      problem ??= sent.problem;
      tried.push(sent.rest.id);
      if (isLoginRefused(sent.problem)) held = await holdLogin(channel, memory, now, sent.problem);
      if (!isPartly || isBlocking(sent.problem.code) || sent.problem.code === 'timed-out') break;
    } else if (isPartly) {
      if (sent.partly === true) countAsTold(memory, name, note, now);
      memory.remove(name, parcel.id);
      isGood = false;
      say(words.givenUp(called, sent.problem.words), true);
    } else {
      isGood = false;
      refuse(channel, called, job, parcel.id, sent.problem);
      break;
    }
  }
  if (delivered > 0) say(words.caughtUp(called, delivered, sinceWhen(queue)), false);
  return { isGood, problem, isCaughtUp: delivered > 0, sent: arrived, tried, held };
}

/** It went out, and the store could not be written to say so: what was told of stands beside the reports then. */
function hasArrived(memory: Memory, channel: string, note: Note | null): boolean {
  if (note === null || note.pending === null || note.isPartly) return false;
  const told = toldFromJson(memory.told(channel, note.scope));
  if (told?.sentAt == null) return false;
  const waiting = note.pending.told;
  return takenAt(told.summary) === takenAt(waiting.summary) && told.sentAt >= (waiting.sentAt ?? 0);
}

const sinceWhen = (queue: readonly QueuedParcel[]): EpochMs =>
  Math.min(...queue.map(({ queuedAt }) => queuedAt));

/** A channel that refused for good is asked again after this time: a run every five minutes must not hammer it. */
export const refusedMs = 3_600_000;

/** Refused for good: said, and remembered, so that the channel is not asked again at each run. */
export function refuse(
  { settings }: Channel,
  called: string,
  { memory, words, say, now }: DeliveryJob,
  id: string,
  problem: DeliveryProblem,
): void {
  memory.refuse(settings.name, id, { at: now, settings: settingsMark(settings), words: problem.words });
  say(words.refused(called, problem.words, now + refusedMs), true);
}

/** What is known once a kept message arrived. It tells of the time it was made; the hour until the next begins now. */
export function knownAfter(
  memory: Memory,
  channel: string,
  note: Note | null,
  now: EpochMs,
): { scope: string; state: Json } | null {
  if (note === null || note.pending === null) return null;
  const { scope, pending } = note;
  const before = toldFromJson(memory.told(channel, scope));
  if (isOlder(pending.told.summary, before?.summary ?? null)) return null;
  return { scope, state: toldToJson({ ...pending.told, sentAt: now }) };
}

export function countAsTold(memory: Memory, channel: string, note: Note | null, now: EpochMs): void {
  const known = knownAfter(memory, channel, note, now);
  if (known !== null) memory.remember(channel, known.scope, known.state, now);
}
