import type { PastEvent } from '../../derive/past/app-events.ts';
import { type AppPast, metrics, type Past, type Points } from '../../derive/past/app-past.ts';
import type { SeriesGap } from '../../model/history.ts';
import type { EpochMs } from '../../model/text.ts';
import { cells, pad } from '../cells.ts';
import type { ReportFmt } from '../format.ts';
import type { Line, Piece } from '../terminal-line.ts';
import { figure } from './figures.ts';
import type { HistoryWords } from './history-words.ts';
import { timeTicks } from './time-ticks.ts';

/** Braille cells are two dots wide and four high (Unicode 16, U+2800). They take one cell in every terminal: width Neutral. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const blankBraille = 0x2800;
const rows = 10;

/** Lowest and highest value of each column of dots; NaN = nothing known. */
interface Band {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * The band from minimum to maximum over time, from 0 up. Time without samples is hatched, time without a process is
 * blank. Under the axis stand kills, restarts and deploys. `columns` cells wide at most.
 */
export function chartLines(
  past: Past,
  app: AppPast,
  columns: number,
  fmt: ReportFmt,
  say: HistoryWords,
): readonly Line[] {
  const top = niceTop(app.peak?.value ?? 0, metrics[past.metric].unit === 'bytes');
  const labels = [top, top / 2, 0].map((value) => figure(past.metric, value, fmt));
  const left = Math.max(...labels.map(cells)) + 1;
  const width = Math.max(10, Math.min(columns - left - 1, 240));
  const band = bandOf(app.points, past, width * 2);
  const isGap = gapCells(past, band, width);
  const dots = drawBand(band, top, width);
  const body = Array.from({ length: rows }, (_, row): Line => {
    const label = row === 0 ? labels[0] : row === rows / 2 ? labels[1] : row === rows - 1 ? labels[2] : '';
    return [
      { text: `${pad(label ?? '', left - 1, 'right')} |`, style: 'soft' },
      ...cellPieces(dots, isGap, row, width),
    ];
  });
  const marks = markCells(app, past, width);
  const { axis, names } = timeTicks(past.from, past.to, width, fmt, past.utcOffsetMinutes);
  const space = ' '.repeat(left);
  return [
    ...body,
    [{ text: `${space}+${axis}`, style: 'soft' }],
    ...(marks.some((mark) => mark !== ' ')
      ? [[{ text: `${space} ${marks.join('').trimEnd()}`, style: 'strong' } as const]]
      : []),
    [{ text: `${space} ${names}`, style: 'soft' }],
    ...legend(marks, isGap, band, say, left),
  ];
}

function legend(
  marks: readonly string[],
  isGap: readonly boolean[],
  band: Band,
  { legend: words }: HistoryWords,
  left: number,
): readonly Line[] {
  const isBlank = isGap.some(
    (gap, cell) => !gap && Number.isNaN(band.high[cell * 2]) && Number.isNaN(band.high[cell * 2 + 1]),
  );
  const shown = [
    isGap.includes(true) ? words.gap : '',
    isBlank ? words.blank : '',
    marks.includes('K') ? words.kill : '',
    marks.some((mark) => /[R2-9+]/.test(mark)) ? words.restart : '',
    marks.some((mark) => /[2-9+]/.test(mark)) ? words.many : '',
    marks.includes('D') ? words.deploy : '',
  ].filter((text) => text !== '');
  return shown.length === 0 ? [] : [[{ text: `${' '.repeat(left)} ${shown.join('   ')}`, style: 'soft' }]];
}

/** A round number at or above `value`: 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, of KB, MB, GB where it is bytes. */
export function niceTop(value: number, isBytes: boolean): number {
  if (!(value > 0)) return 1;
  const base = isBytes ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
  const size = value / base;
  const power = 10 ** Math.floor(Math.log10(size));
  const factor = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= size) ?? 10;
  return factor * power * base;
}

function bandOf(points: Points, { from, to, stepMs }: Past, width: number): Band {
  const low = new Float64Array(width).fill(Number.NaN);
  const high = new Float64Array(width).fill(Number.NaN);
  const column = (at: EpochMs): number => Math.floor(((at - from) / (to - from)) * width);
  const { min, max } = points;
  for (let index = 0; index < points.at.length; index += 1) {
    const [least = Number.NaN, most = Number.NaN] = [min[index], max[index]];
    if (Number.isNaN(most)) continue;
    const at = points.at[index] ?? 0;
    const last = Math.min(width - 1, column(Math.min(at + stepMs - 1, to - 1)));
    for (let x = Math.max(0, column(at)); x <= last; x += 1) {
      const [before, above] = [low[x] ?? Number.NaN, high[x] ?? Number.NaN];
      low[x] = Number.isNaN(before) ? least : Math.min(before, least);
      high[x] = Number.isNaN(above) ? most : Math.max(above, most);
    }
  }
  return { low, high };
}

