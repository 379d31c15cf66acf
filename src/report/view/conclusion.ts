import { causes, type RestartStory } from '../../model/restart.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { headlineOf } from './headline.ts';
import { details } from './story-details.ts';
import { agreedEnd, downSince, failures, requests, rhythm } from './story-facts.ts';
import { dailySpan, type Telling, tellingOf } from './telling.ts';
import { sentences } from './words/numbers.ts';
import { storyWords } from './words/stories.ts';

/** A failure newer than this is not called over. */
const recentMs = 10 * 60_000;
/** A rhythm slower than this is not foretold: a clock time would not say which day. */
const halfDayMs = 12 * 3_600_000;

export interface Conclusion {
  /** `62 restarts: 60 on request and 2 by failure`. */
  readonly summary: Prose;
  /** What happened, in one sentence. */
  readonly conclusion: Prose;
  /** All the rest of it. */
  readonly because: Prose;
  /** Whether it goes on, or when it ended. */
  readonly now: Prose | null;
}

/** Answers: what happened to this app, when, of what is it made, does it go on? Only from its own restarts, ends and kills. */
export function conclusion(context: Context, story: RestartStory): Conclusion {
  const telling = tellingOf(context, story);
  const headline = headlineOf(telling);
  return {
    summary: summary(telling),
    conclusion: headline.text,
    because: sentences(context.locale, details(telling, headline)),
    now: outlook(telling),
  };
}

function summary({ context, story, total, failed, count }: Telling): Prose {
  const say = storyWords[context.locale](context.fmt);
  if (total === 0) return say.noneInWindow(story.counter);
  const rest = causes
    .filter((cause) => !failures.includes(cause) && !requests.includes(cause))
    .flatMap((cause) => {
      const seen = story.byCause[cause] ?? 0;
      return seen > 0 ? [{ cause, word: context.words.cause[cause], count: seen }] : [];
    });
  return say.summary(total, count(requests), failed, rest);
}

function outlook({ context, story, say, total, failed }: Telling): Prose | null {
  const { report, words } = context;
  const down = downSince(report, story);
  if (down !== null) {
    const isTold = total === 0 && !story.goesOn;
    if (isTold && agreedEnd(report, story, down) !== null) return null;
    const why =
      down.next === 'gave-up'
        ? 'gave-up'
        : isTold
          ? 'told'
          : requests.includes(down.cause)
            ? 'asked'
            : 'left';
    return say.down(down.at, Math.max(1000, report.takenAt - down.at), why);
  }
  const newest = story.restarts.at(-1);
  if (newest?.next === 'left-down')
    return say.down(newest.at, Math.max(1000, report.takenAt - newest.at), 'failed');
  if (story.last === null) return null;
  const cause = story.last.cause === 'unknown' ? null : words.cause[story.last.cause];
  if (story.goesOn) return say.goesOn(story.last.at, cause, waited(story));
  const lastFailure = story.restarts.findLast((restart) => failures.includes(restart.cause));
  const areCrashes = story.restarts.every(
    (restart) => restart.cause === 'crash' || !failures.includes(restart.cause),
  );
  const span = dailySpan(context, story);
  if (span !== null && lastFailure !== undefined)
    return say.expectAgain(span.from, lastFailure.at, areCrashes);
  const same = story.restarts.flatMap((restart) => (restart.cause === story.last?.cause ? [restart.at] : []));
  // A loop that is over has its own rhythm, and it ended.
  const every = story.loops.length === 0 ? rhythm(same) : null;
  if (every !== null && every < halfDayMs && cause !== null && report.takenAt - story.last.at < every * 1.5)
    return say.inRhythm(story.last.at, cause, story.last.at + every);
  if (failed > 0 && lastFailure !== undefined && report.takenAt - lastFailure.at > recentMs)
    return say.ended(lastFailure.at, report.takenAt - lastFailure.at, areCrashes);
  return say.last(story.last.at, cause);
}

/** How long PM2 waited before the newest start; 0 = it never waits; null = not seen. */
function waited({ restarts }: RestartStory): number | null {
  const newest = restarts.at(-1);
  if (newest?.next === 'delayed')
    return newest.nextAt === null || newest.nextAt <= newest.at ? null : newest.nextAt - newest.at;
  return newest?.next === 'restarted' && restarts.every(({ next }) => next !== 'delayed') ? 0 : null;
}
