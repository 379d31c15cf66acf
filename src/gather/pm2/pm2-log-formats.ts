import type { Scan } from './pm2-log-backwards.ts';
import { type DateAnchor, datesOfTimes, yearsOfDates } from './pm2-log-calendar.ts';
import type { Layout } from './pm2-log-layout.ts';
import { isBrokenClock, learnLayout, type StampEvidence, type Unlearned } from './pm2-log-learn.ts';
import type { Stamp } from './pm2-log-line.ts';
import { shapeOf } from './pm2-log-parts.ts';
import { findShapes, type Line, type Shape, type Shapes } from './pm2-log-shapes.ts';
import type { LogStamps, StampValue } from './pm2-log-stamps.ts';

const bannerSlackMs = 5_000;
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
