import type { AnyAudit } from '../model/audit.ts';
import memoryHigh from './memory-high.ts';
import memoryLimitBlind from './memory-limit-blind.ts';
import memoryLimitMissing from './memory-limit-missing.ts';
import memoryLimitUnit from './memory-limit-unit.ts';
import memoryOvercommit from './memory-overcommit.ts';
import oomKilled from './oom-killed.ts';
import oomTakesAll from './oom-takes-all.ts';
import oomTookAll from './oom-took-all.ts';
import oomWorkerKilled from './oom-worker-killed.ts';
import swapExhausted from './swap-exhausted.ts';

/** Audits of memory and of what the OOM killer did, in report order. */
export const oomAndMemoryAudits: readonly AnyAudit[] = [
  oomKilled,
  oomWorkerKilled,
  oomTookAll,
  oomTakesAll,
  memoryLimitUnit,
  memoryLimitBlind,
  memoryLimitMissing,
  memoryOvercommit,
  memoryHigh,
  swapExhausted,
];
