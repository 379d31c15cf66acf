import type { AnyAudit } from '../model/audit.ts';
import appMemoryNearLimit from './app-memory-near-limit.ts';
import bigService from './big-service.ts';
import daemonBloated from './daemon-bloated.ts';
import heapLimitHit from './heap-limit-hit.ts';
import heapLimitMismatch from './heap-limit-mismatch.ts';
import hostProcessHog from './host-process-hog.ts';
import memoryHigh from './memory-high.ts';
import memoryLeak from './memory-leak.ts';
import memoryLimitBlind from './memory-limit-blind.ts';
import memoryLimitChurn from './memory-limit-churn.ts';
import memoryLimitMissing from './memory-limit-missing.ts';
import memoryLimitTight from './memory-limit-tight.ts';
import memoryLimitUnit from './memory-limit-unit.ts';
import memoryOvercommit from './memory-overcommit.ts';
import memoryPressure from './memory-pressure.ts';
import monitoringZeroed from './monitoring-zeroed.ts';
import oomKilled from './oom-killed.ts';
import oomLogLost from './oom-log-lost.ts';
import oomTakesAll from './oom-takes-all.ts';
import oomTookAll from './oom-took-all.ts';
import oomWorkerKilled from './oom-worker-killed.ts';
import orphanProcesses from './orphan-processes.ts';
import swapExhausted from './swap-exhausted.ts';

/** Audits of memory and of what the OOM killer did, in report order. */
export const oomAndMemoryAudits: readonly AnyAudit[] = [
  oomKilled,
  oomWorkerKilled,
  oomTookAll,
  hostProcessHog,
  oomTakesAll,
  oomLogLost,
  heapLimitHit,
  memoryLeak,
  heapLimitMismatch,
  memoryLimitUnit,
  memoryLimitChurn,
  memoryLimitBlind,
  memoryLimitMissing,
  memoryOvercommit,
  memoryHigh,
  memoryPressure,
  swapExhausted,
  appMemoryNearLimit,
  memoryLimitTight,
  bigService,
  daemonBloated,
  orphanProcesses,
  monitoringZeroed,
];
