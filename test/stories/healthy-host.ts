import type { Evidence } from '../../src/model/evidence.ts';
import {
  app,
  c,
  daemon,
  day,
  evidence,
  file,
  home,
  MB,
  now,
  pm2Home,
  pm2Log,
  process,
  seen,
} from '../factories.ts';

/** Three apps with limits, backoff, a fresh dump, start-up at boot and rotation: everything seen, nothing to do. */
export const healthyHost = (): Evidence => {
  const apps = [
    app('api', 0, { pm2RssBytes: 96 * MB, settings: { maxMemoryRestartBytes: 400 * MB } }),
    app('worker', 1, { pm2RssBytes: 74 * MB, settings: { maxMemoryRestartBytes: 300 * MB } }),
    app('web', 2, { pm2RssBytes: 58 * MB, settings: { maxMemoryRestartBytes: 300 * MB } }),
  ];
  return evidence(
    {
      daemons: [daemon(apps)],
      pm2Files: [
        pm2Home({
          homeMode: 0o700,
          dump: {
            ...file(`${home}/dump.pm2`, { mode: 0o600, modifiedAt: now - day }),
            apps: apps.map(({ ref }) => ({ name: ref.name, status: 'online' as const })),
          },
        }),
      ],
    },
    {
      processes: seen(
        {
          processes: [
            process(1, 0, { comm: c('systemd'), uid: 0, pssBytes: null }),
            process(900, 1, { comm: c('PM2 v7.0.4: God') }),
            ...apps.map(({ pid, pm2RssBytes, ref }) =>
              process(pid!, 900, {
                rssBytes: pm2RssBytes!,
                pssBytes: pm2RssBytes! - 8 * MB,
                mark: { home, pmId: ref.pmId },
              }),
            ),
          ],
          partial: false,
        },
        { source: '/proc' },
      ),
      oomLog: seen(
        { kills: [], unconfirmed: [], unitLines: [] },
        { source: '/dev/kmsg', covers: { from: now - 18 * day, to: now } },
      ),
      pm2Log: seen([pm2Log()], { source: `${home}/pm2.log`, covers: { from: now - 10 * day, to: now } }),
    },
  );
};
