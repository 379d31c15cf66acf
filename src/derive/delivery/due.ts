import type { SendOn } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import { type Problem, type ReportFacts, readReportFacts } from '../compare/report-facts.ts';
import { type ReportDiff, reportDiff } from '../report-diff.ts';
import { isUrgent, judged, type News, newsOf, standing } from './news.ts';
import type { Occasion, Reason } from './occasion.ts';
import { dayMs, hourMs, pace } from './pace.ts';
import { missedProblems, type Pending } from './pending.ts';
import { quietly, tell } from './remember.ts';
import { knownFacts, problemKey, type Telling, type Told } from './told.ts';

export interface Policy {
  readonly sendOn: SendOn;
  readonly reminderDays: number;
}

/** `healthy`: it was never told and there is nothing to tell · `nothing-new` · `held`: there is, but not yet (the hour, a flapping problem). */
export type Silence = 'healthy' | 'nothing-new' | 'held';

export type Due =
  | {
      readonly occasion: Occasion;
      /** What the channel knows once it has the message. */
      readonly told: Told;
      /** Of `Pending`, where the message has to wait itself. */
      readonly missed: readonly Problem[];
      /** It says all that the waiting one says, and goes in its place. */
      readonly replaces: boolean;
    }
  /** `told`, `pending`: what to remember all the same; null = as it was. */
  | {
      readonly occasion: null;
      readonly silence: Silence;
      readonly told: Told | null;
      readonly pending: Told | null;
    };

export interface Question {
  /** What the channel really received last. */
  readonly told: Told | null;
  /** Of the message that waits in the outbox and that a new one would replace; null = none does. */
  readonly pending?: Pending | null;
  /** `reportSummary` of the new report. */
  readonly summary: Json;
  readonly policy: Policy;
  readonly now: EpochMs;
  /** The user typed `send`: it goes out whatever the policy. */
  readonly asked?: boolean;
  /** A message that had waited went out in this very run: `always` waits for the next one. */
  readonly isCaughtUp?: boolean;
}

/**
 * Answers: is a channel told of this report, and why? `told` of an answer is to be remembered once the message was
 * delivered, of a silence at once. Whether a new message is due is judged against the one that waits, or each run of an
 * outage would make another one; what it says is judged against what was received, for the one that waits goes for it.
 * Throws when the new summary is not one: our own fault.
 */
export function due(question: Question): Due {
  const { told, pending = null, summary, policy, now, asked = false, isCaughtUp = false } = question;
  const read = readReportFacts(summary);
  if (!read.ok) throw new Error(`not a report summary: ${JSON.stringify(read.problem)}`);
  const { facts } = read;
  const expected = pending === null ? told : pending.told;
  const since = compared(expected, [], { facts, summary, policy });
  const sinceMs = expected?.sentAt == null ? null : now - expected.sentAt;
  const reason = asked ? 'asked' : reasonNow(since, expected, facts, policy, sinceMs);
  const silent = (silence: Silence): Due => ({
    occasion: null,
    silence,
    told: quietly(told, facts, summary),
    pending: pending === null ? null : quietly(pending.told, facts, summary),
  });
  if (reason === null) return silent(expected?.sentAt == null ? 'healthy' : 'nothing-new');
  if (isHeld(reason, since.news, { expected, policy, now, sinceMs, isCaughtUp })) return silent('held');

  const received = told === null ? null : knownFacts(told);
  const missed = missedProblems(pending, received, facts);
  const base = pending === null ? since : compared(told, missed, { facts, summary, policy });
  const why =
    pending === null || asked ? reason : (reasonOf(base.news, told) ?? standingReason(base, facts, policy));
  // Nobody was ever told of what is over, or nothing is left to tell of: the kept message says what was.
  const isLost = missed.some(isUrgent) && told?.sentAt == null;
  if (why === null || (isLost && !asked)) return silent('held');
  // The kept message never arrived, but what it told of is no news a second time.
  const before = told === null || expected === null ? expected : { ...told, tellings: expected.tellings };
  const toldAt = told?.sentAt == null ? null : (received?.takenAt ?? told.sentAt);
  return {
    occasion: { reason: why, toldAt, diff: toldAt === null ? null : base.diff },
    told: tell(before, { facts, diff: base.diff, news: base.news, summary, now }),
    missed,
    replaces: pending !== null && !isLost,
  };
}

