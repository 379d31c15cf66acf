import { makeTrack } from '../../src/derive/trends/track.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import type { AppMemoryPast } from '../../src/model/remembered.ts';
import { dice, gauss } from '../derive/trends/labelled-series.ts';
import {
  app,
  c,
  daemon,
  day,
  disk,
  evidence,
  file,
  GB,
  home,
  host,
  hour,
  MB,
  minute,
  now,
  pm2Home,
  process,
  ref,
  remembered,
} from '../factories.ts';

interface Kept {
  readonly name: string;
  /** How long the process that runs has lived, hours. */
  readonly hours: number;
  readonly limitMb: number | null;
  /** MB at so many hours before now. */
  readonly mb: (before: number) => number;
  readonly restarts?: readonly [thisWeek: number, weekBefore: number];
}

const wave = (before: number, mb: number) => mb * (1 + Math.cos((2 * Math.PI * (before - 3)) / 24));

/** What a collector of nine days knows of seven apps: each verdict on memory once, one of them of a single morning. */
const kept: readonly Kept[] = [
  {
    name: 'orders-api',
    hours: 76,
    limitMb: 1200,
    mb: (before) => 1010 - 12 * Math.min(before, 76),
    restarts: [2, 1],
  },
  { name: 'checkout', hours: 9, limitMb: 900, mb: (before) => (before > 9 ? 130 : 310 - 20 * before) },
  { name: 'shop-web', hours: 190, limitMb: 500, mb: (before) => 140 + wave(before, 55) },
  { name: 'mailer', hours: 190, limitMb: null, mb: () => 74 },
  { name: 'render', hours: 30, limitMb: 600, mb: (before) => 180 + 110 * (((before * 7) % 10) / 10) },
  {
    name: 'cache',
    hours: 5,
    limitMb: null,
    mb: (before) => 330 - 170 * Math.exp(-Math.max(0, 5 - before) / 0.9),
  },
  { name: 'report-job', hours: 1, limitMb: 300, mb: () => 96, restarts: [9, 2] },
];

/** A host that a collector watches: trends, the week of each app, a disk that fills, the daemon, the week before. */
export const watchedHost = (): Evidence => {
  const apps = kept.map(({ name, hours, limitMb, mb }, id) =>
    app(name, id, {
      startedAt: now - hours * hour,
      pm2RssBytes: Math.round(mb(0) * MB),
      settings: { maxMemoryRestartBytes: limitMb === null ? null : limitMb * MB },
    }),
  );
  const free = Array.from({ length: 9 * 24 }, (_, index) => 30 * GB - index * 90 * MB);
  const processes = [
    process(1, 0, { comm: c('systemd'), uid: 0, pssBytes: null }),
    process(900, 1, { comm: c('PM2 v7.0.4: God') }),
    ...apps.map(({ pid, pm2RssBytes, ref: { pmId } }) =>
      process(pid!, 900, { rssBytes: pm2RssBytes!, pssBytes: pm2RssBytes! - 8 * MB, mark: { home, pmId } }),
    ),
  ];
  return evidence({
    daemons: [daemon(apps)],
    processes: { processes, partial: false },
    pm2Files: [
      pm2Home({
        homeMode: 0o700,
        dump: {
          ...file(`${home}/dump.pm2`, { mode: 0o600, modifiedAt: now - day }),
          apps: apps.map(({ ref: { name } }) => ({ name, status: 'online' as const })),
        },
      }),
    ],
    disks: [disk({ totalBytes: 80 * GB, freeBytes: free.at(-1)!, usedRatio: 1 - free.at(-1)! / (80 * GB) })],
    host: host(),
    history: remembered({
      from: now - 9 * day,
      gaps: [{ from: now - 3 * day, to: now - 3 * day + 5 * hour }],
      apps: kept.map(pastOf),
      disks: [
        {
          mount: c('/'),
          free: {
            from: now - 9 * day,
            stepMs: hour,
            unit: 1024,
            values: free.map((bytes) => Math.round(bytes / 1024)),
          },
        },
      ],
      daemons: [
        {
          home,
          starts: [now - 9 * day],
          rss: {
            from: now - 9 * day,
            stepMs: hour,
            unit: 1024,
            values: Array.from({ length: 9 * 24 }, (_, index) =>
              Math.round((90 * MB + index * 1.1 * MB) / 1024),
            ),
          },
        },
      ],
    }),
  });
};

function pastOf({ name, hours, mb, restarts }: Kept, id: number): AppMemoryPast {
  const random = dice(id + 17);
  const at = Array.from({ length: 8 * 24 * 12 }, (_, index) => now - 8 * day + index * 5 * minute);
  const isLost = (time: number) => time > now - 3 * day && time < now - 3 * day + 5 * hour;
  const sizes = at.map((time) =>
    isLost(time) ? Number.NaN : Math.max(20, mb((now - time) / hour) + 1.2 * gauss(random)) * MB,
  );
  const track = (from: number, stepMs: number) =>
    makeTrack(at, sizes, { from, to: now, stepMs, unit: 65_536 }, 'mean');
  const tree =
    hours > 48
      ? track(now - Math.min(7 * 24, hours) * hour, hour)
      : track(now - Math.max(12, hours) * hour, 5 * minute);
  const week = track(now - 7 * day - hour, hour);
  return {
    app: ref(name, id),
    starts: [now - 200 * hour, now - hours * hour],
    tree,
    pm2: tree,
    week,
    pm2Week: week,
    restarts: { thisWeek: restarts?.[0] ?? 0, weekBefore: restarts?.[1] ?? 0 },
  };
}
