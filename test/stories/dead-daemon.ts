import type { Evidence } from '../../src/model/evidence.ts';
import { c, daemon, evidence, file, gap, home, pm2Home, process, seen } from '../factories.ts';

/** Sockets and a saved list are there; no daemon listens, no app runs. */
export const deadDaemon = (): Evidence => {
  const dead = daemon([], {
    state: 'dead',
    pid: null,
    pm2Version: null,
    nodeVersion: null,
    rssBytes: null,
    startedAt: null,
    foundBy: ['~/.pm2'],
  });
  return evidence(
    {
      pm2Files: [
        pm2Home({
          dump: {
            ...file(`${home}/dump.pm2`),
            apps: [
              { name: c('api'), status: 'online' },
              { name: c('web'), status: 'online' },
            ],
          },
        }),
      ],
      processes: { processes: [process(1, 0, { comm: c('systemd'), uid: 0 })], partial: false },
      cgroups: [],
      startup: { systemd: true, systemdVersion: 252, units: [], holders: [], others: [] },
    },
    {
      daemons: seen([dead], {
        source: `${home}/rpc.sock`,
        gaps: [
          gap('daemons', 'not-found', {
            subject: home,
            tried: [{ source: `${home}/rpc.sock`, why: 'not-found', detail: c('connect ECONNREFUSED') }],
            remedy: 'start-pm2',
          }),
        ],
      }),
    },
  );
};
