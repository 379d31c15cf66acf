import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { temporaryFolder } from '../temporary-folder.ts';

const root = join(import.meta.dirname, '..', '..');

/** `pm2-audit watch` as one file that any Node can start, with what is loaded before it; gives the path. */
export function bundleWatch(): string {
  const folder = temporaryFolder('watch-bundle');
  buildSync({
    entryPoints: [join(root, 'src/commands/watch/start.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['libsql', 'systeminformation'],
    supported: { 'dynamic-import': false },
    logLevel: 'error',
    outfile: join(folder, 'start.cjs'),
  });
  copyFileSync(join(root, 'scripts/lean.cjs'), join(folder, 'lean.cjs'));
  copyFileSync(join(root, 'scripts/libsql-target.cjs'), join(folder, 'libsql-target.cjs'));
  writeFileSync(
    join(folder, 'watch.cjs'),
    "require('./lean.cjs');const s=require('./start.cjs');s.startWatch(()=>s.watchFlags(process.argv.slice(2))).then(()=>process.exit());\n",
  );
  return join(folder, 'watch.cjs');
}

export interface Watching {
  readonly child: ChildProcess;
  /** What it has written so far, stdout and stderr. */
  said(): string;
  /** Its exit code; null = ended by a signal. */
  readonly ended: Promise<number | null>;
}

export function startWatching(bundle: string, args: readonly string[]): Watching {
  const child = spawn(process.execPath, [bundle, ...args], {
    env: { ...process.env, NODE_PATH: join(root, 'node_modules'), LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  return { child, said: () => said, ended: new Promise((resolve) => child.on('close', resolve)) };
}
