import type { Fmt } from '../../model/audit.ts';
import type { CrashGroup, RestartStory } from '../../model/restart.ts';
import type { Quote } from '../../model/text.ts';

/** The error behind most crashes of an app, as a finding names it. */
export type TopCrash = {
  readonly message: string;
  /** Where in the app's own code; null = not known. */
  readonly frame: string | null;
  readonly times: number;
  /** Its lines belong to the crashes by time or order; false = it only stands in the log. */
  readonly isTied: boolean;
  /** Other errors among the crashes. */
  readonly others: number;
};

/** A message longer than this says no more: the whole stands in the quoted lines. */
const messageLength = 120;

/** Groups of all instances as one list, most frequent first: the same place, or the same message, is the same error. */
export function mergedCrashes(stories: readonly RestartStory[]): readonly CrashGroup[] {
  const merged = new Map<string, CrashGroup>();
  for (const group of stories.flatMap((story) => story.crashes)) {
    const key = group.frame ?? group.message;
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined ? group : { ...newer(before, group), times: before.times + group.times },
    );
  }
  return [...merged.values()].toSorted((a, b) => b.times - a.times);
}

function newer(a: CrashGroup, b: CrashGroup): CrashGroup {
  return (b.last ?? 0) > (a.last ?? 0) ? b : a;
}

/** Answers: which error is behind most crashes? null = no log shows one. */
export function topCrash(groups: readonly CrashGroup[]): TopCrash | null {
  const [top] = groups;
  if (top === undefined) return null;
  return {
    message: top.message.length > messageLength ? `${top.message.slice(0, messageLength)}…` : top.message,
    frame: top.frame,
    times: top.times,
    isTied: top.confidence !== 'possible',
    others: groups.length - 1,
  };
}

/** The error itself, then the last lines before the newest failure, as far as they are not the same. */
export function crashQuotes(stories: readonly RestartStory[]): readonly Quote[] {
  const [top] = mergedCrashes(stories);
  const quotes: Quote[] =
    top === undefined
      ? []
      : [
          { source: top.source, at: top.last, text: top.message },
          ...top.lines
            .filter((line) => top.frame !== null && line.includes(top.frame))
            .slice(0, 1)
            .map((text) => ({ source: top.source, at: top.last, text })),
        ];
  const words = stories.find((story) => story.lastWords !== null)?.lastWords;
  for (const text of words?.lines.slice(-2) ?? [])
    if (words && !top?.lines.includes(text) && !quotes.some((quote) => quote.text === text))
      quotes.push({ source: words.source, at: null, text });
  return quotes;
}

/** `38 of them end with TypeError: … at /srv/app/routes.js:10:5.` Empty where no log shows an error. */
export function topCrashEn(top: TopCrash | null, total: number, fmt: Fmt): string {
  if (top === null) return '';
  const place = top.frame === null ? '' : ` at ${fmt.code(top.frame)}`;
  const error = `${fmt.code(top.message)}${place}`;
  if (!top.isTied) return ` Its log shows ${error}.`;
  if (top.times >= total) return total === 1 ? ` The error is ${error}.` : ` All of them end with ${error}.`;
  // A line that is known of one crash does not make the others of another kind: nothing is known of them.
  if (top.others === 0)
    return ` ${fmt.count(top.times)} of them ${top.times === 1 ? 'ends' : 'end'} with ${error}. No line of a log can be tied to the others.`;
  const others = `, the others with ${fmt.count(top.others)} more ${top.others === 1 ? 'error' : 'errors'}`;
  return ` ${fmt.count(top.times)} of them ${top.times === 1 ? 'ends' : 'end'} with ${error}${others}.`;
}

export function topCrashZh(top: TopCrash | null, total: number, fmt: Fmt): string {
  if (top === null) return '';
  const place = top.frame === null ? '' : `（${fmt.code(top.frame)}）`;
  const error = `${fmt.code(top.message)}${place}`;
  if (!top.isTied) return `日志中可见错误 ${error}。`;
  if (top.times >= total) return total === 1 ? `错误为 ${error}。` : `每次的错误都是 ${error}。`;
  if (top.others === 0)
    return `其中 ${fmt.count(top.times)} 次的错误是 ${error}，其余各次在日志中没有可对应的记录。`;
  const others = `，其余为另外 ${fmt.count(top.others)} 种错误`;
  return `其中 ${fmt.count(top.times)} 次的错误是 ${error}${others}。`;
}
