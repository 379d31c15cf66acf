import type { SendOn } from '../../model/delivery.ts';
import type { Priority } from '../../model/finding.ts';
import type { Json } from '../../model/text.ts';
import type { Problem, ReportFacts } from '../compare/report-facts.ts';
import { isRecord } from '../compare/untrusted.ts';
import type { ReportDiff } from '../report-diff.ts';
import { goesOn } from './unrest.ts';

/** What there is to tell, before asking whether it may be told now. */
export interface News {
  /** Not known before, or more urgent than it was. */
  readonly came: readonly Problem[];
  readonly isNew: boolean;
  readonly went: readonly Problem[];
  readonly goesOn: boolean;
  /** Every P0 and P1 is known to be gone. */
  readonly isRecovery: boolean;
}

export function isUrgent({ priority }: { readonly priority: Priority }): boolean {
  return priority === 'P0' || priority === 'P1';
}

/** `diff` null = the channel was never told of this host. */
export function newsOf(diff: ReportDiff | null, facts: ReportFacts, sendOn: SendOn): News {
  const counts = (problem: { readonly priority: Priority }): boolean =>
    sendOn === 'change' || isUrgent(problem);
  if (diff === null) {
    const came = facts.problems.filter(isUrgent);
    // To be told of any change, the rest need not be told first where all is well.
    const isFirst = came.length > 0 || (sendOn === 'change' && facts.verdict !== 'healthy');
    return { came, isNew: isFirst, went: [], goesOn: false, isRecovery: false };
  }
  const fresh = [...diff.fresh, ...diff.perhapsFresh].filter(counts);
  const worse = diff.worse.filter(({ to }) => counts({ priority: to }));
  const better = diff.better.filter(({ from }) => counts({ priority: from }));
  return {
    came: [...fresh, ...worse],
    isNew: fresh.length > 0,
    went: [...diff.gone.filter(counts), ...better],
    goesOn: goesOn(diff, counts),
    isRecovery:
      [...diff.gone, ...diff.better.map(({ from }) => ({ priority: from }))].some(isUrgent) &&
      !standing(diff, facts) &&
      facts.verdict !== 'unknown',
  };
}

/** Is there a P0 or P1, or one that only nobody could look at? What the settings mute, or no audit asks any more, is not. */
export function standing(diff: ReportDiff | null, facts: ReportFacts): boolean {
  return (
    facts.problems.some(isUrgent) ||
    (diff?.perhapsGone ?? []).some(
      (doubt) => isUrgent(doubt) && doubt.why !== 'muted' && doubt.why !== 'absent',
    )
  );
}

/** A report over a shorter window does not see what the longer one saw: what it lacks is out of sight, not gone. */
export function judged(diff: ReportDiff, before: Json, after: Json): ReportDiff {
  const [then, now] = [spanMs(before), spanMs(after)];
  if (then === null || now === null || now >= then * 0.9) return diff;
  return {
    ...diff,
    gone: [],
    better: [],
    perhapsGone: [
      ...diff.perhapsGone,
      ...diff.gone.map((problem) => ({ ...problem, why: 'blind' as const })),
    ],
  };
}

function spanMs(summary: Json): number | null {
  const window = isRecord(summary) ? summary['window'] : null;
  if (!isRecord(window)) return null;
  const [from, to] = [window['from'], window['to']].map((time) => Date.parse(String(time)));
  return from === undefined || to === undefined || !Number.isFinite(to - from) ? null : to - from;
}
