import type { Cause } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import { percentAt, round, type Tick, type TimeAxis, timeTicks } from './time-axis.ts';

/** One row of the chart: all restarts of one cause. `marks` are x in percent; `counts` name groups of marks that overlap. */
export interface Lane {
  readonly cause: Cause;
  readonly total: number;
  readonly y: number;
  readonly lineY: number;
  readonly marks: readonly number[];
  readonly counts: readonly {
    readonly x: number;
    readonly dx: number;
    readonly anchor: 'start' | 'end';
    readonly y: number;
    readonly count: number;
  }[];
  /** Instead of marks, where they are too many to be told apart: x in percent, y and height in px. */
  readonly columns: readonly { readonly x: number; readonly y: number; readonly height: number }[];
}

export interface LanesChart {
  /** Height of the lanes and of the whole drawing with its axis labels, px. */
  readonly plotHeight: number;
  readonly height: number;
  readonly labelY: number;
  /** Percent of the width before the evidence begins; null = all of it was seen. */
  readonly unseen: number | null;
  readonly ticks: readonly Tick[];
  readonly lanes: readonly Lane[];
  /** What one column stands for, and how many the tallest one holds; null = every restart has its mark. */
  readonly columns: { readonly ms: number; readonly tallest: number } | null;
}

const laneHeight = 26;
/** Marks nearer than this (percent) touch: 1.3 % of 776 px is one mark of 10 px. */
const touching = 1.3;
/** Marks nearer than this are drawn once; the count beside them stays true. */
const indistinct = 0.2;
/** A lane of more restarts is drawn in columns: marks would be a band that says nothing. */
const mostMarks = 300;
/** Columns over the width: 5 px each on a phone's 290 px would touch, on 776 px they stand apart. */
const columnCount = 112;
const tallestPx = laneHeight - 6;

/** Answers: where does each restart stand? One lane a cause, in the order given; x in percent of the window, y in px. */
export function restartLanes(
  axis: TimeAxis,
  lanes: readonly { readonly cause: Cause; readonly at: readonly EpochMs[] }[],
  seenFrom: EpochMs | null,
): LanesChart {
  const plotHeight = lanes.length * laneHeight;
  const binned = lanes.map(({ at }) => (at.length > mostMarks ? countColumns(axis, at) : null));
  const tallest = binned.reduce(
    (most, bins) => (bins ?? []).reduce((all, count) => Math.max(all, count), most),
    0,
  );
  return {
    plotHeight,
    height: plotHeight + 20,
    labelY: plotHeight + 15,
    unseen: unseenShare(axis, seenFrom),
    ticks: timeTicks(axis),
    lanes: lanes.map((lane, index) => drawLane(axis, lane, index, binned[index] ?? null, tallest)),
    columns: tallest === 0 ? null : { ms: (axis.to - axis.from) / columnCount, tallest },
  };
}

/** Percent of the axis before `seenFrom`; null when nothing, or less than a hair, is hidden. */
export function unseenShare(axis: TimeAxis, seenFrom: EpochMs | null): number | null {
  if (seenFrom === null) return null;
  const share = percentAt(axis, seenFrom);
  return share >= 0.3 ? share : null;
}

/** How many restarts each column holds, from left to right. */
function countColumns(axis: TimeAxis, at: readonly EpochMs[]): readonly number[] {
  const bins = new Array<number>(columnCount).fill(0);
  for (const time of at) {
    if (time < axis.from || time > axis.to) continue;
    const column = Math.min(columnCount - 1, Math.floor((percentAt(axis, time) / 100) * columnCount));
    bins[column] = (bins[column] ?? 0) + 1;
  }
  return bins;
}

function drawLane(
  axis: TimeAxis,
  lane: { readonly cause: Cause; readonly at: readonly EpochMs[] },
  index: number,
  bins: readonly number[] | null,
  tallest: number,
): Lane {
  const y = index * laneHeight + laneHeight / 2;
  const lineY = index * laneHeight + laneHeight - 0.5;
  const xs =
    bins !== null
      ? []
      : lane.at
          .filter((at) => at >= axis.from && at <= axis.to)
          .map((at) => percentAt(axis, at))
          .sort((a, b) => a - b);
  return {
    cause: lane.cause,
    total: lane.at.length,
    y,
    lineY,
    marks: distinct(xs),
    counts: countGroups(xs, y + 4),
    columns: (bins ?? []).flatMap((count, column) => {
      if (count === 0) return [];
      // One restart still shows: the eye must not take few for none.
      const height = Math.max(2, Math.round((count / tallest) * tallestPx));
      return [{ x: round((column * 100) / columnCount), y: lineY - 0.5 - height, height }];
    }),
  };
}

function distinct(sorted: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const x of sorted) {
    const last = kept.at(-1);
    if (last === undefined || x - last >= indistinct) kept.push(x);
  }
  return kept;
}

function countGroups(sorted: readonly number[], y: number): Lane['counts'] {
  const groups: { from: number; to: number; count: number }[] = [];
  for (const x of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && x - last.to < touching) {
      last.to = x;
      last.count += 1;
    } else groups.push({ from: x, to: x, count: 1 });
  }
  return groups.flatMap((group, index): Lane['counts'] => {
    if (group.count < 2) return [];
    const room = String(group.count).length * 0.95 + 2.2;
    const next = groups[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    if (group.to + room <= Math.min(next, 100))
      return [{ x: round(group.to), dx: 9, anchor: 'start' as const, y, count: group.count }];
    const before = groups[index - 1]?.to ?? Number.NEGATIVE_INFINITY;
    if (group.from - room >= Math.max(before + 1, 0))
      return [{ x: round(group.from), dx: -9, anchor: 'end' as const, y, count: group.count }];
    return [];
  });
}
