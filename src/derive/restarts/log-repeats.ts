import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';

/** Lines of the bus have milliseconds, those of the file whole seconds: this much is no step back. */
export const stepBackMs = 2_000;

/**
 * Answers: which lines are left when what stands twice is read once? Two generations of a log may overlap (a copy, a
 * rotation that was run again): then the clock steps back to a line that was read before, and the lines after it follow
 * as they did. A clock that was really set back writes other lines, and those stay.
 */
export function withoutRepeats(lines: readonly Pm2LogEvent[]): readonly Pm2LogEvent[] {
  let newest: EpochMs = -Infinity;
  let kept: Pm2LogEvent[] | null = null;
  let known: Map<string, number[]> | null = null;
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    if (line === undefined) break;
    if (line.at !== null && line.at < newest) {
      known ??= indexOf(lines);
      let length = 0;
      for (const before of known.get(keyOf(line)) ?? [])
        if (before < index) length = Math.max(length, sameFrom(lines, before, index));
      if (length > 0) {
        kept ??= lines.slice(0, index);
        for (const again of lines.slice(index, index + length)) keepVersion(kept, again);
        index += length;
        continue;
      }
    }
    if (line.at !== null && line.at > newest) newest = line.at;
    kept?.push(line);
    index += 1;
  }
  return kept ?? lines;
}

/** A banner that was cut where the generations meet has its version only where it stands again. */
function keepVersion(kept: Pm2LogEvent[], again: Pm2LogEvent): void {
  if (again.event.kind !== 'daemon-started' || again.event.pm2Version === null) return;
  const index = kept.findLastIndex(({ at, event }) => at === again.at && event.kind === 'daemon-started');
  const before = kept[index];
  if (before?.event.kind === 'daemon-started' && before.event.pm2Version === null) kept[index] = again;
}

/** Where each line stands. */
function indexOf(lines: readonly Pm2LogEvent[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    const key = keyOf(line);
    const known = places.get(key);
    if (known === undefined) places.set(key, [index]);
    else known.push(index);
  }
  return places;
}

function sameFrom(lines: readonly Pm2LogEvent[], before: number, again: number): number {
  let length = 0;
  while (before + length < again) {
    const [a, b] = [lines[before + length], lines[again + length]];
    if (a === undefined || b === undefined || a.at !== b.at || a.text !== b.text) break;
    length += 1;
  }
  return length;
}

function keyOf(line: Pm2LogEvent): string {
  return `${line.at}\n${line.text}`;
}
