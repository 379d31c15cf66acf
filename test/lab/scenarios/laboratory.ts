import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCage } from '../../../src/commands/demo/cage.ts';
import { type PrivatePm2, waitFor } from '../private-pm2.ts';
import { labApp, pythonApp } from './apps.ts';
import type { Lab } from './scenario.ts';

/** A lab on this daemon; `close` removes the memory cgroups that were made, so the daemon must be stopped before. */
export async function openLab(pm2: PrivatePm2): Promise<Lab & { close(): void }> {
  const script = join(pm2.work, 'lab.cjs');
  await writeFile(script, labApp);
  await writeFile(join(pm2.work, 'lab.py'), pythonApp);
  const cages: (() => void)[] = [];
  const path = (name: string) => join(pm2.work, name);
  let last: Promise<unknown> = Promise.resolve();
  const lab: Lab = {
    pm2,
    run(...args) {
      const own = last.then(() => pm2.pm2(args));
      last = own.catch(() => {});
      return own;
    },
    path,
    app: (name, mode, settings = {}) => ({
      name,
      script,
      args: [mode, path(name)],
      ...settings,
    }),
    started: async (name, times) =>
      waitFor(async () => {
        const text = await readFile(`${path(name)}.starts`, 'utf8').catch(() => '');
        const pids = text
          .split('\n')
          .slice(0, -1)
          .map((line) => Number(line.split(' ')[0]));
        return pids.length >= times ? pids : null;
      }, 60_000).catch(() => {
        throw new Error(`${name} did not start ${times} times`);
      }),
    go: (name) => writeFile(`${path(name)}.go`, ''),
    cage(name) {
      const cage = makeCage(`pa-lab-${process.pid}-${name}`);
      if ('reason' in cage) throw new Error(cage.reason);
      cages.push(() => cage.remove());
      return cage.procs;
    },
  };
  return {
    ...lab,
    close() {
      for (const remove of cages.splice(0)) remove();
    },
  };
}

/** True while the process exists. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

export async function isGone(pid: number): Promise<void> {
  await waitFor(async () => (isAlive(pid) ? null : true), 60_000);
}
