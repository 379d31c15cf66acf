import type { Scan } from './pm2-log-backwards.ts';
import { type DateAnchor, datesOfTimes, yearsOfDates } from './pm2-log-calendar.ts';
import type { Layout } from './pm2-log-layout.ts';
import { isBrokenClock, learnLayout, type StampEvidence, type Unlearned } from './pm2-log-learn.ts';
import type { Stamp } from './pm2-log-line.ts';
import type { LinePiece } from './pm2-log-list.ts';
import { shapeOf } from './pm2-log-parts.ts';
import type { LogStamps, StampValue } from './pm2-log-stamps.ts';

/** `Time`, versions and the rest of the banner follow its first line at once (lib/Daemon.js). */
const bannerLines = 20;
const bannerSlackMs = 5_000;
/** Shape of the stamps that are decoded from their bytes. */
const defaultShape = '';
/** Of the default shape; texts of it are no dates in ISO order. */
const isoLike = /^\d{4}([-/.])\d{2}\1\d{2}[T ]\d{2}:\d{2}:\d{2}$/;

/** Lines whose time is not known, and why. `undated`: their day or year is not proven. */
export interface Untimed {
  readonly sample: string;
  readonly why: Unlearned | 'undated';
  readonly lines: number;
}

export interface SettledStamps {
  /** The first stamp behind the last line whose time is not known; `null` = none such behind it, undefined = all are known. */
  readonly knownFrom: Stamp | null | undefined;
  readonly stampOf: (value: StampValue) => Stamp | null;
  readonly untimed: readonly Untimed[];
}

export interface FormatContext {
  /** Now, in the east-most zone, ms as if UTC. */
  readonly latestWallMs: number;
  /** Wall clock of the newest file's last change; null = not known. */
  readonly modifiedWallMs: number | null;
  /** Wall clock of the oldest file's birth; null = not known. */
  readonly bornWallMs: number | null;
}

/** Where a line's stamp stands. */
interface Line {
  readonly values: Float64Array;
  readonly index: number;
}

interface Shape {
  readonly lines: Line[];
  readonly banners: { readonly text: string; readonly wallMs: number; readonly line: number }[];
}

interface Shapes {
  readonly byName: ReadonlyMap<string, Shape>;
  /** Stamps that are wall clocks already; a million of them need no objects. */
  readonly defaults: {
    readonly walk: (visit: (wallMs: number) => void) => void;
    readonly lates: readonly number[];
  };
  /** The last line of all. */
  readonly newest: Line | null;
}

/**
 * Learns from the lines themselves in which format their stamps are, and gives each stamp its wall clock. A daemon has
 * one format for its whole life: between two banners, lines of another shape than most are not PM2's. What is not
 * proven becomes NaN in place, and is counted.
 */
export function settleStamps(
  scans: readonly Scan[],
  stamps: LogStamps,
  context: FormatContext,
): SettledStamps {
  const untimed: Untimed[] = [];
  const layouts = new Map<string, Layout>();
  const { byName, defaults, newest } = findShapes(scans, stamps);
  const isEndOwn = scans.at(-1)?.endsInOwnLine ?? false;
  if (isContradicted(defaults)) {
    let lines = 0;
    let sample = '';
    for (const { values } of scans.flatMap(({ pieces }) => pieces)) {
      for (const [index, value] of values.entries()) {
        if (!(value >= 0)) continue;
        sample = new Date(value).toISOString().slice(0, 19);
        values[index] = -Infinity;
        lines += 1;
      }
    }
    untimed.push({ sample, why: 'contradicted', lines });
  }
  for (const [name, shape] of byName) {
    const textOf = ({ values, index }: Line): string => stamps.text(values[index] ?? 0) ?? '';
    const end = shape.lines.at(-1);
    const last =
      end !== undefined && end.values === newest?.values && end.index === newest.index ? end : null;
    const drop = (why: Untimed['why'], lines: readonly Line[]): void => {
      const [line] = lines;
      if (line === undefined) return;
      untimed.push({ sample: textOf(line), why, lines: lines.length });
      for (const { values, index } of lines) values[index] = -Infinity;
    };
    const evidence: StampEvidence = {
      order: withoutRepeats(shape.lines.map(textOf)),
      banners: shape.banners,
      latestWallMs: context.latestWallMs,
      last:
        isEndOwn && last !== null && context.modifiedWallMs !== null
          ? { text: textOf(last), wallMs: context.modifiedWallMs }
          : null,
    };
    const layout = learnLayout(evidence);
    if (typeof layout === 'string') {
      drop(layout, shape.lines);
      continue;
    }
    if (layout.date === 'year') {
      layouts.set(name, layout);
      continue;
    }
    const read = Float64Array.from(shape.lines, (line) => layout.read(textOf(line))?.wallMs ?? Number.NaN);
    const walls =
      layout.date === 'day'
        ? yearsOfDates(read, context.latestWallMs)
        : datesOfTimes(read, anchorsOf(shape, layout, evidence, context, last !== null, scans));
    drop(
      'undated',
      shape.lines.filter((_, index) => Number.isNaN(walls[index])),
    );
    for (const [index, { values, index: at }] of shape.lines.entries())
      values[at] = walls[index] ?? Number.NaN;
  }
  const stampOf = stamps.decoder((text) => layouts.get(shapeOf(text))?.read(text) ?? null);
  return { stampOf, untimed, knownFrom: untimed.length === 0 ? undefined : firstKnown(scans, stampOf) };
}

