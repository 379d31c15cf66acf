import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCage } from '../../src/commands/demo/cage.ts';
import { findDriver } from '../../src/history/driver.ts';
import { openReader } from '../../src/history/sqlite.ts';
import type { HistoryEvent } from '../../src/model/history.ts';
import { canMakeOomKills } from '../lab/memory-cage.ts';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../lab/private-pm2.ts';
import { bundleWatch, startWatching, type Watching } from './bundled-watch.ts';

/** The collector as users run it: its own process, a real daemon, a real store. */
let bundle = '';
let folder = '';
let db = '';
const running: Watching[] = [];
const daemons: PrivatePm2[] = [];
const driver = await findDriver();

beforeAll(() => {
  bundle = bundleWatch();
  folder = mkdtempSync(join(tmpdir(), 'pm2-audit-watch-'));
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  for (const pm2 of daemons) await pm2.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(dirname(bundle), { recursive: true, force: true });
});

function watch(...args: readonly string[]): Watching {
  const watching = startWatching(bundle, args);
  running.push(watching);
  return watching;
}
async function daemon(): Promise<PrivatePm2> {
  const pm2 = await startPrivatePm2({ knowsCommand: true });
  daemons.push(pm2);
  return pm2;
}
const said = (watching: Watching, text: string | RegExp) =>
  waitFor(async () => (watching.said().match(text) ? true : null)).catch(() => {
    throw new Error(`not said: ${text}\n${watching.said()}`);
  });
function events(path: string): readonly HistoryEvent[] {
  const reader = openReader(driver, path);
  try {
    return reader.events({ from: 0, to: 8.64e15 });
  } finally {
    reader.close();
  }
}
const logLines = (path: string) =>
  events(path).flatMap(({ facts }) => (facts.kind === 'pm2-log' ? [facts.line] : []));

