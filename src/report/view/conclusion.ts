import type { Cause, RestartStory } from '../../model/restart.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { sentences } from './words/numbers.ts';
import { type StoryWords, storyWords } from './words/stories.ts';

const failures: readonly Cause[] = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'stop-timeout',
];
const requests: readonly Cause[] = ['manual', 'reload'];
const timers: readonly Cause[] = ['cron', 'watch'];
const others: readonly Cause[] = ['clean-exit', 'daemon-restart'];
const dayMs = 24 * 3_600_000;

export interface Conclusion {
  readonly summary: Prose;
  readonly conclusion: Prose;
  readonly because: Prose;
  readonly now: Prose | null;
}

/** Answers: is it a loop, what is it made of, and does it go on? Only from the story's own restarts and loops. */
export function conclusion(context: Context, story: RestartStory): Conclusion {
  const { fmt } = context;
  const say = storyWords[context.locale](fmt);
  const count = (list: readonly Cause[]): number =>
    list.reduce((sum, cause) => sum + (story.byCause[cause] ?? 0), 0);
  const [asked, failed, timed, other, unknown] = [
    count(requests),
    count(failures),
    count(timers),
    count(others),
    count(['unknown']),
  ];
  const total = asked + failed + timed + other + unknown;
  const parts = (list: readonly Cause[]): readonly string[] =>
    list.flatMap((cause) => {
      const seen = story.byCause[cause] ?? 0;
      return seen > 0 ? [say.causePart(context.words.cause[cause], seen)] : [];
    });
  const rest = [...timers, ...others, 'unknown' as const].flatMap((cause) => {
    const seen = story.byCause[cause] ?? 0;
    return seen > 0 ? [{ word: context.words.cause[cause], count: seen }] : [];
  });
  return {
    summary: total === 0 ? say.noneInWindow(story.counter) : say.summary(total, asked, failed, rest),
    conclusion: verdict(context, say, story, { asked, failed, timed, other, unknown, total }),
    because: sentences(context.locale, [
      asked > 0 ? say.asked(asked, total) : null,
      failed > 0
        ? say.failedBy(
            failed,
            parts(failures),
            failures
              .filter((cause) => (story.byCause[cause] ?? 0) > 0)
              .map((cause) => context.words.cause[cause]),
          )
        : null,
      timed > 0 ? say.timedBy(parts(timers)) : null,
      other > 0 ? say.otherBy(parts(others)) : null,
      unknown > 0 ? say.unknownRestarts(unknown) : null,
      story.unexplained > 0
        ? say.unexplained(
            story.unexplained,
            story.counter,
            story.coversFrom === null ? null : fmt.time(story.coversFrom),
          )
        : null,
    ]),
    now: outlook(context, say, story, failed),
  };
}

interface Sums {
  readonly asked: number;
  readonly failed: number;
  readonly timed: number;
  readonly other: number;
  readonly unknown: number;
  readonly total: number;
}

function verdict(context: Context, say: StoryWords, story: RestartStory, sums: Sums): Prose {
  const { fmt } = context;
  const last = story.loops.at(-1);
  if (story.goesOn)
    return say.loopGoesOn(
      say.causePart(context.words.cause[mostOf(story)], story.byCause[mostOf(story)] ?? 0),
    );
  if (last !== undefined) {
    const span = dailySpan(context, story);
    return span === null
      ? say.loopEnded(story.loops.length, fmt.time(last.from), fmt.time(last.to))
      : say.loopDaily(span.from, span.to, span.days);
  }
  if (sums.total === 0) return say.onlyHistory;
  if (sums.unknown === sums.total) return say.onlyUnknown;
  if (sums.failed > 0) return sums.total > 20 ? say.notLoop : say.failures;
  if ((story.byCause.watch ?? 0) > sums.total / 2) return say.watchItself;
  return sums.asked > 0 ? say.notLoop : say.noFailure;
}

/** The failure seen most; a clean exit can loop as well. */
function mostOf(story: RestartStory): Cause {
  const loopers: readonly Cause[] = [...failures, 'clean-exit', 'unknown'];
  return loopers.reduce(
    (best, cause) => ((story.byCause[cause] ?? 0) > (story.byCause[best] ?? 0) ? cause : best),
    'crash',
  );
}

/** Answers: does the loop come back at the same time of day? On three days or more, all within four hours of the clock. */
function dailySpan(
  { fmt, report }: Context,
  story: RestartStory,
): { readonly from: string; readonly to: string; readonly days: number } | null {
  const shift = report.utcOffsetMinutes * 60_000;
  const days = new Set(story.loops.map((loop) => Math.floor((loop.from + shift) / dayMs)));
  if (days.size < 3) return null;
  const ofDay = (at: number): number => (((at + shift) % dayMs) + dayMs) % dayMs;
  const from = Math.min(...story.loops.map((loop) => ofDay(loop.from)));
  const to = Math.max(...story.loops.map((loop) => ofDay(loop.from) + (loop.to - loop.from)));
  return to - from > dayMs / 6
    ? null
    : { from: fmt.clock(from - shift), to: fmt.clock(to - shift), days: days.size };
}

function outlook(context: Context, say: StoryWords, story: RestartStory, failed: number): Prose | null {
  const { fmt, report, words } = context;
  if (story.last === null) return null;
  if (story.goesOn) return say.goesOn(fmt.time(story.last.at), words.cause[story.last.cause]);
  const span = dailySpan(context, story);
  const again = span === null ? null : say.expectAgain(span.from, span.days);
  const lastFailure = story.restarts.findLast((restart) => failures.includes(restart.cause));
  if (failed > 0 && lastFailure !== undefined && report.takenAt - lastFailure.at > 10 * 60_000)
    return sentences(context.locale, [
      say.ended(fmt.time(lastFailure.at), report.takenAt - lastFailure.at),
      again,
    ]);
  return say.last(fmt.time(story.last.at), words.cause[story.last.cause]);
}
