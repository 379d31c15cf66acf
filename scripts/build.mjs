// Builds dist/: a two-line bin, the command line as one CommonJS file, one lazy chunk a command, the public API.
// pm2 and systeminformation stay outside (pm2 is AGPL-3.0 and never bundled); templates are precompiled on the way.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { esbuildTemplates } from './templates.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * `import('./commands/audit.ts')` in src/cli.ts becomes `require('./audit.cjs')`: loaded when the verb is used. The same
 * for the config reader, which most hosts never need.
 */
const lazy = /^\.{1,2}\/(?:commands\/[a-z-]+|config|oom-live)\.ts$/;
const lazyChunks = {
  name: 'lazy-chunks',
  setup(bundle) {
    bundle.onResolve({ filter: lazy }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, external: true } : undefined,
    );
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  external: ['pm2', 'systeminformation'],
  define: { __VERSION__: JSON.stringify(version) },
  legalComments: 'none',
  logLevel: 'warning',
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const cli = await readFile(join(root, 'src/cli.ts'), 'utf8');
const verbs = [...cli.matchAll(/import\('\.\/(commands\/[a-z-]+\.ts)'\)/g)].map((match) => match[1]);
const plugins = [lazyChunks, esbuildTemplates];
// In a CommonJS chunk `import()` of a sibling is a `require`; only the config reader really imports a module: the user's.
const chunk = { ...common, plugins, supported: { 'dynamic-import': false } };
const outdir = { outdir: dist, outExtension: { '.js': '.cjs' } };
await Promise.all([
  build({
    ...chunk,
    ...outdir,
    entryPoints: ['cli.ts', 'index.ts', 'commands/oom-live.ts', ...verbs].map((name) =>
      join(root, 'src', name),
    ),
    entryNames: '[name]',
  }),
  build({ ...common, ...outdir, entryPoints: [join(root, 'src/config.ts')] }),
]);
await copyFile(join(root, 'scripts/start.cjs'), join(dist, 'start.cjs'));
await writeFile(join(dist, 'bin.cjs'), "#!/usr/bin/env node\nrequire('./start.cjs');\n");
await chmod(join(dist, 'bin.cjs'), 0o755);
await makeCodeCache();
if (!process.argv.includes('--no-types')) {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.types.json')],
    { stdio: 'inherit' },
  );
}

/** One audit of an empty home: what it compiles on the way is what every later run needs. See scripts/start.cjs. */
async function makeCodeCache() {
  const folder = await mkdtemp(join(tmpdir(), 'pm2-audit-build-'));
  try {
    const home = join(folder, '.pm2');
    await mkdir(home);
    await writeFile(join(home, 'pm2.log'), '');
    await writeFile(join(home, 'dump.pm2'), '[{"name":"web","status":"online"}]');
    const env = { ...process.env, PM2_AUDIT_MAKE_CODE_CACHE: dist };
    const args = ['--home', home, '--observe', '0', '--out', join(folder, 'reports'), '--lang', 'en'];
    const run = spawnSync(process.execPath, [join(dist, 'bin.cjs'), ...args], { env, encoding: 'utf8' });
    if (run.status !== 2) throw new Error(`the warm-up audit ended with ${run.status}: ${run.stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
