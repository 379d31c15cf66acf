import { appNameKey, type ReportFacts } from '../compare/report-facts.ts';
import type { ReportDiff } from '../report-diff.ts';

/**
 * Audits that say: this app keeps ending. While one of them stands, a rising counter means that it goes on. Of an app that
 * is flagged for something else (no memory limit, a full disk), a nightly cron restart or a deploy is no news.
 */
export const unrestAudits: readonly string[] = [
  'app-crashes',
  'app-errored',
  'app-exits',
  'heap-limit-hit',
  'killed-from-outside',
  'memory-limit-churn',
  'oom-killed',
  'oom-took-all',
  'oom-worker-killed',
  'restart-count-high',
  'restart-loop',
  'restart-rate-rising',
  'stop-timeout-hit',
];

/** True when one of the flagged problems went on since: an app restarted again, or the OOM killer came again. */
export function goesOn(
  diff: ReportDiff,
  isFlagged: (problem: ReportFacts['problems'][number]) => boolean,
): boolean {
  const unrest = diff.after.problems.filter(
    (problem) => isFlagged(problem) && unrestAudits.includes(problem.audit),
  );
  const restless = new Set(
    unrest.flatMap(({ subject }) => (subject.app === null ? [] : [appNameKey(subject.app)])),
  );
  const isRestless = (app: { home: string; namespace: string; name: string }): boolean =>
    restless.has(appNameKey(app));
  return (
    diff.restarts.some((change) => change.to > change.from && isRestless(change)) ||
    // A kill that no app could be tied to counts where a problem stands that is not about one app either.
    (diff.kills ?? []).some(({ app }) =>
      app === null ? unrest.some(({ subject }) => subject.app === null) : isRestless(app),
    )
  );
}
