import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCage } from '../../../src/commands/demo/cage.ts';
import { type PrivatePm2, waitFor } from '../private-pm2.ts';
import { celeryApp, eater, importingApp, labApp, noteModule, pythonApp, shellApp, wsgiApp } from './apps.ts';
import type { Lab, Note } from './scenario.ts';

/** Long enough for a machine that does ten other things. */
const deadlineMs = 60_000;

/** A lab on this daemon; `close` removes the memory cgroups that were made, so the daemon must be stopped before. */
export async function openLab(pm2: PrivatePm2): Promise<Lab & { close(): void }> {
  const path = (name: string) => join(pm2.work, name);
  const script = path('lab.cjs');
  const files = {
    'lab.cjs': labApp,
    'note.cjs': noteModule,
    'lab.py': pythonApp,
    'lab.sh': shellApp,
    'lab_wsgi.py': wsgiApp,
    'lab_celery.py': celeryApp,
    'eater.py': eater,
    'importing.mjs': importingApp(path('import-fails-made-late.mjs')),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path(name), text);
  const cages: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const run = (...args: readonly string[]) => {
    const own = last.then(() => pm2.pm2(args));
    last = own.catch(() => {});
    return own;
  };
  const notes = async (name: string): Promise<readonly Note[]> => {
    const text = await readFile(`${path(name)}.starts`, 'utf8').catch(() => '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [pid = 0, at = 0] = line.split(' ').map(Number);
        return { pid, at };
      });
  };
  return {
    pm2,
    run,
    path,
    notes,
    app: (name, mode, settings = {}) => ({ name, script, args: [mode, path(name)], ...settings }),
    started: (name, times) =>
      until(`${name} did not start ${times} times`, async () => {
        const pids = (await notes(name)).map(({ pid }) => pid);
        return pids.length >= times ? pids : null;
      }),
    has: (name, status) =>
      until(`${name} is not ${status}`, async () => {
        const list: readonly { name: string; pm2_env: { status: string } }[] = JSON.parse(
          (await run('jlist', '-s')).replace(/^[^[]*(?=\[)/, ''),
        );
        const own = list.filter((record) => record.name === name);
        return own.length > 0 && own.every(({ pm2_env }) => pm2_env.status === status) ? true : null;
      }).then(() => {}),
    logged: (text, times = 1) =>
      until(`pm2.log does not say ${text}`, async () => {
        const log = await readFile(join(pm2.home, 'pm2.log'), 'utf8').catch(() => '');
        return log.split(text).length > times ? true : null;
      }).then(() => {}),
    file: (name) =>
      until(`there is no ${name}`, async () => {
        const text = await readFile(path(name), 'utf8').catch(() => null);
        return text;
      }),
    go: (name) => writeFile(`${path(name)}.go`, ''),
    cage(name) {
      const cage = makeCage(`pa-lab-${process.pid}-${name}`);
      if ('reason' in cage) throw new Error(cage.reason);
      cages.push(() => cage.remove());
      return cage.procs;
    },
    close() {
      for (const remove of cages.splice(0)) remove();
    },
  };
}

async function until<T>(complaint: string, ask: () => Promise<T | null>): Promise<T> {
  return waitFor(ask, deadlineMs).catch((error: unknown) => {
    throw new Error(complaint, { cause: error });
  });
}

/** True while the process exists. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

export async function isGone(pid: number): Promise<void> {
  await waitFor(async () => (isAlive(pid) ? null : true), deadlineMs);
}
