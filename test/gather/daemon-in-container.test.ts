import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { daemons } from '../../src/gather/daemons.ts';
import { pm2Files } from '../../src/gather/pm2-files.ts';
import { realHost } from '../../src/host/real.ts';
import { gatherContext } from '../gather-context.ts';
import { waitFor } from '../lab/private-pm2.ts';

const host = realHost();
const cli = join(import.meta.dirname, '../../node_modules/pm2/bin/pm2');
const canUnshare = spawnSync('unshare', ['-m', '--propagation', 'private', 'true']).status === 0;
if (!canUnshare)
  process.stderr.write('\nSKIPPED: a daemon in another mount namespace needs root and unshare(1)\n\n');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** As in a container: the home lies on a file system that only the daemon's mount namespace has. */
it.skipIf(!canUnshare)('a daemon whose home we cannot see is reached through its own root', async () => {
  const mount = await mkdtemp(join(tmpdir(), 'pa-'));
  const script = `mount -t tmpfs none "$0" && cd "$0" && echo 'setInterval(() => {}, 1000)' > app.js && "$1" "$2" start app.js`;
  const pids: number[] = [];
  try {
    await promisify(execFile)(
      'unshare',
      ['-m', '--propagation', 'private', 'sh', '-c', script, mount, process.execPath, cli],
      {
        env: {
          PATH: '/usr/bin:/bin',
          HOME: mount,
          PM2_HOME: `${mount}/.pm2`,
          PM2_DISABLE_VERSION_CHECK: '1',
        },
        timeout: 30_000,
      },
    );
    const item = await daemons.gather({ ...host, env: {} }, gatherContext());
    const found = item.seen ? item.value.find((daemon) => daemon.home.endsWith(`${mount}/.pm2`)) : undefined;
    pids.push(...[found?.pid, found?.apps[0]?.pid].filter((pid) => typeof pid === 'number'));
    expect(found).toMatchObject({
      state: 'online',
      home: `/proc/${found?.pid}/root${mount}/.pm2`,
      pm2Version: '7.0.4',
      foundBy: ['process title'],
    });
    expect(found?.apps.map((app) => [app.ref.name, app.cwd])).toEqual([
      ['app', `/proc/${found?.pid}/root${mount}`],
    ]);
    const files = await pm2Files.gather(host, gatherContext(found ? { daemons: [found] } : {}));
    expect(files.seen && files.value[0]?.logs.map((log) => log.app?.name)).toEqual(['app', 'app']);
  } finally {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGTERM');
    await waitFor(async () => (pids.some(isAlive) ? null : true));
    await rm(mount, { recursive: true, force: true });
  }
});
