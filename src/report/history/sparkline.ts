import type { Past, Points } from '../../derive/past/app-past.ts';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Highest values over time as `width` blocks, from 0 to `top`; `/` = no samples, a space = no process. */
export function sparkline(
  points: Points,
  { from, to, stepMs, gaps }: Past,
  top: number,
  width: number,
): string {
  const highest = new Float64Array(width).fill(Number.NaN);
  for (let index = 0; index < points.at.length; index += 1) {
    const value = points.max[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const at = points.at[index] ?? 0;
    const first = Math.max(0, Math.floor(((at - from) / (to - from)) * width));
    const last = Math.min(
      width - 1,
      Math.floor(((Math.min(at + stepMs, to) - 1 - from) / (to - from)) * width),
    );
    for (let cell = first; cell <= last; cell += 1) {
      const before = highest[cell] ?? Number.NaN;
      highest[cell] = Number.isNaN(before) ? value : Math.max(before, value);
    }
  }
  return Array.from(highest, (value, cell) => {
    if (!Number.isNaN(value))
      return (
        blocks[Math.min(blocks.length - 1, Math.floor((value / Math.max(top, 1e-9)) * blocks.length))] ?? '▁'
      );
    const middle = from + ((cell + 0.5) / width) * (to - from);
    return gaps.some((gap) => middle >= gap.from && middle < gap.to) ? '/' : ' ';
  }).join('');
}
