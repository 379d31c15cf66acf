import type { AnyAudit } from '../model/audit.ts';
import appErrored from './app-errored.ts';
import appWithoutPid from './app-without-pid.ts';
import daemonDown from './daemon-down.ts';
import daemonHung from './daemon-hung.ts';
import dumpIncomplete from './dump-incomplete.ts';
import dumpStale from './dump-stale.ts';
import startupMissing from './startup-missing.ts';

/** Restarts, daemons, start-up, files, versions and CPU: in the order of the report within a priority. */
export const restartsAndHostingAudits: readonly AnyAudit[] = [
  daemonDown,
  daemonHung,
  appErrored,
  appWithoutPid,
  startupMissing,
  dumpIncomplete,
  dumpStale,
];
