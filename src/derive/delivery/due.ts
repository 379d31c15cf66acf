import type { SendOn } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import { type Problem, type ReportFacts, readReportFacts } from '../compare/report-facts.ts';
import { type ReportDiff, reportDiff } from '../report-diff.ts';
import { isUrgent, judged, type News, newsOf, standing } from './news.ts';
import type { Occasion, Reason } from './occasion.ts';
import { dayMs, hourMs, pace } from './pace.ts';
import { quietly, tell } from './remember.ts';
import { knownFacts, problemKey, type Telling, type Told } from './told.ts';

export interface Policy {
  readonly sendOn: SendOn;
  readonly reminderDays: number;
}

/** `healthy`: it was never told and there is nothing to tell · `nothing-new` · `held`: there is, but not yet (the hour, a flapping problem). */
export type Silence = 'healthy' | 'nothing-new' | 'held';

export type Due =
  | { readonly occasion: Occasion; readonly told: Told }
  /** `told`: what to remember all the same; null = as it was. */
  | { readonly occasion: null; readonly silence: Silence; readonly told: Told | null };

export interface Question {
  readonly told: Told | null;
  /** `reportSummary` of the new report. */
  readonly summary: Json;
  readonly policy: Policy;
  readonly now: EpochMs;
  /** The user typed `send`: it goes out whatever the policy. */
  readonly asked?: boolean;
}

/**
 * Answers: is a channel told of this report, and why? `told` of an answer is to be remembered once the message was
 * delivered or queued, of a silence at once. Throws when the new summary is not one: our own fault.
 */
export function due({ told, summary, policy, now, asked = false }: Question): Due {
  const read = readReportFacts(summary);
  if (!read.ok) throw new Error(`not a report summary: ${JSON.stringify(read.problem)}`);
  const { facts } = read;
  const known = told === null ? null : knownFacts(told);
  const diff = known === null ? null : judged(reportDiff(known, facts), told?.summary ?? null, summary);
  const sinceMs = told?.sentAt == null ? null : now - told.sentAt;
  // A clock that was set back must not silence it until it has caught up.
  const isSetBack = sinceMs !== null && sinceMs < -hourMs;
  const news = newsOf(diff, facts, policy.sendOn);
  const reason = asked
    ? 'asked'
    : (reasonOf(news, told) ?? (isReminderDue(diff, facts, policy, sinceMs) ? 'reminder' : null));

  if (reason === null && policy.sendOn !== 'always')
    return {
      occasion: null,
      silence: told?.sentAt == null ? 'healthy' : 'nothing-new',
      told: quietly(told, facts, summary),
    };
  const isHeld =
    reason !== 'asked' &&
    reason !== 'reminder' &&
    policy.sendOn !== 'always' &&
    sinceMs !== null &&
    !isSetBack &&
    sinceMs < holdMs(news, told?.tellings ?? [], now);
  if (isHeld) return { occasion: null, silence: 'held', told: quietly(told, facts, summary) };
  const toldAt = told?.sentAt ?? null;
  return {
    occasion: { reason: reason ?? 'always', toldAt, diff: toldAt === null ? null : diff },
    told: tell(told, { facts, diff, news, summary, now }),
  };
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
