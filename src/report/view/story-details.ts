import { type Cause, causes, type DaemonEnd, type RestartStory } from '../../model/restart.ts';
import type { Prose } from './atoms.ts';
import { type Headline, inLoops } from './headline.ts';
import { heldBytes, killsInWindow, ownerOf, sameApp } from './kills.ts';
import { period } from './periods.ts';
import {
  askedBefore,
  crashesAfterRequest,
  downSince,
  failures,
  median,
  requestBursts,
  requests,
} from './story-facts.ts';
import { askedFacts, single, type Telling } from './telling.ts';

const minuteMs = 60_000;
/** Causes whose sentences stand after those of the failures. */
const toldElsewhere: readonly Cause[] = ['manual', 'reload', 'daemon-restart', 'unknown'];
/** Memory that grows takes its time: how long it took says how fast it grows. */
const growing: readonly Cause[] = ['oom-kill', 'heap-oom'];

/** Every group the headline has not told, failures first; then what else the evidence shows about them. */
export function details(telling: Telling, { told }: Headline): readonly (Prose | null)[] {
  const { context, story, say, total, failed, count, when, workers } = telling;
  const seen = (cause: Cause): number => story.byCause[cause] ?? 0;
  const isTold = (what: Headline['told'][number]): boolean => told.includes(what);
  const looped = story.loops.reduce((sum, loop) => sum + loop.restarts, 0);
  const asked = askedFacts(telling);
  const loopPeriod = period(
    context,
    story.loops.flatMap(({ from, to }) => [from, to]),
  );
  const isMinor = count(requests) <= 3 && count(requests) * 10 < total;
  const after = afterRequest(telling);
  const looping = new Set(isTold('loops') ? inLoops(story).map(({ cause }) => cause) : []);
  return [
    isTold('clean-exit') && failed === 0 ? say.nothingFailed : null,
    isTold('manual') && asked.bursts > 0 && count(requests) > 1 ? say.burstsOnly(asked.bursts) : null,
    isTold('workers') ? say.workersUncounted : null,
    ...causes
      .filter((cause) => seen(cause) > 0 && !isTold(cause) && !toldElsewhere.includes(cause))
      .map((cause) => single(telling, cause, looping.has(cause))),
    story.loops.length > 0 && !isTold('loops') ? say.alsoLoops(story.loops.length, looped, loopPeriod) : null,
    failed > 20 && !isTold('memory-limit') && story.loops.length === 0 && !story.goesOn ? say.noLoop : null,
    heldThen(telling),
    seen('memory-limit') > 0 ? limitNow(telling) : null,
    sameCrash(telling),
    lifetime(telling),
    ...after,
    count(requests) > 0 && !isTold('manual') && !(isMinor && after.length > 0) ? say.asked(asked) : null,
    count(requests) > 2 && !isTold('manual') && asked.bursts > 0 ? say.burstsOnly(asked.bursts) : null,
    seen('daemon-restart') > 0 ? say.daemonEnds(daemonParts(story), isTold('daemon-restart')) : null,
    seen('unknown') > 0 && !isTold('unknown') ? say.unknown(seen('unknown'), when(['unknown'])) : null,
    workers.length > 0 && !isTold('workers')
      ? say.workersToo(workers.length, period(context, workers))
      : null,
    stoppedAndStarted(telling),
    notAnswered(telling),
    gaveUpBefore(telling),
    unexplained(telling),
  ];
}

/** PM2's counter beyond what was seen; where nothing was seen at all, the headline has named the number. */
function unexplained({ story, say, total, workers }: Telling): Prose | null {
  if (story.unexplained === 0) return null;
  if (total === 0 && workers.length === 0 && story.unexplained === story.counter)
    return say.unexplainedAll(story.unexplainedWhy, story.unexplained);
  return say.unexplained(story.unexplainedWhy, story.unexplained, story.counter, story.coversFrom);
}

/** Stops that were asked for, and after which it ran again. */
function stoppedAndStarted({ story, say }: Telling): Prose | null {
  const lastStart = story.starts.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const stops = story.stops.filter(({ cause, at }) => requests.includes(cause) && at < lastStart);
  return stops.length === 0 ? null : say.stoppedAndStarted(stops.length);
}

