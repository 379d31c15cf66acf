import type { AppRef } from '../../model/pm2.ts';
import { type Cause, causes, type Restart, type RestartStory } from '../../model/restart.ts';
import type { Quote } from '../../model/text.ts';
import { restartLanes } from '../chart/restart-lanes.ts';
import type { QuoteView } from './atoms.ts';
import { chartTicks } from './chart-frame.ts';
import { conclusion } from './conclusion.ts';
import type { Context } from './context.ts';
import type { RestartsView, StoryView } from './incidents.ts';
import { causeCounts, mark } from './marks.ts';
import { quoteView } from './quotes.ts';
import { type StoryWords, storyWords } from './words/stories.ts';

/** contract section 4: a counter above this is worth a look. */
export const manyRestarts = 30;
const shownStories = 12;
const failureFlags =
  /^(restart-loop|restart-count-high|app-errored|oom-killed|oom-worker-killed|heap-limit-hit|watch-in-production)$/;
/** Restarts on request or by timer tell no story of an app that lost a worker. */
const failureCauses: readonly Cause[] = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'clean-exit',
  'signal',
  'stop-timeout',
  'watch',
  'unknown',
];
const askedFor: readonly Cause[] = ['manual', 'reload'];

/** Answers: is there more to say about this app's restarts than a row of the table does? */
export function tellsStory({ report }: Context, story: RestartStory): boolean {
  if (
    story.loops.length > 0 ||
    story.goesOn ||
    story.restarts.length > manyRestarts ||
    story.counter > manyRestarts
  )
    return true;
  if (!failureCauses.some((cause) => (story.byCause[cause] ?? 0) > 0)) return false;
  const row = report.processes.find((item) => item.story === story);
  return row?.flags.some((flag) => failureFlags.test(flag)) ?? false;
}

/** A place on the page: ids and names hold anything, so the home is only a number. */
export function storyAnchor({ app }: { readonly app: AppRef }): string {
  let hash = 0;
  for (const char of `${app.home}\n${app.name}`) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return `r-${Math.max(0, app.pmId)}-${hash.toString(36)}`;
}

/** The story of each app worth one: counts by cause, the chart, what it comes to, whether it goes on, the lines it rests on. */
export function restartsView(context: Context): RestartsView {
  const { report, fmt } = context;
  const say = storyWords[context.locale](fmt);
  const told = report.processes
    .toSorted((a, b) => urgency(b.story) - urgency(a.story) || a.restartRank - b.restartRank)
    .flatMap((row) => (row.story !== null && tellsStory(context, row.story) ? [row.story] : []));
  const log = report.evidence.find((row) => row.key === 'pm2Log');
  const begin =
    log?.seen === true && log.covers.from !== null && log.covers.from > report.window.from
      ? fmt.time(log.covers.from)
      : null;
  const rest = told.slice(shownStories);
  return {
    lead:
      told.length > 0
        ? say.lead(told.length, manyRestarts, begin)
        : report.processes.every((row) => row.story !== null) &&
            (log?.seen === true || report.processes.length === 0)
          ? say.none(report.window.to - report.window.from, begin)
          : say.unseen,
    stories: told.slice(0, shownStories).map((story) => storyView(context, say, story)),
    more:
      rest.length > 0
        ? say.more(
            rest.map((story) => fmt.name(story.app.name)),
            rest.length,
          )
        : null,
  };
}

const urgency = (story: RestartStory | null): number =>
  story === null ? 0 : story.goesOn ? 2 : story.loops.length > 0 ? 1 : 0;

function storyView(context: Context, say: StoryWords, story: RestartStory): StoryView {
  const { report, fmt } = context;
  const counts = causeCounts(context, story.byCause);
  const namesakes = report.processes.filter(({ app }) => app.ref.name === story.app.name).length > 1;
  const told = conclusion(context, story);
  return {
    id: storyAnchor(story),
    name: story.app.name,
    where: namesakes ? say.where(fmt.code(story.app.home), story.app.pmId) : null,
    summary: told.summary,
    causes: counts,
    chart:
      story.restarts.length > manyRestarts || (story.loops.length > 0 && story.restarts.length > 2)
        ? chart(context, say, story)
        : null,
    conclusion: told.conclusion,
    because: told.because,
    now: told.now,
    quotes: storyQuotes(context, say, story),
  };
}

function chart(context: Context, say: StoryWords, story: RestartStory): StoryView['chart'] {
  const { report, fmt, words } = context;
  const present = causes.filter((cause) => story.restarts.some((restart) => restart.cause === cause));
  const axis = { from: report.window.from, to: report.window.to, utcOffsetMinutes: report.utcOffsetMinutes };
  const drawn = restartLanes(
    axis,
    present.map((cause) => ({
      cause,
      at: story.restarts.filter((restart) => restart.cause === cause).map((restart) => restart.at),
    })),
    story.coversFrom,
  );
  return {
    id: storyAnchor(story),
    title: say.chartTitle(story.app.name, axis.to - axis.from),
    description: daily(story.restarts, (at) => fmt.date(at))
      .map(([date, restarts]) =>
        say.chartDay(
          date,
          present.flatMap((cause) => {
            const count = restarts.filter((restart) => restart.cause === cause).length;
            return count === 0 ? [] : [say.causePart(words.cause[cause], count)];
          }),
        ),
      )
      .join('; '),
    height: drawn.height,
    plotHeight: drawn.plotHeight,
    top: 0,
    axisY: drawn.plotHeight,
    labelY: drawn.labelY,
    unseen: drawn.unseen,
    ticks: chartTicks(context, drawn.ticks),
    lanes: drawn.lanes.map((lane) => ({
      ...lane,
      mark: mark(context, lane.cause),
      shown: fmt.count(lane.total),
      isPale: askedFor.includes(lane.cause),
    })),
  };
}

function daily(
  restarts: readonly Restart[],
  dateOf: (at: number) => string,
): readonly (readonly [string, readonly Restart[]])[] {
  const days = new Map<string, Restart[]>();
  for (const restart of restarts) {
    const date = dateOf(restart.at);
    const known = days.get(date);
    if (known === undefined) days.set(date, [restart]);
    else known.push(restart);
  }
  return [...days];
}

/** The newest line of each cause that has one, failures first, at most four; beside it how often that cause was seen. */
function storyQuotes(context: Context, say: StoryWords, story: RestartStory): readonly QuoteView[] {
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
  return picked.slice(0, 5).map(({ quote, note }) => quoteView(context, quote, note));
}
