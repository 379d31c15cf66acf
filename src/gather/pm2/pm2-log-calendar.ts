/** Gives times of day and dates without a year their date, where the log proves it. */

const dayMs = 86_400_000;
/** Summer time ends, a clock is set: a fall of less is no new day. */
const fallMs = 70 * 60_000;
/** Between two lines of a log without years. */
const strayLines = 3;

/** A place in the log whose wall clock is known. `isExact` false: the line is not later. */
export interface DateAnchor {
  /** Lines before this one lie before it. */
  readonly line: number;
  readonly wallMs: number;
  readonly isExact: boolean;
}

/**
 * Times of day become wall clocks. Between two places whose day is known, each fall of the clock is at least one
 * midnight; only where there are as many falls as midnights, no line can be of another day. Everything else stays
 * without a time: a pause of more than a day leaves no trace.
 *
 * @param times ms since midnight, oldest first.
 * @param anchors by line; the last one is the end of the log.
 * @returns wall clocks; NaN = its day is not proven.
 */
export function datesOfTimes(times: Float64Array, anchors: readonly DateAnchor[]): Float64Array {
  const walls = new Float64Array(times.length).fill(Number.NaN);
  for (const [index, anchor] of anchors.entries()) {
    const next = anchors[index + 1];
    if (next === undefined || !anchor.isExact) continue;
    const firstDay = Math.floor(anchor.wallMs / dayMs);
    let day = firstDay;
    let previous = anchor.wallMs - firstDay * dayMs;
    const days: number[] = [];
    for (let line = anchor.line; line < next.line; line += 1) {
      const time = times[line] ?? 0;
      if (time < previous - fallMs) day += 1;
      previous = time;
      days.push(day);
    }
    const lastDay = Math.floor(next.wallMs / dayMs);
    const toNext = next.isExact && next.wallMs - lastDay * dayMs < previous - fallMs ? 1 : 0;
    const isSure =
      day + toNext === lastDay || (!next.isExact && isSureDespite(day, lastDay, previous, next.wallMs));
    if (!isSure) continue;
    for (const [offset, own] of days.entries())
      walls[anchor.line + offset] = own * dayMs + (times[anchor.line + offset] ?? 0);
  }
  return walls;
}

/** The end is only a bound: the day after is out of reach where the last time of day comes later than the bound's. */
function isSureDespite(day: number, lastDay: number, time: number, boundMs: number): boolean {
  return day + 1 === lastDay && time > boundMs - lastDay * dayMs + fallMs;
}

/**
 * Dates without a year become the newest ones that are not later than the end of the log. Where the order then shows
 * that lines before are a year older, those stay without a time.
 *
 * @param dates wall clocks in the year 2000.
 * @returns wall clocks; NaN = its year is not proven.
 */
export function yearsOfDates(dates: Float64Array, latestWallMs: number): Float64Array {
  const walls = dates.map((date) => withYear(date, latestWallMs));
  let falls = 0;
  let after = Infinity;
  for (let line = walls.length - 1; line >= 0; line -= 1) {
    const wall = walls[line] ?? 0;
    if (wall > after + 30 * dayMs) {
      falls += 1;
      if (falls < strayLines) continue;
      walls.fill(Number.NaN, 0, line + strayLines);
      break;
    }
    falls = 0;
    after = Math.min(after, wall);
  }
  return walls;
}

function withYear(date: number, latestWallMs: number): number {
  const latest = new Date(latestWallMs).getUTCFullYear();
  for (let year = latest; year > latest - 5; year -= 1) {
    const own = new Date(date);
    const month = own.getUTCMonth();
    own.setUTCFullYear(year);
    // 29 February is none in other years.
    if (own.getUTCMonth() === month && own.getTime() <= latestWallMs) return own.getTime();
  }
  return Number.NaN;
}
