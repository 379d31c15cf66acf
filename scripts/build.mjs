// Builds dist/: a two-line bin, the command line as one CommonJS file, one lazy chunk a command, the public API.
// pm2 and systeminformation stay outside (pm2 is AGPL-3.0 and never bundled); templates are precompiled on the way.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { esbuildTemplates } from './templates.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** `import('./commands/audit.ts')` in src/cli.ts becomes `require('./audit.cjs')`: loaded when the verb is used. */
const lazyCommands = {
  name: 'lazy-commands',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/(commands|lazy)\/[a-z-]+\.ts$/ }, ({ path, kind }) =>
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
const commands = (await readdir(join(root, 'src/commands'))).filter((name) => name.endsWith('.ts'));
await Promise.all([
  build({
    ...common,
    entryPoints: [join(root, 'src/cli.ts')],
    outfile: join(dist, 'cli.cjs'),
    supported: { 'dynamic-import': false },
    plugins: [lazyCommands, esbuildTemplates],
  }),
  build({
    ...common,
    entryPoints: commands.map((name) => join(root, 'src/commands', name)),
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    plugins: [esbuildTemplates],
  }),
  build({
    ...common,
    entryPoints: [join(root, 'src/index.ts')],
    outfile: join(dist, 'index.cjs'),
    plugins: [esbuildTemplates],
  }),
]);
await writeFile(
  join(dist, 'bin.cjs'),
  "#!/usr/bin/env node\nrequire('node:module').enableCompileCache?.();\nrequire('./cli.cjs').main(process.argv);\n",
);
await chmod(join(dist, 'bin.cjs'), 0o755);
if (!process.argv.includes('--no-types')) {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.types.json')],
    { stdio: 'inherit' },
  );
}
