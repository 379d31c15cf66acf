import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bus } from '../../src/gather/bus.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import { daemons } from '../../src/gather/daemons.ts';
import { pm2Files } from '../../src/gather/pm2-files.ts';
import { realHost } from '../../src/host/real.ts';
import { runCli } from '../commands/run-cli.ts';
import { gatherContext } from '../gather-context.ts';
import { hasPm2, type Pm2Major, type PrivatePm2, startedBy, startPrivatePm2 } from '../lab/private-pm2.ts';

const host = realHost();

/** Every file below the home with its times and content. */
async function tree(folder: string): Promise<{ readonly [path: string]: string }> {
  const found: { [path: string]: string } = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const stat = await lstat(path);
    const hash = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : '';
    found[path] = [stat.mode, stat.mtimeMs, stat.ctimeMs, stat.size, hash].join(' ');
  }
  return found;
}

/** What a restart, a reset or a new daemon would change. */
async function counters(home: string): Promise<unknown> {
  const reply = await host.pm2Call(join(home, 'rpc.sock'), 'getMonitorData', {
    timeoutMs: 5000,
    maxBytes: 1e7,
  });
  if (!reply.ok) throw new Error(reply.detail);
  const [records] = JSON.parse(reply.value.toString()).args;
  return records.map((record: { pid: number; pm2_env: Record<string, unknown> }) => [
    record.pid,
    record.pm2_env['pm_id'],
    record.pm2_env['pm_uptime'],
    record.pm2_env['created_at'],
    record.pm2_env['restart_time'],
    record.pm2_env['status'],
  ]);
}

describe.each<[Pm2Major]>([[5], [6], [7]])('PM2 %i', (version) => {
  let pm2: PrivatePm2 | null = null;
  afterEach(async () => {
    await pm2?.stop();
    pm2 = null;
  });

  it.skipIf(!hasPm2(version))('stays exactly as it was', async () => {
    pm2 = await startPrivatePm2({ version });
    await writeFile(join(pm2.work, 'app.js'), 'setInterval(() => {}, 1000)');
    await pm2.pm2(['start', 'app.js', '-i', '2', '--name', 'web'], { MY_SECRET_TOKEN: 'canary-token-value' });
    await pm2.pm2(['start', 'app.js', '--name', 'worker', '--no-pmx']);
    await pm2.pm2(['save']);
    const files = await tree(pm2.home);
    const before = await counters(pm2.home);
    const processes = await startedBy(pm2.home);

    const clean = makeCleaner();
    const list = await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }, clean));
    if (!list.seen) throw new Error('no daemon');
    const context = gatherContext({ daemons: list.value }, { homes: [pm2.home], observeMs: 300 }, clean);
    const [heard, looked] = [await bus.gather(host, context), await pm2Files.gather(host, context)];

    expect(list.value[0]).toMatchObject({ state: 'online', pid: pm2.pid });
    expect(list.value[0]?.pm2Version?.split('.')[0]).toBe(String(version));
    expect(list.value[0]?.apps.map((app) => [app.ref.name, app.execMode, app.status])).toEqual([
      ['web', 'cluster', 'online'],
      ['web', 'cluster', 'online'],
      ['worker', 'fork', 'online'],
    ]);
    expect([heard.seen, heard.gaps, looked.seen, looked.gaps]).toEqual([true, [], true, []]);
    expect(looked.seen && looked.value[0]?.dump?.apps?.map((app) => app.name)).toEqual([
      'web',
      'web',
      'worker',
    ]);
    expect(JSON.stringify([list, heard, looked])).not.toContain('canary');

    // And the whole command line, with every format and the bus.
    const out = join(pm2.work, 'reports');
    const audit = await runCli([
      '--home',
      pm2.home,
      '--observe',
      '300ms',
      '--out',
      out,
      '--fail-on',
      'never',
    ]);
    expect(audit).toMatchObject({ code: 0, stderr: '' });
    expect((await runCli(['doctor', '--home', pm2.home])).code).toBe(0);
    expect((await runCli(['capture', '--home', pm2.home, '--observe', '0'])).code).toBe(0);
    expect(await readdir(out)).toContain('latest.html');

    expect(await tree(pm2.home)).toEqual(files);
    expect(await counters(pm2.home)).toEqual(before);
    expect([...(await startedBy(pm2.home))].sort()).toEqual([...processes].sort());
  });
});

it('starts no daemon where none runs', async () => {
  const pm2 = await startPrivatePm2();
  try {
    await pm2.pm2(['kill']);
    const files = await tree(pm2.home);
    await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }));
    expect(await tree(pm2.home)).toEqual(files);
    expect(await startedBy(pm2.home)).toEqual([]);
  } finally {
    await pm2.stop();
  }
});
