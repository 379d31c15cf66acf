import type { EpochMs, Json } from '../../model/text.ts';
import { appNameKey, type ReportFacts } from '../compare/report-facts.ts';
import type { ReportDiff } from '../report-diff.ts';
import { isUrgent, type News } from './news.ts';
import { pace } from './pace.ts';
import { knownFacts, problemKey, type Telling, type Told } from './told.ts';

/** What the channel knows once the message is out. */
export function tell(
  told: Told | null,
  {
    facts,
    diff,
    news,
    summary,
    now,
  }: { facts: ReportFacts; diff: ReportDiff | null; news: News; summary: Json; now: EpochMs },
): Told {
  const came = new Set(news.came.map(problemKey));
  const since = new Map((told?.carried ?? []).map(({ problem, since: from }) => [problemKey(problem), from]));
  const tellings = [
    ...(told?.tellings ?? []).filter(({ at }) => at <= now && now - at < pace.newsMs),
    ...facts.problems.filter(isUrgent).map((problem): Telling => {
      const key = problemKey(problem);
      return { problem: key, priority: problem.priority, at: now, came: came.has(key) };
    }),
  ];
  return {
    sentAt: now,
    summary,
    carried: (diff?.perhapsGone ?? [])
      .filter(({ why }) => why !== 'muted')
      .map(({ audit, priority, subject }) => {
        const problem = { audit, priority, subject };
        return { problem, since: Math.min(since.get(problemKey(problem)) ?? now, now) };
      })
      .filter(({ since: from }) => now - from < pace.carriedMs),
    tellings: thinned(tellings),
    rebased: [],
  };
}

/** Of a problem that stands, the newest telling is enough; each time it came is kept. */
function thinned(tellings: readonly Telling[]): readonly Telling[] {
  const newest = new Map<string, Telling>();
  for (const telling of tellings)
    if (!telling.came) newest.set(`${telling.problem}\n${telling.priority}`, telling);
  return tellings
    .filter((telling) => telling.came || newest.get(`${telling.problem}\n${telling.priority}`) === telling)
    .slice(-5000);
}

/** A silence changes what is known in two cases only; null = in neither. */
export function quietly(told: Told | null, facts: ReportFacts, summary: Json): Told | null {
  if (told === null)
    return facts.verdict === 'healthy'
      ? { sentAt: null, summary, carried: [], tellings: [], rebased: [] }
      : null;
  const known = knownFacts(told);
  if (known === null) return null;
  const before = new Map(known.apps.map((app) => [appNameKey(app), app.restarts]));
  const back = facts.apps.flatMap((app) => {
    const then = before.get(appNameKey(app)) ?? null;
    return app.restarts !== null && then !== null && app.restarts < then
      ? [{ app: appNameKey(app), restarts: app.restarts }]
      : [];
  });
  if (back.length === 0) return null;
  const isBack = new Set(back.map(({ app }) => app));
  return { ...told, rebased: [...told.rebased.filter(({ app }) => !isBack.has(app)), ...back] };
}