describe('watch', () => {
  it('remembers across kills of itself: each line of pm2.log once, none is missing', async () => {
    const pm2 = await daemon();
    db = join(folder, 'kills.db');
    writeFileSync(join(pm2.work, 'crash.sh'), '#!/bin/sh\nsleep 1.2\nexit 3\n', { mode: 0o755 });
    const args = ['--home', pm2.home, '--db', db, '--interval', '1s'];
    const first = watch(...args);
    await said(first, 'PM2 homes');
    await pm2.pm2([
      'start',
      'crash.sh',
      '--name',
      'crash',
      '--interpreter',
      'none',
      '--max-restarts',
      '1000',
    ]);
    await said(first, 'crash exited with code 3');
    first.child.kill('SIGKILL');
    for (let kill = 0; kill < 30; kill += 1) {
      const next = startWatching(bundle, args);
      await pause(120 + kill * 37);
      next.child.kill('SIGKILL');
      await next.ended;
    }
    await pm2.pm2(['stop', 'crash']);
    const last = watch(...args);
    await said(last, 'PM2 homes');
    await pause(1500);
    last.child.kill('SIGTERM');
    expect(await last.ended).toBe(0);
    const inFile =
      readFileSync(join(pm2.home, 'pm2.log'), 'utf8').match(/App \[crash:0\] exited with code \[3\]/g) ?? [];
    const kept = logLines(db).filter(({ event }) => event.kind === 'exited' && event.code === 3);
    expect(inFile.length).toBeGreaterThan(10);
    expect(kept.length).toBe(inFile.length);
  });

  it('says who has the store, and ends with 2', async () => {
    const path = join(folder, 'twice.db');
    const args = ['--home', join(folder, 'nothing'), '--db', path];
    const first = watch(...args);
    await said(first, 'No PM2 daemon');
    const second = watch(...args);
    expect(await second.ended).toBe(2);
    expect(second.said()).toMatch(new RegExp(`another collector \\(pid ${first.child.pid}\\)`));
    expect(second.said().trim().split('\n')).toHaveLength(1);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  });

  it('goes on without a store where there can be none', async () => {
    const watching = watch('--home', join(folder, 'nothing'), '--db', join(bundle, 'history.db'));
    await said(watching, 'Nothing is kept: ');
    await said(watching, 'No PM2 daemon');
    watching.child.kill('SIGTERM');
    expect(await watching.ended).toBe(0);
    // Node 20 never comes back from making folders there.
    const inProc = watch('--home', join(folder, 'nothing'), '--db', '/proc/nowhere/state/history.db');
    await said(inProc, 'Nothing is kept: ');
    inProc.child.kill('SIGTERM');
    expect(await inProc.ended).toBe(0);
    expect(await watch('--interval', 'soon').ended).toBe(2);
  });

  it('follows daemons that are updated, killed, stopped and come anew', async () => {
    const pm2 = await daemon();
    const path = join(folder, 'daemons.db');
    const watching = watch('--home', pm2.home, '--db', path, '--interval', '1s');
    await said(watching, 'PM2 homes');
    await pm2.pm2(['start', 'sleep', '--name', 'web', '--interpreter', 'none', '--', '1000']);
    await said(watching, 'web is online');
    await pm2.pm2(['update']);
    await said(watching, 'was stopped by a command');
    await said(watching, 'a new PM2 daemon runs');
    const pid = await waitFor(async () => Number(readFileSync(join(pm2.home, 'pm2.pid'), 'utf8')) || null);
    const before = logLines(path).length;
    process.kill(pid, 'SIGKILL');
    await said(watching, 'is gone');
    await pm2.pm2(['ping']);
    await said(watching, /a new PM2 daemon runs[\s\S]*a new PM2 daemon runs/);
    await pm2.pm2(['start', 'sleep', '--name', 'again', '--interpreter', 'none', '--', '1000']);
    await said(watching, 'again is online');
    await waitFor(async () => (logLines(path).length > before ? true : null));
    await pm2.pm2(['kill']);
    await said(watching, 'PM2 home .* is gone|the PM2 daemon of .* is gone');
    await pm2.pm2(['ping']);
    await said(
      watching,
      /new PM2 home|a new PM2 daemon runs[\s\S]*a new PM2 daemon runs[\s\S]*a new PM2 daemon runs/,
    );
    const keys = events(path).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    watching.child.kill('SIGTERM');
    expect(await watching.ended).toBe(0);
  });

  it.runIf(canMakeOomKills())('keeps an OOM kill within a second, with the child it took', async () => {
    const pm2 = await daemon();
    const path = join(folder, 'oom.db');
    const cage = makeCage(`pm2-audit-watch-${process.pid}`);
    if ('reason' in cage) throw new Error(cage.reason);
    // The parent stays outside; three children, one after another, go into the group, wait to be seen, then eat.
    writeFileSync(
      join(pm2.work, 'parent.cjs'),
      `const { spawn } = require('node:child_process');
       const next = (number) => {
         const child = spawn('python3', ['-c', ${JSON.stringify(
           'import os,sys,time\nopen(sys.argv[1],"w").write(str(os.getpid()))\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.05)\nb=[]\nwhile True: b.append(bytearray(4<<20))',
         )}, process.argv[2], process.argv[3] + number], { stdio: 'inherit' });
         child.on('exit', () => { if (number < 3) next(number + 1); });
       };
       next(1);
       setInterval(() => {}, 1000);`,
    );
    try {
      const watching = watch('--home', pm2.home, '--db', path, '--interval', '1s');
      await said(watching, 'PM2 homes');
      await pm2.pm2(['start', 'parent.cjs', '--name', 'parent', '--', cage.procs, join(pm2.work, 'go')]);
      const victims: number[] = [];
      const waits: number[] = [];
      for (const number of [1, 2, 3]) {
        const seen = await waitFor(async () => {
          const reader = openReader(driver, path);
          const past = reader.processes({ from: Date.now() - 60_000, to: Date.now() });
          reader.close();
          return past?.processes.find(({ role, pid }) => role === 'child' && !victims.includes(pid)) ?? null;
        });
        victims.push(seen.pid);
        writeFileSync(join(pm2.work, `go${number}`), '');
        const { kill, foundAt } = await waitFor(async () => {
          const found = events(path).flatMap(({ facts }) =>
            facts.kind === 'kill' && facts.kill.kill.pid === seen.pid ? [facts.kill] : [],
          )[0];
          return found === undefined ? null : { kill: found, foundAt: Date.now() };
        });
        expect(kill).toMatchObject({ app: { name: 'parent' }, role: 'child', confidence: 'certain' });
        waits.push(foundAt - (kill.kill.at ?? 0));
      }
      // By the kernel's own time, until another process reads it from the file. One of three on a busy machine.
      process.stderr.write(`an OOM kill is in the store after ${waits.join(', ')} ms\n`);
      expect(Math.min(...waits)).toBeGreaterThan(-1000);
      expect(Math.min(...waits)).toBeLessThan(1000);
      await said(watching, /OOM kill: .*parent, child process \d+ \(certain\)/);
      watching.child.kill('SIGTERM');
      await watching.ended;
      const again = watch('--home', pm2.home, '--db', path, '--interval', '1s');
      await said(again, 'PM2 homes');
      await pause(1500);
      expect(again.said()).not.toMatch(/OOM kill/);
      const kills = events(path).flatMap(({ facts }) => (facts.kind === 'kill' ? [facts.kill.kill.pid] : []));
      for (const pid of victims) expect(kills.filter((each) => each === pid)).toHaveLength(1);
      again.child.kill('SIGTERM');
      await again.ended;
    } finally {
      await daemons.pop()?.stop();
      cage.remove();
    }
  });
});
