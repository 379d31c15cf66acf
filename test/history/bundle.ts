import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { temporaryFolder } from '../temporary-folder.ts';

const root = join(import.meta.dirname, '..', '..');

/** Node itself (20: libsql), and the newer ones beside it (node:sqlite). Missing ones fail in CI and are said elsewhere. */
export const nodes = [
  { name: `node ${process.versions.node}`, path: process.execPath },
  ...['node-22', 'node-24'].map((name) => ({
    name,
    path: join(root, 'test', 'node-versions', 'node_modules', name, 'bin', 'node'),
  })),
].filter(({ name, path }) => {
  if (existsSync(path)) return true;
  if (process.env['CI']) throw new Error(`${name} is missing: npm ci --prefix test/node-versions`);
  console.warn(`SKIPPED: ${name} is not installed (npm ci --prefix test/node-versions)`);
  return false;
});

/** The store as one CommonJS file, for real processes. */
export function bundleStore(): string {
  const folder = temporaryFolder('history-bundle');
  const outfile = join(folder, 'store.cjs');
  buildSync({
    stdin: {
      contents: `export { findDriver } from './src/history/driver.ts';
        export { openCollector, openReader, saveReport } from './src/history/sqlite.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['libsql'],
    supported: { 'dynamic-import': false },
    outfile,
  });
  return outfile;
}

/** A script that has `store` (the bundle), `path` and `sample(at)` at hand. */
export function startScript(node: string, bundle: string, path: string, script: string): ChildProcess {
  const file = join(temporaryFolder('history-script'), 'script.cjs');
  writeFileSync(file, `${prelude(bundle, path)}\n(async () => {${script}\n})();\n`);
  return spawn(node, [file], {
    env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs it to its end; its output, or what went wrong. */
export async function runScript(node: string, bundle: string, path: string, script: string): Promise<string> {
  const child = startScript(node, bundle, path, script);
  let out = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0 || errors !== '') throw new Error(`exit ${code}: ${errors}${out}`);
  return out;
}

const prelude = (bundle: string, path: string): string => `
const store = require(${JSON.stringify(bundle)});
const path = ${JSON.stringify(path)};
const start = Date.UTC(2026, 10, 20, 12);
const disk = { typeAt: () => 0, freeRatioAt: () => 0.5 };
const app = { home: '/home/deploy/.pm2', pmId: 0, name: 'api', namespace: 'default' };
const sample = (at, number) => ({
  at, monotonicMs: null, host: null, cgroups: null, disks: null, logs: null,
  processes: [{ pid: 4242, ppid: 1, startedAt: start, home: app.home, app, role: 'main', comm: 'node', uid: 0, cgroup: null, rssBytes: 4096 }],
  apps: [{ app, status: 'online', pid: 4242, restartCounter: number, pm2RssBytes: 4096, treeRssBytes: 4096 * number,
    treePssBytes: null, treeSwapBytes: 0, processes: 1, cpuPercent: 0 }],
});
const exit = (number, at) => ({ key: 'kmsg:boot:' + number, at, facts: { kind: 'exit', app, pid: 4242, code: number, signal: null } });
`;
