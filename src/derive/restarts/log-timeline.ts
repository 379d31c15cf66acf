import type { Pm2LogEvent } from '../../model/pm2.ts';
import { withoutRepeats } from './log-repeats.ts';
import { bannerMs, type KnownOfDaemon, nothingKnown } from './log-slot.ts';
import type { LogTimeline } from './process-end.ts';
import { TimelineReader } from './timeline-reader.ts';

/**
 * Answers: which processes ended, how, and what did PM2 do next? Reads the lines of one daemon's log in their order,
 * once. Rules: facts of PM2 5.4.3, 6.0.14 and 7.0.4; lib/God.js, lib/God/ActionMethods.js, lib/God/Reload.js.
 * Lines without a time are passed over (but for V8's last words). What the log does not show is not made up: a start
 * without an end before it, and an end without a start after it, are no restart. What cannot be (the end of a process
 * that never started, a second end without a start) does not count.
 */
export function readTimeline(
  events: readonly Pm2LogEvent[],
  known: KnownOfDaemon = nothingKnown,
): LogTimeline {
  // The present daemon's banner is the last one; an app may have written another.
  const lastBannerAt = (known.daemonStartedAt ?? Infinity) + bannerMs;
  const isOurs = ({ event, at }: Pm2LogEvent) => event.kind !== 'daemon-started' || (at ?? 0) <= lastBannerAt;
  const isAllOurs = lastBannerAt === Infinity || events.every(isOurs);
  if (!isAllOurs) return readLines(events.filter(isOurs), events, known.timesOf);
  const { timesOf } = known;
  const before = remembered.get(events)?.find((each) => each.timesOf === timesOf);
  if (before !== undefined) return before.timeline;
  const timeline = readLines(events, events, timesOf);
  remembered.set(events, [...(remembered.get(events) ?? []), { timesOf, timeline }]);
  return timeline;
}

/** Several questions rest on the same log. */
const remembered = new WeakMap<
  readonly Pm2LogEvent[],
  readonly { readonly timesOf: KnownOfDaemon['timesOf']; readonly timeline: LogTimeline }[]
>();

function readLines(
  lines: readonly Pm2LogEvent[],
  all: readonly Pm2LogEvent[],
  timesOf: KnownOfDaemon['timesOf'],
): LogTimeline {
  const reader = new TimelineReader(timesOf);
  for (const line of withoutRepeats(lines)) reader.read(line);
  const lastStarts = reader.finish();
  const { ends, starts, daemonStarts } = reader;
  const from = all.find((line) => line.at !== null)?.at ?? null;
  const to = all.findLast((line) => line.at !== null)?.at ?? null;
  return { ends, starts, lastStarts, daemonStarts, from, to };
}
