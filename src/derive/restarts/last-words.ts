import type { Cause, CrashGroup, Ending, RestartStory } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { CleanText } from '../../model/text.ts';
import { secondMs } from './app-log-evidence.ts';
import { crashesOf, type Tie } from './crash-groups.ts';

type LastWords = NonNullable<RestartStory['lastWords']>;

const failures: ReadonlySet<Cause> = new Set([
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'clean-exit',
  'unknown',
]);

/** The parts of a story that its app's logs tell: what crashed, and what the app wrote last. Endings in any order. */
export function crashWords(
  endings: readonly Ending[],
  appLogs: readonly AppLog[],
  isInWindow: (ending: Ending) => boolean,
): Pick<RestartStory, 'crashes' | 'lastWords'> {
  const { groups, ties } = crashesOf(endings, appLogs, isInWindow);
  return { crashes: groups, lastWords: lastWordsOf(endings.filter(isInWindow), ties, groups, appLogs) };
}

/**
 * Answers: what did the app write last before its newest failure? At most 12 lines of one log, oldest first: those above
 * the exception that ended it; else those that their stamps put before the end; else the end of a log that nobody
 * wrote to since. The stack itself only where nothing stands above it. null = no failure, or no way to tell the lines of the process that ended
 * from those of the next one.
 */
export function lastWordsOf(
  endings: readonly Ending[],
  ties: readonly Tie[],
  groups: readonly CrashGroup[],
  appLogs: readonly AppLog[],
): LastWords | null {
  const newest = endings.filter(({ cause }) => failures.has(cause)).reduce<Ending | null>(later, null);
  if (newest === null) return null;
  const tie = ties.findLast(({ ending }) => ending === newest);
  const shown = new Set(groups.flatMap(({ lines }) => lines));
  for (const { source, lines } of [
    ...above(tie),
    ...beforeEnd(newest, appLogs),
    ...untouched(newest, appLogs),
  ]) {
    const left = aboveStack(lines, shown);
    if (left.length > 0) return { source, lines: left };
  }
  const stack = tie?.exception.lines ?? [];
  return tie === undefined || stack.length === 0 ? null : { source: tie.log.path, lines: stack };
}

/** The lines between the stack of an earlier crash and that of this one. */
function aboveStack(lines: readonly CleanText[], shown: ReadonlySet<string>): readonly CleanText[] {
  const end = lines.findLastIndex((line) => !isShown(line, shown)) + 1;
  const start = lines.slice(0, end).findLastIndex((line) => isShown(line, shown)) + 1;
  return lines.slice(start, end);
}

function later(a: Ending | null, b: Ending): Ending {
  return a !== null && a.at > b.at ? a : b;
}

/** The same text, or the same behind its stamp. */
function isShown(line: CleanText, shown: ReadonlySet<string>): boolean {
  if (shown.has(line)) return true;
  const text = /^\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]{8,20}[^ ]{0,7}[\]:]? (.*)$/.exec(line)?.[1];
  return text !== undefined && (shown.has(text) || text.trim() === '');
}

function above(tie: Tie | undefined): readonly LastWords[] {
  const lines = tie?.exception.before ?? [];
  return tie === undefined || lines.length === 0 ? [] : [{ source: tie.log.path, lines }];
}

function beforeEnd(ending: Ending, appLogs: readonly AppLog[]): readonly LastWords[] {
  return errorsFirst(appLogs).flatMap(({ path, beforeEnd: cut }) =>
    cut != null && Math.abs(cut.endAt - ending.at) <= secondMs ? [{ source: path, lines: cut.lines }] : [],
  );
}

/** Logs that were last written to before the next process was started. */
function untouched(ending: Ending, appLogs: readonly AppLog[]): readonly LastWords[] {
  const until = Math.min(ending.nextAt ?? Infinity, ending.at + secondMs);
  return errorsFirst(appLogs).flatMap(({ path, tail, modifiedAt, sharedBy }) =>
    modifiedAt < until && tail.lines.length > 0 && (sharedBy ?? []).length === 0
      ? [{ source: path, lines: tail.lines }]
      : [],
  );
}

function errorsFirst(appLogs: readonly AppLog[]): readonly AppLog[] {
  return [
    ...appLogs.filter(({ stream }) => stream === 'err'),
    ...appLogs.filter(({ stream }) => stream === 'out'),
  ];
}
