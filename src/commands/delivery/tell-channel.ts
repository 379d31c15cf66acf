import { due } from '../../derive/delivery/due.ts';
import type { Reason } from '../../derive/delivery/occasion.ts';
import { toldFromJson, toldToJson } from '../../derive/delivery/told.ts';
import type { Parcel } from '../../model/delivery.ts';
import type { Json } from '../../model/text.ts';
import type { Channel } from '../../outputs/channel.ts';
import { attempt, isBlocking } from './attempt.ts';
import type { DeliveryJob } from './deliver-report.ts';
import {
  isOfReport,
  isOlder,
  isReplaceable,
  type Note,
  noteFromJson,
  noteToJson,
  recipientsOf,
  settingsMark,
  takenAt,
} from './kept-message.ts';
import { forgetHold, holdLogin, isLoginRefused, loginHoldMs } from './login-hold.ts';
import { countAsTold, type Flushed, knownAfter, refuse, refusedMs } from './outbox.ts';

/** `said`: it failed, and a line says so · `kept`: it waits with what is in the outbox already, whose line says why. */
export type End = 'good' | 'said' | 'kept';

/** Tells the channel of the new report, where that is due. */
export async function tell(
  channel: Channel,
  called: string,
  job: DeliveryJob,
  summary: { readonly [key: string]: Json },
  flushed: Flushed,
): Promise<End> {
  const { problem, isCaughtUp } = flushed;
  const { memory, words, say, now, asked } = job;
  const { settings } = channel;
  const { name } = settings;
  const reach = { scope: scopeOf(summary), to: recipientsOf(settings), report: job.report.takenAt };
  // What waited was this very report, and has just gone out: nobody wants it twice.
  if (asked && flushed.sent.some((note) => isOfReport(note, reach))) return 'good';
  const told = toldFromJson(memory.told(name, reach.scope));
  const isOld = isOlder(summary, told?.summary ?? null);
  const queue = memory.queue(name).flatMap(({ parcel, note: json }) => {
    const note = noteFromJson(json);
    return note === null ? [] : [{ parcel, note }];
  });
  const own = asked ? queue.find(({ note }) => !note.isPartly && isOfReport(note, reach)) : undefined;
  if (own !== undefined) {
    const isVain = flushed.held !== null || (problem !== null && isBlocking(problem.code));
    return isVain || flushed.tried.includes(own.parcel.id)
      ? 'kept'
      : hand(channel, called, job, { ...own, isKept: true, reason: 'asked' });
  }
  const waiting = queue.filter(
    ({ note }) => isReplaceable(note, reach) && !isOlder(summary, note.pending?.told.summary ?? null),
  );
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
    const { report, auditWords, files } = job;
    parcel = channel.compose({ report, words: auditWords, occasion: answer.occasion, files });
  } catch (error) {
    // A mistake of ours, or a file of facts that somebody changed; the other channels have theirs all the same.
    const what = error instanceof Error ? `${error.name}: ${error.message}` : 'error';
    say(words.cannot(called, words.notComposed(what)), true);
    return 'said';
  }
  // A report that is older than the one told last, sent again, is no news and no new beginning.
  const news = isOld ? null : { told: answer.told, missed: answer.missed };
  const note: Note = { ...reach, isPartly: false, pending: news };
  // What is left of this report for some of them: they get the whole of it now.
  const left = queue.filter(
    ({ note }) =>
      asked && note.isPartly && isOfReport(note, reach) && note.to.every((one) => reach.to.includes(one)),
  );
  const instead = [...(answer.replaces ? waiting : []), ...left].map(({ parcel: { id } }) => id);
  // Before it is sent: whatever ends this process, it goes out with the next run, as the same message.
  const dropped = memory.enqueue(name, parcel, now, noteToJson(note), instead);
  if (dropped !== null && dropped > 0) say(words.dropped(called, dropped), true);
  const isKept = dropped !== null;
  if (flushed.held !== null || (problem !== null && isBlocking(problem.code))) {
    if (isKept) return 'kept';
    say(words.notSent(called, (flushed.held?.problem ?? problem)?.words ?? '', null), true);
    return 'said';
  }
  return hand(channel, called, job, { parcel, note, isKept, reason: answer.occasion.reason });
}

interface Message {
  readonly parcel: Parcel;
  readonly note: Note;
  /** It is in the outbox: no store, no outbox. */
  readonly isKept: boolean;
  readonly reason: Reason;
}

/** One try, and what is remembered and said of it. */
async function hand(
  channel: Channel,
  called: string,
  job: DeliveryJob,
  { parcel, note, isKept, reason }: Message,
): Promise<End> {
  const { memory, words, say, now } = job;
  const { name } = channel.settings;
  const sent = await attempt(channel, parcel);
  if (sent.ok) {
    memory.delivered(name, parcel.id, now, knownAfter(memory, name, note, now));
    forgetHold(channel, memory, now);
    say(words.sent(called, reason), false);
    return 'good';
  }
  const isPartly = sent.partly === true;
  if (isPartly) {
    countAsTold(memory, name, note, now);
    forgetHold(channel, memory, now);
  }
  if (sent.rest !== null) {
    const left = isPartly ? { ...note, isPartly, pending: null } : note;
    memory.replace(name, parcel.id, sent.rest, noteToJson(left));
    const isHeld = isLoginRefused(sent.problem);
    if (isHeld) await holdLogin(channel, memory, now, sent.problem);
    say(
      isHeld && isKept
        ? words.refused(called, sent.problem.words, now + loginHoldMs)
        : words.notSent(called, sent.problem.words, isKept ? memory.queue(name).length : null),
      true,
    );
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
