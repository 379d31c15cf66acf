import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startup } from '../../src/gather/startup.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import type { Daemon } from '../../src/model/pm2.ts';
import type { StartupFacts } from '../../src/model/systemd.ts';
import { c, daemon } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const stories = join(import.meta.dirname, '../fixtures/hosts');
const story = (name: string) => fixtureHost(join(stories, name));
const rootDaemon = (pid: number) => daemon([], { home: c('/root/.pm2'), pid, user: c('root'), uid: 0 });
const noSystemctl: Host['run'] = async () => ({
  ok: false,
  why: 'not-found',
  detail: 'spawn systemctl ENOENT',
});

async function facts(
  host: Host,
  daemons: readonly Daemon[],
): Promise<StartupFacts & { readonly gaps: readonly string[] }> {
  const item = await startup.gather(host, gatherContext({ daemons }));
  if (!item.seen) throw new Error('not seen');
  return { ...item.value, gaps: item.gaps.map((gap) => gap.subject) };
}

describe('captured machines', () => {
  it('has the policy, limit and restarts of the unit that holds the daemon', async () => {
    const found = await facts(story('unit-oom-stops-all'), [rootDaemon(605)]);
    expect(found).toMatchObject({ systemd: true, systemdVersion: 252, gaps: [] });
    expect(found.units.map((unit) => unit.name)).toEqual(['pm2-root.service']);
    expect(found.holders[0]?.unit).toEqual(found.units[0]);
    expect(found.units[0]).toEqual({
      name: 'pm2-root.service',
      path: '/etc/systemd/system/pm2-root.service',
      dropIns: ['/run/systemd/generator/pm2-root.service.d/50-lab.conf'],
      oomPolicy: { value: 'stop', source: 'default' },
      killMode: 'control-group',
      restart: 'on-failure',
      memoryMaxBytes: 536_870_912,
      memoryHighBytes: null,
      timeoutStopMs: 90_000,
      user: 'root',
      pm2Home: '/root/.pm2',
      enabled: true,
      active: true,
      restarts: 1,
    });
  });
  it('reads the same from files when the manager does not answer, and says so', async () => {
    const host = { ...story('unit-oom-stops-all'), run: noSystemctl };
    const found = await facts(host, [rootDaemon(605)]);
    expect(found.gaps).toEqual(['state of the units']);
    expect(found.holders[0]?.unit).toMatchObject({
      oomPolicy: { value: 'stop', source: 'default' },
      memoryMaxBytes: 536_870_912,
      enabled: true,
      active: true,
      restarts: null,
      user: 'root',
    });
    expect(found.units[0]).toMatchObject({ active: null });
  });
  it('takes OOMPolicy from a drop-in', async () => {
    for (const run of [story('unit-oom-continue').run, noSystemctl]) {
      const found = await facts({ ...story('unit-oom-continue'), run }, [rootDaemon(327)]);
      expect(found.holders[0]?.unit?.oomPolicy).toEqual({ value: 'continue', source: 'drop-in' });
    }
  });
  it('knows MemoryHigh', async () => {
    const found = await facts(story('unit-oomd-kill'), [rootDaemon(603)]);
    expect(found.units[0]).toMatchObject({ memoryHighBytes: 320 * 1024 * 1024, memoryMaxBytes: null });
  });
  it('does not guess the policy of a scope on systemd 252 where nobody tells', async () => {
    const found = await facts(story('daemon-in-scope'), [rootDaemon(428)]);
    expect(found.holders[0]).toMatchObject({
      cgroupPath: '/user.slice/session-lab.scope',
      unit: { name: 'session-lab.scope', oomPolicy: null, active: true, enabled: false },
    });
    expect(found.units[0]).toMatchObject({ name: 'pm2-root.service', active: false, enabled: true });
  });
  it('sees a container without systemd, and its entry point', async () => {
    const found = await facts(story('container-memory-limit-v1'), [rootDaemon(1)]);
    expect(found).toMatchObject({
      systemd: false,
      systemdVersion: null,
      units: [],
      holders: [{ unit: null, cgroupPath: '/docker/3f1c' }],
    });
    expect(found.others).toEqual([
      {
        kind: 'container',
        path: '/proc/1/cmdline',
        line: 'node /usr/local/bin/pm2-runtime start ecosystem.config.js',
      },
    ]);
  });
});

