import type { Track } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import { round } from './time-axis.ts';

/** A small line over seven days. x and y in the drawing's own units; 0 bytes is its lower edge. */
export interface Sparkline {
  readonly width: number;
  readonly height: number;
  /** Path of the line; a break is a stretch that was not seen. */
  readonly path: string;
  /** Stretches not seen: x and width. */
  readonly unseen: readonly { readonly x: number; readonly width: number }[];
  /** The limit, where it fits into the drawing; null = it stands far above, or there is none. */
  readonly limitY: number | null;
  readonly lowBytes: number;
  readonly highBytes: number;
  readonly lastBytes: number;
}

const weekMs = 7 * 86_400_000;
const width = 112;
const height = 24;
/** Three hours each: two units of the drawing, and a short path. */
const columns = 56;
/** Fewer say nothing: then the word stands alone. */
const leastSamples = 8;
/** A limit that far above would press the line into the floor. */
const limitFactor = 1.6;

/** Answers: how did this figure move in the last week? The highest of each three hours. null = fewer than eight values. */
export function sparkline(track: Track | null, now: EpochMs, limitBytes: number | null): Sparkline | null {
  const values = binsOf(track, now);
  const known = values.filter((value) => value !== null);
  const samples = track?.values.reduce<number>((count, value) => count + (value === null ? 0 : 1), 0) ?? 0;
  const [last] = known.slice(-1);
  if (samples < leastSamples || known.length < 3 || last === undefined) return null;
  const highBytes = Math.max(...known);
  const isLimitNear = limitBytes !== null && limitBytes > 0 && limitBytes <= highBytes * limitFactor;
  const top = Math.max(1, highBytes, isLimitNear ? limitBytes : 0);
  const y = (bytes: number): number => round(1 + (height - 2) * (1 - bytes / top));
  const x = (index: number): number => round(((index + 0.5) * width) / columns);
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const isNew = index === 0 || values[index - 1] === null;
    const isAlone = isNew && (values[index + 1] ?? null) === null;
    path += `${isNew ? 'M' : 'L'}${x(index)} ${Math.round(y(value) * 10) / 10}${isAlone ? 'h1' : ''}`;
  });
  return {
    width,
    height,
    path,
    unseen: stretches(values),
    limitY: isLimitNear ? y(limitBytes) : null,
    lowBytes: Math.min(...known),
    highBytes,
    lastBytes: last,
  };
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'] as const;

/** The same in `cells` characters; a blank was not seen. */
export function sparkText(track: Track | null, now: EpochMs, cells: number): string | null {
  const values = binsOf(track, now);
  const size = values.length / cells;
  const parts = Array.from({ length: cells }, (_, cell) => {
    const own = values
      .slice(Math.floor(cell * size), Math.floor((cell + 1) * size))
      .filter((v) => v !== null);
    return own.length === 0 ? null : Math.max(...own);
  });
  const known = parts.filter((part) => part !== null);
  if (known.length < 3) return null;
  const top = Math.max(1, ...known);
  const place = (bytes: number): number => Math.min(bars.length - 1, Math.floor((bytes / top) * bars.length));
  return parts.map((part) => (part === null ? ' ' : bars[place(part)])).join('');
}

function binsOf(track: Track | null, now: EpochMs): readonly (number | null)[] {
  const bins: (number | null)[] = new Array<number | null>(columns).fill(null);
  const from = now - weekMs;
  track?.values.forEach((value, index) => {
    const bin = Math.floor(((track.from + index * track.stepMs - from) / weekMs) * columns);
    if (value === null || bin < 0 || bin >= columns) return;
    bins[bin] = Math.max(bins[bin] ?? 0, value * track.unit);
  });
  return bins;
}

function stretches(values: readonly (number | null)[]): Sparkline['unseen'] {
  const found: { x: number; width: number }[] = [];
  const step = width / columns;
  let begin: number | null = null;
  for (let index = 0; index <= values.length; index += 1) {
    const isUnseen = index < values.length && values[index] === null;
    if (isUnseen) begin ??= index;
    else if (begin !== null) {
      found.push({ x: round(begin * step), width: round((index - begin) * step) });
      begin = null;
    }
  }
  return found;
}