function firstKnown(scans: readonly Scan[], stampOf: (value: StampValue) => Stamp | null): Stamp | null {
  let known: Stamp | null = null;
  for (const { values } of scans.flatMap(({ pieces }) => pieces)) {
    for (const value of values) {
      if (value === -Infinity) known = null;
      else known ??= stampOf(value);
    }
  }
  return known;
}

/**
 * Answers: may the default shape be of another format here? So where its banners deny it, or some of its dates have no
 * such month (`YYYY-DD-MM`): then it must be learned like any other.
 */
export function isDefaultDoubtful(scans: readonly Scan[], stamps: LogStamps): boolean {
  return (
    stamps.texts.some((text) => isoLike.test(text)) ||
    isContradicted(findShapes(scans, stamps, false).defaults)
  );
}

/** All lines by the shape of their stamps. Those that have another one than their daemon become NaN. */
function findShapes(scans: readonly Scan[], stamps: LogStamps, isFinal = true): Shapes {
  const pieces = scans.flatMap((scan) => scan.pieces);
  const nameOf = shapeNames(stamps);
  const byName = new Map<string, Shape>();
  const lates: number[] = [];
  const own = shapeOfDaemons(pieces, nameOf);
  let daemon = 0;
  let opened = Number.POSITIVE_INFINITY;
  let openedAt = 0;
  let newest: Line | null = null;
  for (const { values, meanings } of pieces) {
    for (const [index, meaning] of meanings.entries()) {
      const value = values[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      if (meaning.event?.kind === 'daemon-started') daemon += 1;
      const name = nameOf(value);
      if (name !== own[daemon]) {
        if (isFinal) values[index] = Number.NaN;
        continue;
      }
      opened = meaning.event?.kind === 'daemon-started' ? 0 : opened + 1;
      const time = opened <= bannerLines ? meaning.bannerTime : null;
      const wallMs = time === null ? Number.NaN : time.at + time.offsetMinutes * 60_000;
      if (name === defaultShape) {
        if (time !== null) lates.push(value - wallMs);
        continue;
      }
      const shape = byName.get(name) ?? { lines: [], banners: [] };
      byName.set(name, shape);
      if (opened === 0) openedAt = shape.lines.length;
      if (time !== null) shape.banners.push({ text: stamps.text(value) ?? '', wallMs, line: openedAt });
      newest = { values, index };
      shape.lines.push(newest);
    }
  }
  const walk = (visit: (wallMs: number) => void): void => {
    for (const { values } of pieces) for (const value of values) if (value >= 0) visit(value);
  };
  return { byName, defaults: { walk, lates }, newest };
}

/** For each daemon, in order: the shape that most of its lines have. The first one ran before the first banner. */
function shapeOfDaemons(
  pieces: readonly LinePiece[],
  nameOf: (value: StampValue) => string,
): readonly string[] {
  const daemons: { banner: string | null; readonly counts: Map<string, number> }[] = [
    { banner: null, counts: new Map() },
  ];
  for (const { values, meanings } of pieces) {
    for (const [index, { event, bannerTime, bannerVersion }] of meanings.entries()) {
      const value = values[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const name = nameOf(value);
      if (event?.kind === 'daemon-started') daemons.push({ banner: name, counts: new Map() });
      else if (bannerTime === null && bannerVersion === null) {
        const counts = daemons.at(-1)?.counts;
        counts?.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
  // A banner that an app has forged starts nothing: the lines behind it are still of the daemon's own shape.
  let before: string | null = null;
  return daemons.map(({ banner, counts }) => {
    const most = Math.max(...counts.values());
    const names = [...counts].filter(([, count]) => count === most).map(([name]) => name);
    before = [before, banner].find((name) => name !== null && names.includes(name)) ?? names[0] ?? banner;
    return before ?? defaultShape;
  });
}

function shapeNames(stamps: LogStamps): (value: StampValue) => string {
  const known = new Map<number, string>();
  return (value) => {
    if (value >= 0) return defaultShape;
    let name = known.get(value);
    if (name === undefined) {
      name = shapeOf(stamps.text(value) ?? '');
      known.set(value, name);
    }
    return name;
  };
}

/** Answers: do the banners, or the hours, deny that these are dates in ISO order on a clock of 24 hours? */
function isContradicted({ walk, lates }: Shapes['defaults']): boolean {
  const wrong = lates.filter((late) => late < -1000 || late > bannerSlackMs);
  return wrong.length * 2 > lates.length || isBrokenClock(walk);
}

function withoutRepeats(texts: readonly string[]): readonly string[] {
  return texts.filter((text, index) => text !== texts[index - 1]);
}

/** The banners, the end of the log, and its birth where nobody has copied the file since. */
function anchorsOf(
  shape: Shape,
  layout: Layout,
  evidence: StampEvidence,
  context: FormatContext,
  isNewest: boolean,
  scans: readonly Scan[],
): readonly DateAnchor[] {
  const anchors: DateAnchor[] = shape.banners.map(({ line, wallMs }) => ({ line, wallMs, isExact: true }));
  const { modifiedWallMs, bornWallMs } = context;
  if (!isNewest || modifiedWallMs === null) return anchors;
  const time = layout.read(evidence.last?.text ?? '')?.wallMs ?? null;
  const late = time === null ? Number.NaN : (modifiedWallMs - time + 86_400_000) % 86_400_000;
  const isUntouched = late <= layout.precisionMs + 2_000;
  anchors.push({ line: shape.lines.length, wallMs: modifiedWallMs, isExact: isUntouched });
  // A copy is younger than its lines, and was not written by its last one.
  if (isUntouched && bornWallMs !== null && scans.length === 1 && scans[0]?.end === 'beginning')
    anchors.unshift({ line: 0, wallMs: bornWallMs, isExact: true });
  return anchors;
}
