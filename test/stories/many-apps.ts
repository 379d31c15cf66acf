import type { Evidence } from '../../src/model/evidence.ts';
import {
  app,
  daemon,
  evidence,
  file,
  GB,
  home,
  host,
  hour,
  MB,
  now,
  pm2Home,
  pm2Log,
  process,
} from '../factories.ts';
import { crash, inTime } from './pm2-lines.ts';

/** `count` apps under one daemon; every tenth has no limit, every twentieth crashed a few times. */
export const manyApps = (count: number): Evidence => {
  const apps = Array.from({ length: count }, (_, index) =>
    app(`service-${String(index).padStart(4, '0')}`, index, {
      pid: 2000 + index,
      pm2RssBytes: (30 + (index % 90)) * MB,
      restartCounter: index % 20 === 0 ? 4 : 0,
      settings: { maxMemoryRestartBytes: index % 10 === 0 ? null : 300 * MB },
    }),
  );
  // A host that carries them: 90 MB an app are in use, twice that is there.
  const totalBytes = 8 * GB + count * 180 * MB;
  const memory = {
    totalBytes,
    freeBytes: totalBytes / 4,
    availableBytes: totalBytes / 2,
    cachedBytes: totalBytes / 8,
    slabBytes: 100 * MB,
  };
  return evidence({
    daemons: [daemon(apps)],
    host: host({ cpus: 32, memory }),
    pm2Files: [
      pm2Home({
        dump: {
          ...file(`${home}/dump.pm2`),
          apps: apps.map(({ ref }) => ({ name: ref.name, status: 'online' as const })),
        },
      }),
    ],
    processes: {
      processes: [
        process(900, 1),
        ...apps.map(({ pid, ref, pm2RssBytes }) =>
          process(pid!, 900, {
            rssBytes: pm2RssBytes!,
            pssBytes: pm2RssBytes! - 6 * MB,
            mark: { home, pmId: ref.pmId },
          }),
        ),
      ],
      partial: false,
    },
    pm2Log: [
      pm2Log(
        inTime(
          apps
            .filter((_, index) => index % 20 === 0)
            .flatMap((each) => [30, 20, 10, 5].flatMap((ago) => crash(each, now - ago * hour))),
        ),
      ),
    ],
  });
};
