import { type Cause, causes, type Ending, type RestartStory, type Unexplained } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Prose } from './atoms.ts';
import { period } from './periods.ts';
import { agreedEnd, downSince, failures, requests, rhythm } from './story-facts.ts';
import { askedFacts, dailySpan, mostOf, single, type Telling } from './telling.ts';

const minuteMs = 60_000;
/** From this share on, restarts on request are what the counter is made of. */
const mostlyAsked = 0.6;

/** Causes a sentence of `because` need not tell again, or `loops`, because the headline did. */
export interface Headline {
  readonly text: Prose;
  readonly told: readonly (Cause | 'loops' | 'workers')[];
}

/** Answers: what would one say first about this app? */
export function headlineOf(telling: Telling): Headline {
  const { context, story, say, total, failed, count, when, workers } = telling;
  const { report } = context;
  const down = downSince(report, story);
  const last = story.loops.at(-1);
  if (down?.next === 'gave-up') {
    const run = [...story.restarts, ...story.stops]
      .filter(({ at, cause }) => at <= down.at && !requests.includes(cause))
      .sort((a, b) => a.at - b.at);
    const began = runBefore(run, down.at);
    const areCrashes = began.every(({ cause }) => cause === 'crash');
    return {
      text: say.gaveUp(began.length, areCrashes, down.at - (began[0]?.at ?? down.at), down.at),
      told: [
        ...(story.loops.length === 1 ? (['loops'] as const) : []),
        ...(areCrashes && began.length > (story.byCause.crash ?? 0) ? (['crash'] as const) : []),
      ],
    };
  }
  if (story.goesOn && last !== undefined) {
    const own = story.restarts.filter(({ at }) => at >= last.from && at <= last.to);
    return {
      text: say.loopGoesOn(mostOf(own), last.restarts, last.from, rhythm(own.map(({ at }) => at))),
      told: toldByLoops(story, inLoops(story)),
    };
  }
  if (story.goesOn) {
    const most = mostOf(story.restarts);
    return { text: say.waits(most, count([most]), when([most])), told: [most] };
  }
  if (total === 0) {
    if (down !== null) return { text: whyDown(telling, down), told: [] };
    if (workers.length > 0)
      return {
        text: say.workersOnly(
          workers.length,
          period(context, workers),
          story.counter === 0 || story.coversFrom !== null,
        ),
        told: ['workers'],
      };
    if (
      story.counter > 0 &&
      (story.coversFrom === null || story.unexplainedWhy === 'unknown' || isUnread(story.unexplainedWhy))
    )
      return { text: say.notVisible(story.counter), told: [] };
    const since =
      story.coversFrom !== null && story.coversFrom > report.window.from ? story.coversFrom : null;
    return { text: say.onlyHistory(story.counter, since), told: [] };
  }
  // What PM2 cannot count comes before what it counts, unless the app failed as well.
  if (workers.length > 0 && failed === 0 && story.loops.length === 0)
    return { text: say.workersOnly(workers.length, period(context, workers), false), told: ['workers'] };
  const looped = story.loops.reduce((sum, loop) => sum + loop.restarts, 0);
  if (count(requests) >= total * mostlyAsked && looped <= total / 4)
    return { text: say.askedMost(askedFacts(telling)), told: [...requests] };
  if (last !== undefined) return endedLoop(telling);
  return dominant(telling, failed);
}

/** It did not restart, and it is down: on request, because its run was over, or by itself. */
function whyDown({ context, story, say }: Telling, down: Ending): Prose {
  if (requests.includes(down.cause)) return say.stoppedOnRequest(down.at);
  const agreed = agreedEnd(context.report, story, down);
  return agreed === null
    ? say.leftDown(down.at, context.words.cause[down.cause])
    : say.runEnded(down.at, agreed === 'stop-code' ? down.exitCode : null);
}

/** The endings before `until`, the newest first stretch without a gap of more than five minutes. */
function runBefore(run: readonly Ending[], until: EpochMs): readonly Ending[] {
  let from = run.length;
  let next = until;
  while (from > 0 && next - (run[from - 1]?.at ?? next) <= 5 * minuteMs) {
    from -= 1;
    next = run[from]?.at ?? next;
  }
  return run.slice(from);
}

const isUnread = (why: Unexplained | null): boolean => why === 'no-log' || why === 'no-times';

function endedLoop({ context, story, say }: Telling): Headline {
  const looped = story.loops.reduce((sum, loop) => sum + loop.restarts, 0);
  const [first] = story.loops;
  const last = story.loops.at(-1);
  const own = inLoops(story);
  const cause = mostOf(own);
  const said = period(
    context,
    story.loops.flatMap(({ from, to }) => [from, to]),
  );
  const told = toldByLoops(story, own);
  if (first === undefined || last === undefined) return { text: '', told };
  if (dailySpan(context, story) !== null) return { text: say.loopDaily(cause, looped, said), told };
  if (story.loops.length === 1) return { text: say.loopOnce(cause, looped, last.to - last.from, said), told };
  return { text: say.loops(cause, story.loops.length, looped, said, last.to), told };
}

/** The restarts that its loops are made of. */
export const inLoops = ({ restarts, loops }: RestartStory): readonly Ending[] =>
  restarts.filter(({ at }) => loops.some(({ from, to }) => at >= from && at <= to));

/** The loops, and their cause where it was seen in them only. */
function toldByLoops(story: RestartStory, own: readonly Ending[]): Headline['told'] {
  const [cause] = own.map((each) => each.cause);
  return cause !== undefined &&
    own.every((each) => each.cause === cause) &&
    own.length === (story.byCause[cause] ?? 0)
    ? ['loops', cause]
    : ['loops'];
}

/** No loop, and not mostly on request: the group that is biggest, people's restarts last. */
function dominant(telling: Telling, failed: number): Headline {
  const { story, say, total, count, times, when } = telling;
  const seen = (cause: Cause): number => story.byCause[cause] ?? 0;
  const order = causes.filter((cause) => !requests.includes(cause) && seen(cause) > 0);
  const failing = order.filter((cause) => failures.includes(cause));
  const pool = failed > 0 && failed * 4 >= total ? failing : order;
  const most = pool.reduce<Cause | null>(
    (best, cause) => (best === null || seen(cause) > seen(best) ? cause : best),
    null,
  );
  // A kill for memory is worse than what is more frequent.
  const top: Cause | null = seen('oom-kill') > 0 && pool.includes('oom-kill') ? 'oom-kill' : most;
  if (top === null || (count(requests) > seen(top) && failed === 0))
    return { text: say.askedMost(askedFacts(telling)), told: [...requests] };
  const told = [top];
  const every = rhythm(times([top]));
  switch (top) {
    case 'memory-limit':
      if (seen(top) >= 3) return { text: say.memoryChurns(seen(top), when([top]), every), told };
      break;
    case 'clean-exit':
      return { text: say.endsItself(seen(top), when([top]), every), told };
    case 'watch':
      return { text: say.watchOnly(seen(top), when([top])), told };
    case 'cron':
      return { text: say.cronOnly(seen(top), when([top])), told };
    case 'daemon-restart':
      return { text: say.daemonOnly(seen(top), when([top])), told };
    case 'unknown':
      return { text: say.unknownOnly(seen(top), when([top])), told };
  }
  return { text: single(telling, top), told };
}
