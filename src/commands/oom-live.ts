import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { appLogs } from '../gather/app-logs.ts';
import { makeCleaner } from '../gather/clean.ts';
import { daemons } from '../gather/daemons.ts';
import type { GatherContext } from '../gather/gatherer.ts';
import { pm2Files } from '../gather/pm2-files.ts';
import { pm2Log } from '../gather/pm2-log.ts';
import { processes } from '../gather/processes.ts';
import { startup } from '../gather/startup.ts';
import type { Host } from '../host/host.ts';
import type { EvidenceMap } from '../model/evidence.ts';
import type { Gathered } from '../model/gap.ts';
import type { EpochMs } from '../model/text.ts';
import type { Attribute } from './oom.ts';

const itemValue = <T>(item: Gathered<T>): T | null => (item.seen ? item.value : null);

/**
 * What ties the kills of this host to its apps: the daemons, their process trees and their logs. Only what attribution
 * asks for is read; the kernel log is the caller's.
 */
export async function attributeHere(host: Host, from: EpochMs): Promise<Attribute> {
  const known: { -readonly [K in keyof EvidenceMap]?: EvidenceMap[K] | null } = {};
  const context: GatherContext = {
    options: {
      homes: [],
      window: { from, to: host.now() },
      observeMs: 0,
      kernelLogs: [],
      storageBudget: { ms: 0, files: 0 },
    },
    clean: makeCleaner(),
    seen: (key) => known[key] ?? null,
  };
  known.daemons = itemValue(await daemons.gather(host, context));
  known.pm2Files = itemValue(await pm2Files.gather(host, context));
  const [table, logs, ends, boot] = await Promise.all([
    processes.gather(host, context),
    pm2Log.gather(host, context),
    appLogs.gather(host, context),
    startup.gather(host, context),
  ]);
  return (kills) =>
    attributeKills({
      oomLog: { kills, unconfirmed: [], unitLines: [] },
      daemons: known.daemons ?? [],
      processes: itemValue(table),
      pm2Log: itemValue(logs),
      appLogs: itemValue(ends),
      startup: itemValue(boot),
    });
}