/** Failures that stand in no counter: PM2 left the app down, and somebody or something else started it. */
function notAnswered({ context, story, say }: Telling): Prose | null {
  const down = downSince(context.report, story);
  const missed = story.stops.filter(
    (stop) => failures.includes(stop.cause) && stop.next === 'left-down' && stop !== down,
  );
  const kinds = [...new Set(missed.map(({ cause }) => context.words.cause[cause]))];
  return missed.length === 0 ? null : say.notAnswered(missed.length, kinds);
}

/** That it was errored before and runs again. */
function gaveUpBefore({ context, story, say }: Telling): Prose | null {
  const gaveUp = story.stops.filter(({ next }) => next === 'gave-up');
  const last = gaveUp.at(-1);
  if (last === undefined || downSince(context.report, story) !== null) return null;
  return say.gaveUpBefore(gaveUp.length, last.at);
}

function heldThen({ context, story, say }: Telling): Prose | null {
  const { fmt, report } = context;
  const held = killsInWindow(report)
    .filter((kill) => sameApp(ownerOf(kill), story.app))
    .flatMap((kill) => heldBytes(kill) ?? [])
    .sort((a, b) => a - b);
  const [least] = held;
  const most = held.at(-1);
  return least === undefined || most === undefined ? null : say.held(fmt.bytes(least), fmt.bytes(most));
}

function limitNow({ context, story, say }: Telling): Prose | null {
  const row = context.report.processes.find((each) => each.story === story);
  const limit = row?.app.settings.maxMemoryRestartBytes ?? null;
  const lived = median(
    story.restarts.flatMap(({ cause, uptimeMs }) =>
      cause === 'memory-limit' && uptimeMs !== null ? [uptimeMs] : [],
    ),
  );
  const isTypical = (story.byCause['memory-limit'] ?? 0) >= 3;
  return limit === null ? null : say.limit(context.fmt.bytes(limit), isTypical ? lived : null);
}

function sameCrash({ story, say }: Telling): Prose | null {
  const [top] = story.crashes;
  const unanswered = story.stops.filter(({ cause }) => cause === 'crash').length;
  const crashed = (story.byCause.crash ?? 0) + unanswered;
  if (top === undefined || crashed < 2 || top.times < 2 || top.times > crashed) return null;
  return top.confidence === 'certain' || top.confidence === 'likely'
    ? say.sameCrash(top.times, crashed)
    : null;
}

/** Said where half of those that failed did not live a minute, for they fail at start; and where memory killed them. */
function lifetime({ story, say }: Telling): Prose | null {
  const lives = story.restarts.flatMap(({ cause, uptimeMs }) =>
    failures.includes(cause) && cause !== 'memory-limit' && uptimeMs !== null ? [{ cause, uptimeMs }] : [],
  );
  const half = median(lives.map(({ uptimeMs }) => uptimeMs));
  if (half === null || lives.length < 3) return null;
  return half <= minuteMs || lives.every(({ cause }) => growing.includes(cause)) ? say.lived(half) : null;
}

function afterRequest({ context, story, say }: Telling): readonly Prose[] {
  const began = story.loops.at(-1)?.from ?? null;
  const asked = began === null ? null : askedBefore(story, began);
  if (began !== null && asked !== null) {
    const burst = requestBursts(context.report).find(
      ({ apps, from, to }) => apps.has(story) && asked.at >= from && asked.at <= to,
    );
    return [say.beganAfter(began - asked.at, asked.at, burst?.apps.size ?? 1)];
  }
  const crashed = story.byCause.crash ?? 0;
  const soon = crashesAfterRequest(story);
  return crashed >= 2 && soon * 2 >= crashed ? [say.afterRequest(soon, crashed)] : [];
}

function daemonParts(
  story: RestartStory,
): readonly { readonly how: DaemonEnd | null; readonly count: number }[] {
  const parts = new Map<DaemonEnd | null, number>();
  for (const { cause, daemonEnd } of story.restarts)
    if (cause === 'daemon-restart') parts.set(daemonEnd, (parts.get(daemonEnd) ?? 0) + 1);
  return [...parts].map(([how, count]) => ({ how, count }));
}
