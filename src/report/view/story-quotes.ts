import { type CrashGroup, causes, type RestartStory } from '../../model/restart.ts';
import type { CleanText, Quote } from '../../model/text.ts';
import type { QuoteView } from './atoms.ts';
import type { Context } from './context.ts';
import type { StoryView } from './incidents.ts';
import { sure } from './marks.ts';
import { quoteView } from './quotes.ts';
import { workerKills } from './telling.ts';
import type { StoryWords } from './words/stories.ts';

const shownCrashes = 3;
const shownQuotes = 5;

/** The most frequent crashes: message, place, how often, from when to when, how sure. */
export function crashesOf(
  context: Context,
  say: StoryWords,
  { crashes, byCause }: RestartStory,
): Pick<StoryView, 'crashLead' | 'crashes' | 'moreCrashes'> {
  const rest = crashes.slice(shownCrashes);
  const total = (byCause.crash ?? 0) + (byCause['heap-oom'] ?? 0);
  // What only may belong is no tie, but it is no blank either: it is said with its own confidence.
  const told = crashes.reduce((sum, { times }) => sum + times, 0);
  return {
    crashLead: crashes.length === 0 ? null : say.crashLead(crashes.length, Math.max(0, total - told), total),
    crashes: crashes.slice(0, shownCrashes).map((group) => ({
      message: group.message,
      frame: group.frame,
      said: say.crash(group.times, group.first, group.last),
      sure: sure(context, group.confidence),
    })),
    moreCrashes:
      rest.length === 0
        ? null
        : say.moreCrashes(
            rest.length,
            rest.reduce((sum, { times }) => sum + times, 0),
          ),
  };
}

/**
 * The newest line of each cause that has one, failures first; beside it how often that cause was seen. Then the newest crash whole, and
 * the last lines before the app went down: those are one quote where the crash stands in them.
 */
export function storyQuotes(context: Context, say: StoryWords, story: RestartStory): readonly QuoteView[] {
  const shown = new Set<string>();
  const picked: { readonly quote: Quote; readonly note: string }[] = [];
  for (const cause of causes) {
    const restart = story.restarts.findLast((item) => item.cause === cause && item.because.length > 0);
    if (restart === undefined) continue;
    const isFailure = cause === 'oom-kill' || cause === 'crash' || cause === 'heap-oom';
    for (const quote of restart.because.slice(0, isFailure ? 2 : 1)) {
      if (shown.has(quote.text)) continue;
      shown.add(quote.text);
      picked.push({ quote, note: say.timesSeen(story.byCause[cause] ?? 1, context.words.cause[cause]) });
    }
  }
  const stop = story.stops.at(-1);
  if (picked.length === 0 && stop !== undefined)
    for (const quote of stop.because.slice(0, 2))
      picked.push({ quote, note: say.timesSeen(1, context.words.cause[stop.cause]) });
  const kills = workerKills(context, story);
  const [line] = kills.at(-1)?.because ?? [];
  if (line !== undefined && !shown.has(line.text))
    picked.push({ quote: line, note: say.timesSeen(kills.length, context.words.cause['oom-kill']) });
  return [
    ...picked.slice(0, shownQuotes).map(({ quote, note }) => quoteView(context, quote, note)),
    ...spoken(say, story),
  ];
}

function spoken(say: StoryWords, { crashes, lastWords }: RestartStory): readonly QuoteView[] {
  const [top] = crashes;
  const isSaid = (group: CrashGroup): boolean =>
    group.lines.length > 0 && group.lines.every((line) => lastWords?.lines.includes(line) ?? false);
  return [
    ...(top === undefined || top.lines.length < 2 || isSaid(top)
      ? []
      : [block(top.source, top.lines, say.stack(top.times))]),
    ...(lastWords === null || lastWords.lines.length === 0
      ? []
      : [block(lastWords.source, lastWords.lines, say.lastWords)]),
  ];
}

function block(source: CleanText, lines: readonly CleanText[], note: string): QuoteView {
  const text = lines.join('\n');
  return { source, when: null, note, text, pieces: [{ text, strong: false }] };
}