interface Compared {
  readonly diff: ReportDiff | null;
  readonly news: News;
}

/** The new report against what is known, and against `missed` problems beside it, which are over. */
function compared(
  told: Told | null,
  missed: readonly Problem[],
  { facts, summary, policy }: { facts: ReportFacts; summary: Json; policy: Policy },
): Compared {
  const known = told === null ? null : knownFacts(told);
  if (known === null) return { diff: null, news: newsOf(null, facts, policy.sendOn) };
  const whole = missed.length === 0 ? known : { ...known, problems: [...known.problems, ...missed] };
  const diff = judged(reportDiff(whole, facts), told?.summary ?? null, summary);
  return { diff, news: newsOf(diff, facts, policy.sendOn) };
}

function reasonNow(
  { diff, news }: Compared,
  expected: Told | null,
  facts: ReportFacts,
  policy: Policy,
  sinceMs: number | null,
): Reason | null {
  const reason =
    reasonOf(news, expected) ?? (isReminderDue(diff, facts, policy, sinceMs) ? 'reminder' : null);
  return reason ?? (policy.sendOn === 'always' ? 'always' : null);
}

/** Against the kept message something moved, against the one that was received nothing did. */
function standingReason({ diff }: Compared, facts: ReportFacts, { sendOn }: Policy): Reason | null {
  if (standing(diff, facts)) return 'reminder';
  return sendOn === 'always' ? 'always' : null;
}

function isHeld(
  reason: Reason,
  news: News,
  {
    expected,
    policy,
    now,
    sinceMs,
    isCaughtUp,
  }: { expected: Told | null; policy: Policy; now: EpochMs; sinceMs: number | null; isCaughtUp: boolean },
): boolean {
  if (reason === 'asked' || reason === 'reminder') return false;
  // A clock that was set back must not silence it until it has caught up.
  if (sinceMs === null || sinceMs < -hourMs) return false;
  if (policy.sendOn === 'always' && !isCaughtUp) return false;
  return sinceMs < holdMs(news, expected?.tellings ?? [], now);
}

function reasonOf(news: News, told: Told | null): Reason | null {
  const isAny = news.came.length > 0 || news.isNew || news.goesOn || news.went.length > 0;
  if (!isAny) return null;
  if (told?.sentAt == null) return 'first';
  if (news.isNew) return 'new';
  if (news.came.length > 0 || news.goesOn) return 'worse';
  return news.isRecovery ? 'recovered' : 'better';
}

function isReminderDue(
  diff: ReportDiff | null,
  facts: ReportFacts,
  { reminderDays }: Policy,
  sinceMs: number | null,
): boolean {
  if (reminderDays <= 0 || sinceMs === null || !standing(diff, facts)) return false;
  return sinceMs < -hourMs || sinceMs >= reminderDays * dayMs - pace.reminderToleranceMs;
}

/** How long after the last message this news may come; 0 = at once. */
function holdMs(news: News, tellings: readonly Telling[], now: EpochMs): number {
  const recent = tellings.filter(({ at }) => at <= now + hourMs && now - at < pace.newsMs);
  const isNews = (problem: Problem): boolean =>
    isUrgent(problem) &&
    !recent.some(
      (telling) => telling.problem === problemKey(problem) && telling.priority <= problem.priority,
    );
  if (news.came.some(isNews)) return 0;
  const flaps = (problem: Problem): boolean =>
    recent.filter(({ problem: key, came }) => came && key === problemKey(problem)).length >=
    pace.flappingTimes;
  return !news.goesOn && [...news.came, ...news.went].every(flaps) ? pace.flappingMs : pace.leastMs;
}
