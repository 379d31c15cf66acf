import type { AppRef } from '../../model/pm2.ts';
import type { Cause, RestartStory } from '../../model/restart.ts';
import { conclusion } from './conclusion.ts';
import type { Context } from './context.ts';
import type { RestartsView, StoryView } from './incidents.ts';
import { causeCounts } from './marks.ts';
import { sharedEvents } from './shared-events.ts';
import { storyChart } from './story-chart.ts';
import { crashesOf, storyQuotes } from './story-quotes.ts';
import { workerKills } from './telling.ts';
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

/** Answers: is there more to say about this app's restarts than a row of the table does? */
export function tellsStory(context: Context, story: RestartStory): boolean {
  if (
    story.loops.length > 0 ||
    story.goesOn ||
    story.restarts.length > manyRestarts ||
    story.counter > manyRestarts
  )
    return true;
  const hasFailed =
    failureCauses.some((cause) => (story.byCause[cause] ?? 0) > 0) ||
    story.stops.some(({ cause }) => failureCauses.includes(cause)) ||
    workerKills(context, story).length > 0;
  if (!hasFailed) return false;
  const row = context.report.processes.find((item) => item.story === story);
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
  const shared = sharedEvents(context, say);
  return {
    lead:
      told.length > 0 || shared.some(({ isTrouble }) => isTrouble)
        ? say.lead(told.length, manyRestarts, begin)
        : report.processes.every((row) => row.story !== null) &&
            (log?.seen === true || report.processes.length === 0)
          ? say.none(report.window.to - report.window.from, begin)
          : say.unseen,
    shared,
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
  const crashed = crashesOf(context, say, story);
  return {
    id: storyAnchor(story),
    name: story.app.name,
    where: namesakes ? say.where(fmt.code(story.app.home), story.app.pmId) : null,
    summary: told.summary,
    causes: counts,
    chart:
      story.restarts.length > manyRestarts || (story.loops.length > 0 && story.restarts.length > 2)
        ? storyChart(context, say, story, storyAnchor(story))
        : null,
    conclusion: told.conclusion,
    because: told.because,
    now: told.now,
    ...crashed,
    quotes: storyQuotes(context, say, story),
  };
}
