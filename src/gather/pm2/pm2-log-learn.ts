import { type Layout, layoutsOf, type ReadStamp } from './pm2-log-layout.ts';

/** What speaks for and against a reading of the stamps of one shape. */
export interface StampEvidence {
  /** Stamps in the order of their lines; equal neighbours once. */
  readonly order: readonly string[];
  /** Stamps beside a banner's `Time`, and the wall clock that this line names, ms as if UTC. */
  readonly banners: readonly { readonly text: string; readonly wallMs: number }[];
  /** No stamp is later: now, in the east-most zone. */
  readonly latestWallMs: number;
  /** Stamp of the file's last line, and the wall clock of its last change; null = something else was written since. */
  readonly last: { readonly text: string; readonly wallMs: number } | null;
}

/**
 * `unknown`: no way to read it shows dates that fit · `ambiguous`: several do, and they differ ·
 * `contradicted`: the banner, or the order of the lines, shows another time than the stamps.
 */
export type Unlearned = 'unknown' | 'ambiguous' | 'contradicted';

/** Tells of wall clocks in their order, until `visit` has heard enough and answers true. */
export type WallWalk = (visit: (wallMs: number) => boolean) => void;

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** An app may have forged some, and a clock may have been set. */
const fitting = 0.95;
/** PM2 was first published in 2013. */
const earliestWallMs = Date.UTC(2013, 0, 1);
/** The banner's `Time` is taken right before its line is printed; hosts that thrash take a while. */
const bannerSlackMs = 5_000;
const lastSlackMs = 2_000;
/** Clocks are set, summer time ends, lines of the same second are stamped as they come. */
const dropMs = 2 * hourMs;
const maxOrder = 20_000;

/** Answers: in which format are these stamps? Never a guess: where two readings fit and differ, there is none. */
export function learnLayout(evidence: StampEvidence): Layout | Unlearned {
  const order = evidence.order.slice(-maxOrder);
  const [sample] = order;
  if (sample === undefined) return 'unknown';
  const readings = layoutsOf(sample)
    .map((layout) => ({ layout, stamps: order.map((text) => layout.read(text)) }))
    .filter(({ stamps }) => isFitting(stamps, evidence.latestWallMs));
  if (readings.length === 0) return 'unknown';
  const beside = besideBanners(readings, evidence);
  if (beside.length === 0) return 'contradicted';
  const inOrder = fewestDrops(beside);
  const left = withoutRare(besideLast(inOrder, evidence));
  const [first, ...others] = left;
  if (first === undefined) return 'contradicted';
  if (others.some((other) => isDifferent(first.stamps, other.stamps))) return 'ambiguous';
  const isBroken = isBrokenClock((visit) => {
    for (const stamp of first.stamps)
      if (stamp !== null && stamp.date !== 'none' && visit(stamp.wallMs)) return;
  });
  return isBroken ? 'contradicted' : first.layout;
}

interface Reading {
  readonly layout: Layout;
  readonly stamps: readonly (ReadStamp | null)[];
}

function isFitting(stamps: readonly (ReadStamp | null)[], latestWallMs: number): boolean {
  let good = 0;
  for (const stamp of stamps) {
    if (stamp === null) continue;
    if (stamp.date !== 'year' || (stamp.wallMs >= earliestWallMs && stamp.wallMs <= latestWallMs)) good += 1;
  }
  return good >= stamps.length * fitting && good > 0;
}

/** Those that most banners bear out; without a banner, all. */
function besideBanners(readings: readonly Reading[], { banners }: StampEvidence): readonly Reading[] {
  if (banners.length === 0) return readings;
  const counted = readings.map((reading) => ({
    reading,
    hits: banners.filter(({ text, wallMs }) => isAt(reading.layout, text, wallMs, bannerSlackMs)).length,
  }));
  const most = Math.max(...counted.map(({ hits }) => hits));
  if (most * 2 <= banners.length) return [];
  return counted.filter(({ hits }) => hits === most).map(({ reading }) => reading);
}

