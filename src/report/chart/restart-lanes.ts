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
}

const laneHeight = 26;
/** Marks nearer than this (percent) touch: 1.3 % of 776 px is one mark of 10 px. */
const touching = 1.3;
/** Marks nearer than this are drawn once; the count beside them stays true. */
const indistinct = 0.2;

/** Answers: where does each restart stand? One lane a cause, in the order given; x in percent of the window, y in px. */
export function restartLanes(
  axis: TimeAxis,
  lanes: readonly { readonly cause: Cause; readonly at: readonly EpochMs[] }[],
  seenFrom: EpochMs | null,
): LanesChart {
  const plotHeight = lanes.length * laneHeight;
  return {
    plotHeight,
    height: plotHeight + 20,
    labelY: plotHeight + 15,
    unseen: unseenShare(axis, seenFrom),
    ticks: timeTicks(axis),
    lanes: lanes.map((lane, index) => drawLane(axis, lane, index)),
  };
}

/** Percent of the axis before `seenFrom`; null when nothing, or less than a hair, is hidden. */
export function unseenShare(axis: TimeAxis, seenFrom: EpochMs | null): number | null {
  if (seenFrom === null) return null;
  const share = percentAt(axis, seenFrom);
  return share >= 0.3 ? share : null;
}

function drawLane(
  axis: TimeAxis,
  lane: { readonly cause: Cause; readonly at: readonly EpochMs[] },
  index: number,
): Lane {
  const xs = lane.at
    .filter((at) => at >= axis.from && at <= axis.to)
    .map((at) => percentAt(axis, at))
    .sort((a, b) => a - b);
  const y = index * laneHeight + laneHeight / 2;
  return {
    cause: lane.cause,
    total: lane.at.length,
    y,
    lineY: index * laneHeight + laneHeight - 0.5,
    marks: distinct(xs),
    counts: countGroups(xs, y + 4),
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
