import { causes, type Restart, type RestartStory } from '../../model/restart.ts';
import { restartLanes } from '../chart/restart-lanes.ts';
import { chartTicks } from './chart-frame.ts';
import type { Context } from './context.ts';
import type { StoryView } from './incidents.ts';
import { mark } from './marks.ts';
import { requests } from './story-facts.ts';
import type { StoryWords } from './words/stories.ts';

/** The restarts of one app in time, a lane a cause; with the same in words for who does not see it. */
export function storyChart(
  context: Context,
  say: StoryWords,
  story: RestartStory,
  id: string,
): StoryView['chart'] {
  const { report, fmt, words } = context;
  const present = causes.filter((cause) => story.restarts.some((restart) => restart.cause === cause));
  const axis = { from: report.window.from, to: report.window.to, utcOffsetMinutes: report.utcOffsetMinutes };
  const drawn = restartLanes(
    axis,
    present.map((cause) => ({
      cause,
      at: story.restarts.flatMap((restart) => (restart.cause === cause ? [restart.at] : [])),
    })),
    story.coversFrom,
  );
  return {
    id,
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
      isPale: requests.includes(lane.cause),
    })),
    note: drawn.columns === null ? null : say.chartColumns(drawn.columns.ms, drawn.columns.tallest),
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