describe('hand-made machines', () => {
  let folder = '';
  const put = (path: string, text = '') => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const unitText = (more = '') =>
    `[Service]\nUser=deploy\nEnvironment=PM2_HOME=/home/deploy/.pm2\nExecStart=/usr/lib/node_modules/pm2/bin/pm2 resurrect\n${more}`;
  const systemd = (version: number | null) => {
    put('proc/1/comm', 'systemd\n');
    put('proc/meminfo', 'MemTotal: 1000 kB\n');
    put('proc/self/mountinfo', '28 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
    if (version !== null) put(`usr/lib/systemd/libsystemd-shared-${version}.so`);
  };
  const hold = (path: string, pid = 900) => {
    put(`proc/${pid}/cgroup`, `0::${path}\n`);
    put(`sys/fs/cgroup${path}/memory.events`, 'oom_kill 0\n');
  };
  const policy = async (path: string, version: number | null) => {
    systemd(version);
    hold(path);
    return (await facts(fixtureHost(folder), [daemon([])])).holders[0]?.unit?.oomPolicy;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pm2-audit-startup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    [255, { value: 'stop', source: 'default' }],
    [243, { value: 'stop', source: 'default' }],
    [242, null],
    [null, null],
  ])('a service without OOMPolicy on systemd %s', async (version, expected) => {
    put('etc/systemd/system/pm2-deploy.service', unitText());
    expect(await policy('/system.slice/pm2-deploy.service', version)).toEqual(expected);
  });
  it.each([
    ['session-3.scope', 255, { value: 'continue', source: 'default' }],
    ['session-3.scope', 252, null],
    ['run-r12.scope', 255, { value: 'stop', source: 'default' }],
    ['run-r12.scope', 249, null],
  ])('%s on systemd %s', async (scope, version, expected) => {
    expect(await policy(`/user.slice/user-1000.slice/${scope}`, version)).toEqual(expected);
  });
  it('takes the manager default, later files first', async () => {
    put('etc/systemd/system/pm2-deploy.service', unitText());
    put('etc/systemd/system.conf', '[Manager]\nDefaultOOMPolicy=stop\nDefaultTimeoutStopSec=20s\n');
    put('etc/systemd/system.conf.d/10-oom.conf', '[Manager]\nDefaultOOMPolicy=continue\n');
    expect(await policy('/system.slice/pm2-deploy.service', 252)).toEqual({
      value: 'continue',
      source: 'manager',
    });
    expect((await facts(fixtureHost(folder), [])).units[0]?.timeoutStopMs).toBe(20_000);
  });
  it('a delegated unit continues', async () => {
    put('etc/systemd/system/pm2-deploy.service', unitText('Delegate=yes\n'));
    expect(await policy('/system.slice/pm2-deploy.service', 252)).toEqual({
      value: 'continue',
      source: 'default',
    });
  });
  it('no policy takes effect on version 1, or without memory accounting', async () => {
    put('etc/systemd/system/pm2-deploy.service', unitText());
    systemd(252);
    put(
      'proc/900/cgroup',
      '4:memory:/system.slice/pm2-deploy.service\n1:name=systemd:/system.slice/pm2-deploy.service\n0::/system.slice/pm2-deploy.service\n',
    );
    put('sys/fs/cgroup/system.slice/pm2-deploy.service/cgroup.procs', '');
    expect((await facts(fixtureHost(folder), [daemon([])])).holders[0]?.unit).toMatchObject({
      name: 'pm2-deploy.service',
      oomPolicy: null,
    });
    put('proc/self/mountinfo', '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n');
    const found = await facts(fixtureHost(folder), [daemon([])]);
    expect(found.holders[0]?.unit).toMatchObject({ name: 'pm2-deploy.service', oomPolicy: null });
    expect(found.units[0]?.oomPolicy).toBeNull();
  });
  it('orders drop-ins by name over all folders, the nearer of two equal names wins', async () => {
    systemd(252);
    put('etc/systemd/system/pm2-deploy.service', unitText('MemoryMax=1G\nKillMode=mixed\n'));
    put('etc/systemd/system/service.d/10-all.conf', '[Service]\nKillMode=process\n');
    put('usr/lib/systemd/system/pm2-.service.d/50-limit.conf', '[Service]\nMemoryMax=2G\n');
    put('run/systemd/system/pm2-deploy.service.d/20-limit.conf', '[Service]\nMemoryMax=3G\nOOMPolicy=kill\n');
    put('etc/systemd/system/pm2-.service.d/20-limit.conf', '[Service]\nMemoryMax=4G\n');
    const [unit] = (await facts(fixtureHost(folder), [])).units;
    expect(unit?.dropIns).toEqual([
      '/etc/systemd/system/service.d/10-all.conf',
      '/run/systemd/system/pm2-deploy.service.d/20-limit.conf',
      '/usr/lib/systemd/system/pm2-.service.d/50-limit.conf',
    ]);
    expect(unit).toMatchObject({
      memoryMaxBytes: 2 * 1024 ** 3,
      killMode: 'process',
      oomPolicy: { value: 'kill', source: 'drop-in' },
      enabled: false,
      active: null,
      pm2Home: '/home/deploy/.pm2',
    });
  });
  it('finds units by what they run, instances of templates, and a masked one; not others', async () => {
    systemd(252);
    put(
      'etc/systemd/system/shop.service',
      '[Service]\nExecStart=/bin/bash -c "/usr/bin/pm2 start /srv/shop/ecosystem.config.js --no-daemon"\n',
    );
    put(
      'etc/systemd/system/web.service',
      '[Service]\nExecStart=/usr/local/bin/pm2-runtime /srv/web/server.js\n',
    );
    put(
      'etc/systemd/system/other.service',
      '[Service]\n# was pm2 start\nExecStart=/usr/bin/other --not-pm2\n',
    );
    put(
      'etc/systemd/system/pm2@.service',
      '[Service]\nEnvironment=PM2_HOME=/home/%i/.pm2\nExecStart=/usr/bin/pm2 resurrect\n',
    );
    put('etc/systemd/system/multi-user.target.wants/pm2@deploy.service');
    put('lib/systemd/system/pm2-old.service', unitText());
    symlinkSync('/dev/null', join(folder, 'etc/systemd/system/pm2-old.service'));
    const { units } = await facts(fixtureHost(folder), []);
    expect(units.map((unit) => [unit.name, unit.enabled, unit.pm2Home]).sort()).toEqual([
      ['pm2-old.service', false, null],
      ['pm2@deploy.service', true, '/home/deploy/.pm2'],
      ['shop.service', false, null],
      ['web.service', false, null],
    ]);
  });
  it('knows user units; they start at boot only when the user lingers', async () => {
    systemd(252);
    put('home/deploy/.config/systemd/user/pm2.service', '[Service]\nExecStart=%h/bin/pm2 resurrect\n');
    put('home/deploy/.config/systemd/user/default.target.wants/pm2.service');
    hold('/user.slice/user-1000.slice/user@1000.service/app.slice/pm2.service');
    const found = await facts(fixtureHost(folder), [daemon([])]);
    expect(found.units).toMatchObject([
      { name: 'pm2.service', enabled: false, path: '/home/deploy/.config/systemd/user/pm2.service' },
    ]);
    expect(found.holders[0]?.unit).toMatchObject({
      name: 'pm2.service',
      path: '/home/deploy/.config/systemd/user/pm2.service',
      oomPolicy: { value: 'stop' },
    });
    put('var/lib/systemd/linger/deploy');
    expect((await facts(fixtureHost(folder), [daemon([])])).units).toMatchObject([{ enabled: true }]);
  });
  it('finds the other ways to start', async () => {
    put('proc/1/comm', 'init\n');
    put(
      'var/spool/cron/crontabs/deploy',
      '# m h dom\n#@reboot pm2 resurrect\n@reboot /usr/bin/pm2 resurrect\n0 4 * * * pm2 restart web\n',
    );
    put('etc/rc.local', '#!/bin/sh\n# pm2 here\nsu deploy -c "pm2 resurrect"\n');
    put('etc/init.d/pm2', '#!/sbin/openrc-run\n');
    put('etc/init.d/pm2-deploy', '#!/bin/bash\n');
    put(
      'etc/supervisor/conf.d/web.conf',
      '[program:web]\ncommand=/usr/bin/pm2 start /srv/web.js --no-daemon\n',
    );
    expect((await facts(fixtureHost(folder), [])).others).toEqual([
      { kind: 'crontab', path: '/var/spool/cron/crontabs/deploy', line: '@reboot /usr/bin/pm2 resurrect' },
      { kind: 'rc.local', path: '/etc/rc.local', line: 'su deploy -c "pm2 resurrect"' },
      { kind: 'openrc', path: '/etc/init.d/pm2', line: null },
      { kind: 'upstart', path: '/etc/init.d/pm2-deploy', line: null },
      {
        kind: 'supervisor',
        path: '/etc/supervisor/conf.d/web.conf',
        line: 'command=/usr/bin/pm2 start /srv/web.js --no-daemon',
      },
    ]);
  });
  it('a crontab it may not read is a gap, and the own one is asked for', async () => {
    put('proc/1/comm', 'init\n');
    put('var/spool/cron/crontabs.EACCES');
    put('var/spool/cron/crontabs/deploy', 'x');
    put('commands/crontab -l.txt', '@reboot pm2 resurrect\n');
    const found = await facts(fixtureHost(folder, { uid: 1000 }), []);
    expect(found.gaps).toEqual(['crontabs']);
    expect(found.others).toMatchObject([{ kind: 'crontab', path: 'crontab -l' }]);
  });
});

it('runs on this machine', async () => {
  const item = await startup.gather(
    realHost(),
    gatherContext({ daemons: [daemon([], { pid: process.pid })] }),
  );
  expect(item).toMatchObject({ seen: true, value: { holders: [{ daemonPid: process.pid }] } });
});
