import { type Cause, causes, type DaemonEnd, type RestartStory } from '../../model/restart.ts';
import type { Prose } from './atoms.ts';
import type { Headline } from './headline.ts';
import { heldBytes, killsInWindow, ownerOf, sameApp } from './kills.ts';
import { period } from './periods.ts';
import { askedBefore, crashesAfterRequest, failures, median, requests } from './story-facts.ts';
import { askedFacts, single, type Telling } from './telling.ts';

const minuteMs = 60_000;

/** Every group the headline has not told, failures first; then what else the evidence shows about them. */
export function details(telling: Telling, { told }: Headline): readonly (Prose | null)[] {
  const { context, story, say, failed, count, when, workers } = telling;
  const seen = (cause: Cause): number => story.byCause[cause] ?? 0;
  const isTold = (what: Headline['told'][number]): boolean => told.includes(what);
  const looped = story.loops.reduce((sum, loop) => sum + loop.restarts, 0);
  const asked = askedFacts(telling);
  return [
    isTold('clean-exit') && failed === 0 ? say.nothingFailed : null,
    ...causes
      .filter(
        (cause) => seen(cause) > 0 && !isTold(cause) && cause !== 'daemon-restart' && cause !== 'unknown',
      )
      .map((cause) =>
        requests.includes(cause) ? null : single(telling, cause, isTold('loops') && looped > 0),
      ),
    story.loops.length > 0 && !isTold('loops')
      ? say.alsoLoops(
          story.loops.length,
          looped,
          period(
            context,
            story.loops.flatMap(({ from, to }) => [from, to]),
          ),
        )
      : null,
    failed > 20 && story.loops.length === 0 && !story.goesOn ? say.noLoop : null,
    ...heldThen(telling),
    seen('memory-limit') > 0 ? limitNow(telling) : null,
    sameCrash(telling),
    shortLife(telling),
    ...afterRequest(telling),
    count(requests) > 0 && !isTold('manual') ? say.asked(asked) : null,
    count(requests) > 0 && asked.bursts > 0 ? say.burstsOnly(asked.bursts) : null,
    seen('daemon-restart') > 0 ? say.daemonEnds(daemonParts(story), isTold('daemon-restart')) : null,
    seen('unknown') > 0 && !isTold('unknown') ? say.unknown(seen('unknown'), when(['unknown'])) : null,
    workers.length === 0
      ? null
      : isTold('workers')
        ? say.workersUncounted
        : say.workersToo(workers.length, period(context, workers)),
    story.unexplained > 0
      ? say.unexplained(story.unexplainedWhy, story.unexplained, story.counter, story.coversFrom)
      : null,
  ];
}

function heldThen({ context, story, say }: Telling): readonly Prose[] {
  const { fmt, report } = context;
  const held = killsInWindow(report)
    .filter((kill) => sameApp(ownerOf(kill), story.app))
    .flatMap((kill) => heldBytes(kill) ?? [])
    .sort((a, b) => a - b);
  const [least] = held;
  const most = held.at(-1);
  return least === undefined || most === undefined ? [] : [say.held(fmt.bytes(least), fmt.bytes(most))];
}

function limitNow({ context, story, say }: Telling): Prose | null {
  const row = context.report.processes.find((each) => each.story === story);
  const limit = row?.app.settings.maxMemoryRestartBytes ?? null;
  const lived = median(
    story.restarts.flatMap(({ cause, uptimeMs }) =>
      cause === 'memory-limit' && uptimeMs !== null ? [uptimeMs] : [],
    ),
  );
  return limit === null ? null : say.limit(context.fmt.bytes(limit), lived);
}

function sameCrash({ story, say }: Telling): Prose | null {
  const [top] = story.crashes;
  const crashed = story.byCause.crash ?? 0;
  if (top === undefined || crashed < 2 || top.times < 2 || top.times > crashed) return null;
  return top.confidence === 'certain' || top.confidence === 'likely'
    ? say.sameCrash(top.times, crashed)
    : null;
}

/** Said where half of the processes that failed did not live a minute: they fail at start. */
function shortLife({ story, say }: Telling): Prose | null {
  const lives = story.restarts.flatMap(({ cause, uptimeMs }) =>
    failures.includes(cause) && cause !== 'memory-limit' && uptimeMs !== null ? [uptimeMs] : [],
  );
  const half = median(lives);
  return half === null || lives.length < 3 || half > minuteMs ? null : say.lived(half);
}

function afterRequest({ story, say }: Telling): readonly Prose[] {
  const began = story.loops.at(-1)?.from ?? null;
  const asked = began === null ? null : askedBefore(story, began);
  if (began !== null && asked !== null) return [say.beganAfter(began - asked.at, asked.at)];
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
