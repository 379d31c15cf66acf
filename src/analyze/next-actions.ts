import type { PlannedFix } from '../model/finding.ts';
import type { Report, VerdictWord } from '../model/report.ts';
import type { EpochMs } from '../model/text.ts';

/** P1 fixes that fit into one day beside other work. */
const todayAtMost = 3;

/** Answers: what to do when? P0 now; the first three P1 today, the others this week; P2 and P3 stand under ongoing. */
export function nextActions(fixes: readonly PlannedFix[]): Report['nextActions'] {
  const ids = (...priorities: readonly string[]): readonly string[] =>
    fixes.filter((fix) => priorities.includes(fix.priority)).map((fix) => fix.id);
  const week = ids('P1');
  return {
    now: ids('P0'),
    today: week.slice(0, todayAtMost),
    thisWeek: week.slice(todayAtMost),
    ongoing: ids('P2', 'P3'),
  };
}

const hour = 3_600_000;
/** How long a verdict stands before it should be looked at again, hours. */
const after: { readonly [V in VerdictWord]: number } = {
  critical: 6,
  attention: 24,
  unknown: 24,
  healthy: 7 * 24,
};

/** Answers: when to look again? On a full hour of the host's own zone. */
export function nextCheckAt(word: VerdictWord, now: EpochMs, utcOffsetMinutes: number): EpochMs {
  const offset = utcOffsetMinutes * 60_000;
  return Math.floor((now + after[word] * hour + offset) / hour) * hour - offset;
}
