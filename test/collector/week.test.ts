import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Collector } from '../../src/collector/collector.ts';
import { findDriver } from '../../src/history/driver.ts';
import { openCollector } from '../../src/history/sqlite.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { startPrivatePm2 } from '../lab/private-pm2.ts';

const day = 86_400_000;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** This machine, with a clock that we turn. */
function turnedHost() {
  const real = realHost();
  let ms = 0;
  let jumpMs = 0;
  const host: Host = {
    ...real,
    now: () => real.now() + ms + jumpMs,
    monotonicMs: () => real.monotonicMs() + ms,
  };
  return {
    host,
    pass: (more: number) => {
      ms += more;
    },
    jump: (by: number) => {
      jumpMs += by;
    },
  };
}

it('does not grow over days, keeps little, and stands a clock that jumps', { timeout: 300_000 }, async () => {
  const pm2 = await startPrivatePm2();
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-week-'));
  try {
    for (const name of ['one', 'two', 'three'])
      await pm2.pm2(['start', 'sleep', '--name', name, '--interpreter', 'none', '--', '10000']);
    const { host, pass, jump } = turnedHost();
    const path = join(folder, 'history.db');
    const everyMs = 60_000;
    const store = openCollector(await findDriver(), { path, now: host.now(), everyMs, pid: process.pid });
    const said: string[] = [];
    let samples = 0;
    let lost = 0;
    const collector = new Collector(host, store, {
      homes: [pm2.home],
      everyMs,
      onSample: ({ apps }) => {
        samples += 1;
        if (apps?.length !== 3 || apps.some(({ pid }) => pid === null)) lost += 1;
      },
      onNews: (news) => said.push(news.kind),
    });
    collector.open('/dev/null/absent');
    const heapAfter = async (minutes: number): Promise<number> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        pass(everyMs);
        await collector.step();
      }
      // Twice, and between them what ends only with the loop.
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await heapAfter(8 * 60);
    const first = await heapAfter(60);
    jump(day);
    await heapAfter(30);
    jump(-day);
    await heapAfter(30);
    const last = await heapAfter(8 * 60);
    const jumps = store.events({ from: 0, to: 8.64e15 }).filter(({ facts }) => facts.kind === 'clock-jump');
    const main =
      store.processes({ from: 0, to: 8.64e15 })?.processes.filter(({ role }) => role === 'main') ?? [];
    collector.close();
    process.stderr.write(
      `heap of a collector after nine hours more: ${Math.round((last - first) / 1024)} KB\n`,
    );
    expect(lost).toBe(0);
    expect(samples).toBeGreaterThan(17 * 60);
    expect(jumps).toHaveLength(2);
    expect(
      new Set(main.map(({ pid, startedAt }) => `${pid} ${startedAt}`)).size,
      'no process became another',
    ).toBe(3);
    expect(said.filter((kind) => kind !== 'kernel-unseen' && kind !== 'pm2-log')).toEqual([]);
    expect(said.filter((kind) => kind === 'kernel-unseen')).toHaveLength(1);
    expect(last - first, 'heap after nine hours more').toBeLessThan(2 * 1024 * 1024);
    // Most of a day of three apps, once a minute.
    expect(statSync(path).size).toBeLessThan(2 * 1024 * 1024);
  } finally {
    await pm2.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
