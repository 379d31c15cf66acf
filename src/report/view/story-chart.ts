import { causes, type Restart, type RestartStory } from '../../model/restart.ts';
import { restartLanes } from '../chart/restart-lanes.ts';
import { chartTicks } from './chart-frame.ts';
import type { Context } from './context.ts';
import type { StoryView } from './incidents.ts';
import { mark } from './marks.ts';
import { requests } from './story-facts.ts';
import type { StoryWords } from './words/stories.ts';

const dayMs = 24 * 3_600_000;

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
    description: daily(story.restarts, report.utcOffsetMinutes)
      .map((restarts) =>
        say.chartDay(
          fmt.date(restarts[0]?.at ?? report.window.from),
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

/** By days of the host's zone. */
function daily(restarts: readonly Restart[], utcOffsetMinutes: number): readonly (readonly Restart[])[] {
  const days = new Map<number, Restart[]>();
  for (const restart of restarts) {
    const day = Math.floor((restart.at + utcOffsetMinutes * 60_000) / dayMs);
    const known = days.get(day);
    if (known === undefined) days.set(day, [restart]);
    else known.push(restart);
  }
  return [...days.values()];
}
