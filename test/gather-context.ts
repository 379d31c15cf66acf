/** A gatherer's context for tests: evidence gathered before, options, and a cleaner that changes nothing. */
import type { Cleaner } from '../src/gather/clean.ts';
import type { GatherContext, GatherOptions } from '../src/gather/gatherer.ts';
import type { EvidenceKey, EvidenceMap } from '../src/model/evidence.ts';
import { c, window } from './factories.ts';

export const plainCleaner: Cleaner = {
  text: (raw, maxChars = 2000) => c(raw.length > maxChars ? `${raw.slice(0, maxChars)}…` : raw),
  learn: () => {},
};

export function gatherContext(
  before: Partial<EvidenceMap> = {},
  options: Partial<GatherOptions> = {},
  clean: Cleaner = plainCleaner,
): GatherContext {
  return {
    options: {
      homes: [],
      window,
      observeMs: 0,
      kernelLogs: [],
      storageBudget: { ms: 150, files: 20_000 },
      ...options,
    },
    clean,
    seen: <K extends EvidenceKey>(key: K): EvidenceMap[K] | null => before[key] ?? null,
  };
}
