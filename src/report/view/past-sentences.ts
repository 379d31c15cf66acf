import { heavyDaemonBytes } from '../../derive/trends/daemon-trend.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import { trendWords } from './words/trend.ts';

/** A change of memory below a tenth is the day's come and go; of restarts, below a fifth or two. */
const noticeable = 0.1;
const leastShare = 0.2;
const leastRestarts = 2;

/**
 * What a history adds beside the table of apps: their memory at this hour a week ago, this week's restarts against those
 * of the week before, and PM2's own daemon where it grows. Only what has changed. `name` writes a path.
 */
export function pastSentences(
  { report, fmt, locale }: { readonly report: Report; readonly fmt: ReportFmt; readonly locale: Locale },
  name: (path: string) => string,
  parts: readonly ('memory' | 'restarts' | 'daemons')[],
): readonly string[] {
  const { history } = report;
  if (history === null) return [];
  const say = trendWords[locale](fmt);
  const said: string[] = [];
  const { weekAgo, restartWeeks } = history;
  if (parts.includes('memory') && weekAgo !== null) {
    const { thenBytes, nowBytes } = weekAgo;
    const share = Math.abs(nowBytes - thenBytes) / thenBytes;
    if (share >= noticeable)
      said.push(
        say.weekAgo(fmt.bytes(thenBytes), fmt.bytes(nowBytes), nowBytes > thenBytes, fmt.ratio(share)),
      );
  }
  if (parts.includes('restarts') && restartWeeks !== null) {
    const { thisWeek, weekBefore } = restartWeeks;
    if (Math.abs(thisWeek - weekBefore) >= Math.max(leastRestarts, weekBefore * leastShare))
      said.push(say.restartWeeks(thisWeek, weekBefore));
  }
  for (const { home, kind, bytesPerDay, reach } of parts.includes('daemons') ? history.daemons : []) {
    if (kind !== 'leak') continue;
    const heavyAt = reach === null || reach.at <= report.takenAt ? null : fmt.date(reach.at);
    said.push(say.daemon(name(home), fmt.bytes(bytesPerDay ?? 0), fmt.bytes(heavyDaemonBytes), heavyAt));
  }
  return said;
}
