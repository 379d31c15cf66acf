import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../commands/run-cli.ts';
import type { Said } from './judge.ts';
import { type Pm2Major, startPrivatePm2 } from './private-pm2.ts';
import { openLab } from './scenarios/laboratory.ts';
import type { Lab, Scenario, Truth } from './scenarios/scenario.ts';

export interface LabRun {
  readonly truths: readonly Truth[];
  readonly said: Said;
}

export interface LabOptions {
  readonly version?: Pm2Major;
  readonly env?: { readonly [key: string]: string };
  /** How many scenarios act at a time. */
  readonly atOnce?: number;
  /** Puts the daemon, and so all its apps, into a memory cgroup with this limit (cgroup version 1 only). */
  readonly cageBytes?: number;
  readonly before?: (lab: Lab) => Promise<void>;
}

/** Lets all scenarios happen on one daemon, then audits it. */
export async function runLab(scenarios: readonly Scenario[], options: LabOptions = {}): Promise<LabRun> {
  const pm2 = await startPrivatePm2({
    version: options.version ?? 7,
    env: { PM2_WORKER_INTERVAL: '2000', ...options.env },
  });
  const lab = await openLab(pm2);
  const since = new Date(Date.now() - 1000).toISOString();
  try {
    if (options.cageBytes !== undefined) {
      const procs = lab.cage('shared');
      for (const file of ['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes'])
        if (existsSync(join(procs, '..', file)))
          await writeFile(join(procs, '..', file), String(options.cageBytes));
      await writeFile(procs, String(pm2.pid));
    }
    await options.before?.(lab);
    const file = join(pm2.work, 'lab.config.json');
    const apps = scenarios.flatMap((scenario) => scenario.apps(lab));
    await writeFile(file, JSON.stringify({ apps }));
    if (apps.length > 0) await pm2.pm2(['start', file]);
    const truths: Truth[] = [];
    const waiting = [...scenarios];
    await Promise.all(
      Array.from({ length: options.atOnce ?? 1 }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          truths.push(await next.act(lab));
      }),
    );
    return { truths, said: await audit(pm2.home, since) };
  } finally {
    await pm2.stop();
    lab.close();
  }
}

/** The report on one home as JSON. */
export async function audit(home: string, since: string): Promise<Said> {
  const run = await runCli(
    [
      '--home',
      home,
      '--observe',
      '0',
      '--since',
      since,
      '--out',
      '-',
      '--format',
      'json',
      '--fail-on',
      'never',
    ],
    { env: { LANG: 'C.UTF-8', TZ: 'UTC' } },
  );
  const keep = process.env['LAB_KEEP'];
  if (keep !== undefined) await writeFile(`${keep}-${Date.now()}.json`, run.stdout);
  if (run.code !== 0) throw new Error(`the audit ended with ${run.code}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}
