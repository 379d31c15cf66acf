import type { AnyAudit } from '../model/audit.ts';
import memoryLimitBlind from './memory-limit-blind.ts';
import memoryLimitMissing from './memory-limit-missing.ts';
import memoryLimitUnit from './memory-limit-unit.ts';
import oomKilled from './oom-killed.ts';
import oomTakesAll from './oom-takes-all.ts';
import oomTookAll from './oom-took-all.ts';
import oomWorkerKilled from './oom-worker-killed.ts';

/** Audits of memory and of what the OOM killer did, in report order. */
export const oomAndMemoryAudits: readonly AnyAudit[] = [
  oomKilled,
  oomWorkerKilled,
  oomTookAll,
  oomTakesAll,
  memoryLimitUnit,
  memoryLimitBlind,
  memoryLimitMissing,
];
