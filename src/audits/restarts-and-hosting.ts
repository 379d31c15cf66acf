import type { AnyAudit } from '../model/audit.ts';
import appCrashes from './app-crashes.ts';
import appErrored from './app-errored.ts';
import appExits from './app-exits.ts';
import appWithoutPid from './app-without-pid.ts';
import backoffMissing from './backoff-missing.ts';
import clusterTooWide from './cluster-too-wide.ts';
import cpuHog from './cpu-hog.ts';
import cronRestartsStoppedApp from './cron-restarts-stopped-app.ts';
import daemonDied from './daemon-died.ts';
import daemonDown from './daemon-down.ts';
import daemonHung from './daemon-hung.ts';
import diskFilling from './disk-filling.ts';
import dumpIncomplete from './dump-incomplete.ts';
import dumpStale from './dump-stale.ts';
import exceptionsSwallowed from './exceptions-swallowed.ts';
import inodesLow from './inodes-low.ts';
import killedFromOutside from './killed-from-outside.ts';
import logsUnrotated from './logs-unrotated.ts';
import moduleHeavy from './module-heavy.ts';
import nodeEndOfLife from './node-end-of-life.ts';
import pm2Outdated from './pm2-outdated.ts';
import restartCountHigh from './restart-count-high.ts';
import restartLoop from './restart-loop.ts';
import restartRateRising from './restart-rate-rising.ts';
import secretsReadable from './secrets-readable.ts';
import socketOpen from './socket-open.ts';
import startupMissing from './startup-missing.ts';
import stopTimeoutHit from './stop-timeout-hit.ts';
import watchInProduction from './watch-in-production.ts';
import workerTimeouts from './worker-timeouts.ts';

/** Restarts, daemons, start-up, files, versions and CPU: in the order of the report within a priority. */
export const restartsAndHostingAudits: readonly AnyAudit[] = [
  daemonDown,
  daemonHung,
  daemonDied,
  appErrored,
  appWithoutPid,
  restartLoop,
  appCrashes,
  killedFromOutside,
  exceptionsSwallowed,
  appExits,
  workerTimeouts,
  restartRateRising,
  restartCountHigh,
  startupMissing,
  dumpIncomplete,
  dumpStale,
  diskFilling,
  inodesLow,
  logsUnrotated,
  cpuHog,
  secretsReadable,
  socketOpen,
  watchInProduction,
  stopTimeoutHit,
  backoffMissing,
  clusterTooWide,
  pm2Outdated,
  nodeEndOfLife,
  moduleHeavy,
  cronRestartsStoppedApp,
];
