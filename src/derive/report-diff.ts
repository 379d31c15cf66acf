import type { Priority } from '../model/finding.ts';
import type { VerdictWord } from '../model/report.ts';
import {
  type AppFacts,
  type AppName,
  appNameKey,
  gapAuditId,
  isMoreUrgent,
  type KillFacts,
  type Problem,
  type ReportFacts,
} from './compare/report-facts.ts';

/**
 * Why a report does not say whether a problem is there: the audit was blind or failed, or that version has no such
 * audit, or the configuration mutes it, or the app's daemon did not give its list.
 */
export type NotJudged = 'blind' | 'error' | 'absent' | 'muted' | 'daemon';

export interface Shift extends Problem {
  readonly from: Priority;
  readonly to: Priority;
}
export interface Doubt extends Problem {
  readonly why: NotJudged;
}
export interface FigureChange extends AppName {
  readonly from: number;
  readonly to: number;
}

/** Two reports against each other. `reportDiff(b, a)` is its mirror: new and gone, worse and better change places. */
export interface ReportDiff {
  readonly before: ReportFacts;
  readonly after: ReportFacts;
  readonly fresh: readonly Problem[];
  readonly worse: readonly Shift[];
  readonly better: readonly Shift[];
  readonly gone: readonly Problem[];
  /** In the second report, where the first could not judge it: nobody knows whether it is new. */
  readonly perhapsFresh: readonly Doubt[];
  /** In the first report, where the second cannot judge it: nobody knows whether it is gone. */
  readonly perhapsGone: readonly Doubt[];
  readonly verdict: 'same' | 'worse' | 'better' | 'unclear';
  readonly appsCame: readonly AppFacts[];
  readonly appsWent: readonly AppFacts[];
  readonly memory: readonly FigureChange[];
  readonly restarts: readonly FigureChange[];
  /** Kills that the second report knows and that came after the first; null = one of them saw no kernel log. */
  readonly kills: readonly KillFacts[] | null;
  /** Something is new or worse: a problem, a kill, the verdict. Figures alone decide nothing: audits judge them. */
  readonly isWorse: boolean;
}

/** What counts as much: both for memory. Restarts: what PM2 and our loop rule call a loop has three. */
export const changeLimits = { memoryRatio: 0.25, memoryBytes: 64 * 1024 * 1024, restarts: 3 } as const;

const verdictOrder: readonly VerdictWord[] = ['healthy', 'attention', 'critical'];

/** Answers: what changed from one report to another of the same host? Both in any language. */
export function reportDiff(before: ReportFacts, after: ReportFacts): ReportDiff {
  const old = byKey(before.problems);
  const now = byKey(after.problems);
  const came = [...now].filter(([key]) => !old.has(key)).map(([, problem]) => problem);
  const went = [...old].filter(([key]) => !now.has(key)).map(([, problem]) => problem);
  const shifts = [...now].flatMap(([key, problem]): Shift[] => {
    const from = old.get(key)?.priority;
    return from === undefined || from === problem.priority
      ? []
      : [{ ...problem, from, to: problem.priority }];
  });
  const fresh = came.filter((problem) => notJudged(before, problem) === null);
  const worse = shifts.filter(({ from, to }) => isMoreUrgent(to, from));
  const perhapsFresh = doubts(before, came);
  const kills = newKills(before, after);
  const verdict = verdictChange(before.verdict, after.verdict);
  return {
    before,
    after,
    fresh: inOrder(fresh),
    worse: inOrder(worse),
    better: inOrder(shifts.filter(({ from, to }) => isMoreUrgent(from, to))),
    gone: inOrder(went.filter((problem) => notJudged(after, problem) === null)),
    perhapsFresh,
    perhapsGone: doubts(after, went),
    verdict,
    appsCame: missingIn(before, after.apps),
    appsWent: missingIn(after, before.apps),
    memory: changes(before, after, ({ treeRssBytes }) => treeRssBytes, isMuchMemory),
    restarts: changes(
      before,
      after,
      ({ restarts }) => restarts,
      (from, to) => Math.abs(to - from) >= changeLimits.restarts,
    ),
    kills,
    isWorse:
      fresh.length + worse.length + perhapsFresh.length + (kills?.length ?? 0) > 0 || verdict === 'worse',
  };
}

