import type { Span } from '../../model/gap.ts';
import type { HostFacts } from '../../model/host.ts';
import type { OomLog } from '../../model/oom.ts';
import type { BusObservation, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { ProcessTable } from '../../model/process.ts';
import type { RestartStory } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { StartupFacts, UnitJournal } from '../../model/systemd.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { attributeKills } from '../kills/oom-attribution.ts';
import { restartStories } from './restart-story.ts';

/** What a restart story rests on; all but the daemons may be missing. */
export interface RestartEvidence {
  readonly daemons: readonly Daemon[];
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly bus: BusObservation | null;
  readonly oomLog: OomLog | null;
  readonly processes: ProcessTable | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly startup: StartupFacts | null;
  readonly unitJournal: readonly UnitJournal[] | null;
  readonly host: HostFacts | null;
}

/** The keys an audit lists under `wants` to ask for stories. */
export const restartWants = [
  'bus',
  'oomLog',
  'processes',
  'appLogs',
  'startup',
  'unitJournal',
  'host',
] as const satisfies readonly (keyof RestartEvidence)[];

/** Answers: what is each app's restart story? By `appKey`. Kills are attributed first, so that a SIGKILL gets its cause. */
export function storiesByApp(
  seen: RestartEvidence,
  context: {
    readonly now: EpochMs;
    readonly window: { readonly from: EpochMs; readonly to: EpochMs };
    readonly covers: { readonly oomLog?: Span };
  },
): ReadonlyMap<string, RestartStory> {
  const { oomLog, startup, host, ...rest } = seen;
  const { daemons, processes, pm2Log, bus, appLogs, unitJournal } = rest;
  const kills =
    oomLog === null ? null : attributeKills({ oomLog, daemons, processes, pm2Log, appLogs, startup });
  const stories = restartStories({
    daemons,
    pm2Log,
    bus,
    kills,
    appLogs,
    unitJournal,
    startup,
    bootedAt: host?.bootedAt ?? null,
    window: context.window,
    now: context.now,
    ...(context.covers.oomLog ? { killsFrom: context.covers.oomLog.from } : {}),
  });
  return new Map(stories.map((story) => [appKey(story.app), story]));
}