/** Answers: does this stamp show this wall clock, as exactly as its format can? */
export function isAt(layout: Layout, text: string, wallMs: number, slackMs: number): boolean {
  const stamp = layout.read(text);
  if (stamp === null) return false;
  const { precisionMs, date } = layout;
  const exact = Math.floor(wallMs / precisionMs) * precisionMs;
  const late = stamp.wallMs - sameScale(exact, date);
  const isNear = (difference: number): boolean => difference >= -precisionMs && difference <= slackMs;
  // Five seconds on may be the next day.
  return isNear(late) || (date === 'none' && isNear(late + 24 * hourMs));
}

/** A full wall clock on the scale of a stamp without a year, or without a date. */
function sameScale(wallMs: number, date: ReadStamp['date']): number {
  if (date === 'year') return wallMs;
  if (date === 'none') return ((wallMs % (24 * hourMs)) + 24 * hourMs) % (24 * hourMs);
  const own = new Date(wallMs);
  return own.setUTCFullYear(2000);
}

/** The right reading rises from line to line; of days read as months some fall. */
function fewestDrops(readings: readonly Reading[]): readonly Reading[] {
  const counted = readings.map((reading) => ({
    reading,
    drops: reading.layout.date === 'year' ? countDrops(reading.stamps) : 0,
  }));
  const least = Math.min(...counted.map(({ drops }) => drops));
  return counted.filter(({ drops }) => drops === least).map(({ reading }) => reading);
}

function countDrops(stamps: readonly (ReadStamp | null)[]): number {
  let drops = 0;
  let previous = -Infinity;
  for (const stamp of stamps) {
    if (stamp === null) continue;
    if (stamp.wallMs < previous - dropMs) drops += 1;
    previous = stamp.wallMs;
  }
  return drops;
}

/** Where the file was last written by its last line, the right reading shows that time. */
function besideLast(readings: readonly Reading[], { last }: StampEvidence): readonly Reading[] {
  if (last === null || readings.length < 2) return readings;
  const right = readings.filter(({ layout }) => isAt(layout, last.text, last.wallMs, lastSlackMs));
  return right.length > 0 ? right : readings;
}

/** A year of four digits in front is followed by the month: ISO 8601; the other way is only for those the data prove. */
function withoutRare(readings: readonly Reading[]): readonly Reading[] {
  const orderOf = ({ layout }: Reading): string => layout.runs.flat().join('');
  const isIso = readings.some((reading) => orderOf(reading).startsWith('YMD'));
  return isIso ? readings.filter((reading) => !orderOf(reading).startsWith('YDM')) : readings;
}

function isDifferent(a: readonly (ReadStamp | null)[], b: readonly (ReadStamp | null)[]): boolean {
  return a.some((stamp, index) => {
    const other = b[index] ?? null;
    return (
      (stamp === null) !== (other === null) ||
      stamp?.wallMs !== other?.wallMs ||
      stamp?.offsetMinutes !== other?.offsetMinutes ||
      stamp?.date !== other?.date
    );
  });
}

/**
 * Two slips of people who write formats: `hh` without AM or PM, of which the hours never leave 1 to 12 and fall back by
 * half a day; and `MM` where minutes are meant, which then equal the month for ever.
 */
export function isBrokenClock(walk: WallWalk): boolean {
  const hours = new Set<number>();
  let falls = 0;
  let isHalf = true;
  let isMonth = true;
  let previous = -Infinity;
  walk((wallMs) => {
    if (!isHalf && !isMonth) return true;
    const hour = Math.floor(wallMs / hourMs) % 24;
    hours.add(hour);
    if (hour === 0 || hour > 12) isHalf = false;
    if (isMonth && Math.floor(wallMs / minuteMs) % 60 !== new Date(wallMs).getUTCMonth() + 1) isMonth = false;
    const fall = previous - wallMs;
    if (fall > 8 * hourMs && fall <= 12 * hourMs) falls += 1;
    previous = wallMs;
    return false;
  });
  return (isHalf && falls > 0) || (isMonth && hours.size >= 3);
}
