import type { Pm2Log } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import type { NewestEnd } from './last-lines.ts';

/**
 * The newest end of each app that PM2 did not ask for (an `exited` line without `Stopping app` before it), by home, id
 * and name, since `from`; with the start that followed. It says which part of an app's log is worth reading.
 */
export function newestEnds(logs: readonly Pm2Log[], from: EpochMs): ReadonlyMap<string, NewestEnd> {
  const ends = new Map<string, NewestEnd>();
  for (const { home, events } of logs) {
    const asked = new Set<string>();
    for (const { at, event } of events) {
      if (event.kind !== 'stopping' && event.kind !== 'exited' && event.kind !== 'starting') continue;
      if (event.old) continue;
      const key = `${home}\n${event.pmId}\n${event.name}`;
      if (event.kind === 'stopping') asked.add(key);
      else if (event.kind === 'exited') {
        if (!asked.delete(key) && at !== null && at >= from) ends.set(key, { at, startedAt: null });
      } else {
        const end = ends.get(key);
        if (end !== undefined && end.startedAt === null) ends.set(key, { at: end.at, startedAt: at });
      }
    }
  }
  return ends;
}
