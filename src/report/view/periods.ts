import type { EpochMs } from '../../model/text.ts';
import type { Context } from './context.ts';
import { type PeriodWords, periodWords } from './words/periods.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A stretch over midnight that is shorter than this is one event, not two days. */
const oneEventMs = 12 * 60 * minuteMs;
/** Restarts within so much of the clock, day after day, come at the same time of day. */
const sameTimeMs = 4 * 60 * minuteMs;
const mostly = 0.8;
const namedDays = 3;

/**
 * Answers: when was that, as one would say it? `on 3 and 4 Nov`, `on 5 days between 2 and 9 Nov, mostly at night between
 * 02:00 and 02:20`. Days are those of the host's zone. `times` in order; no time gives no words.
 */
export function period(context: Context, times: readonly EpochMs[]): string {
  const { fmt, report } = context;
  const say = periodWords[context.locale](fmt);
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return '';
  const shift = report.utcOffsetMinutes * minuteMs;
  if (Math.floor(first / minuteMs) === Math.floor(last / minuteMs)) return say.minute(first);
  const days = [...new Set(times.map((at) => Math.floor((at + shift) / dayMs)))];
  if (days.length === 1) return say.oneDay(first, last);
  if (days.length === 2 && last - first < oneEventMs) return say.overMidnight(first, last);
  const named = days.map((day) => day * dayMs - shift);
  const isEach = (days.at(-1) ?? 0) - (days[0] ?? 0) === days.length - 1;
  const clock = days.length < namedDays ? null : timeOfDay(say, times, shift);
  if (days.length <= namedDays) return say.days(named, clock);
  return isEach ? say.each(days.length, first, last, clock) : say.some(days.length, first, last, clock);
}

/** `mostly between 02:00 and 02:20`; null where they spread over the day. */
function timeOfDay(say: PeriodWords, times: readonly EpochMs[], shift: number): string | null {
  const all = clockSpan(times, shift, 1);
  const most = all ?? clockSpan(times, shift, mostly);
  if (most === null) return null;
  const hour = (at: EpochMs): number =>
    Math.floor((((at + shift) % dayMs) + dayMs) % dayMs) / (60 * minuteMs);
  const isDark = (at: EpochMs): boolean => hour(at) >= 22 || hour(at) < 6;
  return say.clock(most.from, most.to, all !== null, isDark(most.from) && isDark(most.to));
}

/**
 * Answers: between which hours of the clock do they all, or most of them, lie? The shortest such stretch, which may run over midnight;
 * null = it is longer than four hours. `from` and `to` are times of any day.
 */
export function clockSpan(
  times: readonly EpochMs[],
  shift: number,
  share: number,
): { readonly from: EpochMs; readonly to: EpochMs } | null {
  const ofDay = times.map((at) => (((at + shift) % dayMs) + dayMs) % dayMs).sort((a, b) => a - b);
  const wanted = Math.ceil(ofDay.length * share);
  let best: { from: number; to: number } | null = null;
  for (const [index, from] of ofDay.entries()) {
    const end = index + wanted - 1;
    const to = (ofDay[end % ofDay.length] ?? from) + (end >= ofDay.length ? dayMs : 0);
    if (best === null || to - from < best.to - best.from) best = { from, to };
  }
  return best === null || best.to - best.from > sameTimeMs
    ? null
    : { from: best.from - shift, to: best.to - shift };
}
