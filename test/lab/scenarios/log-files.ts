import { copyFile, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AppTruth, DaemonScenario, Lab } from './scenario.ts';

/** Crashes twice; then pm2.log is moved, and a command follows. */
function rotated(
  name: string,
  rotate: (log: string) => Promise<void>,
  more: Partial<DaemonScenario> = {},
): DaemonScenario {
  return {
    name,
    apps: (lab) => [lab.app(name, 'exit:1:2')],
    async act(lab) {
      await settled(lab, name, 3);
      await rotate(join(lab.pm2.home, 'pm2.log'));
      await lab.run('restart', name);
      await lab.started(name, 4);
      return {
        apps: [{ name, restarts: { crash: 2, manual: 1 }, inOrder: ['crash', 'crash', 'manual'] }],
      };
    },
    ...more,
  };
}

/** Crashes twice under a daemon whose log has another format or zone. */
function dated(
  name: string,
  env: { readonly [key: string]: string },
  truth: Partial<AppTruth> = {},
  more: Partial<DaemonScenario> & { readonly mustFind?: readonly string[] } = {},
): DaemonScenario {
  const { mustFind = [], ...own } = more;
  return {
    name,
    env,
    apps: (lab) => [lab.app(name, 'exit:1:2')],
    async act(lab) {
      await lab.started(name, 3);
      return { apps: [{ name, restarts: { crash: 2 }, ...truth }], findings: mustFind };
    },
    ...own,
  };
}

/** Its start stands in pm2.log as well. */
async function settled(lab: Lab, name: string, starts: number): Promise<void> {
  await lab.started(name, starts);
  await lab.logged(`App [${name}:0] online`, starts);
}

/** What happens to pm2.log, or how it is written; each on a daemon of its own. */
export const logFileScenarios: readonly DaemonScenario[] = [
  {
    name: 'flushed',
    apps: (lab) => [lab.app('flushed', 'exit:1:3')],
    async act(lab) {
      await settled(lab, 'flushed', 4);
      await lab.run('flush');
      return { apps: [{ name: 'flushed', restarts: {}, unexplained: [3, 'log-emptied'] }] };
    },
    always: true,
  },
  rotated(
    'log-copied-and-cut',
    async (log) => {
      await copyFile(log, `${log}.1`);
      await truncate(log);
    },
    { always: true },
  ),
  rotated('log-copied-zipped-and-cut', async (log) => {
    await writeFile(`${log}.1.gz`, gzipSync(await readFile(log)));
    await truncate(log);
  }),
  // The daemon goes on writing into the renamed file.
  rotated('log-renamed', async (log) => {
    await rename(log, `${log}.1`);
    await writeFile(log, '');
  }),
  {
    name: 'new-york',
    env: { TZ: 'America/New_York' },
    apps: (lab) => [
      lab.app('abroad', 'exit:1:2'),
      lab.app('abroad-heap', 'heap:1', { node_args: '--max-old-space-size=24' }),
    ],
    async act(lab) {
      await lab.started('abroad', 3);
      await lab.started('abroad-heap', 2);
      return {
        apps: [
          { name: 'abroad', restarts: { crash: 2 } },
          { name: 'abroad-heap', restarts: { 'heap-oom': 1 } },
        ],
      };
    },
  },
  dated('day-first', { PM2_LOG_DATE_FORMAT: 'DD/MM/YYYY HH:mm:ss' }, {}, { always: true }),
  dated('twelve-hours', { PM2_LOG_DATE_FORMAT: 'YYYY/MM/DD hh:mm:ss A' }),
  dated('without-seconds', { PM2_LOG_DATE_FORMAT: 'DD.MM.YY HH:mm' }, { clockMs: 60_000 }),
  // PM2 knows no `x`: every line begins with that letter.
  dated(
    'no-date-at-all',
    { PM2_LOG_DATE_FORMAT: 'x' },
    { restarts: {}, unexplained: [2, 'log-without-times'] },
    { mustFind: ['evidence-gap'] },
  ),
  dated('with-zone', { PM2_LOG_DATE_FORMAT: 'YYYY-MM-DD HH:mm:ss.SSS Z', TZ: 'Asia/Kolkata' }),
  dated(
    'without-times',
    { PM2_LOG_DATE_FORMAT: '' },
    // Nothing can be placed: said as a blind spot.
    { restarts: {}, unexplained: [2, 'log-without-times'] },
    { mustFind: ['evidence-gap'] },
  ),
];