function byKey(problems: readonly Problem[]): ReadonlyMap<string, Problem> {
  return new Map(problems.map((problem) => [`${problem.audit}\n${problem.subject.key}`, problem]));
}

/** Why this report, which does not have the problem, does not clear it either; null = it does clear it. */
function notJudged(report: ReportFacts, { audit, subject }: Problem): NotJudged | null {
  // An app may be named by its id, which says nothing here: it could be this one.
  const isMuted = report.muted.some(
    (mute) =>
      mute.audit === audit && (mute.app === null || mute.app === subject.text || /^\d+$/.test(mute.app)),
  );
  if (isMuted) return 'muted';
  // A gap is its own evidence: without it, the thing was seen.
  if (audit === gapAuditId) return null;
  if (subject.app !== null && !report.homes.has(subject.app.home)) return 'daemon';
  const outcome = report.outcomes.get(audit);
  if (outcome === undefined) return 'absent';
  return outcome === 'blind' || outcome === 'error' ? outcome : null;
}

function doubts(report: ReportFacts, problems: readonly Problem[]): readonly Doubt[] {
  return inOrder(
    problems.flatMap((problem): Doubt[] => {
      const why = notJudged(report, problem);
      return why === null ? [] : [{ ...problem, why }];
    }),
  );
}

/** Most urgent first, then by audit and subject: the order of findings in the reports means nothing. */
function inOrder<P extends Problem>(problems: readonly P[]): readonly P[] {
  return problems.toSorted(
    (a, b) =>
      compare(a.priority, b.priority) || compare(a.audit, b.audit) || compare(a.subject.key, b.subject.key),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function verdictChange(from: VerdictWord, to: VerdictWord): ReportDiff['verdict'] {
  if (from === to) return 'same';
  const [a, b] = [verdictOrder.indexOf(from), verdictOrder.indexOf(to)];
  if (a < 0 || b < 0) return 'unclear';
  return b > a ? 'worse' : 'better';
}

/** Apps that this report lacks, where it would have them: a daemon that was not read has neither lost nor got any. */
function missingIn({ homes, apps }: ReportFacts, others: readonly AppFacts[]): readonly AppFacts[] {
  const there = new Set(apps.map(appNameKey));
  return others
    .filter((app) => homes.has(app.home) && !there.has(appNameKey(app)))
    .toSorted((a, b) => compare(appNameKey(a), appNameKey(b)));
}

function changes(
  before: ReportFacts,
  after: ReportFacts,
  figure: (app: AppFacts) => number | null,
  isMuch: (from: number, to: number) => boolean,
): readonly FigureChange[] {
  const old = new Map(before.apps.map((app) => [appNameKey(app), figure(app)]));
  return after.apps
    .flatMap((app): FigureChange[] => {
      const from = old.get(appNameKey(app)) ?? null;
      const to = figure(app);
      const { home, namespace, name } = app;
      return from === null || to === null || !isMuch(from, to) ? [] : [{ home, namespace, name, from, to }];
    })
    .toSorted(
      (a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from) || compare(appNameKey(a), appNameKey(b)),
    );
}

/** A quarter of the larger figure, so that the way there and the way back count alike. */
function isMuchMemory(from: number, to: number): boolean {
  const change = Math.abs(to - from);
  return change >= changeLimits.memoryBytes && change >= changeLimits.memoryRatio * Math.max(from, to);
}

/** A longer window or a longer log shows older kills too: those are not new. Without a time it must not be known before. */
function newKills(before: ReportFacts, after: ReportFacts): readonly KillFacts[] | null {
  if (before.kills === null || after.kills === null) return null;
  const keyOf = ({ at, pid, comm }: KillFacts): string => `${at} ${pid} ${comm}`;
  const known = new Set(before.kills.map(keyOf));
  return after.kills.filter(
    (kill) => !known.has(keyOf(kill)) && (kill.at === null || kill.at > before.takenAt),
  );
}