function isUnknown(band: Band, x: number): boolean {
  return Number.isNaN(band.high[x] ?? Number.NaN);
}

/** Cells without any value whose middle lies in a gap. */
function gapCells({ from, to, gaps }: Past, band: Band, width: number): readonly boolean[] {
  const isIn = (at: EpochMs, { from: begin, to: end }: SeriesGap): boolean => at >= begin && at < end;
  return Array.from({ length: width }, (_, cell) => {
    const middle = from + ((cell + 0.5) / width) * (to - from);
    return (
      isUnknown(band, cell * 2) && isUnknown(band, cell * 2 + 1) && gaps.some((gap) => isIn(middle, gap))
    );
  });
}

function drawBand(band: Band, top: number, width: number): Uint8Array {
  const dots = new Uint8Array(width * rows);
  const height = rows * 4;
  const level = (value: number): number =>
    Math.max(0, Math.min(height - 1, Math.floor((value / top) * height)));
  for (let x = 0; x < width * 2; x += 1) {
    if (isUnknown(band, x)) continue;
    let [from, to] = [level(band.low[x] ?? 0), level(band.high[x] ?? 0)];
    // Joined to the column before, so that a jump is a line and not a hole.
    if (x > 0 && !isUnknown(band, x - 1)) {
      from = Math.min(from, level(band.high[x - 1] ?? 0) + 1);
      to = Math.max(to, level(band.low[x - 1] ?? 0) - 1);
    }
    for (let y = from; y <= to; y += 1) {
      const down = height - 1 - y;
      const place = Math.floor(down / 4) * width + (x >> 1);
      dots[place] = (dots[place] ?? 0) | (dotBits[down % 4]?.[x % 2] ?? 0);
    }
  }
  return dots;
}

/** One row of the chart, as runs of dots and of hatching. */
function cellPieces(
  dots: Uint8Array,
  isGap: readonly boolean[],
  row: number,
  width: number,
): readonly Piece[] {
  const pieces: { text: string; style: 'plain' | 'soft' }[] = [];
  for (let cell = 0; cell < width; cell += 1) {
    const bits = dots[row * width + cell] ?? 0;
    const style = isGap[cell] ? 'soft' : 'plain';
    const text = isGap[cell] ? '/' : bits === 0 ? ' ' : String.fromCodePoint(blankBraille + bits);
    const last = pieces.at(-1);
    if (last?.style === style) last.text += text;
    else pieces.push({ text, style });
  }
  return pieces;
}

/** `K` a kill, `R` a restart, a digit for several, `D` a deploy; a kill hides what else fell on its cell. */
function markCells({ events, steps }: AppPast, { from, to }: Past, width: number): readonly string[] {
  const kills = new Set<number>();
  const deploys = new Set<number>();
  const restarts = new Map<number, number>();
  const cell = (at: EpochMs): number =>
    Math.max(0, Math.min(width - 1, Math.floor(((at - from) / (to - from)) * width)));
  for (const event of events) {
    if (event.kind === 'kill') kills.add(cell(event.at));
    if (event.kind === 'deploy') deploys.add(cell(event.at));
    const count = restartsOf(event);
    if (count > 0) restarts.set(cell(event.at), (restarts.get(cell(event.at)) ?? 0) + count);
  }
  // Nothing is told of the events: the counter alone has the times.
  if (events.length === 0)
    for (const step of steps) restarts.set(cell(step.to), (restarts.get(cell(step.to)) ?? 0) + step.restarts);
  return Array.from({ length: width }, (_, place) => {
    if (kills.has(place)) return 'K';
    const count = restarts.get(place) ?? 0;
    if (count > 0) return count === 1 ? 'R' : count > 9 ? '+' : String(count);
    return deploys.has(place) ? 'D' : ' ';
  });
}

function restartsOf(event: PastEvent): number {
  if (event.kind === 'counted') return event.restarts;
  return event.kind === 'end' && event.nextAt !== null ? 1 : 0;
}
