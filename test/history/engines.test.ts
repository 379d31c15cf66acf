import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleStore, nodes, runScript } from './bundle.ts';
import { tempPath } from './factory.ts';

describe('one file, every engine', () => {
  it('is written and read in turns by Node 20 with libsql and newer ones with their own SQLite', async () => {
    const bundle = bundleStore();
    const path = tempPath();
    const turns = [...nodes, ...nodes, ...nodes];
    const used = new Set<string>();
    for (const [turn, node] of turns.entries()) {
      // Each turn samples half an hour, reads all that the others wrote, and ends without goodbye every other time.
      const said = await runScript(
        node.path,
        bundle,
        path,
        `const driver = await store.findDriver();
        const from = start + ${turn} * 1800e3;
        const collector = store.openCollector(driver, { path, now: from, everyMs: 10e3, pid: process.pid, disk });
        for (let at = from; at < from + 1800e3; at += 10e3) {
          const written = collector.write({ at, sample: sample(at, (at - start) / 10e3), events: [exit((at - start) / 10e3, at)] });
          if (!written.kept || written.notices.length > 0) throw new Error(JSON.stringify(written));
        }
        const span = { from: start, to: start + 86400e3 };
        const read = (resolution) => collector.series({ kind: 'app', app }, { metric: 'treeRssBytes', ...span, resolution });
        const raw = read('raw');
        console.log(JSON.stringify({
          driver: driver.name, rows: raw.at.length,
          good: Array.from(raw.mean).every((value, index) => value === 4096 * index && raw.at[index] === start + index * 10e3),
          minutes: read('minute').at.length, hours: read('hour').at.length, gaps: collector.gaps({ from: start, to: from }).length,
          events: collector.events(span).length, processes: collector.processes(span).processes.length,
        }));
        if (${turn % 2 === 0}) collector.end(); else process.kill(process.pid, 'SIGKILL');`.replace(
          "process.kill(process.pid, 'SIGKILL')",
          // A kill would hide the exit code; leaving at once skips every goodbye as well.
          'process.reallyExit(0)',
        ),
      );
      const result = JSON.parse(said);
      used.add(result.driver);
      expect(result).toEqual({
        driver: result.driver,
        rows: (turn + 1) * 180,
        good: true,
        minutes: (turn + 1) * 30,
        hours: Math.ceil((turn + 1) / 2),
        gaps: 0,
        events: (turn + 1) * 180,
        processes: 1,
      });
    }
    if (nodes.length > 1) expect([...used].sort()).toEqual(['libsql', 'node:sqlite']);
    rmSync(dirname(dirname(path)), { recursive: true, force: true });
    rmSync(dirname(bundle), { recursive: true, force: true });
  });

  it.each(nodes)('$name opens it without a word on stderr', async ({ path: node }) => {
    const bundle = bundleStore();
    const path = tempPath();
    // runScript fails on any line there, such as Node 22's ExperimentalWarning; other warnings still come through.
    await runScript(
      node,
      bundle,
      path,
      'store.openCollector(await store.findDriver(), { path, now: start, everyMs: 10e3, pid: 1, disk }).end();',
    );
    await expect(
      runScript(
        node,
        bundle,
        path,
        `await store.findDriver(); process.emitWarning('another one', 'ExperimentalWarning');`,
      ),
    ).rejects.toThrow(/another one/);
    rmSync(dirname(dirname(path)), { recursive: true, force: true });
    rmSync(dirname(bundle), { recursive: true, force: true });
  });
});
