import type { Scan } from './pm2-log-backwards.ts';
import type { WallWalk } from './pm2-log-learn.ts';
import type { LinePiece } from './pm2-log-list.ts';
import { shapeOf } from './pm2-log-parts.ts';
import type { LogStamps, StampValue } from './pm2-log-stamps.ts';

/** `Time`, versions and the rest of the banner follow its first line at once (lib/Daemon.js). */
const bannerLines = 20;
/** Shape of the stamps that are decoded from their bytes. */
const defaultShape = '';

/** Where a line's stamp stands. */
export interface Line {
  readonly values: Float64Array;
  readonly index: number;
}

export interface Shape {
  readonly lines: Line[];
  readonly banners: { readonly text: string; readonly wallMs: number; readonly line: number }[];
}

export interface Shapes {
  readonly byName: ReadonlyMap<string, Shape>;
  /** Stamps that are wall clocks already; a million of them need no objects. */
  readonly defaults: {
    readonly walk: WallWalk;
    readonly lates: readonly number[];
  };
  /** The last line of all. */
  readonly newest: Line | null;
}

/** All lines by the shape of their stamps. Those that have another one than their daemon become NaN. */
export function findShapes(scans: readonly Scan[], stamps: LogStamps, isFinal = true): Shapes {
  const pieces = scans.flatMap((scan) => scan.pieces);
  if (stamps.texts.length === 0) return onlyDefaults(pieces);
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
  return { byName, defaults: { walk: walkDefaults(pieces), lates }, newest };
}

/** Most logs: all stamps are of the default shape, and a million lines are looked at once. */
function onlyDefaults(pieces: readonly LinePiece[]): Shapes {
  const lates: number[] = [];
  let opened = Number.POSITIVE_INFINITY;
  for (const { values, meanings } of pieces) {
    for (let index = 0; index < meanings.length; index += 1) {
      const meaning = meanings[index];
      if (meaning === undefined) continue;
      opened = meaning.event?.kind === 'daemon-started' ? 0 : opened + 1;
      const time = meaning.bannerTime;
      if (time !== null && opened <= bannerLines)
        lates.push((values[index] ?? 0) - time.at - time.offsetMinutes * 60_000);
    }
  }
  return { byName: new Map(), defaults: { walk: walkDefaults(pieces), lates }, newest: null };
}

function walkDefaults(pieces: readonly LinePiece[]): WallWalk {
  return (visit) => {
    for (const { values } of pieces) {
      for (let index = 0; index < values.length; index += 1) {
        const value = values[index] ?? Number.NaN;
        if (value >= 0 && visit(value)) return;
      }
    }
  };
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
