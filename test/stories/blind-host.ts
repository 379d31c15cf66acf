import type { Evidence } from '../../src/model/evidence.ts';
import { app, daemon, evidence, unseen } from '../factories.ts';

/** PM2 answers; nothing else may be read. The apps have restarted, and nobody can say why. */
export const blindHost = (): Evidence =>
  evidence(
    { daemons: [daemon([app('api', 0, { restartCounter: 41 }), app('web', 1)])] },
    {
      pm2Files: unseen('pm2Files'),
      pm2Log: unseen('pm2Log'),
      bus: unseen('bus', 'switched-off'),
      processes: unseen('processes'),
      host: unseen('host'),
      cgroups: unseen('cgroups'),
      disks: unseen('disks'),
      oomLog: unseen('oomLog'),
      oomCounters: unseen('oomCounters'),
      startup: unseen('startup', 'not-supported'),
      unitJournal: unseen('unitJournal'),
      appLogs: unseen('appLogs'),
      storage: unseen('storage', 'timed-out'),
    },
  );
