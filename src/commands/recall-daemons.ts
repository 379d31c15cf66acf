import { makeTrack } from '../derive/trends/track.ts';
import type { HistoryReader } from '../history/store.ts';
import type { DaemonMemoryPast } from '../model/remembered.ts';
import type { CleanText, EpochMs } from '../model/text.ts';

const hourMs = 3_600_000;
const unit = 64 * 1024;
/** The same start, as PM2 has it and as /proc has it, differs by a moment. */
const sameStartMs = 60_000;

/** These daemons hour by hour: what grows in a daemon grows for days. `startedAt` null = the samples tell when it began. */
export function rememberDaemons(
  reader: HistoryReader,
  daemons: readonly { readonly home: CleanText; readonly startedAt: EpochMs | null }[],
  now: EpochMs,
  from: EpochMs,
): readonly DaemonMemoryPast[] {
  const homes = new Set<string>(daemons.map(({ home }) => home));
  const span = { from, to: now, resolution: 'hour' } as const;
  const wanted = (subject: { readonly kind: string; readonly home?: string }): boolean =>
    subject.home !== undefined && homes.has(subject.home);
  const memory = reader.allSeries('daemon', { ...span, metric: 'rss', wanted });
  if (memory.length === 0) return [];
  const pids = reader.allSeries('daemon', { ...span, metric: 'pid', wanted });
  return memory.flatMap((series) => {
    if (series.subject.kind !== 'daemon') return [];
    const { home } = series.subject;
    const told = daemons.find((daemon) => daemon.home === home)?.startedAt ?? null;
    const own = pids.find(({ subject }) => subject.kind === 'daemon' && subject.home === home);
    const changes = own === undefined ? [] : pidChanges(own.at, own.last);
    const starts = [
      ...changes.filter((at) => told === null || Math.abs(at - told) > hourMs + sameStartMs),
      ...(told === null ? [] : [told]),
    ].toSorted((a, b) => a - b);
    const grid = { from, to: now, stepMs: hourMs, unit };
    return [{ home, starts, rss: makeTrack(series.at, series.mean, grid, 'mean') }];
  });
}

/** Hours in which another process took over. */
function pidChanges(at: ArrayLike<EpochMs>, pids: ArrayLike<number>): readonly EpochMs[] {
  const changes: EpochMs[] = [];
  let before = Number.NaN;
  for (let index = 0; index < at.length; index += 1) {
    const pid = pids[index] ?? Number.NaN;
    if (Number.isNaN(pid)) continue;
    if (!Number.isNaN(before) && pid !== before) changes.push(at[index] ?? 0);
    before = pid;
  }
  return changes;
}
