import type { EpochMs } from '../../model/text.ts';
import { unseenShare } from './restart-lanes.ts';
import { percentAt, round, type Tick, type TimeAxis, timeTicks } from './time-axis.ts';

/** One kill on the chart. `label` is what stands beside the number; `biggestBytes` = the biggest process then, if another one. */
export interface TimelineKill {
  readonly number: number;
  readonly at: EpochMs;
  readonly bytes: number;
  readonly biggestBytes: number | null;
  readonly label: string;
  /** Its size alone, where there is no room for the name. */
  readonly short: string;
}

export interface TimelineMark {
  readonly x: number;
  readonly y: number;
  /** Open circle of the biggest process; null = the victim was the biggest, or it is not known. */
  readonly biggestY: number | null;
  readonly hasBiggest: boolean;
  /** `1`, or `2–4` where marks touch; null where the group before carries the number. */
  readonly number: string | null;
  /** Name and size; null where there is no room for it. */
  readonly label: string | null;
  /** px to the right, so that touching marks stand side by side. */
  readonly shift: number;
  /** True where another mark is so near that a phone has no room for the number. */
  readonly isTight: boolean;
  readonly dx: number;
  readonly dy: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

export interface OomTimeline {
  readonly height: number;
  readonly top: number;
  readonly plotHeight: number;
  readonly axisY: number;
  readonly labelY: number;
  readonly unseen: number | null;
  readonly unseenMiddle: number | null;
  readonly unseenY: number;
  /** Left end of the limit lines: where the evidence begins. */
  readonly seenX: number;
  readonly ticks: readonly Tick[];
  readonly limits: readonly {
    readonly y: number;
    readonly labelY: number;
    readonly label: string;
    readonly short: string;
  }[];
  readonly marks: readonly TimelineMark[];
}

const top = 8;
const plotHeight = 228;
const axisY = top + plotHeight;

/** Answers: when was how much memory taken from whom? y starts at 0 bytes; x in percent of the window. Kills in time order. */
export function oomTimeline(
  axis: TimeAxis,
  kills: readonly TimelineKill[],
  limits: readonly { readonly bytes: number; readonly label: string; readonly short: string }[],
  seenFrom: EpochMs | null,
): OomTimeline {
  const highest = Math.max(
    1,
    ...kills.flatMap((kill) => [kill.bytes, kill.biggestBytes ?? 0]),
    ...limits.map((limit) => limit.bytes),
  );
  const y = (bytes: number): number => round(axisY - (bytes / (highest * 1.1)) * plotHeight);
  const unseen = unseenShare(axis, seenFrom);
  return {
    height: axisY + 22,
    top,
    plotHeight,
    axisY,
    labelY: axisY + 15,
    unseen,
    unseenMiddle: unseen !== null && unseen >= 16 ? round(unseen / 2) : null,
    unseenY: top + plotHeight / 2,
    seenX: unseen ?? 0,
    ticks: timeTicks(axis),
    limits: spread(limits.map((limit) => ({ y: y(limit.bytes), label: limit.label, short: limit.short }))),
    marks: placeLabels(
      kills.map((kill) => ({
        kill,
        x: percentAt(axis, kill.at),
        y: y(kill.bytes),
        biggestY: kill.biggestBytes === null ? null : y(kill.biggestBytes),
      })),
    ),
  };
}

/** Labels of limits that lie close together go above and below their lines. */
function spread(
  lines: readonly { readonly y: number; readonly label: string; readonly short: string }[],
): OomTimeline['limits'] {
  const sorted = [...lines].sort((a, b) => a.y - b.y);
  return sorted.map((line, index) => {
    const above = sorted[index - 1];
    const tooClose = above !== undefined && line.y - above.y < 20;
    return { ...line, labelY: round(tooClose ? line.y + 14 : line.y - 6) };
  });
}

interface Placed {
  readonly kill: TimelineKill;
  readonly x: number;
  readonly y: number;
  readonly biggestY: number | null;
}

/** About 6.6 px a Latin character and 12 px a Chinese one, on a chart of 916 px. */
const labelWidth = (text: string): number =>
  [...text].reduce((sum, char) => sum + (char.charCodeAt(0) > 0x2e80 ? 1.35 : 0.75), 2.6);

/** Right of the mark where there is room, else left of it, else the number alone above it. Touching marks share one number. */
function placeLabels(placed: readonly Placed[]): readonly TimelineMark[] {
  const groups: Placed[][] = [];
  for (const mark of placed) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && mark.x - last.x < 1.2) groups.at(-1)?.push(mark);
    else groups.push([mark]);
  }
  let taken = 0;
  return groups.flatMap((group, index) => {
    const highest = group.reduce((best, mark) => (mark.y < best.y ? mark : best));
    const first = group.at(0)?.kill.number ?? 0;
    const last = group.at(-1)?.kill.number ?? 0;
    const number = first === last ? String(first) : `${first}–${last}`;
    const nextX = groups[index + 1]?.[0]?.x ?? 100;
    const previousX = groups[index - 1]?.at(-1)?.x ?? -100;
    const texts = group.length === 1 ? [highest.kill.label, highest.kill.short, null] : [null];
    const fitting = texts
      .map((text) => ({ text, width: labelWidth(`${number} ${text ?? ''}`) }))
      .find(({ width }) => highest.x + width <= nextX - 0.8 || highest.x - width >= taken + 0.8);
    const label = fitting?.text ?? null;
    const width = fitting?.width ?? 0;
    const isRight = highest.x + width <= nextX - 0.8;
    const room = fitting === undefined ? 'above' : isRight ? 'right' : 'left';
    taken = room === 'right' ? highest.x + width : highest.x;
    return group.map((mark, place) => ({
      x: mark.x,
      y: mark.y,
      biggestY: mark.biggestY,
      hasBiggest: mark.biggestY !== null,
      number: mark === highest ? number : null,
      label: mark === highest ? label : null,
      shift: round((place - (group.length - 1) / 2) * Math.min(10, 24 / group.length)),
      isTight: room === 'right' ? nextX - highest.x < 9 : previousX + 9 > highest.x,
      dx: room === 'right' ? 10 : room === 'left' ? -10 : 0,
      dy: room === 'above' ? -10 : 5,
      anchor:
        room === 'right' ? ('start' as const) : room === 'left' ? ('end' as const) : ('middle' as const),
    }));
  });
}
