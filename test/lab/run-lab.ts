import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bin } from '../commands/run-cli.ts';
import type { Said } from './judge.ts';
import { type Pm2Major, startPrivatePm2 } from './private-pm2.ts';
import { openLab } from './scenarios/laboratory.ts';
import type { DaemonScenario, Lab, Note, Scenario, Truth } from './scenarios/scenario.ts';

export interface LabRun {
  readonly truths: readonly Truth[];
  readonly said: Said;
  /** What each app noted of its own starts. */
  readonly notes: ReadonlyMap<string, readonly Note[]>;
  /** What PM2 kept of each app's standard error. */
  readonly errors: ReadonlyMap<string, string>;
}

export interface LabOptions
  extends Pick<DaemonScenario, 'env' | 'knowsCommand' | 'options' | 'withoutKernelLog'> {
  readonly version: Pm2Major;
  /** How many scenarios act at a time. */
  readonly atOnce?: number;
  /** Puts the daemon, and so all its apps, into a memory cgroup with this limit (cgroup version 1 only). */
  readonly cageBytes?: number;
}

/** Lets all scenarios happen on one daemon, then audits it. */
export async function runLab(scenarios: readonly Scenario[], options: LabOptions): Promise<LabRun> {
  const pm2 = await startPrivatePm2({
    version: options.version,
    env: { PM2_WORKER_INTERVAL: '2000', ...options.env },
    knowsCommand: options.knowsCommand ?? false,
  });
  const lab = await openLab(pm2);
  const since = new Date(Date.now() - 60_000).toISOString();
  try {
    if (options.cageBytes !== undefined) await encage(lab, options.cageBytes);
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
    // Others go on writing: nothing that was done is the last thing in the log any more.
    if (scenarios.length > 1) await pause(3_000);
    const said = await audit(pm2.home, since, options);
    const names = truths.flatMap((truth) => truth.apps.map(({ name }) => name));
    const notes = new Map<string, readonly Note[]>();
    const errors = new Map<string, string>();
    for (const name of names) {
      notes.set(name, await lab.notes(name));
      errors.set(name, await readErrors(pm2.home, name));
    }
    return { truths, said, notes, errors };
  } finally {
    await pm2.stop();
    lab.close();
  }
}

async function readErrors(home: string, name: string): Promise<string> {
  const folder = join(home, 'logs');
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.startsWith(`${name}-error`));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.join('');
}

async function encage(lab: Lab, bytes: number): Promise<void> {
  const procs = lab.cage('shared');
  for (const name of ['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes']) {
    const file = join(procs, '..', name);
    if (existsSync(file)) await writeFile(file, String(bytes));
  }
  await writeFile(procs, String(lab.pm2.pid));
  await writeFile(lab.path('shared-cage'), procs);
}

/** Root without CAP_SYSLOG, which reads no kernel log where dmesg_restrict is set (setpriv is part of util-linux). */
const withoutSyslog = ['setpriv', '--bounding-set', '-syslog', '--inh-caps', '-syslog'];

/** The report on one home as JSON. */
async function audit(home: string, since: string, options: LabOptions): Promise<Said> {
  const settings = ['--out', '-', '--format', 'json', '--fail-on', 'never', '--since', since];
  const observe = options.options?.includes('--observe') === true ? [] : ['--observe', '0'];
  const words = ['--home', home, ...settings, ...observe, ...(options.options ?? [])];
  const [program = '', ...args] = [
    ...(options.withoutKernelLog === true ? withoutSyslog : []),
    process.execPath,
    bin,
    ...words,
  ];
  const { stdout } = await promisify(execFile)(program, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8', TZ: 'UTC' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const keep = process.env['LAB_KEEP'];
  if (keep !== undefined) {
    const stem = `${keep}-${options.version}-${Date.now()}`;
    await writeFile(`${stem}.json`, stdout);
    await promisify(execFile)('cp', [join(home, 'pm2.log'), `${stem}.pm2.log`]).catch(() => {});
    await promisify(execFile)('cp', ['-r', join(home, 'logs'), `${stem}.logs`]).catch(() => {});
  }
  return JSON.parse(stdout);
}
