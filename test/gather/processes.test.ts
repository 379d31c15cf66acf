import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseProcessStat } from '../../src/gather/proc/proc-text.ts';
import { readMark } from '../../src/gather/proc/process-mark.ts';
import { cpuPercent, pageBytes } from '../../src/gather/proc/process-scan.ts';
import { otherProcesses } from '../../src/gather/proc/processes-other.ts';
import { processes } from '../../src/gather/processes.ts';
import { realHost } from '../../src/host/real.ts';
import type { Process } from '../../src/model/process.ts';
import { app, c, daemon, now } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext, plainCleaner } from '../gather-context.ts';

const statLine = (
  pid: number,
  comm: string,
  ppid: number,
  session: number,
  startTicks: number,
  flags = 4194304,
) =>
  `${pid} (${comm}) S ${ppid} ${session} ${session} 0 -1 ${flags} 0 0 0 0 300 200 0 0 20 0 11 0 ${startTicks} 1150752000 15000 18446744073709551615 1 1 0 0 0 0 0\n`;

describe('a line of /proc/PID/stat', () => {
  it('keeps spaces and parentheses of the name', () => {
    expect(parseProcessStat(statLine(328, 'PM2 v7.0.4: God', 1, 328, 900))).toMatchObject({
      comm: 'PM2 v7.0.4: God',
      ppid: 1,
      sessionId: 328,
      cpuTicks: 500,
      threads: 11,
      startTicks: 900,
      rssPages: 15000,
    });
    expect(parseProcessStat(statLine(7, 'a) S 1 (b', 5, 7, 1))).toMatchObject({ comm: 'a) S 1 (b', ppid: 5 });
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (line) => void parseProcessStat(line)));
  });
});

describe('PM2 marks in an environment', () => {
  const mark = (...variables: readonly string[]) =>
    readMark(Buffer.from(`${variables.join('\0')}\0`), plainCleaner);
  it('are a home and an id', () => {
    expect(mark('A=1', 'PM2_HOME=/home/deploy/.pm2/', 'pm_id=3', 'SECRET=x')).toEqual({
      home: '/home/deploy/.pm2',
      pmId: 3,
    });
  });
  it('need the whole variable name', () => {
    expect(mark('xpm_id=3', 'PM2_HOME=/home/deploy/.pm2')).toBeNull();
    expect(mark('xpm_id=9', 'pm_id=3', 'PM2_HOME=/h')).toEqual({ home: '/h', pmId: 3 });
  });
  it('fall back to the home of the user', () => {
    expect(mark('HOME=/root', 'unique_id=abc', 'pm_id=0')).toEqual({ home: '/root/.pm2', pmId: 0 });
  });
  it('are not believed alone', () => {
    expect(mark('HOME=/root', 'pm_id=0')).toBeNull();
    expect(mark('HOME=/root', 'pm_id=zero', 'unique_id=abc')).toBeNull();
  });
});

it('CPU is percent of one core between two samples', () => {
  const sample = (atMs: number, ms: number) => ({ atMs, cpuMs: new Map([[7, ms]]) });
  expect(cpuPercent(sample(0, 1000), sample(1000, 1500), 7)).toBe(50);
  expect(cpuPercent(sample(0, 1000), sample(1000, 3000), 7)).toBe(200);
  expect(cpuPercent(sample(0, 1000), sample(1000, 1500), 8)).toBeNull();
});

