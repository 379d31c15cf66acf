import type { App } from '../../model/pm2.ts';
import type { Restart, RestartStory } from '../../model/restart.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import { type AppGroup, groupApps } from '../apps/app-groups.ts';
import { appKey } from '../apps/process-tree.ts';
import { leastWatchRestarts } from '../restarts/app-failures.ts';
import { isInLoop, loopFacts } from '../restarts/loop-facts.ts';
import { isEven, quantile, type Rhythm, rhythmOf } from '../restarts/rhythm.ts';
import { lacksUnit } from './limit-unit.ts';

/**
 * What a limit that keeps firing means. `too-low`: reached soon after each start, so the app needs that much to work ·
 * `growth`: reached at an even pace, as memory does that is never given back · `peaks`: now early, now late, as load and
 * single big requests do · `once` in the window.
 */
export type ChurnKind = 'too-low' | 'growth' | 'peaks' | 'once';

/** Restarts by `max_memory_restart` of all instances of one app, those in a loop left out. Durations ms, sizes bytes. */
export interface LimitChurn {
  readonly group: AppGroup;
  /** The instance with most of them. */
  readonly app: App;
  readonly kind: ChurnKind;
  readonly rhythm: Rhythm;
  /** Median time from start to limit; null = starts not seen. */
  readonly uptimeMs: number | null;
  /** What PM2 compared, at the newest; null = the lines do not say. */
  readonly usedBytes: number | null;
  readonly limitBytes: number | null;
  /** The limit was changed since the newest, so it may be mended. */
  readonly isChanged: boolean;
  readonly because: readonly Quote[];
}

/** Code, caches and pools of a Node app are warm within minutes; what still grows later is not start-up. */
export const soonMs = 15 * 60_000;
/** PM2 7.0.4 lib/Worker.js: `(current_memory=175800320 max_memory_limit=104857600 [octets])`. */
const figures = /current_memory=(\d+) max_memory_limit=(\d+)/;

/** Answers: which apps does PM2 restart for their memory, how often, and what does the rhythm say? Most frequent first. */
export function limitChurns(
  daemons: Parameters<typeof groupApps>[0],
  stories: ReadonlyMap<string, RestartStory>,
  now: EpochMs,
): readonly LimitChurn[] {
  return groupApps(daemons)
    .flatMap((group) => churnOf(group, stories, now) ?? [])
    .toSorted((a, b) => b.rhythm.times - a.rhythm.times);
}

function churnOf(
  group: AppGroup,
  stories: ReadonlyMap<string, RestartStory>,
  now: EpochMs,
): LimitChurn | null {
  const loop = loopFacts(group, stories, now, leastWatchRestarts);
  const parts = group.apps.flatMap((app) => {
    const restarts = (stories.get(appKey(app.ref))?.restarts ?? []).filter(
      (restart) => restart.cause === 'memory-limit' && !isInLoop(restart, loop),
    );
    return restarts.length > 0 && !lacksUnit(app) ? [{ app, restarts }] : [];
  });
  const worst = parts.toSorted((a, b) => b.restarts.length - a.restarts.length)[0];
  const all = parts.flatMap((part) => part.restarts).toSorted((a, b) => a.at - b.at);
  const rhythm = rhythmOf(
    all.map(({ at }) => at),
    now,
  );
  if (worst === undefined || rhythm === null || (loop !== null && all.length < 2)) return null;
  const uptimes = all.flatMap((restart) => restart.uptimeMs ?? []).toSorted((a, b) => a - b);
  const uptimeMs = quantile(uptimes, 0.5);
  const newest = all.at(-1);
  const seen = newest === undefined ? null : figuresOf(newest);
  const set = worst.app.settings.maxMemoryRestartBytes;
  return {
    group,
    app: worst.app,
    kind: kindOf(all.length, uptimes, uptimeMs),
    rhythm,
    uptimeMs,
    usedBytes: seen?.usedBytes ?? null,
    limitBytes: seen?.limitBytes ?? set,
    isChanged: seen !== null && set !== seen.limitBytes,
    because: all
      .slice(-3)
      .flatMap(({ because }) => because.filter(({ text }) => figures.test(text)).slice(0, 1)),
  };
}

function kindOf(times: number, uptimes: readonly number[], uptimeMs: number | null): ChurnKind {
  if (times === 1) return 'once';
  if (uptimeMs !== null && uptimeMs <= soonMs) return 'too-low';
  return isEven(uptimes) ? 'growth' : 'peaks';
}

function figuresOf({ because }: Restart): { readonly usedBytes: number; readonly limitBytes: number } | null {
  for (const { text } of because) {
    const found = figures.exec(text);
    if (found !== null) return { usedBytes: Number(found[1]), limitBytes: Number(found[2]) };
  }
  return null;
}
