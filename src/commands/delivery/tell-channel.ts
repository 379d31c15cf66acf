import { due } from '../../derive/delivery/due.ts';
import { toldFromJson, toldToJson } from '../../derive/delivery/told.ts';
import type { Parcel } from '../../model/delivery.ts';
import type { Json } from '../../model/text.ts';
import type { Channel } from '../../outputs/channel.ts';
import { attempt, isBlocking } from './attempt.ts';
import type { DeliveryJob } from './deliver-report.ts';
import {
  isOlder,
  isReplaceable,
  type Note,
  noteFromJson,
  noteToJson,
  recipientsOf,
  settingsMark,
  takenAt,
} from './kept-message.ts';
import { countAsTold, type Flushed, knownAfter, refuse } from './outbox.ts';

/** `said`: it failed, and a line says so · `kept`: it waits with what is in the outbox already, whose line says why. */
export type End = 'good' | 'said' | 'kept';

/** A channel that refused for good is asked again after this time: a run every five minutes must not hammer it. */
const refusedMs = 3_600_000;

/** Tells the channel of the new report, where that is due. */
export async function tell(
  channel: Channel,
  called: string,
  job: DeliveryJob,
  summary: { readonly [key: string]: Json },
  { problem, isCaughtUp }: Flushed,
): Promise<End> {
  const { memory, words, say, report, files, now, asked } = job;
  const { settings } = channel;
  const { name } = settings;
  const reach = { scope: scopeOf(summary), to: recipientsOf(settings) };
  const told = toldFromJson(memory.told(name, reach.scope));
  const isOld = isOlder(summary, told?.summary ?? null);
  const waiting = memory.queue(name).flatMap(({ parcel, note: json }) => {
    const note = noteFromJson(json);
    const isIts =
      note !== null && isReplaceable(note, reach) && !isOlder(summary, note.pending?.told.summary ?? null);
    return isIts ? [{ parcel, note }] : [];
  });
  const last = waiting.at(-1) ?? null;
  const pending = last?.note.pending ?? null;
  const answer = due({ told, pending, summary, policy: settings, now, asked, isCaughtUp });
  if (answer.occasion === null) {
    if (answer.told !== null && !isOld) memory.remember(name, reach.scope, toldToJson(answer.told), now);
    if (last !== null && pending !== null && answer.pending !== null) {
      const note = { ...last.note, pending: { ...pending, told: answer.pending } };
      memory.replace(name, last.parcel.id, last.parcel, noteToJson(note));
    }
    if (problem !== null) return 'kept';
    if (told?.sentAt == null) say(words.healthy(called), false);
    else if (answer.silence === 'held') say(words.held(called, told.sentAt), false);
    // A message that had waited tells of the time it was made.
    else say(words.nothingNew(called, takenAt(told.summary) || told.sentAt), false);
    return 'good';
  }
  if (!asked && isRefused(channel, called, job)) return 'said';
  let parcel: Parcel;
  try {
    parcel = channel.compose({ report, words: job.auditWords, occasion: answer.occasion, files });
  } catch (error) {
    // A mistake of ours, or a file of facts that somebody changed; the other channels have theirs all the same.
    const what = error instanceof Error ? `${error.name}: ${error.message}` : 'error';
    say(words.cannot(called, words.notComposed(what)), true);
    return 'said';
  }
  // A report that is older than the one told last, sent again, is no news and no new beginning.
  const news = isOld ? null : { told: answer.told, missed: answer.missed };
  const note: Note = { ...reach, isPartly: false, pending: news };
  const instead = answer.replaces ? waiting.map(({ parcel: { id } }) => id) : [];
  // Before it is sent: whatever ends this process, it goes out with the next run, as the same message.
  const dropped = memory.enqueue(name, parcel, now, noteToJson(note), instead);
  if (dropped !== null && dropped > 0) say(words.dropped(called, dropped), true);
  const count = (): number | null => (dropped === null ? null : memory.queue(name).length);
  if (problem !== null && isBlocking(problem.code)) {
    if (dropped !== null) return 'kept';
    say(words.notSent(called, problem.words, null), true);
    return 'said';
  }
  const sent = await attempt(channel, parcel);
  if (sent.ok) {
    memory.delivered(name, parcel.id, now, knownAfter(memory, name, note, now));
    say(words.sent(called, answer.occasion.reason), false);
    return 'good';
  }
  const isPartly = sent.partly === true;
  if (isPartly) countAsTold(memory, name, note, now);
  if (sent.rest !== null) {
    const left = isPartly ? { ...note, isPartly, pending: null } : note;
    memory.replace(name, parcel.id, sent.rest, noteToJson(left));
    say(words.notSent(called, sent.problem.words, count()), true);
  } else if (isPartly) {
    memory.remove(name, parcel.id);
    say(words.partly(called, sent.problem.words), true);
  } else refuse(channel, called, job, parcel.id, sent.problem);
  return 'said';
}

/** True = it refused within the hour, with these settings: not asked now, and said. */
function isRefused({ settings }: Channel, called: string, { memory, words, say, now }: DeliveryJob): boolean {
  const refusal = memory.refusal(settings.name);
  if (refusal === null || refusal.settings !== settingsMark(settings)) return false;
  const agoMs = now - refusal.at;
  // A clock that was set back: as if it were long ago.
  if (agoMs < 0 || agoMs >= refusedMs) return false;
  // Refused in this very run, and said.
  if (agoMs > 0) say(words.stillRefused(called, refusal.words, refusal.at, refusal.at + refusedMs), true);
  return true;
}

/** What is remembered is of one host, and of one app where the report is of one app. */
function scopeOf({ host, onlyApp }: { readonly [key: string]: Json }): string {
  return JSON.stringify([host, onlyApp]);
}
