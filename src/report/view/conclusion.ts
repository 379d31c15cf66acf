import { causes, type RestartStory } from '../../model/restart.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { headlineOf } from './headline.ts';
import { details } from './story-details.ts';
import { downSince, failures, requests } from './story-facts.ts';
import { dailySpan, type Telling, tellingOf } from './telling.ts';
import { sentences } from './words/numbers.ts';
import { storyWords } from './words/stories.ts';

/** A failure newer than this is not called over. */
const recentMs = 10 * 60_000;

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

function outlook({ context, story, say, failed }: Telling): Prose | null {
  const { report, words, locale } = context;
  const down = downSince(report, story);
  if (down !== null) {
    const why = down.next === 'gave-up' ? 'gave-up' : requests.includes(down.cause) ? 'asked' : 'left';
    return say.down(down.at, report.takenAt - down.at, why);
  }
  if (story.last === null) return null;
  const newest = story.restarts.at(-1);
  if (story.goesOn)
    return sentences(locale, [
      say.goesOn(story.last.at, words.cause[story.last.cause]),
      newest?.next === 'delayed'
        ? newest.nextAt === null || newest.nextAt <= newest.at
          ? null
          : say.delayed(newest.nextAt - newest.at)
        : newest?.next === 'restarted' && story.restarts.every(({ next }) => next !== 'delayed')
          ? say.atOnce
          : null,
    ]);
  const span = dailySpan(context, story);
  const lastFailure = story.restarts.findLast(({ cause }) => failures.includes(cause));
  if (failed > 0 && lastFailure !== undefined && report.takenAt - lastFailure.at > recentMs)
    return sentences(locale, [
      say.ended(
        lastFailure.at,
        report.takenAt - lastFailure.at,
        story.restarts.every(({ cause }) => cause === 'crash' || !failures.includes(cause)),
      ),
      span === null ? null : say.expectAgain(span.from, span.days),
    ]);
  return say.last(story.last.at, words.cause[story.last.cause]);
}
