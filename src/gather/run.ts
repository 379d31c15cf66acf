import type { Host } from '../host/host.ts';
import { type Evidence, type EvidenceKey, type EvidenceMap, evidenceKeys } from '../model/evidence.ts';
import type { Gap, Gathered } from '../model/gap.ts';
import { appLogs } from './app-logs.ts';
import { bus } from './bus.ts';
import { cgroups } from './cgroups.ts';
import { type Cleaner, makeCleaner, ownWords } from './clean.ts';
import { daemons } from './daemons.ts';
import { disks } from './disks.ts';
import type { Gatherer, GatherOptions } from './gatherer.ts';
import { history } from './history.ts';
import { hostFacts } from './host-facts.ts';
import { oomCounters } from './oom-counters.ts';
import { oomLog } from './oom-log.ts';
import { pm2Files } from './pm2-files.ts';
import { pm2Log } from './pm2-log.ts';
import { processes } from './processes.ts';
import { rememberStats } from './remembered-stats.ts';
import { startup } from './startup.ts';
import { storage } from './storage.ts';
import { unitJournal } from './unit-journal.ts';

/** One gatherer for each evidence key. */
export const gatherers: { readonly [K in EvidenceKey]: Gatherer<K> } = {
  daemons,
  pm2Files,
  pm2Log,
  bus,
  processes,
  host: hostFacts,
  cgroups,
  disks,
  oomLog,
  oomCounters,
  startup,
  unitJournal,
  appLogs,
  storage,
  history,
};

/** null until the gatherer of that key has ended. */
type Slots = { [K in EvidenceKey]: Gathered<EvidenceMap[K]> | null };

const emptySlots: Slots = {
  daemons: null,
  pm2Files: null,
  pm2Log: null,
  bus: null,
  processes: null,
  host: null,
  cgroups: null,
  disks: null,
  oomLog: null,
  oomCounters: null,
  startup: null,
  unitJournal: null,
  appLogs: null,
  storage: null,
  history: null,
};

/**
 * Asks the machine for everything, each source once its prerequisites are there. A gatherer that throws or exceeds its
 * budget becomes a gap of its own key; the rest of the run goes on.
 *
 * @param onProgress told the key each time an item is complete.
 */
export async function gather(
  machine: Host,
  options: GatherOptions,
  tool: { readonly name: string; readonly version: string },
  onProgress: (key: EvidenceKey) => void = () => {},
): Promise<Evidence> {
  const host = rememberStats(machine);
  const clean = makeCleaner();
  const takenAt = host.now();
  const started = host.monotonicMs();
  const items: Slots = { ...emptySlots };
  const byKeyMs: { [K in EvidenceKey]?: number } = {};
  const running = new Map<EvidenceKey, Promise<void>>();

  const seen = <K extends EvidenceKey>(key: K): EvidenceMap[K] | null => {
    const item: Slots[K] = items[key];
    return item?.seen ? item.value : null;
  };

  const start = <K extends EvidenceKey>(key: K): Promise<void> => {
    const known = running.get(key);
    if (known) return known;
    const gatherer: Gatherer<K> = gatherers[key];
    if (options.without?.includes(key)) {
      Object.assign(items, { [key]: lost(gatherer, clean, 'switched-off', 'not asked for') });
      return Promise.resolve();
    }
    const done = Promise.all(gatherer.after.map((before) => start(before))).then(async () => {
      const from = host.monotonicMs();
      // Object.assign: the compiler cannot tie a computed key to its own type.
      Object.assign(items, { [key]: await attempt(gatherer, host, { options, clean, seen }) });
      byKeyMs[key] = Math.round((host.monotonicMs() - from) * 10) / 10;
      onProgress(key);
    });
    running.set(key, done);
    return done;
  };

  // First, because other threads then read for it while the rest is gathered here.
  await Promise.all([start('processes'), ...evidenceKeys.map((key) => start(key))]);
  if (!isComplete(items)) throw new Error('a gatherer ended without a result');
  const usage = process.resourceUsage();
  return {
    schema: 'pm2-audit.evidence/1',
    tool,
    takenAt,
    utcOffsetMinutes: host.utcOffsetMinutes(takenAt),
    window: options.window,
    items,
    cost: {
      wallMs: Math.round(host.monotonicMs() - started),
      cpuMs: Math.round((usage.userCPUTime + usage.systemCPUTime) / 1000),
      peakRssBytes: usage.maxRSS * 1024,
      byKeyMs,
    },
  };
}

async function attempt<K extends EvidenceKey>(
  gatherer: Gatherer<K>,
  host: Host,
  context: Parameters<Gatherer<K>['gather']>[1],
): Promise<Gathered<EvidenceMap[K]>> {
  const budgetMs = gatherer.budgetMs + context.options.observeMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Gathered<EvidenceMap[K]>>((resolve) => {
    timer = setTimeout(
      () => resolve(lost(gatherer, context.clean, 'timed-out', `no answer within ${budgetMs} ms`)),
      budgetMs,
    );
  });
  try {
    return await Promise.race([gatherer.gather(host, context), late]);
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return lost(gatherer, context.clean, 'malformed', detail);
  } finally {
    clearTimeout(timer);
  }
}

function lost<K extends EvidenceKey>(
  gatherer: Gatherer<K>,
  clean: Cleaner,
  why: Gap['why'],
  detail: string,
): { readonly seen: false; readonly gaps: readonly [Gap] } {
  const tried = [{ source: gatherer.sources[0] ?? gatherer.key, why, detail: clean.text(detail) }];
  return {
    seen: false,
    gaps: [{ key: gatherer.key, subject: ownWords(gatherer.key), why, tried, remedy: gatherer.remedy }],
  };
}

/** A missing key is our own bug and must not pass silently. */
function isComplete(items: Slots): items is Evidence['items'] {
  return evidenceKeys.every((key) => items[key] !== null);
}