describe('a small machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-processes-'));
  const put = (pid: number, files: { readonly [name: string]: string }) => {
    mkdirSync(join(folder, `proc/${pid}/fd`), { recursive: true });
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, `proc/${pid}/${name}`), text);
  };
  const rollup = (rssKb: number, pssKb: number, swapKb: number) =>
    `00400000-7ffd rollup\nRss:  ${rssKb} kB\nPss:  ${pssKb} kB\nPss_Dirty: 1 kB\nSwap: ${swapKb} kB\nSwapPss: 1 kB\n`;
  const mark = 'PM2_HOME=/home/deploy/.pm2\0pm_id=0\0unique_id=u\0DB_PASSWORD=canary-7f\0';
  const up = 100_000;
  const tick = (secondsAgo: number) => (up - secondsAgo) * 100;
  beforeAll(() => {
    mkdirSync(join(folder, 'proc/self'), { recursive: true });
    writeFileSync(join(folder, 'proc/uptime'), `${up}.00 1.0\n`);
    put(1, { stat: statLine(1, 'systemd', 0, 1, 1), environ: '' });
    put(2, { stat: statLine(2, 'kthreadd', 0, 0, 1, 0x208040) });
    put(40, { stat: statLine(40, 'kworker/0:1', 2, 0, 1, 0x4208060) });
    put(900, {
      stat: statLine(900, 'PM2 v7.0.4: God', 1, 900, tick(500)),
      smaps_rollup: rollup(50_000, 40_000, 0),
      status: 'Uid:\t1000\t1000\n',
    });
    put(1000, {
      stat: statLine(1000, 'node /srv/web/se', 900, 1000, tick(400)),
      smaps_rollup: rollup(70_000, 60_000, 8),
      status: 'Uid:\t1000\t1000\nVmSwap:\t8 kB\n',
      oom_score_adj: '-200\n',
    });
    put(1001, {
      stat: statLine(1001, 'python3', 1000, 1001, tick(300)),
      environ: mark,
      smaps_rollup: rollup(90_000, 80_000, 0),
    });
    // Handed to process 1, with a child of its own that cleared its environment.
    put(1500, {
      stat: statLine(1500, 'python3', 1, 1000, tick(350)),
      environ: mark,
      smaps_rollup: rollup(30_000, 20_000, 0),
    });
    put(1501, {
      stat: statLine(1501, 'sh', 1500, 1000, tick(340)),
      environ: 'PATH=/bin\0',
      smaps_rollup: rollup(900, 500, 0),
    });
    // As in a container, where process 1 and everything below it share one session.
    put(1600, {
      stat: statLine(1600, 'sh', 1, 1, tick(330)),
      environ: mark,
      smaps_rollup: rollup(900, 500, 0),
    });
    // Not PM2's at all.
    put(600, {
      stat: statLine(600, 'nginx', 1, 600, tick(5)),
      environ: 'PATH=/bin\0',
      smaps_rollup: rollup(9000, 8000, 0),
    });
    put(601, {
      stat: statLine(601, 'nginx', 600, 600, tick(5)),
      environ: mark,
      smaps_rollup: rollup(9000, 8000, 0),
    });
    put(700, { stat: 'not a stat line' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const before = { daemons: [daemon([app('web', 0)])] };
  const gatherRows = async (host = fixtureHost(folder)) => {
    const item = await processes.gather(host, gatherContext(before));
    if (!item.seen) throw new Error('not seen');
    return {
      item,
      of: (pid: number): Process | undefined => item.value.processes.find((row) => row.pid === pid),
    };
  };

  it('lists every process but kernel threads and what cannot be read', async () => {
    const { item } = await gatherRows();
    expect(item.value.processes.map((row) => row.pid).sort((a, b) => a - b)).toEqual([
      1, 600, 601, 900, 1000, 1001, 1500, 1501, 1600,
    ]);
    expect(item.gaps).toEqual([]);
  });
  it('reads the memory of apps, exactly, and only of them', async () => {
    const { of } = await gatherRows();
    expect(of(1000)).toMatchObject({
      rssBytes: 70_000 * 1024,
      pssBytes: 60_000 * 1024,
      swapBytes: 8192,
      uid: 1000,
      oomScoreAdj: -200,
      mark: null,
      openFiles: 0,
      cpuMs: 5000,
      startedAt: now - 400_000,
    });
    expect(of(1001)).toMatchObject({ pssBytes: 80_000 * 1024, mark: null });
    expect(of(600)).toMatchObject({ rssBytes: 15_000 * 4096, pssBytes: null, swapBytes: null, mark: null });
  });
  it('finds an orphan by its marks, and what runs below it', async () => {
    const { of } = await gatherRows();
    expect(of(1500)).toMatchObject({ mark: { pmId: 0 }, pssBytes: 20_000 * 1024 });
    expect(of(1501)).toMatchObject({ mark: { pmId: 0 }, pssBytes: 500 * 1024 });
    expect(of(1600)).toMatchObject({ mark: { pmId: 0 } });
  });
  it('asks a child of the daemon that PM2 does not name', async () => {
    const item = await processes.gather(fixtureHost(folder), gatherContext({ daemons: [daemon([], {})] }));
    if (!item.seen) throw new Error('not seen');
    expect(item.value.processes.find((row) => row.pid === 1001)).toMatchObject({ mark: { pmId: 0 } });
  });
  it('does not ask processes that have a parent of their own in their session', async () => {
    const { of } = await gatherRows();
    expect(of(601)).toMatchObject({ mark: null, pssBytes: null });
  });
  it('lets nothing else of an environment through', async () => {
    expect(JSON.stringify((await gatherRows()).item)).not.toContain('canary');
  });
  it('says once how many it may not read, and keeps their RSS', async () => {
    const host = fixtureHost(folder);
    const denied = (path: string) => /\/1(000|001|500)\/(smaps_rollup|environ)$/.test(path);
    const failed = { ok: false, why: 'permission-denied', detail: 'EACCES: permission denied' } as const;
    const { item, of } = await gatherRows({
      ...host,
      read: (path, max) => (denied(path) ? failed : host.read(path, max)),
      readText: (path, max) => (denied(path) ? failed : host.readText(path, max)),
    });
    expect(of(1000)).toMatchObject({ pssBytes: null, rssBytes: 15_000 * 4096, swapBytes: 8192 });
    expect(item.gaps).toMatchObject([
      { why: 'permission-denied', subject: 'memory and marks of 2 processes' },
    ]);
  });
  it('says when the daemon itself is not to be seen in /proc', async () => {
    const item = await processes.gather(
      fixtureHost(folder),
      gatherContext({ daemons: [daemon([], { pid: 4242 })] }),
    );
    expect(item).toMatchObject({ seen: true, gaps: [{ subject: '/home/deploy/.pm2', why: 'not-found' }] });
  });
  it('takes the newest process as started now where the uptime is that of a container', async () => {
    const host = fixtureHost(folder);
    const { of } = await gatherRows({
      ...host,
      readText: (path) => (path === '/proc/uptime' ? { ok: true, value: '60.0 1.0' } : host.readText(path)),
    });
    expect(of(600)?.startedAt).toBe(now);
    expect(of(1000)?.startedAt).toBe(now - 395_000);
  });
  it('knows other page sizes', () => {
    const host = fixtureHost(folder);
    const files: { readonly [path: string]: string } = {
      '/proc/self/statm': '16000 900 1 1 0 1 0',
      '/proc/self/status': 'VmSize:\t 1024000 kB\n',
    };
    expect(pageBytes({ ...host, readText: (path) => ({ ok: true, value: files[path] ?? '' }) })).toBe(65_536);
    expect(pageBytes(host)).toBe(4096);
  });
  it('is a gap without /proc', async () => {
    expect(await processes.gather(fixtureHost(join(folder, 'nothing')), gatherContext())).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
  });
});

describe.runIf(process.platform === 'linux')('this machine', () => {
  const started: ChildProcess[] = [];
  const orphans: number[] = [];
  const begin = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, detached = false) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached,
    });
    started.push(child);
    return child;
  };
  const firstLine = (child: ChildProcess) =>
    new Promise<string>((resolve) =>
      child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim())),
    );
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    for (const pid of orphans) process.kill(pid, 'SIGKILL');
  });

  it('sees what ps sees, a tree below an app, an orphan, and CPU use', { timeout: 30_000 }, async () => {
    const own = { PM2_HOME: '/home/deploy/.pm2', pm_id: '7', unique_id: 'u', SECRET: 'canary-9c' };
    const main = begin(process.execPath, [
      '-e',
      `const c=require('child_process').spawn(process.execPath,['-e','console.log(1);for(;;);'],{stdio:['ignore','pipe','inherit']});c.stdout.once('data',()=>console.log(c.pid))`,
    ]);
    const childPid = Number(await firstLine(main));
    // Two forks: the middle process ends, the last one is handed over.
    const middle = begin('sh', ['-c', '(sleep 300 >/dev/null 2>&1 & echo $!)'], own, true);
    const orphanPid = Number(await firstLine(middle));
    orphans.push(orphanPid, childPid);
    // Handed over, and no longer the shell that it was forked from.
    await vi.waitFor(
      () => {
        expect(readFileSync(`/proc/${orphanPid}/comm`, 'utf8')).toBe('sleep\n');
        expect(readFileSync(`/proc/${orphanPid}/status`, 'utf8')).not.toContain(`PPid:\t${middle.pid}\n`);
      },
      { timeout: 10_000 },
    );
    const before = { daemons: [daemon([app('web', 7, { pid: main.pid ?? null })], { pid: null })] };
    const item = await processes.gather(realHost(), gatherContext(before, { observeMs: 400 }));
    if (!item.seen) throw new Error('not seen');
    const of = (pid: number | undefined) => item.value.processes.find((row) => row.pid === pid);

    const ps = execFileSync('ps', ['-o', 'ppid=,rss=,nlwp=,sid=', '-p', String(main.pid)])
      .toString()
      .trim()
      .split(/\s+/)
      .map(Number);
    expect(of(main.pid)).toMatchObject({ ppid: ps[0], threads: ps[2], sessionId: ps[3] });
    const rssRatio = (of(main.pid)?.rssBytes ?? 0) / ((ps[1] ?? 0) * 1024);
    expect(rssRatio).toBeGreaterThan(0.7);
    expect(rssRatio).toBeLessThan(1.4);
    const node = of(childPid);
    expect(node?.ppid).toBe(main.pid);
    expect(node?.pssBytes).toBeGreaterThan(1024 * 1024);
    expect(node?.pssBytes).toBeLessThanOrEqual(node?.rssBytes ?? 0);
    expect(node?.openFiles).toBeGreaterThan(2);
    expect(node?.cpuPercent).toBeGreaterThan(5);
    expect(Math.abs((node?.startedAt ?? 0) - Date.now())).toBeLessThan(30_000);
    expect(of(orphanPid)).toMatchObject({
      mark: { home: '/home/deploy/.pm2', pmId: 7 },
      comm: 'sleep',
      cpuPercent: expect.any(Number),
    });
    expect(of(process.pid)).toMatchObject({ pssBytes: null });
    expect(JSON.stringify(item)).not.toContain('canary');
  });

  it('asks systeminformation where there is no /proc', { timeout: 30_000 }, async () => {
    const item = await otherProcesses(realHost(), gatherContext());
    if (!item.seen) throw new Error('not seen');
    expect(item.value.partial).toBe(true);
    const own = item.value.processes.find((row) => row.pid === process.pid);
    expect(own?.ppid).toBe(process.ppid);
    expect(own?.rssBytes).toBeGreaterThan(20 * 1024 * 1024);
    expect(Math.abs((own?.startedAt ?? 0) - Date.now())).toBeLessThan(600_000);
  });
  it('says so when even that fails', async () => {
    const failed = async () => ({ ok: false, why: 'not-found', detail: 'no ps' }) as const;
    const item = await otherProcesses(realHost(), gatherContext(), {
      processes: failed,
      facts: failed,
      disks: failed,
    });
    expect(item).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found', remedy: 'linux-only', tried: [{ detail: c('no ps') }] }],
    });
  });
});
