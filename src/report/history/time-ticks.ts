import type { EpochMs } from '../../model/text.ts';
import { cells } from '../cells.ts';
import type { ReportFmt } from '../format.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Steps between two names on the axis: the first that leaves room for them. */
const steps = [
  minute / 2,
  minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  60 * day,
  90 * day,
  180 * day,
  365 * day,
] as const;
/** Names take up to 12 cells (`19 Nov 09:05`), with seconds 15, and one cell of air. */
const roomFor = (step: number): number => (step < minute ? 16 : 13);

/** The axis with its ticks, and the names below it, both `width` cells. Ticks stand at full hours and days of the host's zone. */
export function timeTicks(
  from: EpochMs,
  to: EpochMs,
  width: number,
  fmt: ReportFmt,
  utcOffsetMinutes: number,
): { readonly axis: string; readonly names: string } {
  const step = steps.find((each) => (each / (to - from)) * width >= roomFor(each)) ?? to - from;
  const offset = utcOffsetMinutes * minute;
  const axis: string[] = new Array(width).fill('-');
  let names = '';
  for (let at = Math.ceil((from + offset) / step) * step - offset; at < to; at += step) {
    const cell = Math.floor(((at - from) / (to - from)) * width);
    if (cell < 0 || cell >= width) continue;
    const name = nameOf(at, step, to - from, fmt);
    if (cells(names) > cell || cell + cells(name) > width) continue;
    axis[cell] = '+';
    names += ' '.repeat(cell - cells(names)) + name;
  }
  return { axis: axis.join(''), names };
}

function nameOf(at: EpochMs, step: number, span: number, fmt: ReportFmt): string {
  if (step < minute) return fmt.exact(at);
  if (step < day) return fmt.tableTime(at);
  return span > 300 * day ? fmt.isoDate(at) : fmt.tableDate(at);
}
