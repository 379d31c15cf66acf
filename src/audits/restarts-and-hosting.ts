import type { AnyAudit } from '../model/audit.ts';
import appErrored from './app-errored.ts';
import appWithoutPid from './app-without-pid.ts';
import daemonDown from './daemon-down.ts';
import daemonHung from './daemon-hung.ts';
import diskFilling from './disk-filling.ts';
import dumpIncomplete from './dump-incomplete.ts';
import dumpStale from './dump-stale.ts';
import inodesLow from './inodes-low.ts';
import logsUnrotated from './logs-unrotated.ts';
import nodeEndOfLife from './node-end-of-life.ts';
import pm2Outdated from './pm2-outdated.ts';
import restartLoop from './restart-loop.ts';
import secretsReadable from './secrets-readable.ts';
import socketOpen from './socket-open.ts';
import startupMissing from './startup-missing.ts';

/** Restarts, daemons, start-up, files, versions and CPU: in the order of the report within a priority. */
export const restartsAndHostingAudits: readonly AnyAudit[] = [
  daemonDown,
  daemonHung,
  appErrored,
  appWithoutPid,
  restartLoop,
  startupMissing,
  dumpIncomplete,
  dumpStale,
  diskFilling,
  inodesLow,
  logsUnrotated,
  secretsReadable,
  socketOpen,
  pm2Outdated,
  nodeEndOfLife,
];
